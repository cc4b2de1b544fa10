# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every role on every system: the table that is printed at the end."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import pytest
from roles.pretend.outcomes import ROWS, record


def pytest_configure(config: pytest.Config) -> None:
    """The fast subset is what `make test` runs."""
    config.addinivalue_line("markers", "fast: one Debian and one EL host, well below three minutes")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the rows over, in a worker of pytest-xdist."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["rows"] = [(*cell, outcomes) for cell, outcomes in ROWS.items()]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the rows of a worker that has ended."""
    for role, system, outcomes in getattr(node, "workeroutput", {}).get("rows", ()):
        for outcome in outcomes:
            record(role, system, outcome)


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
