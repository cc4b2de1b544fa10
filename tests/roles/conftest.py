# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every role on every system: the table that is printed at the end, and what the tests share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from roles.pretend.hosts import Host, Outcome

ROWS: dict[tuple[str, str], list[str]] = {}


def pytest_configure(config: pytest.Config) -> None:
    """The fast subset is what `make test` runs."""
    config.addinivalue_line("markers", "fast: one Debian and one EL host, well below three minutes")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """role x system x outcome."""
    if not ROWS:
        return
    systems = sorted({system for _role, system in ROWS})
    roles = sorted({role for role, _system in ROWS})
    terminalreporter.section("roles")
    widths = [max(24, *map(len, roles)), *(max(len(system), 34) for system in systems)]
    lines = [["role", *systems]]
    lines += [[role, *("; ".join(ROWS.get((role, system), ["-"])) for system in systems)] for role in roles]
    for line in lines:
        terminalreporter.write_line(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )


@pytest.fixture(name="converge")
def _converge() -> Callable[..., Outcome]:
    return converge


def record(role: str, system: str, outcome: str) -> None:
    """One cell of the table."""
    cell = ROWS.setdefault((role, system), [])
    if outcome not in cell:
        cell.append(outcome)


def converge(
    host: Host, role: str, *, again: bool = True, brief: bool = False, system: str = "", **variables: Any
) -> Outcome:
    """Check mode predicts a change and makes none, the run makes it, the next run makes none: the run's outcome.

    `again` is False for actions, which are a change every time; `brief` leaves out the check mode of the third run.
    """
    label = system or host.family
    steps = [("check", True, True), ("real", False, True)] + (
        [("again", False, False), ("again in check", True, False)] if again else []
    )
    real = None
    for step, check, changes in steps[:3] if brief else steps:
        outcome = host.role(role, check=check, **variables)
        wrong = f"{role} on {label}, {step}: rc {outcome.rc}, changed {outcome.changed}\n{outcome.error}\n"
        wrong += outcome.output[-4000:]
        if outcome.rc or bool(outcome.changed) != changes:
            record(role, label, f"{step} FAILED")
        assert outcome.rc == 0, wrong
        assert bool(outcome.changed) == changes, wrong
        real = outcome if step == "real" else real
    record(role, label, "check, real, again ok" if again else "check, action ok")
    assert real is not None
    return real
