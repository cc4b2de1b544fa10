# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""file_list_entry: the fewest requests, in order, on good days and bad ones."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import file_list_entry
from unit.scripted_cloud import DELETE, GET, POST, Expected, Result, ScriptedCloud, run

GUID = "e773a9eb-296c-40df-98d8-bed46322589d"
LISTS = "/v1/file_lists"
FILES = f"{LISTS}/{GUID}/files"
SCD = {"guid": GUID, "name": "Blocked", "type": "simple_custom_detections"}
POLICY = {"guid": "be84e169-0830-4b95-915b-1e203a82ed58", "name": "Protect"}
POLICY_XML = (
    '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><Object><config><agent><driver><protmode>'
    "<qaction>{}</qaction></protmode></driver></agent></config></Object></Signature>"
)


def sha(number: int) -> str:
    return f"{number:064x}"


def item(number: int, description: str | None = None) -> dict[str, Any]:
    return {
        "sha256": sha(number),
        "source": "Public api",
        **({} if description is None else {"description": description}),
    }


def page(
    items: list[dict[str, Any]], *, total: int | None = None, offset: int = 0, policies: Any = (POLICY,)
) -> Expected:
    """A page of the list's files: `data` is an object here, and `metadata.results` counts its items."""
    total = len(items) if total is None else total
    results = {"total": total, "current_item_count": len(items), "index": offset, "items_per_page": 500}
    links = {"self": "x", **({"next": f"https://api.amp.cisco.com{FILES}"} if offset + len(items) < total else {})}
    document = {"metadata": {"links": links, "results": results}}
    document["data"] = {"name": "Blocked", "guid": GUID, "policies": list(policies), "items": items}
    return GET(FILES, limit=500, **({"offset": offset} if offset else {})).answers(json.dumps(document))


def entry(method: Any, number: int, **body: Any) -> Expected:
    found: Expected = method(f"{FILES}/{sha(number)}", **body)
    return found


def known(cloud: ScriptedCloud, *items: dict[str, Any], policies: Any = (POLICY,), **record: Any) -> None:
    """The list by GUID, and all that is in it."""
    cloud.expects(GET(f"{LISTS}/{GUID}").answers({**SCD, **record}), page(list(items), policies=policies))


def run_it(**options: Any) -> Result:
    return run(file_list_entry, **{"file_list": GUID, "concurrency": 1, **options})


def outcomes(result: Result) -> list[str]:
    return [row["outcome"] for row in result["entries"]]


def test_only_what_is_missing_is_added(cloud: ScriptedCloud) -> None:
    known(cloud, item(1), item(2))
    cloud.expects(entry(POST, 3).answers({}), entry(POST, 4, description="Incident 123").answers({}))

    entries = [
        sha(2).upper(),
        sha(3),
        {"sha256": f" {sha(4)} ", "description": "Incident 123"},
        "",
        None,
        sha(3).upper(),
    ]
    result = run_it(entries=entries)

    assert result.changed
    assert [(row["item"], row["outcome"]) for row in result["entries"]] == [
        (sha(2), "present"),
        (sha(3), "added"),
        (sha(4), "added"),
    ]
    assert result["counts"] == {"present": 1, "added": 2}
    assert result["calls"] == {"planned": 2, "made": 2}
    assert result.diff == (
        "entries_count: 2\nentries: ",
        f"entries_count: 4\nentries: {sha(3)}, {sha(4)} Incident 123",
    )
    assert result["file_list"] == {**SCD, "policies": [POLICY]}


def test_check_mode_predicts_the_same_and_writes_nothing(cloud: ScriptedCloud) -> None:
    known(cloud, item(1))
    predicted = run_it(entries=[sha(1), sha(2)], _check=True)
    known(cloud, item(1))
    cloud.expects(entry(POST, 2).answers({}))
    done = run_it(entries=[sha(1), sha(2)])

    assert predicted["calls"] == {"planned": 1, "made": 0}
    assert {**predicted, "calls": 0, "invocation": 0} == {**done, "calls": 0, "invocation": 0}


def test_nothing_to_do_is_two_reads(cloud: ScriptedCloud) -> None:
    known(cloud, item(1), item(2, ""))

    result = run_it(entries=[{"sha256": sha(2), "description": ""}, sha(1)])

    assert not result.changed
    assert outcomes(result) == ["present", "present"]


