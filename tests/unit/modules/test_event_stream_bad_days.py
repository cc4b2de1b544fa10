# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""event_stream on bad days: no stream stays whose password nobody knows, no foreign file is touched (R20-R23)."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils import _credentials_file, _job_container
from ansible_collections.ampops.secure_endpoint.plugins.modules import event_stream
from unit.modules.stream_cases import (
    AUDIT,
    DETECTED,
    EVENT_TYPES,
    GROUPS,
    LIST,
    PASSWORD,
    created,
    credentials,
    looked_at,
    note,
    stream,
    write,
)
from unit.scripted_cloud import DELETE, GET, PATCH, POST, Expected, Result, ScriptedCloud, run

NONE = GET(LIST).answers([])
MADE = POST(LIST, name="soc").answers(created(1500, "soc")), looked_at(1500, "soc")
LOST = POST(LIST, name="soc").cut()
OTHER = stream(7, "other")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "soc.json"


def soc(path: Path, **options: Any) -> Result:
    return run(event_stream, **{"name": "soc", "credentials_path": str(path), **options})


def saved(path: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(path.read_text())
    return record


def files(path: Path) -> list[str]:
    return sorted(os.listdir(path.parent))


# two tasks at once, each with a file of its own


def test_of_two_streams_that_two_tasks_made_at_once_the_later_one_is_deleted_again(
    cloud: ScriptedCloud, path: Path
) -> None:
    both = GET(LIST).answers([stream(1499, "soc"), stream(1500, "soc")])
    cloud.expects(NONE, MADE[0], both, DELETE(f"{LIST}/1500").answers({}))

    result = soc(path)

    assert result.failed
    assert 'Another task made the event stream "soc" with the id 1499 at the same time' in result.msg
    assert files(path) == []


def test_the_earlier_one_is_kept(cloud: ScriptedCloud, path: Path) -> None:
    cloud.expects(GET(LIST).answers([OTHER]), MADE[0])
    cloud.expects(GET(LIST).answers([OTHER, stream(1500, "soc"), stream(10000, "soc"), stream(1400, "another")]))

    assert soc(path).changed
    assert saved(path)["stream_id"] == "1500"


def test_a_look_that_fails_keeps_the_stream_whose_password_is_known(cloud: ScriptedCloud, path: Path) -> None:
    cloud.expects(NONE, MADE[0], GET(LIST).refuses(401))

    assert soc(path).changed
    assert saved(path)["stream_id"] == "1500"


# what is refused before the POST


@pytest.mark.parametrize("check", [False, True])
def test_a_new_stream_needs_a_place_for_its_password(cloud: ScriptedCloud, check: bool) -> None:
    cloud.expects(NONE)
    result = run(event_stream, _check=check, name="soc")
    assert result.failed
    assert "credentials_path, or with return_credentials=true" in result.msg


@pytest.mark.parametrize("check", [False, True])
def test_the_limit_of_five_is_told_before_the_call(cloud: ScriptedCloud, path: Path, check: bool) -> None:
    cloud.expects(GET(LIST).answers([stream(number, f"s{number}") for number in range(1, 6)]))
    result = soc(path, _check=check)
    assert '5 are the most it may have: "s1" (1), "s2" (2)' in result.msg
    assert files(path) == []


@pytest.mark.parametrize("state", ["present", "absent"])
def test_two_streams_of_one_name_are_refused_with_their_ids(cloud: ScriptedCloud, state: str) -> None:
    cloud.expects(GET(LIST).answers([stream(1474, "soc"), stream(1475, "soc")]))
    result = run(event_stream, name="soc", state=state)
    assert "stream_id (1474, 1475)" in result.msg


def test_an_id_that_is_not_there_is_not_created(cloud: ScriptedCloud, path: Path) -> None:
    cloud.expects(GET(LIST).answers([OTHER]))
    result = soc(path, stream_id="1474")
    assert 'no event stream with the id 1474 (there are: "other" (7))' in result.msg


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (
            "Thraet Detected",
            'No event types are named "Thraet Detected" (names like it: "Threat Detected" (1090519054)',
        ),
        ("Executed malware", '2 event types are named "Executed malware": give one of the ids 1107296272, 1107296273'),
        ("zzz", "there are: "),
        ("\x1b[2J", r'named "\x1b[2J"'),
    ],
)
def test_an_event_type_that_is_unknown_or_ambiguous_is_refused_with_candidates(
    cloud: ScriptedCloud, path: Path, wanted: str, told: str
) -> None:
    cloud.expects(NONE, GET("/v1/event_types").answers(EVENT_TYPES))
    result = soc(path, event_types=[wanted])
    assert told in result.msg
    assert "Nothing was changed" in result.msg


