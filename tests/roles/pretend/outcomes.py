# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role did on a system, for the table at the end, and the run that proves most of it."""

from __future__ import annotations

from typing import Any

from roles.pretend.hosts import Host, Outcome

ROWS: dict[tuple[str, str], list[str]] = {}


def record(role: str, system: str, outcome: str) -> None:
    """One cell of the table."""
    cell = ROWS.setdefault((role, system), [])
    if outcome not in cell:
        cell.append(outcome)


def converge(host: Host, role: str, *, again: bool = True, brief: bool = False, **variables: Any) -> Outcome:
    """Check mode predicts a change and makes none, the run makes it, the next run makes none: the run's outcome.

    `again` is False for actions, which are a change every time; `brief` leaves out the check mode of the third run.
    """
    steps = [("check", True, True), ("real", False, True)] + (
        [("again", False, False), ("again in check", True, False)] if again else []
    )
    real = None
    for step, check, changes in steps[:3] if brief else steps:
        outcome = host.role(role, check=check, **variables)
        wrong = f"{role} on {host.family}, {step}: rc {outcome.rc}, changed {outcome.changed}\n{outcome.error}\n"
        wrong += outcome.output[-4000:]
        if outcome.rc or bool(outcome.changed) != changes:
            record(role, host.family, f"{step} FAILED")
        assert outcome.rc == 0, wrong
        assert bool(outcome.changed) == changes, wrong
        real = outcome if step == "real" else real
    assert real is not None
    record(role, host.family, f"{generations(real)}: check, {'real, again' if again else 'action'} ok")
    return real


def generations(outcome: Outcome) -> str:
    """The generations of the product that a run saw, the first one first; a removal may see only what was kept."""
    facts = (result.get("ansible_facts", {}) for _task, result in outcome.results)
    found = (fact.get("connector_status_result", {}).get("generation") for fact in facts)
    return " to ".join(dict.fromkeys(filter(None, found))) or "none installed"