def test_only_an_entry_of_the_given_description_is_removed_when_asked_for(cloud: ScriptedCloud) -> None:
    known(cloud, item(1, "Run 7"), item(2, "A person"), item(3))
    cloud.expects(entry(DELETE, 1).answers({}))

    entries = [{"sha256": sha(number), "description": "Run 7"} for number in (1, 2, 3, 4)]
    result = run_it(entries=entries, state="absent", match_description=True)

    assert outcomes(result) == ["removed", "description_differs", "description_differs", "absent"]
    assert result["entries"][1]["detail"] == 'it has the description "A person"'


def test_matching_descriptions_is_for_removals(cloud: ScriptedCloud) -> None:
    assert "match_description goes with state=absent" in run_it(entries=[sha(1)], match_description=True).msg
    assert cloud.requests == []


def test_a_name_is_found_among_the_lists_of_its_type(cloud: ScriptedCloud) -> None:
    other = {**SCD, "guid": POLICY["guid"], "name": "Blocked too"}
    cloud.expects(GET(f"{LISTS}/simple_custom_detections", limit=500).answers([other, SCD]), page([item(1)]))

    assert not run_it(file_list="Blocked", file_list_type="simple_custom_detections", entries=[sha(1)]).changed


def test_without_a_type_both_types_are_looked_through_and_one_name_in_both_is_refused(cloud: ScriptedCloud) -> None:
    other = {**SCD, "guid": POLICY["guid"], "type": "application_blocking"}
    cloud.expects(
        GET(f"{LISTS}/simple_custom_detections", limit=500).answers([SCD]),
        GET(f"{LISTS}/application_blocking", limit=500).answers([other]),
    )

    result = run_it(file_list="Blocked", entries=[sha(1)])

    assert result.failed
    assert '2 file lists are named "Blocked": give one of the ids' in result.msg


def test_an_unknown_list_is_refused_with_what_there_is(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(f"{LISTS}/application_blocking", limit=500).answers([{**SCD, "name": "Apps"}]))

    result = run_it(file_list="App", file_list_type="application_blocking", entries=[sha(1)])

    assert f'No file lists are named "App" (names like it: "Apps" ({GUID}))' in result.msg


def test_an_unknown_guid_and_one_of_another_type_are_refused(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(f"{LISTS}/{GUID}").refuses(404, "File list not found"))
    assert f"The tenant has no file list {GUID}" in run_it(entries=[sha(1)]).msg

    cloud.expects(GET(f"{LISTS}/{GUID}").answers(SCD))
    assert "is of the type simple_custom" in run_it(entries=[sha(1)], file_list_type="application_blocking").msg


def test_allowed_applications_are_found_through_the_policies(cloud: ScriptedCloud) -> None:
    allowed = {"guid": GUID, "name": "Allowed", "type": "application_whitelist"}
    cloud.expects(
        GET("/v1/policies", limit=500).answers([POLICY]),
        GET(f"/v1/policies/{POLICY['guid']}").answers({**POLICY, "file_lists": [SCD | {"guid": sha(1)[:36]}, allowed]}),
        page([item(1)]),
    )

    result = run_it(file_list="Allowed", file_list_type="allowed_applications", entries=[sha(1)])

    assert result["file_list"]["type"] == "allowed_applications"


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_asked(cloud: ScriptedCloud) -> None:
    entries = ["abc", sha(1), 12, {"sha256": "x" * 64}, {"sha": sha(2)}, {"sha256": sha(3), "descripton": "d"}, ["x"]]
    entries += [{"sha256": sha(1), "description": "a"}, {"sha256": sha(1).upper(), "description": "b"}, "line\nbreak"]
    result = run_it(entries=entries)

    assert "8 entries are wrong" in result.msg
    for said in (
        'entry 1: "abc" is not a SHA-256 of 64 hexadecimal digits',
        'entry 3: "12" is a number, not a SHA-256 as text; put it in quotes',
        f'entry 4: "{"x" * 64}" is not',
        "entry 5: an entry is a SHA-256, or sha256 and description, not sha",
        "entry 6: an entry is a SHA-256, or sha256 and description, not descripton",
        "entry 7: \"['x']\" is a list",
        f"entry 9: {sha(1)} has another description than before",
        'entry 10: "line\\nbreak"',
    ):
        assert said in result.msg
    assert cloud.requests == []