def test_every_wrong_name_is_told_at_once(cloud: ScriptedCloud, path: Path) -> None:
    cloud.expects(NONE, GET("/v1/event_types").answers(EVENT_TYPES))
    result = soc(path, event_types=["one", "Threat Detected", "two"])
    assert '"one"' in result.msg
    assert '"two"' in result.msg


def test_an_unknown_id_beside_a_name_is_noticed(cloud: ScriptedCloud, path: Path) -> None:
    cloud.expects(NONE, GET("/v1/event_types").answers(EVENT_TYPES))
    assert "No event types have the id 12" in soc(path, event_types=["Threat Detected", "12"]).msg


def test_an_unknown_group_is_refused_with_candidates(cloud: ScriptedCloud, path: Path) -> None:
    cloud.expects(NONE, GET("/v1/groups", limit=500).answers(GROUPS))
    assert 'No groups are named "Protcet" (names like it: "Protect"' in soc(path, groups=["Protcet"]).msg


@pytest.mark.parametrize("number", ["0", "9" * 20])
def test_a_number_that_is_no_id_is_refused(cloud: ScriptedCloud, path: Path, number: str) -> None:
    cloud.expects(NONE)
    assert "is not an id" in soc(path, event_types=[number]).msg


@pytest.mark.parametrize("options", [{"name": " "}, {"name": None, "stream_id": "one"}, {"stream_id": "1.5"}])
def test_an_identity_that_is_none_is_refused_without_a_request(path: Path, options: dict[str, Any]) -> None:
    assert "Nothing was changed" in soc(path, **options).msg


def test_neither_name_nor_id_is_refused(path: Path) -> None:
    assert "one of the following is required" in soc(path, name=None).msg


# the file


@pytest.mark.parametrize(
    ("prepare", "told"),
    [
        (lambda path: path.parent.rmdir(), "does not exist"),
        (lambda path: path.symlink_to("/etc/hostname"), "symbolic link"),
        (lambda path: Path(f"{path}.pending").symlink_to("/etc/hostname"), "symbolic link"),
    ],
)
def test_a_place_that_cannot_be_is_refused_without_a_request(
    tmp_path: Path, prepare: Callable[[Path], None], told: str
) -> None:
    path = tmp_path / "folder" / "soc.json"
    path.parent.mkdir()
    prepare(path)
    assert told in soc(path).msg


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (json.dumps(credentials(1475, "other")), 'another event stream, "other" (1475)'),
        (json.dumps(credentials(1474, "soc", api_host="api.eu.amp.cisco.com")), "on api.eu.amp.cisco.com"),
        ("$ANSIBLE_VAULT;1.1;AES256\n61", "encrypted with Ansible Vault"),
        ("a diary", "not the credentials file"),
    ],
)
@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("check", [False, True])
def test_a_file_of_something_else_is_never_overwritten(
    cloud: ScriptedCloud, path: Path, content: str, told: str, there: bool, check: bool
) -> None:
    path.write_text(content)
    cloud.expects(GET(LIST).answers([stream(1474, "soc")] if there else []))
    result = soc(path, _check=check, on_missing_credentials="recreate")
    assert told in result.msg
    assert PASSWORD not in json.dumps(result)
    assert path.read_text() == content


def test_the_file_of_an_earlier_stream_of_the_name_gives_way(cloud: ScriptedCloud, path: Path) -> None:
    write(path, credentials(1474, "soc"))
    cloud.expects(GET(LIST).answers([OTHER]), *MADE)
    assert soc(path).changed
    assert saved(path)["stream_id"] == "1500"


def full_disk(_handle: int, _content: bytes) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_found_before_the_stream_is_made(
    cloud: ScriptedCloud, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_credentials_file.os, "write", full_disk)
    cloud.expects(NONE)
    assert "the disk is full" in soc(path).msg


