# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""group: one group with parent and policies, in the fewest requests, and nothing deleted with computers in it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import group
from unit.scripted_cloud import DELETE, GET, PATCH, POST, Expected, Result, ScriptedCloud, run

LIST = "/v1/groups"
ONE = "fedd82f8-c74f-49f4-a463-e576d3beee92"
TOP = {"guid": "bb5a9f90-d6fa-4fe7-99c8-e91060b49a98", "name": "Top"}
MIDDLE = {"guid": "92615a6b-631f-4436-b2da-47e94b349737", "name": "Middle"}
WINDOWS = {"guid": "a599bf5b-2cb7-4a5b-90bd-d0199e2ccd67", "name": "Protect", "product": "windows"}
WINDOWS_AUDIT = {"guid": "be84e169-0830-4b95-915b-1e203a82ed58", "name": "Audit", "product": "windows"}
LINUX = {"guid": "1a352c59-793b-44f3-b8f9-0ddd354057bc", "name": "Protect", "product": "linux"}
LINUX_AUDIT = {"guid": "9f2fa537-df5d-4c6c-abf3-edc25a893a7a", "name": "Audit", "product": "linux"}
DEFAULTS = (WINDOWS, LINUX)


def row(guid: str = ONE, name: str = "Kiosks", *above: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"guid": guid, "name": name, "description": "d", **({"ancestry": list(above)} if above else {}), **more}


def whole(*above: dict[str, str], policies: Any = DEFAULTS, computers: int = 0, **more: Any) -> dict[str, Any]:
    counts = {"computers_count": computers, "descendant_computers_count": 0}
    return {**row(ONE, "Kiosks", *above), "policies": list(policies), **counts, **more}


def listing(*rows: dict[str, Any]) -> Expected:
    return GET(LIST, limit=500).answers([*rows, row(**TOP), row(MIDDLE["guid"], MIDDLE["name"], TOP)])


def it(guid: str = ONE) -> Expected:
    return GET(f"{LIST}/{guid}")


def run_it(**options: Any) -> Result:
    return run(group, **{"name": "Kiosks", "concurrency": 1, **options})


def test_as_it_should_be_is_two_reads(cloud: ScriptedCloud) -> None:
    cloud.expects(listing(row(ONE, "Kiosks", MIDDLE, TOP)), it().answers(whole(TOP, MIDDLE)))

    wanted = {"windows": "Protect", "linux": LINUX["guid"].upper()}
    result = run_it(description="d", parent="Middle", policies={**wanted, "linux": LINUX["guid"]})

    assert not result.changed
    assert result["after"]["parent"] == MIDDLE
    assert result["calls"] == {"planned": 0, "made": 0}


def test_by_guid_without_further_wishes_is_one_read(cloud: ScriptedCloud) -> None:
    cloud.expects(it().answers(whole(TOP)))

    assert run_it(name=ONE.upper())["after"]["parent"] == TOP


def test_a_new_group_is_made_with_parent_and_policies(cloud: ScriptedCloud) -> None:
    cloud.expects(
        listing(),
        GET("/v1/policies", **{"product[]": ["windows"], "limit": 500}).answers([WINDOWS, WINDOWS_AUDIT, LINUX]),
        POST(LIST, name="Kiosks", description="Terminals").answers(whole()),
        PATCH(f"{LIST}/{ONE}/parent", parent_group_guid=MIDDLE["guid"]).answers(whole(MIDDLE, TOP), status=202),
        PATCH(f"{LIST}/{ONE}", windows_policy_guid=WINDOWS_AUDIT["guid"]).answers(whole(), status=202),
        it().answers(whole(MIDDLE, TOP, policies=(WINDOWS_AUDIT, LINUX))),
    )

    result = run_it(description="Terminals", parent="Middle", policies={"windows": "Audit"})

    assert result.changed
    assert result["before"] is None
    assert result["after"]["guid"] == ONE
    assert result["after"]["policies"]["windows"] == {"guid": WINDOWS_AUDIT["guid"], "name": "Audit"}
    assert result["calls"] == {"planned": 3, "made": 3}
    assert result["diff"]["after"] == {
        "name": "Kiosks",
        "description": "Terminals",
        "parent": "Middle",
        "policies": {"windows": "Audit"},
    }