def test_a_file_of_hashes_may_hold_blanks_comments_and_repetitions(cloud: ScriptedCloud, tmp_path: Path) -> None:
    source = tmp_path / "blocked.txt"
    source.write_text(f"\ufeff{sha(1).upper()}\r\n\n  # comment\n{sha(2)}  \n{sha(1)}\n", encoding="utf-8")
    known(cloud, item(1), item(2))

    assert outcomes(run_it(src=str(source))) == ["present", "present"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"xyz\n\nabc", 'line 1: "xyz" is not a SHA-256 of 64 hexadecimal digits; line 3: "abc"'),
        (b"\xff\xfe1\x00", "is not text in UTF-8 (byte 0)"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_is_wrong_is_refused(
    cloud: ScriptedCloud, tmp_path: Path, content: bytes | None, said: str
) -> None:
    source = tmp_path / "blocked.txt"
    if content is not None:
        source.write_bytes(content)

    assert said in run_it(src=str(source)).msg
    assert cloud.requests == []


def test_absent_removes_what_is_there_and_only_that(cloud: ScriptedCloud) -> None:
    known(cloud, item(1, "why"), item(2))
    cloud.expects(entry(DELETE, 1).answers({}))

    result = run_it(entries=[sha(1), sha(3)], state="absent")

    assert outcomes(result) == ["removed", "absent"]
    assert result.diff == (f"entries_count: 2\nentries: {sha(1)} why", "entries_count: 1\nentries: ")


def test_exclusive_adds_before_it_removes(cloud: ScriptedCloud) -> None:
    known(cloud, item(1), item(2), item(3))
    cloud.expects(entry(POST, 4).answers({}), entry(DELETE, 1).answers({}), entry(DELETE, 3).answers({}))

    result = run_it(entries=[sha(4), sha(2)], exclusive=True)

    assert [row["item"] for row in result["entries"]] == [sha(4), sha(2), sha(1), sha(3)]
    assert outcomes(result) == ["added", "present", "removed", "removed"]
    assert result["after"]["entries_count"] == 2


@pytest.mark.parametrize("entries", [[], ["", None]])
def test_exclusive_with_nothing_is_refused_before_anything_is_read(cloud: ScriptedCloud, entries: list[Any]) -> None:
    assert "allow_empty=true" in run_it(entries=entries, exclusive=True).msg
    assert cloud.requests == []


def test_exclusive_with_nothing_empties_the_list_when_that_is_meant(cloud: ScriptedCloud) -> None:
    known(cloud, item(1))
    cloud.expects(entry(DELETE, 1).answers({}))

    assert outcomes(run_it(entries=[], exclusive=True, allow_empty=True)) == ["removed"]


@pytest.mark.parametrize("check", [False, True])
def test_more_removals_than_allowed_are_refused(cloud: ScriptedCloud, check: bool) -> None:
    known(cloud, item(1), item(2), item(3))

    result = run_it(entries=[sha(1)], exclusive=True, max_removals=1, _check=check)

    assert "would remove 2 entries, more than max_removals (1)" in result.msg


def test_exclusive_goes_with_present_only(cloud: ScriptedCloud) -> None:
    assert "state=present only" in run_it(entries=[sha(1)], exclusive=True, state="absent").msg
    assert cloud.requests == []


def test_nothing_is_removed_on_the_strength_of_a_list_that_does_not_hold_still(cloud: ScriptedCloud) -> None:
    moving = [page([item(n) for n in range(500)], total=501), page([item(499)], total=501, offset=500)]
    cloud.expects(GET(f"{LISTS}/{GUID}").answers(SCD), *moving * 3)

    result = run_it(entries=[sha(1)], exclusive=True, max_removals=1000)

    assert "changed while it was read" in result.msg


def test_few_of_a_long_list_are_asked_for_one_by_one(cloud: ScriptedCloud) -> None:
    cloud.expects(
        GET(f"{LISTS}/{GUID}").answers(SCD),
        page([item(n) for n in range(500)], total=5000),
        entry(GET, 4000).answers(item(4000)),
        entry(GET, 9000).refuses(404, "File not found"),
        entry(POST, 9000).answers({}),
    )

    result = run_it(entries=[sha(1), sha(4000), sha(9000)])

    assert outcomes(result) == ["present", "present", "added"]
    assert result["after"]["entries_count"] == 5001


def test_what_the_first_page_answers_needs_no_second_one(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(f"{LISTS}/{GUID}").answers(SCD), page([item(n) for n in range(500)], total=900))

    assert not run_it(entries=[sha(1)]).changed


def test_many_of_a_list_are_found_by_reading_its_pages(cloud: ScriptedCloud) -> None:
    cloud.expects(
        GET(f"{LISTS}/{GUID}").answers(SCD),
        page([item(n) for n in range(500)], total=1200),
        page([item(n) for n in range(500, 1000)], total=1200, offset=500),
        page([item(n) for n in range(1000, 1200)], total=1200, offset=1000),
    )

    assert not run_it(entries=[sha(n) for n in range(1200)]).changed


def test_ten_thousand_are_one_task(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(f"{LISTS}/{GUID}").answers(SCD))
    for offset in range(0, 9500, 500):
        cloud.expects(page([item(n) for n in range(offset, offset + 500)], total=9700, offset=offset))
    cloud.expects(page([item(n) for n in range(9500, 9700)], total=9700, offset=9500))
    cloud.expects(*[entry(POST, number).answers({}) for number in range(9700, 10_000)])

    result = run_it(entries=[sha(n) for n in range(10_000)])

    assert result["counts"] == {"present": 9700, "added": 300}
    assert len(result["after"]["entries"]) == len(result["diff"]["after"]["entries"]) == 200
    assert result["diff"]["after"]["not_shown"] == "100 further changes"


@pytest.mark.parametrize(("wait", "said"), [(60, "the task stops where the limit is reached"), (600, "waits for")])
def test_that_the_hourly_limit_will_not_suffice_is_said_before_starting(
    cloud: ScriptedCloud, wait: int, said: str
) -> None:
    left = {"x-ratelimit-remaining": "52", "x-ratelimit-reset": "500"}
    cloud.expects(GET(f"{LISTS}/{GUID}").answers(SCD), replace(page([]), headers=left))

    warnings = run_it(entries=[sha(n) for n in range(3)], rate_limit_wait=wait, _check=True).warnings

    assert len(warnings) == 1
    assert "3 requests are needed and 52 are left until the hourly limit resets in 500 seconds" in warnings[0]
    assert "50 are kept for others" in warnings[0]
    assert said in warnings[0]


def test_a_conflict_by_somebody_else_is_done(cloud: ScriptedCloud) -> None:
    known(cloud)
    cloud.expects(entry(POST, 1).refuses(409, "Hash already in list"))

    result = run_it(entries=[sha(1)])

    assert not result.failed
    assert not result.changed
    assert result["entries"][0]["detail"] == "somebody else added it in the meantime"


@pytest.mark.parametrize("status", [400, 422])
def test_a_conflict_of_another_status_is_understood_by_looking(cloud: ScriptedCloud, status: int) -> None:
    known(cloud)
    cloud.expects(entry(POST, 1).refuses(status, "exists"), entry(GET, 1).answers(item(1)))
    assert outcomes(run_it(entries=[sha(1)])) == ["present"]

    known(cloud)
    cloud.expects(entry(POST, 1).refuses(status, "no good"), entry(GET, 1).refuses(404))
    result = run_it(entries=[sha(1)])
    assert result.failed
    assert "no good" in result["entries"][0]["detail"]


def test_what_somebody_else_removed_is_done(cloud: ScriptedCloud) -> None:
    known(cloud, item(1))
    cloud.expects(entry(DELETE, 1).refuses(404, "File not found"), entry(GET, 1).refuses(404, "File not found"))

    result = run_it(entries=[sha(1)], state="absent")

    assert not result.changed
    assert result["entries"][0] == {
        "item": sha(1),
        "outcome": "absent",
        "detail": "somebody else removed it in the meantime",
    }


def test_a_404_for_what_is_still_there_is_a_failure(cloud: ScriptedCloud) -> None:
    known(cloud, item(1))
    cloud.expects(entry(DELETE, 1).refuses(404, "This API client may only read"), entry(GET, 1).answers(item(1)))

    result = run_it(entries=[sha(1)], state="absent")

    assert result.failed
    assert not result.changed
    assert outcomes(result) == ["failed"]


@pytest.mark.parametrize("lost", [lambda call: call.cut(), lambda call: call.refuses(502)])
def test_a_lost_answer_is_decided_by_looking(cloud: ScriptedCloud, lost: Any) -> None:
    known(cloud)
    cloud.expects(lost(entry(POST, 1)), entry(GET, 1).answers(item(1)))
    assert outcomes(run_it(entries=[sha(1)])) == ["added"]

    known(cloud)
    cloud.expects(lost(entry(POST, 1)), entry(GET, 1).refuses(404), entry(POST, 1).refuses(409))
    assert outcomes(run_it(entries=[sha(1)])) == ["added"]

    known(cloud, item(1))
    cloud.expects(lost(entry(DELETE, 1)), entry(GET, 1).refuses(404))
    assert outcomes(run_it(entries=[sha(1)], state="absent")) == ["removed"]

    known(cloud, item(1))
    cloud.expects(lost(entry(DELETE, 1)), entry(GET, 1).answers(item(1)), entry(DELETE, 1).answers({}))
    assert outcomes(run_it(entries=[sha(1)], state="absent")) == ["removed"]


def test_one_failure_is_reported_and_the_others_are_done(cloud: ScriptedCloud) -> None:
    known(cloud, item(9))
    cloud.expects(
        entry(POST, 1).answers({}),
        entry(POST, 2).refuses(400, "no good"),
        entry(GET, 2).refuses(404),
        entry(POST, 3).answers({}),
    )

    result = run_it(entries=[sha(1), sha(2), sha(3)], exclusive=True)

    assert result.failed
    assert result.changed
    assert outcomes(result) == ["added", "failed", "added", "not_tried"]
    assert "1 entries failed and 1 were not tried" in result.msg
    assert "no good" in result.msg
    assert result["error"]["status"] == 400
    assert result["after"]["entries_count"] == 3


def test_after_the_limit_the_rest_is_not_tried_and_the_next_run_does_it(cloud: ScriptedCloud) -> None:
    used_up = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "3000"}
    known(cloud)
    cloud.expects(entry(POST, 1).answers({}), entry(POST, 2).refuses(429, "Rate limit exceeded", used_up))

    result = run_it(entries=[sha(1), sha(2), sha(3)])

    assert outcomes(result) == ["added", "failed", "not_tried"]
    assert result["error"]["reset_seconds"] == 3000

    known(cloud, item(1))
    cloud.expects(entry(POST, 2).answers({}), entry(POST, 3).answers({}))
    assert outcomes(run_it(entries=[sha(1), sha(2), sha(3)])) == ["present", "added", "added"]


