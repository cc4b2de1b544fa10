# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every test here may ask for the scripted cloud, or for the simulated one over real TLS."""

from __future__ import annotations

from simulator.fixtures import simulator_api, simulator_api_session
from unit.scripted_cloud import cloud

__all__ = ["cloud", "simulator_api", "simulator_api_session"]