def test_a_plain_new_group_is_one_read_and_one_write_and_its_name_describes_it(cloud: ScriptedCloud) -> None:
    cloud.expects(listing(), POST(LIST, name="Kiosks", description="Kiosks").answers(whole()))

    assert run_it()["after"]["policies"].keys() == {"windows", "linux"}


def test_check_mode_predicts_a_new_group_but_for_what_only_the_cloud_knows(cloud: ScriptedCloud) -> None:
    cloud.expects(listing())

    result = run_it(parent="Top", _check=True)

    assert result.changed
    assert result["after"] == {"name": "Kiosks", "description": "Kiosks", "parent": TOP, "policies": {}}
    assert result["calls"] == {"planned": 2, "made": 0}


def test_only_what_differs_is_changed(cloud: ScriptedCloud) -> None:
    known = [listing(row(ONE, "Kiosks", TOP)), it().answers(whole(TOP))]
    policies = GET("/v1/policies", **{"product[]": ["linux"], "limit": 500}).answers(
        [LINUX, LINUX_AUDIT, WINDOWS_AUDIT]
    )
    cloud.expects(*known, policies)
    wanted = {"parent": "Top", "policies": {"windows": "Protect", "linux": "Audit"}}
    predicted = run_it(**wanted, _check=True)

    cloud.expects(*known, policies, PATCH(f"{LIST}/{ONE}", linux_policy_guid=LINUX_AUDIT["guid"]).answers(202))
    cloud.expects(it().answers(whole(TOP, policies=(WINDOWS, LINUX_AUDIT))))
    result = run_it(**wanted)

    assert result.diff == (
        "policies: {'linux': 'Protect', 'windows': 'Protect'}",
        "policies: {'linux': 'Audit', 'windows': 'Protect'}",
    )
    assert {**predicted, "calls": 0, "invocation": 0} == {**result, "calls": 0, "invocation": 0}


def test_an_empty_parent_is_the_top(cloud: ScriptedCloud) -> None:
    cloud.expects(listing(row(ONE, "Kiosks", TOP)), it().answers(whole(TOP)))
    cloud.expects(PATCH(f"{LIST}/{ONE}/parent").answers(202), it().answers(whole()))

    assert run_it(parent="")["after"]["parent"] is None


def test_a_parent_by_guid_has_to_be_there(cloud: ScriptedCloud) -> None:
    missing = "00000000-0000-4000-8000-000000000001"
    cloud.expects(listing(row()), it().answers(whole()), it(missing).refuses(404, "Group not found"))

    assert f"The tenant has no group {missing}. Nothing was changed." in run_it(parent=missing).msg


def test_the_nearest_of_several_ancestors_is_the_parent_whatever_their_order(cloud: ScriptedCloud) -> None:
    cloud.expects(it().answers(whole(TOP, MIDDLE)))
    cloud.expects(it(TOP["guid"]).answers(row(**TOP)), it(MIDDLE["guid"]).answers(row(*MIDDLE.values(), TOP)))

    assert not run_it(name=ONE, parent=MIDDLE["guid"]).changed


@pytest.mark.parametrize("parent", ["Kiosks", "Below"])
def test_a_group_never_comes_below_itself(cloud: ScriptedCloud, parent: str) -> None:
    below = row("6ed80412-0739-42c1-8f6d-32fb51b3f894", "Below", {"guid": ONE.upper(), "name": "Kiosks"})
    cloud.expects(listing(row(), below), it().answers(whole()))

    assert "is the group itself or stands below it" in run_it(parent=parent).msg


