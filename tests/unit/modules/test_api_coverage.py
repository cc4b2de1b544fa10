# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""guide_api_coverage: each call of the simulated cloud is in its table, with who makes it or why nobody does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from simulator import Simulator
from simulator.web.app import create_app

CHECKOUT = Path(__file__).resolve().parents[3]
GUIDE = CHECKOUT / "docs" / "docsite" / "rst" / "guide_api_coverage.rst"
ROW = re.compile(r"^``([A-Z]+) (/v1/\S+)``\s{2,}(\S.*?)(?:\s{2,}(.*))?$", re.MULTILINE)
TABLE = {(method, path): (users, remark) for method, path, users, remark in ROW.findall(GUIDE.read_text("utf-8"))}
# Nothing is known of its answer, so the simulated cloud has none.
UNKNOWN = {("GET", "/v1/computers/{guid}/os_vulnerabilities")}
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


def test_the_table_is_the_contract(simulator_api: Simulator) -> None:
    offered = {("OPTIONS", "/v1/computers/{guid}/isolation")}
    for rule in create_app(simulator_api.cloud).url_map.iter_rules():
        path = re.sub(r"<(?:int:stream_|)(\w+)>", r"{\1}", str(rule))
        if "{other}" not in path:  # what is no number, refused
            offered |= {(method, path) for method in METHODS & set(rule.methods or ())}

    assert TABLE.keys() == offered | UNKNOWN


@pytest.mark.parametrize("call", sorted(TABLE), ids=" ".join)
def test_each_call_has_a_user_that_there_is_or_a_reason(call: tuple[str, str]) -> None:
    users, remark = TABLE[call]
    if users == "not used":
        assert len(remark) > 20
        return
    for user in users.split(", "):
        kind, name = ("inventory", user.split()[1]) if user.startswith("inventory ") else ("modules", user)
        assert (CHECKOUT / "plugins" / kind / f"{name}.py").is_file(), user


def test_the_code_knows_the_used_paths_and_no_other() -> None:
    resources = (CHECKOUT / "plugins" / "module_utils" / "_resources").rglob("*.py")
    code = "\n".join(path.read_text("utf-8") for path in resources)
    used = {path for (_method, path), (users, _remark) in TABLE.items() if users != "not used"}
    unused = {path for (_method, path), (users, _remark) in TABLE.items() if users == "not used"} - used

    assert set(re.findall(r'"(/v1/\w+)', code)) == {"/".join(path.split("/")[:3]) for path in used}
    for path in used:
        assert path.rstrip("}").split("/")[-1].split("}")[-1] in code, path
    for path in unused - {"/v1/event_streams/{id}"}:  # read, but not with GET
        assert path.split("/")[3 if "app" in path else -1] not in code, path