def test_a_429_that_may_be_waited_for_costs_nothing_but_time(cloud: ScriptedCloud) -> None:
    known(cloud)
    cloud.expects(
        entry(POST, 1).answers({}),
        entry(POST, 2).refuses(429, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "20"}),
        entry(POST, 2).answers({}),
    )

    assert outcomes(run_it(entries=[sha(1), sha(2)])) == ["added", "added"]
    assert 20 <= sum(cloud.pauses) <= 25


def test_an_outage_ends_the_task_after_ten_failures(cloud: ScriptedCloud) -> None:
    known(cloud)
    for number in range(10):
        cloud.expects(entry(POST, number).refuses(400, "no"), entry(GET, number).refuses(404))

    result = run_it(entries=[sha(number) for number in range(40)])

    assert result["counts"] == {"failed": 10, "not_tried": 30}


def test_several_at_a_time_give_the_same_result(cloud: ScriptedCloud) -> None:
    known(cloud)
    cloud.any_order = True
    cloud.expects(*[entry(POST, number).answers({}) for number in range(40)])

    result = run_it(entries=[sha(number) for number in range(40)], concurrency=8)

    assert [row["item"] for row in result["entries"]] == [sha(number) for number in range(40)]
    assert outcomes(result) == ["added"] * 40


def test_another_description_is_left_alone_and_listed(cloud: ScriptedCloud) -> None:
    known(cloud, item(1, "old"))

    result = run_it(entries=[{"sha256": sha(1), "description": "new"}])

    assert not result.changed
    assert result["entries"][0]["outcome"] == "description_differs"
    assert '"old"' in result["entries"][0]["detail"]