def test_a_name_of_several_groups_is_refused_with_their_guids(cloud: ScriptedCloud) -> None:
    other = "6ed80412-0739-42c1-8f6d-32fb51b3f894"
    cloud.expects(
        listing(row(), row(other, "Kiosks", MIDDLE, TOP)),
        GET(f"/v1/groups/{ONE}").answers(row(computers_count=12)),
        GET(f"/v1/groups/{other}").answers(row(other, computers_count=0)),
    )

    told = f"{ONE} (Kiosks, 12 computers), {other} (Top / Middle / Kiosks, 0 computers)"
    assert f'2 groups are named "Kiosks": give one of the ids {told}' in run_it().msg


def test_an_unknown_guid_is_no_name_for_a_new_group(cloud: ScriptedCloud) -> None:
    cloud.expects(it().refuses(404, "Group not found"))

    assert f"The tenant has no group {ONE}. A new group is given by its name." in run_it(name=ONE).msg


def test_another_description_is_warned_of_and_stays(cloud: ScriptedCloud) -> None:
    cloud.expects(listing(row()), it().answers(whole()))

    result = run_it(description="other")

    assert not result.changed
    assert result.warnings == [
        'The description of the group "Kiosks" is another one and stays: the API cannot change it.'
    ]


@pytest.mark.parametrize(
    ("policies", "said"),
    [
        (
            {"ios": "Protect", "toaster": "x"},
            "policies: the API cannot set a policy for ios, toaster, only for windows,",
        ),
        ({"windows": " "}, "policies: there is nothing given for windows"),
        ({"linux": None}, "policies: there is nothing given for linux"),
    ],
)
def test_policies_that_cannot_be_set_are_refused_before_anything_is_asked(
    cloud: ScriptedCloud, policies: dict[str, Any], said: str
) -> None:
    assert said in run_it(policies=policies).msg
    assert cloud.requests == []


def test_unknown_and_ambiguous_policies_are_told_at_once(cloud: ScriptedCloud) -> None:
    query = {"product[]": ["linux", "windows"], "limit": 500}
    twice = {**WINDOWS_AUDIT, "guid": "0fda9022-9491-4982-9066-adc4f65007bc"}
    cloud.expects(listing(row()), it().answers(whole()))
    cloud.expects(GET("/v1/policies", **query).answers([WINDOWS, WINDOWS_AUDIT, twice, LINUX]))

    result = run_it(policies={"windows": "Audit", "linux": "Auditing"})

    assert '2 windows policies are named "Audit"' in result.msg
    assert 'No linux policies are named "Auditing"' in result.msg


def test_what_was_accepted_is_looked_at_until_it_shows(cloud: ScriptedCloud) -> None:
    cloud.expects(listing(row()), it().answers(whole()))
    cloud.expects(PATCH(f"{LIST}/{ONE}/parent", parent_group_guid=TOP["guid"]).answers(202))
    cloud.expects(*[it().answers(whole())] * 3, it().answers(whole(TOP)))

    assert run_it(parent="Top")["after"]["parent"] == TOP


def test_what_never_shows_is_a_failure(cloud: ScriptedCloud) -> None:
    cloud.expects(listing(row()), it().answers(whole()))
    cloud.expects(PATCH(f"{LIST}/{ONE}/parent", parent_group_guid=TOP["guid"]).answers(202))
    cloud.expects(*[it().answers(whole())] * 6)

    result = run_it(parent="Top")

    assert result.failed
    assert "accepted the change, but it did not show in 6 looks" in result.msg


def test_a_lost_answer_to_a_change_is_answered_by_sending_it_again(cloud: ScriptedCloud) -> None:
    change = PATCH(f"{LIST}/{ONE}/parent", parent_group_guid=TOP["guid"])
    cloud.expects(listing(row()), it().answers(whole()), change.cut(), change.answers(202), it().answers(whole(TOP)))

    assert run_it(parent="Top")["calls"] == {"planned": 1, "made": 2}


