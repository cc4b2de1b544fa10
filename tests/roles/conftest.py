# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every role on every system: the table that is printed at the end, and what the tests share."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import pytest
from roles.pretend.hosts import Host, Outcome

ROWS: dict[tuple[str, str], list[str]] = {}


def pytest_configure(config: pytest.Config) -> None:
    """The fast subset is what `make test` runs."""
    config.addinivalue_line("markers", "fast: one Debian and one EL host, well below three minutes")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """role x system x outcome, a line each."""
    if not ROWS:
        return
    terminalreporter.section(f"roles, with ansible-core {version('ansible-core')}")
    lines = [("role", "system", "outcome")]
    lines += [(role, system, "; ".join(ROWS[role, system])) for role, system in sorted(ROWS)]
    first, second = (max(len(line[column]) for line in lines) for column in (0, 1))
    for role, system, outcome in lines:
        terminalreporter.write_line(f"{role:{first}}  {system:{second}}  {outcome}")
    if failed := sum(len(terminalreporter.stats.get(kind, [])) for kind in ("failed", "error")):
        terminalreporter.write_line(f"What {failed} tests that failed should have shown is not in this table.")


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
    assert real is not None
    record(role, label, f"{generations(real)}: check, {'real, again' if again else 'action'} ok")
    return real


def generations(outcome: Outcome) -> str:
    """The generations of the product that a run saw, the first one first."""
    facts = (result.get("ansible_facts", {}) for _task, result in outcome.results)
    found = (fact.get("connector_status_result", {}).get("generation") for fact in facts)
    return " to ".join(dict.fromkeys(filter(None, found)))
