# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""file_list_info: one request a type, one more for each 500 files of a list that is looked into."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import file_list_info
from unit.scripted_cloud import GET, Expected, ScriptedCloud, run

SCD = {"guid": "e773a9eb-296c-40df-98d8-bed46322589d", "name": "Blocked", "type": "simple_custom_detections"}
APPS = {"guid": "e4984c9b-651a-499e-a6fe-9ee938dab661", "name": "Apps", "type": "application_blocking"}
POLICY = {"guid": "be84e169-0830-4b95-915b-1e203a82ed58", "name": "Protect"}


def lists(*records: dict[str, str]) -> list[Expected]:
    return [
        GET(f"/v1/file_lists/{kind}", limit=500).answers([one for one in records if one["type"] == kind])
        for kind in ("simple_custom_detections", "application_blocking")
    ]


def files(guid: str, *items: dict[str, Any], total: int | None = None) -> Expected:
    results = {"total": total or len(items), "current_item_count": len(items), "index": 0, "items_per_page": 500}
    data = {"guid": guid, "name": "x", "policies": [POLICY], "items": list(items)}
    document = {"metadata": {"results": results}, "data": data}
    return GET(f"/v1/file_lists/{guid}/files", limit=500).answers(json.dumps(document))


@pytest.mark.parametrize("check", [False, True])
def test_the_lists_of_both_types_that_can_be_listed(cloud: ScriptedCloud, check: bool) -> None:
    cloud.expects(*lists(SCD, APPS))

    result = run(file_list_info, _check=check)

    assert not result.changed
    assert result["file_lists"] == [SCD, APPS]


def test_names_types_and_a_limit_choose(cloud: ScriptedCloud) -> None:
    cloud.expects(lists(SCD, {**SCD, "guid": APPS["guid"], "name": "Blocked too"})[0])
    assert run(file_list_info, types=["simple_custom_detections"], name="Blocked")["file_lists"] == [SCD]

    cloud.expects(*lists(SCD, APPS))
    assert run(file_list_info, limit=1)["file_lists"] == [SCD]


def test_files_and_the_policies_that_use_them_come_when_asked_for(cloud: ScriptedCloud) -> None:
    entry = {"sha256": "A" * 64, "source": "Web"}
    cloud.expects(lists(SCD)[0], files(SCD["guid"], entry))

    found = run(file_list_info, types=["simple_custom_detections"], files=True)["file_lists"][0]

    assert found["files"] == [{"sha256": "a" * 64, "description": None, "source": "Web"}]
    assert found["policies"] == [POLICY]
    assert found["complete"] is True


def test_the_policies_alone_take_the_first_page_of_a_long_list(cloud: ScriptedCloud) -> None:
    cloud.expects(lists(SCD)[0], files(SCD["guid"], {"sha256": "a" * 64, "source": "Web"}, total=5000))

    found = run(file_list_info, types=["simple_custom_detections"], policies=True)["file_lists"][0]

    assert found == {**SCD, "policies": [POLICY]}


def test_a_list_that_keeps_changing_is_shown_with_a_warning(cloud: ScriptedCloud) -> None:
    cloud.expects(lists(SCD)[0], *[files(SCD["guid"], {"sha256": "a" * 64}, {"sha256": "a" * 64}, total=2)] * 3)

    result = run(file_list_info, types=["simple_custom_detections"], files=True)

    assert result["file_lists"][0]["complete"] is False
    assert "some of its files may be missing" in result.warnings[0]


def test_by_guid_of_any_type_and_what_is_not_there_is_left_out(cloud: ScriptedCloud) -> None:
    allowed = {**APPS, "type": "allowed_applications"}
    cloud.expects(
        GET(f"/v1/file_lists/{APPS['guid']}").answers(allowed),
        GET(f"/v1/file_lists/{SCD['guid']}").refuses(404, "File list not found"),
    )

    assert run(file_list_info, guids=[APPS["guid"].upper(), SCD["guid"]])["file_lists"] == [allowed]


def test_what_is_no_guid_is_refused(cloud: ScriptedCloud) -> None:
    assert 'not a GUID: "x", "Blocked"' in run(file_list_info, guids=["x", "Blocked"]).msg
    assert cloud.requests == []


def test_allowed_applications_are_found_through_the_policies_each_once(cloud: ScriptedCloud) -> None:
    allowed = {**APPS, "type": "allowed_applications"}
    other = {"guid": "0fda9022-9491-4982-9066-adc4f65007bc", "name": "Other"}
    cloud.expects(
        GET("/v1/policies", limit=500).answers([POLICY, other]),
        GET(f"/v1/policies/{POLICY['guid']}").answers({**POLICY, "file_lists": [SCD, allowed]}),
        GET(f"/v1/policies/{other['guid']}").answers({**other, "file_lists": [allowed]}),
    )

    assert run(file_list_info, types=["allowed_applications"], concurrency=1)["file_lists"] == [allowed]
