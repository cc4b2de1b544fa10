# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`ampcli status` is read in every form that its versions print."""

from __future__ import annotations

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.ampcli import Fault, read_ampcli_status
from hypothesis import given
from hypothesis import strategies as st

WELL = """Trying to connect...
Connected.
Status:\t\tConnected
Mode:\t\tNormal
Scan:\t\tReady for scan
Last Scan:\t2026-03-01 02:00
Policy:\t\tDock scanners (#7)
Command-line:\tEnabled
Orbital:\tEnabled (Running)
Behavioural Protection:\tProtect
Faults:\t\tNone
"""


def fault(number: int | None, severity: str, text: str) -> Fault:
    return Fault(id=number, severity=severity, text=text)


def test_a_connector_that_is_well() -> None:
    status = read_ampcli_status(WELL)
    assert status.values == {
        "connection": "Connected",
        "mode": "Normal",
        "policy": "Dock scanners (#7)",
        "orbital": "Enabled (Running)",
        "behavioural_protection": "Protect",
    }
    assert (status.faults, status.problems) == ([], [])


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("Faults: None", []),
        ("Faults:", []),
        (
            "Faults:\t1 Critical, 1 Major\nFault IDs:\t2, 30\nID 2 - Critical: a\nID 30 - Major: b: c\n",
            [fault(2, "Critical", "a"), fault(30, "Major", "b: c")],
        ),
        (
            "Faults: 1 major\nFault IDs: 7\nID 7 - major: a long text\n   that goes on\nOrbital: Enabled",
            [fault(7, "Major", "a long text that goes on")],
        ),
        ("Faults: 2 Critical\nFault IDs: 9, 9", [fault(9, "", "")]),
        ("Faults: 2 Critical, 1 Major", [fault(None, "Critical", "2 Critical"), fault(None, "Major", "1 Major")]),
        ("Faults: 1 Critical\n\tFault 11: no module", [fault(11, "", "no module")]),
        ("Faults: the scanner is gone", [fault(None, "", "the scanner is gone")]),
        (
            "\x1b[1;31mFaults:\x1b[0m 1 Critical\nFault IDs: 4\n\x1b[31mID 4 - Critical: x\x1b[0m",
            [fault(4, "Critical", "x")],
        ),
    ],
)
def test_faults(text: str, faults: list[Fault]) -> None:
    assert read_ampcli_status(text).faults == faults


def test_degraded_mode_is_a_problem() -> None:
    assert read_ampcli_status("Mode:\t\tDegraded").problems == ["the connector is in Degraded mode"]
    assert read_ampcli_status("Mode: normal").problems == []


@given(st.text(max_size=2000))
def test_any_output_is_read(text: str) -> None:
    status = read_ampcli_status(text)
    shown = [*status.values.values(), *(one["text"] + one["severity"] for one in status.faults)]
    assert all(word.isprintable() for word in shown)
