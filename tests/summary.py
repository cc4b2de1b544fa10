# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what `make test` ran: a line a session with its tests and time, why one was skipped, and the totals."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET  # written by our own pytest a moment ago


def tests_of(junit: Path) -> Counter[str]:
    """How many tests of a pytest run passed, failed and were skipped."""
    (suite,) = ET.parse(junit).getroot()  # noqa: S314
    failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    skipped = int(suite.get("skipped", 0))
    return Counter(passed=int(suite.get("tests", 0)) - failed - skipped, failed=failed, skipped=skipped)


def main(output: Path) -> None:
    """Summarise the report of nox and the JUnit files beside it; a session without one counts as one test."""
    total: Counter[str] = Counter()
    print()
    for session in json.loads((output / "nox.json").read_text())["sessions"]:
        junit = output / "junit" / f"{session['name']}.xml"
        outcome = {"success": "passed", "skipped": "skipped"}.get(session["result"], "failed")
        tests = tests_of(junit) if junit.exists() else Counter([outcome])
        if outcome == "failed" and not tests["failed"]:
            tests["failed"] = 1  # pytest itself broke off
        total += tests
        note = session["reason"] or ", ".join(f"{count} {kind}" for kind, count in tests.items() if count)
        print(f"{session['name']:<18} {session['result']:<8} {session['duration']:6.0f} s  {note}")
    print(f"\n{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
