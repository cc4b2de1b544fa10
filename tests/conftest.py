# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make `ansible_collections.ampops.secure_endpoint` mean this checkout in every Python test.

The path is put in front of everything that a PyPI `ansible` in the same environment brings.
"""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest
from ansible.utils.collection_loader import _collection_finder

pytest_plugins = ["simulator.fixtures"]

CHECKOUT = Path(__file__).resolve().parents[1]
COLLECTIONS = CHECKOUT / ".cache" / "collections"

_collection_finder._AnsibleCollectionFinder(paths=[str(COLLECTIONS)])._install()

# A property says nothing about time: on a busy machine neither a slow example nor slow generation is a failure.
hypothesis.settings.register_profile(
    "collection", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("collection")

UNIT = CHECKOUT / "tests" / "unit"
# Whatever has one of these waits for a RabbitMQ of its own to start.
BROKER_FIXTURES = {"simulator_session", "broker_session"}
TOOLS_OF_THE_TESTS = tuple(UNIT / name for name in ("benchmarks", "simulator"))
# The code in these never imports ansible. Tests in them that do import it say so themselves, with the mark `ansible`.
PURE_FOLDERS = (
    "api",
    "common",
    "connector",
    "controller",
    "events",
    "installer_cache",
    "notify",
    "pivot",
    "report",
    "stream",
)
PURE_CODE = tuple(UNIT / name for name in PURE_FOLDERS)

# The modules' own tests show what they have from ansible. These repeat that for everything that a cloud may answer.
ABOUT_THE_CLOUD = {"test_mutated_answers.py", *(path.name for path in UNIT.glob("modules/test_*against_simulator.py"))}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what the matrix of ansible-cores does not have to repeat (noxfile.py)."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if BROKER_FIXTURES.intersection(fixtures) or any(map(item.path.is_relative_to, TOOLS_OF_THE_TESTS)):
            item.add_marker("once")
        pure = any(map(item.path.is_relative_to, PURE_CODE)) and not item.get_closest_marker("ansible")
        if pure or item.path.name in ABOUT_THE_CLOUD:
            item.add_marker("twice")