def test_a_description_is_changed_by_taking_out_and_putting_back(cloud: ScriptedCloud) -> None:
    known(cloud, item(1, "old"))
    cloud.expects(entry(DELETE, 1).answers({}), entry(POST, 1, description="new").answers({}))

    result = run_it(entries=[{"sha256": sha(1), "description": "new"}], update_description=True)

    assert outcomes(result) == ["description_updated"]
    assert result["calls"] == {"planned": 2, "made": 2}
    assert result.diff == (f"entries: {sha(1)} old", f"entries: {sha(1)} new")


def test_putting_back_is_tried_again(cloud: ScriptedCloud) -> None:
    known(cloud, item(1, "old"))
    cloud.expects(
        entry(DELETE, 1).answers({}),
        entry(POST, 1, description="new").refuses(400, "not now"),
        entry(GET, 1).refuses(404),
        entry(POST, 1, description="new").answers({}),
    )

    assert outcomes(run_it(entries=[{"sha256": sha(1), "description": "new"}], update_description=True)) == [
        "description_updated"
    ]


def test_what_cannot_be_put_back_is_reported_as_gone_and_nothing_else_is_taken_out(cloud: ScriptedCloud) -> None:
    known(cloud, item(1, "old"), item(2, "old"), item(3))
    cloud.expects(entry(DELETE, 1).answers({}))
    for _try in range(3):
        cloud.expects(entry(POST, 1, description="new").refuses(400, "never"), entry(GET, 1).refuses(404))

    wanted = [{"sha256": sha(number), "description": "new"} for number in (1, 2)]
    result = run_it(entries=wanted, update_description=True, exclusive=True)

    assert result.failed
    assert result.changed
    assert outcomes(result) == ["gone", "not_tried", "not_tried"]
    assert "it is GONE and has no effect until it is added again" in result.msg
    assert "never" in result.msg
    assert result["after"]["entries_count"] == 2


