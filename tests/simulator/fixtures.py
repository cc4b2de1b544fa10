# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pytest plugin: `pytest_plugins = ["simulator.fixtures"]`, or `-p simulator.fixtures`.

simulator       a tenant with a broker, one for the whole run, reset before each test that asks for it
simulator_api   the same without a broker: there in well under a second
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .simulator import Simulator


@pytest.fixture(scope="session")
def simulator_session() -> Iterator[Simulator]:
    """Yield the running simulator behind `simulator`; not reset between tests."""
    with Simulator() as running:
        yield running


@pytest.fixture(scope="session")
def simulator_api_session() -> Iterator[Simulator]:
    """Yield the running simulator behind `simulator_api`; not reset between tests."""
    with Simulator(broker=False) as running:
        yield running


@pytest.fixture
def simulator(simulator_session: Simulator) -> Simulator:
    """Yield a tenant with a broker, as its seed makes it."""
    simulator_session.control.reset()
    return simulator_session


@pytest.fixture
def simulator_api(simulator_api_session: Simulator) -> Simulator:
    """Yield a tenant without a broker, as its seed makes it."""
    simulator_api_session.control.reset()
    return simulator_api_session
