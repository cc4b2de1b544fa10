# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""guide_api_coverage: what the simulated cloud offers, what is used, and what is too thinly known are its tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from simulator import Simulator
from simulator.web.app import create_app

CHECKOUT = Path(__file__).resolve().parents[3]
GUIDE = CHECKOUT / "docs" / "docsite" / "rst" / "guide_api_coverage.rst"
ROW = re.compile(r"^``([A-Z]+) (/v1/\S+)``\s{2,}(\S.*?)(?:\s{2,}(.*))?$", re.MULTILINE)
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


def table(heading: str) -> dict[tuple[str, str], tuple[str, str]]:
    """The two columns beside each call of the section with this heading."""
    section = re.split(rf"^{heading}\n-+$", GUIDE.read_text("utf-8"), flags=re.MULTILINE)[1]
    section = re.split(r"^-{4,}$", section, flags=re.MULTILINE)[0]
    return {(method, path): (second, third) for method, path, second, third in ROW.findall(section)}


USED = table("Used")
NOT_USED = table("Known and not used")
THIN = table("Too thinly known to build on")


def code() -> str:
    resources = (CHECKOUT / "plugins" / "module_utils" / "_resources").rglob("*.py")
    return "\n".join(path.read_text("utf-8") for path in resources)


def test_the_simulated_cloud_offers_what_is_known_well_enough_and_nothing_else(simulator_api: Simulator) -> None:
    offered = {("OPTIONS", "/v1/computers/{guid}/isolation")}
    for rule in create_app(simulator_api.cloud).url_map.iter_rules():
        path = re.sub(r"<(?:int:stream_|)(\w+)>", r"{\1}", str(rule))
        if "{other}" not in path:  # what is no number, refused
            offered |= {(method, path) for method in METHODS & set(rule.methods or ())}

    assert USED.keys() | NOT_USED.keys() == offered
    assert not USED.keys() & NOT_USED.keys()


@pytest.mark.parametrize("call", sorted(USED), ids=" ".join)
def test_each_used_call_has_a_user_that_there_is(call: tuple[str, str]) -> None:
    users, _remark = USED[call]
    for user in users.split(", "):
        kind, name = ("inventory", user.split()[1]) if user.startswith("inventory ") else ("modules", user)
        assert (CHECKOUT / "plugins" / kind / f"{name}.py").is_file(), user


@pytest.mark.parametrize("call", sorted(NOT_USED), ids=" ".join)
def test_each_call_that_is_not_used_has_a_reason(call: tuple[str, str]) -> None:
    assert len(NOT_USED[call][0]) > 20


@pytest.mark.parametrize("call", sorted(THIN), ids=" ".join)
def test_a_call_that_is_too_thinly_known_is_not_built_on_and_names_what_would_settle_it(
    call: tuple[str, str],
) -> None:
    known, settled_by = THIN[call]
    assert known
    assert len(settled_by) > 5
    assert call not in USED.keys() | NOT_USED.keys()
    last = [word for word in call[1].split("/") if not word.startswith("{")][-1]
    assert last not in code()


def test_the_guide_does_not_claim_to_know_every_call() -> None:
    assert "every call" not in GUIDE.read_text("utf-8").lower()
    assert "there may be calls that this page does not name" in " ".join(GUIDE.read_text("utf-8").split())


def test_deprecated_calls_say_so() -> None:
    """api-contract 14: all four calls about vulnerabilities, of which one is too thinly known."""
    about = {call: remark for call, (_users, remark) in USED.items() if "vulnerabilities" in call[1]}
    assert len(about) == 3
    assert all("deprecated since May 2025" in remark for remark in about.values())
    assert "deprecated" in THIN["GET", "/v1/computers/{guid}/os_vulnerabilities"][0]


def test_the_code_knows_the_used_paths_and_no_other() -> None:
    used = {path for _method, path in USED}
    unused = {path for _method, path in NOT_USED} - used

    assert set(re.findall(r'"(/v1/\w+)', code())) == {"/".join(path.split("/")[:3]) for path in used}
    for path in used:
        assert path.rstrip("}").split("/")[-1].split("}")[-1] in code(), path
    for path in unused - {"/v1/event_streams/{id}"}:  # read, but not with GET
        assert path.split("/")[3 if "app" in path else -1] not in code(), path
