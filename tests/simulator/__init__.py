# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tenant in a box: the cloud API over HTTPS and a real RabbitMQ over TLS, faithful to api-contract.md.

`python -m simulator` runs it in the foreground; `with Simulator() as sim:` runs it in a test; `simulator.fixtures` is
the pytest plugin. It may use the event type table of the collection and nothing else of it.

Its rooms: `tenant` (what there is, a file a resource), `resources` (how v1 answers, a file a resource), `web` (what
every request goes through), `events`, `faults`, `broker`, `control` (what tests do). `cloud.py` ties them together,
`switches.py` has the unknowns of the contract.
"""

from __future__ import annotations

import sys
from pathlib import Path

# the collection's own event type table; pytest has it on its path already, `python -m simulator` has not
_MODULE_UTILS = str(Path(__file__).resolve().parents[2] / "plugins" / "module_utils")
if _MODULE_UTILS not in sys.path:
    sys.path.append(_MODULE_UTILS)

from .simulator import Simulator  # noqa: E402

__all__ = ["Simulator"]
