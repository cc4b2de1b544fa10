# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tenant in a box: the cloud API over HTTPS and a real RabbitMQ over TLS, faithful to api-contract.md.

`python -m simulator` runs it in the foreground; `with Simulator() as sim:` runs it in a test; `simulator.fixtures` is
the pytest plugin. It may use the event type table of the collection and nothing else of it.
"""

from __future__ import annotations

from .simulator import Simulator

__all__ = ["Simulator"]
