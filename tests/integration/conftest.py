# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks against the simulated tenant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .harness import Playbooks

if TYPE_CHECKING:
    from simulator import Simulator


@pytest.fixture
def playbooks(simulator: Simulator, tmp_path: Path) -> Playbooks:
    """ansible-playbook with the tenant in its environment, as a user's shell would have it."""
    return Playbooks(
        environment={
            "SECURE_ENDPOINT_API_HOST": simulator.api_host,
            "SECURE_ENDPOINT_CLIENT_ID": simulator.client_id,
            "SECURE_ENDPOINT_API_KEY": simulator.api_key,
            "SECURE_ENDPOINT_CA_PATH": simulator.ca_path,
            "SIMULATOR_CONTROL_URL": simulator.control_url,
        },
        folder=tmp_path,
    )
