# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""event_type_info: the whole list in one request, in any mode."""

from __future__ import annotations

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import event_type_info
from unit.scripted_cloud import GET, ScriptedCloud, run

DETECTED = {"id": 1090519054, "name": "Threat Detected", "description": "A threat was detected"}
QUARANTINED = {"id": 553648143, "name": "Threat Quarantined", "description": "A threat was quarantined"}


@pytest.mark.parametrize("check", [False, True])
def test_the_list_is_read_with_one_request_and_no_parameters(cloud: ScriptedCloud, check: bool) -> None:
    cloud.expects(GET("/v1/event_types").answers([DETECTED, QUARANTINED]))

    result = run(event_type_info, _check=check)

    assert not result.changed
    assert [row["id"] for row in result["event_types"]] == ["553648143", "1090519054"]


def test_names_and_ids_choose(cloud: ScriptedCloud) -> None:
    cloud.expects(GET("/v1/event_types").answers([DETECTED, QUARANTINED, {**DETECTED, "id": 7, "name": "Other"}]))

    result = run(event_type_info, names=["Threat Detected", "nothing like it"], ids=[553648143])

    assert [row["name"] for row in result["event_types"]] == ["Threat Quarantined", "Threat Detected"]


def test_an_empty_choice_is_empty(cloud: ScriptedCloud) -> None:
    cloud.expects(GET("/v1/event_types").answers([DETECTED]))

    assert run(event_type_info, names=[])["event_types"] == []


@pytest.mark.parametrize("row", [{"name": "no id"}, {"id": True}, {"id": "12"}, 5])
def test_another_shape_is_told_not_guessed(cloud: ScriptedCloud, row: object) -> None:
    cloud.expects(GET("/v1/event_types").answers([row]))

    assert run(event_type_info)["error"]["kind"] == "protocol"