def test_a_lost_new_group_is_adopted(cloud: ScriptedCloud) -> None:
    by_name = GET(LIST, name="Kiosks", limit=500)
    other = row("6ed80412-0739-42c1-8f6d-32fb51b3f894", "Kiosks too")
    creation = POST(LIST, name="Kiosks", description="Kiosks")
    cloud.expects(listing(), creation.refuses(502), by_name.answers([other, row()]), it().answers(whole()))

    result = run_it()

    assert result["after"]["guid"] == ONE
    assert result["calls"] == {"planned": 1, "made": 1}


def test_a_new_group_that_was_lost_before_it_was_made_is_made_once(cloud: ScriptedCloud) -> None:
    creation = POST(LIST, name="Kiosks", description="Kiosks")
    by_name = GET(LIST, name="Kiosks", limit=500)
    cloud.expects(listing(), creation.cut(), by_name.answers([]), creation.answers(whole()))

    assert run_it().changed


def test_several_new_groups_of_the_name_are_told_not_guessed(cloud: ScriptedCloud) -> None:
    other = "6ed80412-0739-42c1-8f6d-32fb51b3f894"
    cloud.expects(listing(), POST(LIST, name="Kiosks", description="Kiosks").cut())
    cloud.expects(GET(LIST, name="Kiosks", limit=500).answers([row(), row(other)]))

    result = run_it()

    assert result.failed
    assert f"{other}, {ONE}" in result.msg


def test_a_failure_after_the_group_was_made_says_so(cloud: ScriptedCloud) -> None:
    cloud.expects(listing(), POST(LIST, name="Kiosks", description="Kiosks").answers(whole()))
    cloud.expects(PATCH(f"{LIST}/{ONE}/parent", parent_group_guid=TOP["guid"]).refuses(400, "no"))

    result = run_it(parent="Top")

    assert result.failed
    assert result.changed
    assert result["after"] == {"guid": ONE}
    assert result["calls"] == {"planned": 2, "made": 2}


def test_an_empty_group_is_deleted(cloud: ScriptedCloud) -> None:
    cloud.expects(listing(row()), it().answers(whole()))
    predicted = run_it(state="absent", _check=True)
    cloud.expects(listing(row()), it().answers(whole()))
    cloud.expects(DELETE(f"{LIST}/{ONE}").answers({"deleted": True, "group_guid": ONE}))
    result = run_it(state="absent")

    assert result.changed
    assert result["after"] is None
    assert result["before"]["name"] == "Kiosks"
    assert {**predicted, "calls": 0, "invocation": 0} == {**result, "calls": 0, "invocation": 0}


def test_gone_already_is_no_change(cloud: ScriptedCloud) -> None:
    cloud.expects(listing())
    assert not run_it(state="absent").changed

    cloud.expects(it().refuses(404, "Group not found"))
    assert not run_it(name=ONE, state="absent").changed


@pytest.mark.parametrize("check", [False, True])
def test_a_group_that_is_not_empty_is_refused_unless_told_where_all_goes(cloud: ScriptedCloud, check: bool) -> None:
    child = {"guid": MIDDLE["guid"], "name": "Child"}
    cloud.expects(listing(row()), it().answers(whole(computers=3, child_groups=[child])))

    result = run_it(state="absent", _check=check)

    assert "still has 3 computers and the child groups Child. Say with move_computers_to" in result.msg


def test_computers_and_child_groups_are_moved_before_the_group_is_deleted(cloud: ScriptedCloud) -> None:
    child = {"guid": "6ed80412-0739-42c1-8f6d-32fb51b3f894", "name": "Child"}
    guid = "00000000-0000-4000-8000-000000000007"
    computer = {"connector_guid": guid, "hostname": "PC-7", "group_guid": ONE}
    of_group = GET("/v1/computers", **{"group_guid[]": ONE, "limit": 500}).answers([computer])
    full = whole(computers=1, child_groups=[child])
    cloud.expects(
        listing(row()),
        it().answers(full),
        of_group,
        PATCH(f"/v1/computers/{guid}", group_guid=TOP["guid"]).answers({**computer, "group_guid": TOP["guid"]}),
        GET(f"/v1/computers/{guid}").answers({**computer, "group_guid": TOP["guid"]}),
        PATCH(f"{LIST}/{child['guid']}/parent", parent_group_guid=TOP["guid"]).answers(202),
        it().answers(whole(child_groups=[child])),
        it().answers(whole()),
        DELETE(f"{LIST}/{ONE}").answers({"deleted": True}),
    )

    result = run_it(state="absent", move_computers_to="Top")

    assert result["calls"] == {"planned": 3, "made": 3}
    assert result["before"]["computers"] == [{"connector_guid": guid, "hostname": "PC-7"}]
    assert result["diff"]["before"]["moved to Top"] == [
        f"computer PC-7 ({guid})",
        f"group Child ({child['guid']})",
    ]