def break_the_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    return lambda: monkeypatch.setattr(_credentials_file.os, "write", full_disk)


def test_a_password_that_cannot_be_saved_takes_its_stream_back(
    cloud: ScriptedCloud, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [MADE[0].meanwhile(break_the_disk(monkeypatch)), MADE[1]]
    cloud.expects(NONE, *broken, DELETE(f"{LIST}/1500").answers({}))
    result = soc(path)
    monkeypatch.undo()
    assert "disk is full. The event stream that was made for it is deleted again" in result.msg
    assert files(path) == []


def test_a_stream_that_cannot_be_taken_back_is_named(
    cloud: ScriptedCloud, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [MADE[0].meanwhile(break_the_disk(monkeypatch)), MADE[1]]
    cloud.expects(NONE, *broken, DELETE(f"{LIST}/1500").refuses(403))
    result = soc(path)
    assert "delete it with stream_id 1500" in result.msg
    assert result.changed


@pytest.mark.parametrize("check", [False, True])
def test_a_job_container_is_refused_without_a_request(path: Path, monkeypatch: pytest.MonkeyPatch, check: bool) -> None:
    monkeypatch.setenv("AWX_ISOLATED_DATA_DIR", "/runner/artifacts/1")
    monkeypatch.setattr(_job_container, "_mounts", lambda _root: [])
    assert "this folder ends with the job" in soc(path, _check=check).msg


def test_who_wants_an_ephemeral_file_may_have_it(
    cloud: ScriptedCloud, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWX_ISOLATED_DATA_DIR", "/runner/artifacts/1")
    monkeypatch.setattr(_job_container, "_mounts", lambda _root: [])
    cloud.expects(NONE, *MADE)
    assert soc(path, allow_ephemeral=True).changed


# the answer to the POST is lost (R20)


def test_a_lost_answer_that_made_a_stream_deletes_it_and_creates_once_more(cloud: ScriptedCloud, path: Path) -> None:
    cloud.expects(
        GET(LIST).answers([OTHER]),
        LOST,
        GET(LIST).answers([OTHER, stream(1499, "soc")]),
        DELETE(f"{LIST}/1499").answers({}),
        *MADE,
    )
    result = soc(path)
    assert result["after"]["id"] == saved(path)["stream_id"] == "1500"
    assert result["calls"] == {"planned": 1, "made": 3}


def test_a_lost_answer_that_made_nothing_is_created_once_more(cloud: ScriptedCloud, path: Path) -> None:
    cloud.expects(NONE, LOST, NONE, *MADE)
    assert soc(path).changed


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_5xx_counts_as_lost(cloud: ScriptedCloud, path: Path, status: int) -> None:
    html = POST(LIST, name="soc").answers("<html><title>Bad Gateway</title></html>", status=status)
    cloud.expects(NONE, html, GET(LIST).answers([stream(1499, "soc")]), DELETE(f"{LIST}/1499").answers({}), *MADE)
    assert soc(path).changed


@pytest.mark.parametrize(
    "answer",
    [
        {"id": 1499, "name": "soc"},
        {"id": 1499, "amqp_credentials": {"user_name": "u", "queue_name": "q", "host": "h", "port": "443"}},
        {"id": 1499, "amqp_credentials": {**created(1499, "soc")["amqp_credentials"], "port": "https"}},
        {},
        [],
    ],
)
def test_an_answer_without_usable_credentials_counts_as_lost(cloud: ScriptedCloud, path: Path, answer: Any) -> None:
    useless = POST(LIST, name="soc").answers(answer)
    cloud.expects(NONE, useless, GET(LIST).answers([stream(1499, "soc")]), DELETE(f"{LIST}/1499").answers({}), *MADE)
    assert saved_id(soc(path), path) == "1500"


def test_streams_that_were_there_or_differ_are_not_taken_for_it(cloud: ScriptedCloud, path: Path) -> None:
    there = [stream(3, "soc-old"), stream(4, "soc")]
    cloud.expects(
        GET(LIST).answers(there[:1]),
        LOST,
        GET(LIST).answers([there[0], stream(1499, "soc", [DETECTED]), stream(1498, "soc", None, [AUDIT])]),
        *MADE,
    )
    assert soc(path).changed


def test_several_that_may_be_it_are_named_and_left(cloud: ScriptedCloud, path: Path) -> None:
    cloud.expects(NONE, LOST, GET(LIST).answers([stream(1498, "soc"), stream(1499, "soc")]))
    result = soc(path)
    assert "1498, 1499 may be of it" in result.msg
    assert result["error"]["kind"] == "lost_answer"


def test_one_that_cannot_be_deleted_is_named(cloud: ScriptedCloud, path: Path) -> None:
    cloud.expects(NONE, LOST, GET(LIST).answers([stream(1499, "soc")]), DELETE(f"{LIST}/1499").refuses(403))
    assert "Delete it with stream_id 1499" in soc(path).msg


def test_lost_twice_leaves_nothing_behind(cloud: ScriptedCloud, path: Path) -> None:
    there = GET(LIST).answers([stream(1499, "soc")])
    gone = DELETE(f"{LIST}/1499").answers({})
    cloud.expects(NONE, LOST, there, gone, LOST, there, gone)
    result = soc(path)
    assert "lost twice; no event stream was left behind" in result.msg
    assert files(path) == []


def test_when_the_list_cannot_be_read_either_the_note_stays_and_the_next_run_cleans_up(
    cloud: ScriptedCloud, path: Path
) -> None:
    cloud.expects(NONE, LOST, GET(LIST).refuses(500))
    result = soc(path)
    assert "with credentials_path the next run finds and deletes it" in result.msg
    assert "soc.json.pending" in files(path)

    cloud.expects(GET(LIST).answers([stream(1499, "soc")]), DELETE(f"{LIST}/1499").answers({}), *MADE)
    again = soc(path)
    assert again["calls"] == {"planned": 2, "made": 2}
    assert files(path) == ["soc.json"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_refused_creation_leaves_no_trace(cloud: ScriptedCloud, path: Path, status: int) -> None:
    cloud.expects(NONE, POST(LIST, name="soc").refuses(status, "Maximum number of event streams reached"))
    result = soc(path)
    assert "Maximum number of event streams reached" in result.msg
    assert files(path) == []


def test_a_lost_answer_without_a_file_is_handled_alike(cloud: ScriptedCloud) -> None:
    cloud.expects(NONE, LOST, GET(LIST).answers([stream(1499, "soc")]), DELETE(f"{LIST}/1499").answers({}), *MADE)
    assert run(event_stream, name="soc", return_credentials=True)["credentials"]["stream_id"] == "1500"


# a run that was killed left a note


@pytest.mark.parametrize("check", [False, True])
def test_the_stream_of_a_killed_run_is_deleted_and_made_again(cloud: ScriptedCloud, path: Path, check: bool) -> None:
    note(path, "soc", ["7"])
    cloud.expects(GET(LIST).answers([OTHER, stream(1499, "soc")]))
    if not check:
        cloud.expects(DELETE(f"{LIST}/1499").answers({}), *MADE)

    result = soc(path, _check=check)

    assert result.changed
    assert result["calls"]["planned"] == 2
    assert files(path) == (["soc.json.pending"] if check else ["soc.json"])


def test_the_stream_of_a_killed_run_makes_room_for_its_successor(cloud: ScriptedCloud, path: Path) -> None:
    note(path, "soc", ["1", "2", "3", "4"])
    four = [stream(number, f"s{number}") for number in range(1, 5)]
    cloud.expects(GET(LIST).answers([*four, stream(1499, "soc")]), DELETE(f"{LIST}/1499").answers({}), *MADE)
    assert soc(path).changed


def test_a_killed_run_that_had_made_nothing_is_forgotten(cloud: ScriptedCloud, path: Path) -> None:
    note(path, "soc", ["7"])
    cloud.expects(GET(LIST).answers([OTHER]), *MADE)
    assert soc(path).changed
    assert files(path) == ["soc.json"]


def test_a_killed_run_that_had_saved_everything_is_done(cloud: ScriptedCloud, path: Path) -> None:
    note(path, "soc", ["7"])
    write(path, credentials(1499, "soc"))
    cloud.expects(GET(LIST).answers([OTHER, stream(1499, "soc")]))
    assert not soc(path).changed
    assert files(path) == ["soc.json"]


@pytest.mark.parametrize("check", [False, True])
def test_what_a_killed_run_had_written_but_not_renamed_is_adopted(
    cloud: ScriptedCloud, path: Path, check: bool
) -> None:
    note(path, "soc", ["7"])
    write(Path(f"{path}.new"), credentials(1499, "soc"))
    cloud.expects(GET(LIST).answers([OTHER, stream(1499, "soc")]))

    result = soc(path, _check=check)

    assert result.changed
    assert result["calls"] == {"planned": 0, "made": 0}
    assert result["after"]["credentials"] == "written"
    assert files(path) == (["soc.json.new", "soc.json.pending"] if check else ["soc.json"])


def test_what_was_written_for_a_stream_that_is_gone_is_not_adopted(cloud: ScriptedCloud, path: Path) -> None:
    note(path, "soc", ["7"])
    write(Path(f"{path}.new"), credentials(1499, "soc"))
    cloud.expects(GET(LIST).answers([OTHER]), *MADE)
    assert saved_id(soc(path), path) == "1500"


def test_several_streams_that_a_killed_run_may_have_made_are_named(cloud: ScriptedCloud, path: Path) -> None:
    note(path, "soc", ["7"])
    cloud.expects(GET(LIST).answers([stream(1498, "soc"), stream(1499, "soc")]))
    assert 'any of "soc" (1498), "soc" (1499) may be it' in soc(path).msg


def test_a_note_about_another_cloud_is_refused(cloud: ScriptedCloud, path: Path) -> None:
    note(path, "soc", [], api_host="api.eu.amp.cisco.com")
    cloud.expects(NONE)
    assert "was creating an event stream on api.eu.amp.cisco.com" in soc(path).msg


def test_a_stream_of_other_settings_is_not_taken_for_the_killed_runs(cloud: ScriptedCloud, path: Path) -> None:
    note(path, "soc", ["7"], event_types=[str(DETECTED)])
    cloud.expects(GET(LIST).answers([OTHER, stream(1499, "soc")]))
    result = soc(path)
    assert "soc.json: the credentials of the event stream" in result.msg


def test_deleting_the_stream_also_forgets_the_note(cloud: ScriptedCloud, path: Path) -> None:
    note(path, "soc", ["7"])
    cloud.expects(GET(LIST).answers([stream(1499, "soc")]), DELETE(f"{LIST}/1499").answers({}))
    soc(path, state="absent")
    assert files(path) == []


# recreate


def test_the_old_stream_is_not_taken_for_what_a_lost_answer_made(cloud: ScriptedCloud, path: Path) -> None:
    old, lost = stream(1474, "soc"), stream(1499, "soc")
    cloud.expects(
        GET(LIST).answers([old]),
        LOST,
        GET(LIST).answers([old, lost]),
        DELETE(f"{LIST}/1499").answers({}),
        *MADE,
        DELETE(f"{LIST}/1474").answers({}),
    )
    assert saved_id(soc(path, on_missing_credentials="recreate"), path) == "1500"


def test_a_note_of_a_killed_recreation_spares_the_old_stream(cloud: ScriptedCloud, path: Path) -> None:
    note(path, "soc", ["1474"])
    old, lost = stream(1474, "soc"), stream(1499, "soc")
    cloud.expects(
        GET(LIST).answers([old, lost]),
        DELETE(f"{LIST}/1499").answers({}),
        *MADE,
        DELETE(f"{LIST}/1474").answers({}),
    )
    assert saved_id(soc(path, on_missing_credentials="recreate"), path) == "1500"


def test_an_old_stream_that_cannot_be_deleted_is_named_after_the_new_one_is_safe(
    cloud: ScriptedCloud, path: Path
) -> None:
    cloud.expects(GET(LIST).answers([stream(1474, "soc")]), *MADE, DELETE(f"{LIST}/1474").refuses(403))
    result = soc(path, on_missing_credentials="recreate")
    assert "Delete it with stream_id 1474" in result.msg
    assert result.changed
    assert saved(path)["stream_id"] == "1500"


def test_at_the_limit_a_failing_creation_says_that_the_old_one_is_gone(cloud: ScriptedCloud, path: Path) -> None:
    five = [stream(1474, "soc"), *[stream(number, f"s{number}") for number in range(4)]]
    cloud.expects(
        GET(LIST).answers(five),
        DELETE(f"{LIST}/1474").answers({}),
        POST(LIST, name="soc").refuses(400, "no"),
    )
    result = soc(path, on_missing_credentials="recreate")
    assert 'The old event stream "soc" (1474) is deleted already' in result.msg
    assert result.changed


def test_at_the_limit_a_full_disk_keeps_the_old_one(
    cloud: ScriptedCloud, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_credentials_file.os, "write", full_disk)
    cloud.expects(GET(LIST).answers([stream(1474, "soc"), *[stream(number, f"s{number}") for number in range(4)]]))
    assert "disk is full" in soc(path, on_missing_credentials="recreate").msg


# PATCH and DELETE: the list decides


def test_a_lost_patch_that_was_done_is_done(cloud: ScriptedCloud) -> None:
    wanted = stream(1474, "soc", [DETECTED])
    cloud.expects(
        GET(LIST).answers([stream(1474, "soc")]),
        PATCH(f"{LIST}/1474", event_type=[DETECTED]).cut(),
        GET(LIST).answers([wanted]),
    )
    assert run(event_stream, name="soc", event_types=[DETECTED]).changed


def test_a_lost_patch_that_was_not_done_is_repeated(cloud: ScriptedCloud) -> None:
    patch = PATCH(f"{LIST}/1474", event_type=[DETECTED])
    before = GET(LIST).answers([stream(1474, "soc")])
    cloud.expects(before, patch.refuses(503), before, patch.answers(202))
    assert run(event_stream, name="soc", event_types=[DETECTED]).changed


def test_a_stream_that_vanishes_before_the_patch_is_told(cloud: ScriptedCloud) -> None:
    cloud.expects(
        GET(LIST).answers([stream(1474, "soc")]),
        PATCH(f"{LIST}/1474", event_type=[DETECTED]).refuses(400, "Event stream not found"),
    )
    assert "Event stream not found" in run(event_stream, name="soc", event_types=[DETECTED]).msg


@pytest.mark.parametrize("status", [400, 404])
def test_a_stream_that_is_deleted_by_somebody_else_is_gone(cloud: ScriptedCloud, status: int) -> None:
    cloud.expects(
        GET(LIST).answers([stream(1474, "soc")]),
        DELETE(f"{LIST}/1474").refuses(status, "Event stream not found"),
        NONE,
    )
    assert run(event_stream, name="soc", state="absent").changed


def test_a_refusal_that_reads_like_not_found_does_not_pass_for_gone(cloud: ScriptedCloud) -> None:
    there = GET(LIST).answers([stream(1474, "soc")])
    cloud.expects(there, DELETE(f"{LIST}/1474").refuses(404), there)
    assert run(event_stream, name="soc", state="absent")["error"]["kind"] == "not_found"


@pytest.mark.parametrize("lost", [DELETE(f"{LIST}/1474").cut(), DELETE(f"{LIST}/1474").refuses(502)])
def test_a_lost_delete_is_looked_up(cloud: ScriptedCloud, lost: Expected) -> None:
    there = GET(LIST).answers([stream(1474, "soc")])
    cloud.expects(there, lost, NONE)
    assert run(event_stream, name="soc", state="absent").changed
    cloud.expects(there, lost, there, DELETE(f"{LIST}/1474").answers({}))
    assert run(event_stream, name="soc", state="absent").changed
    cloud.expects(there, lost, there, lost, there)
    assert run(event_stream, name="soc", state="absent")["error"]["kind"] == "lost_answer"


def test_the_file_stays_when_the_stream_cannot_be_deleted(cloud: ScriptedCloud, path: Path) -> None:
    write(path, credentials(1474, "soc"))
    cloud.expects(GET(LIST).answers([stream(1474, "soc")]), DELETE(f"{LIST}/1474").refuses(403))
    assert soc(path, state="absent").failed
    assert path.exists()


def test_a_failed_read_is_never_not_there(cloud: ScriptedCloud, path: Path) -> None:
    for failure in (GET(LIST).refuses(401), GET(LIST).refuses(404), GET(LIST).answers({"id": 1})):
        for state in ("present", "absent"):
            cloud.expects(failure)
            assert soc(path, state=state).failed


def saved_id(result: Result, path: Path) -> str:
    assert result["after"]["id"] == saved(path)["stream_id"]
    return str(result["after"]["id"])
