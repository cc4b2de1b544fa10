# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exact requests of tenant_config, in their order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import tenant_config
from unit.scripted_cloud import GET, PATCH, POST, Result, ScriptedCloud, run

WEST, KIOSK, GUARD, LOCKDOWN, PC = (f"00000000-0000-4000-8000-{number:012d}" for number in range(5))
POLICIES = [
    {"guid": GUARD, "name": "Guard", "product": "windows", "serial_number": 1},
    {"guid": LOCKDOWN, "name": "Lockdown", "product": "windows", "serial_number": 1},
]
TREE = """\
groups:
  West:
  West/Kiosk: {policies: {windows: Lockdown}}
computers:
  West/Kiosk: {at_least: [PC-1]}
"""


def group(guid: str, name: str, *above: str, policy: str = GUARD) -> dict[str, Any]:
    ancestry = {"ancestry": [{"guid": one, "name": "West"} for one in above]} if above else {}
    policies = [{"guid": policy, "name": "x", "product": "windows"}]
    return {"guid": guid, "name": name, "description": name, **ancestry, "policies": policies}


def computer(group_guid: str) -> dict[str, Any]:
    return {"connector_guid": PC, "hostname": "PC-1", "group_guid": group_guid}


@pytest.fixture
def tree(tmp_path: Path) -> str:
    path = tmp_path / "tenant.yml"
    path.write_text(TREE, encoding="utf-8")
    return str(path)


def apply(tree: str, **options: Any) -> Result:
    return run(tenant_config, src=tree, concurrency=1, **options)


def reads(*groups: dict[str, Any], computers: str) -> list[Any]:
    return [
        GET("/v1/groups", limit=500).answers(list(groups)),
        GET("/v1/policies", limit=500).answers(POLICIES),
        *[GET(f"/v1/groups/{one['guid']}").answers(one) for one in groups if one["guid"] == KIOSK],
        GET("/v1/computers", limit=500).answers([computer(computers)]),
    ]


def test_where_nothing_differs_each_resource_is_read_once(cloud: ScriptedCloud, tree: str) -> None:
    cloud.expects(*reads(group(WEST, "West"), group(KIOSK, "Kiosk", WEST, policy=LOCKDOWN), computers=KIOSK))
    assert not apply(tree).changed


def test_a_group_is_made_moved_and_filled_and_then_looked_at(cloud: ScriptedCloud, tree: str) -> None:
    cloud.expects(*reads(group(WEST, "West"), computers=WEST))
    cloud.expects(
        POST("/v1/groups", name="Kiosk", description="Kiosk").answers(group(KIOSK, "Kiosk")),
        PATCH(f"/v1/groups/{KIOSK}/parent", parent_group_guid=WEST).answers(202),
        PATCH(f"/v1/groups/{KIOSK}", windows_policy_guid=LOCKDOWN).answers(202),
        PATCH(f"/v1/computers/{PC}", group_guid=KIOSK).answers(computer(KIOSK), status=202),
        GET(f"/v1/computers/{PC}").answers(computer(KIOSK)),
        GET(f"/v1/groups/{KIOSK}").answers(group(KIOSK, "Kiosk", WEST, policy=LOCKDOWN)),
    )
    result = apply(tree)
    assert result["counts"] == {"created": 1, "moved": 1}
    assert result["calls"] == {"planned": 4, "made": 4}
    assert [(one["item"], one.get("connector_guid")) for one in result["changes"]] == [
        ("West/Kiosk", None),
        ("PC-1", PC),
    ]


def test_a_lost_answer_to_a_new_group_adopts_it(cloud: ScriptedCloud, tree: str) -> None:
    """R20: read again by name, and take the one that was not there before."""
    cloud.expects(*reads(group(WEST, "West"), computers=WEST))
    cloud.expects(
        POST("/v1/groups", name="Kiosk", description="Kiosk").cut(),
        GET("/v1/groups", name="Kiosk", limit=500).answers([group(KIOSK, "Kiosk")]),
        GET(f"/v1/groups/{KIOSK}").answers(group(KIOSK, "Kiosk")),
        PATCH(f"/v1/groups/{KIOSK}/parent", parent_group_guid=WEST).answers(202),
        PATCH(f"/v1/groups/{KIOSK}", windows_policy_guid=LOCKDOWN).answers(202),
        PATCH(f"/v1/computers/{PC}", group_guid=KIOSK).answers(computer(KIOSK), status=202),
        GET(f"/v1/computers/{PC}").answers(computer(KIOSK)),
        GET(f"/v1/groups/{KIOSK}").answers(group(KIOSK, "Kiosk", WEST)),
        GET(f"/v1/groups/{KIOSK}").answers(group(KIOSK, "Kiosk", WEST, policy=LOCKDOWN)),
    )
    assert apply(tree)["counts"] == {"created": 1, "moved": 1}


def test_a_section_that_is_not_asked_for_is_not_read(cloud: ScriptedCloud, tree: str) -> None:
    cloud.expects(
        GET("/v1/groups", limit=500).answers([group(WEST, "West"), group(KIOSK, "Kiosk", WEST)]),
        GET("/v1/computers", limit=500).answers([computer(KIOSK)]),
    )
    assert not apply(tree, sections=["computers"]).changed
    assert not apply(tree, sections=[]).changed
