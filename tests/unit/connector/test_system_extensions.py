# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each of the connector's two system extensions is judged by its newest activated line."""

from __future__ import annotations

import random

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.system_extensions import (
    extension_problems,
)
from hypothesis import given
from hypothesis import strategies as st

HEAD = "enabled\tactive\tteamID\tbundleID (version)\tname\t[state]"
RUNS, WAITS, GOES = "activated enabled", "activated waiting for user", "terminated waiting to uninstall on reboot"


def line(kind: str, version: str, state: str) -> str:
    return f"*\t*\tTEAM123456\tcom.cisco.endpoint.svc.{kind} ({version}/1)\tName\t[{state}]"


def listed(*lines: str) -> str:
    return "\n".join([f"{len(lines)} extension(s)", "--- com.apple.system_extension.endpoint_security", HEAD, *lines])


NETWORK, SECURITY = "networkextension", "securityextension"


@pytest.mark.parametrize(
    "lines",
    [
        (line(NETWORK, "2.0.1", RUNS), line(SECURITY, "2.0.1", RUNS)),
        (line(SECURITY, "2.0.1", RUNS), line(SECURITY, "1.9.0", GOES)),
        (line(SECURITY, "1.9.0", GOES), line(SECURITY, "1.10.0", RUNS), line(NETWORK, "1.10.0", RUNS)),
        (line(SECURITY, "1.10.0", RUNS), line(SECURITY, "1.9.0", WAITS)),
        (line("otherextension", "1.0", WAITS),),
        (),
    ],
)
def test_what_runs_is_no_problem_in_any_order(lines: tuple[str, ...]) -> None:
    for _time in range(5):
        assert extension_problems(listed(*random.sample(lines, len(lines)))) == []


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((line(NETWORK, "2.0", WAITS), line(SECURITY, "2.0", RUNS)), [("network", WAITS)]),
        ((line(NETWORK, "1.9", RUNS), line(NETWORK, "1.10", WAITS)), [("network", WAITS)]),
        ((line(NETWORK, "2.0", WAITS), line(SECURITY, "2.0", WAITS)), [("network", WAITS), ("security", WAITS)]),
        ((line(SECURITY, "2.0", GOES),), [("security", GOES)]),
    ],
)
def test_what_does_not_run_is_told_by_name(lines: tuple[str, ...], told: list[tuple[str, str]]) -> None:
    problems = extension_problems(listed(*lines))
    assert len(problems) == len(told)
    for problem, (name, state) in zip(problems, told, strict=True):
        assert name in problem
        assert f'"{state}"' in problem


@given(st.text(max_size=500))
def test_any_text_is_read(text: str) -> None:
    for problem in extension_problems(f"x\tcom.cisco.endpoint.svc.{NETWORK} ({text})\t[{text}]"):
        assert problem.isprintable()