def test_a_removal_whose_answer_and_second_look_are_lost_is_put_back_all_the_same(cloud: ScriptedCloud) -> None:
    known(cloud, item(1, "old"))
    cloud.expects(entry(DELETE, 1).cut(), *[entry(GET, 1).refuses(503)] * 4)
    cloud.expects(entry(POST, 1, description="new").answers({}))

    assert outcomes(run_it(entries=[{"sha256": sha(1), "description": "new"}], update_description=True)) == [
        "description_updated"
    ]


def test_a_list_in_no_policy_is_warned_of(cloud: ScriptedCloud) -> None:
    known(cloud, item(1), policies=())

    assert run_it(entries=[sha(1)]).warnings == [
        'The file list "Blocked" is in no policy: it has no effect until a policy uses it.'
    ]


def test_blocking_applications_is_explained_when_something_is_added(cloud: ScriptedCloud) -> None:
    known(cloud, item(1), type="application_blocking")
    assert run_it(entries=[sha(1)]).warnings == []

    known(cloud, item(1), type="application_blocking")
    cloud.expects(entry(POST, 2).answers({}))
    assert ["binaries only" in text for text in run_it(entries=[sha(2)]).warnings] == [True]


def test_policies_in_audit_mode_are_named_when_asked_for(cloud: ScriptedCloud) -> None:
    observe = {"guid": "0fda9022-9491-4982-9066-adc4f65007bc", "name": "Observe"}
    unsaid = {"guid": "db2b9dd6-94d2-4acc-a6cb-c4c66c9199a1", "name": "Unsaid"}
    known(cloud, item(1), policies=(POLICY, observe, unsaid))
    cloud.expects(
        GET(f"/v1/policies/{POLICY['guid']}.xml").answers(POLICY_XML.format(1)),
        GET(f"/v1/policies/{observe['guid']}.xml").answers(POLICY_XML.format(0)),
        GET(f"/v1/policies/{unsaid['guid']}.xml").answers("<policy/>"),
    )

    result = run_it(entries=[sha(1)], check_enforcement=True)

    assert result["audit_policies"] == [observe]
    assert result.warnings == [
        'Policies that use the file list "Blocked" are in audit mode, so nothing is blocked there: "Observe".'
    ]


def test_items_of_another_shape_are_no_empty_list(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(f"{LISTS}/{GUID}").answers(SCD), GET(FILES, limit=500).answers({"name": "Blocked"}))

    assert run_it(entries=[sha(1)])["error"]["kind"] == "protocol"