def test_a_group_whose_computers_cannot_all_be_read_is_left_alone(cloud: ScriptedCloud) -> None:
    cloud.expects(listing(row()), it().answers(whole(computers=2)))
    cloud.expects(GET("/v1/computers", **{"group_guid[]": ONE, "limit": 500}).answers([]))

    result = run_it(state="absent", move_computers_to="Top")

    assert "has 2 computers, of which 0 could be read. Nothing was changed" in result.msg


def test_a_group_whose_computers_cannot_all_be_moved_is_not_deleted(cloud: ScriptedCloud) -> None:
    guid = "00000000-0000-4000-8000-000000000007"
    computer = {"connector_guid": guid, "hostname": "PC-7", "group_guid": ONE}
    cloud.expects(listing(row()), it().answers(whole(computers=1)))
    cloud.expects(GET("/v1/computers", **{"group_guid[]": ONE, "limit": 500}).answers([computer]))
    cloud.expects(PATCH(f"/v1/computers/{guid}", group_guid=TOP["guid"]).refuses(400, "no"))

    result = run_it(state="absent", move_computers_to="Top")

    assert result.failed
    assert not result.changed
    assert "1 computers failed" in result.msg


@pytest.mark.parametrize("refuge", ["Kiosks", "Below"])
def test_what_is_deleted_is_no_refuge(cloud: ScriptedCloud, refuge: str) -> None:
    below = row("6ed80412-0739-42c1-8f6d-32fb51b3f894", "Below", {"guid": ONE, "name": "Kiosks"})
    cloud.expects(listing(row(), below), it().answers(whole(computers=1)))

    assert "stands below it" in run_it(state="absent", move_computers_to=refuge).msg


def test_a_group_without_counts_is_not_taken_for_empty(cloud: ScriptedCloud) -> None:
    cloud.expects(listing(row()), it().answers(row()))

    assert "does not say how many computers" in run_it(state="absent").msg


def test_a_lost_answer_to_a_deletion_is_decided_by_looking(cloud: ScriptedCloud) -> None:
    deletion = DELETE(f"{LIST}/{ONE}")
    cloud.expects(listing(row()), it().answers(whole()), deletion.cut(), it().refuses(404, "Group not found"))
    assert run_it(state="absent").changed

    cloud.expects(listing(row()), it().answers(whole()), deletion.cut(), it().answers(whole()))
    cloud.expects(deletion.refuses(404), it().refuses(404))
    assert run_it(state="absent").changed


@pytest.mark.parametrize("answer", [{"deleted": False}, 404])
def test_a_group_that_is_still_there_was_not_deleted(cloud: ScriptedCloud, answer: Any) -> None:
    cloud.expects(listing(row()), it().answers(whole()))
    cloud.expects(DELETE(f"{LIST}/{ONE}").answers(answer), it().answers(whole()))

    result = run_it(state="absent")

    assert result.failed
    assert not result.changed
    assert result["after"]["name"] == "Kiosks"


def test_a_deletion_that_the_cloud_refuses_is_a_failure(cloud: ScriptedCloud) -> None:
    cloud.expects(listing(row()), it().answers(whole()), DELETE(f"{LIST}/{ONE}").refuses(409, "Group has computers"))

    assert "Group has computers" in run_it(state="absent").msg
