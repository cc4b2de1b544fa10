# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated cloud as a plain client reaches it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from plain_client import Api
from simulator import Simulator


@pytest.fixture
def api(simulator_api: Simulator) -> Iterator[Api]:
    client = Api(simulator_api, simulator_api.client_id, simulator_api.api_key)
    with client.session:
        yield client


@pytest.fixture
def read_only(simulator_api: Simulator) -> Iterator[Api]:
    client = Api(simulator_api, simulator_api.read_only_client_id, simulator_api.read_only_api_key)
    with client.session:
        yield client


@pytest.fixture
def streaming(simulator: Simulator) -> Iterator[Api]:
    """The API of the simulator that has a broker."""
    client = Api(simulator, simulator.client_id, simulator.api_key)
    with client.session:
        yield client
