# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the images, for which the machine's network is needed, then runs every test where there is only the tenant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from environments.build import build_all
from environments.network import OnlyTheTenant, only_the_tenant


@pytest.fixture(name="network", scope="session")
def network_fixture() -> Iterator[OnlyTheTenant]:
    build_all()
    with only_the_tenant() as network:
        yield network


@pytest.fixture(autouse=True)
def nobody_asks_for_another_place(network: OnlyTheTenant) -> Iterator[None]:
    """Fail a test in which something looked for a host that is not the tenant's."""
    network.asked.clear()
    yield
    assert network.asked == []
