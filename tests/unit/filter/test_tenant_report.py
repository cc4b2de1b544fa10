# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of tenants: totals first, what needs a person before the rest, hostile names escaped."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.ampops.secure_endpoint.plugins.filter.tenant_report import tenant_report

CALLS = {"planned": 1, "made": 0}
CHANGE = {"section": "groups", "item": "Kiosk\x1b[31m", "outcome": "policies_set", "detail": None, "place": "a.yml:1"}
FINDING = {"section": "policies", "item": "windows: Guard", "detail": "it was changed", "place": "policies.yml:3"}


def test_each_tenant_has_a_row_and_those_that_failed_come_first() -> None:
    report = tenant_report(
        {
            "a": {
                "calls": CALLS,
                "changes": [],
                "changed": False,
                "unlisted": {"groups": {"number": 2, "names": ["x", "y"]}},
            },
            "b": {"calls": CALLS, "changes": [CHANGE], "changed": True},
            "c": {"failed": True, "msg": "2 mistakes in the tree.\n...", "problems": ["t.yml:1: x", "t.yml:2: y"]},
            "d": {"calls": {"planned": 1, "made": 1}, "changes": [CHANGE], "changed": True},
            "e": {"calls": CALLS, "changes": [], "cannot": [FINDING]},
            "f": {},
        },
        width=200,
    )
    assert report["status"] == "failed"
    assert report["lines"][0] == "6 tenants: 2 failed, 2 drift, 1 changed, 1 in sync"
    assert [line.split()[0] for line in report["lines"][3:]] == ["c", "f", "b", "e", "d", "a"]
    assert report["details"]["c"] == ["c: failed", "t.yml:1: x", "t.yml:2: y"]
    assert report["details"]["f"] == ["f: failed", "the tenant was not compared"]
    assert "\x1b" not in str(report["details"]["b"])
    assert report["details"]["a"][-1].split() == ["groups", "2", "x,", "y"]


def test_long_tables_say_how_much_is_left_out() -> None:
    report = tenant_report({"a": {"calls": CALLS, "changes": [CHANGE] * 30}}, shown=10)
    assert report["details"]["a"][-1] == "and 20 more"


def test_what_is_no_result_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="a dictionary of results by tenant is needed"):
        tenant_report([{}])
