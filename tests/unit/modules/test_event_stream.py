# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""event_stream on good days: exactly the requests that are needed, check mode alike, a second run idle."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import event_stream
from unit.modules.stream_cases import (
    AUDIT,
    DETECTED,
    EVENT_TYPES,
    FAILED,
    GROUPS,
    LIST,
    PASSWORD,
    PROTECT,
    QUARANTINED,
    created,
    credentials,
    looked_at,
    stream,
    write,
)
from unit.scripted_cloud import DELETE, GET, PATCH, POST, ScriptedCloud, run

TYPES = GET("/v1/event_types").answers(EVENT_TYPES)
GROUP_PAGE = GET("/v1/groups", limit=500).answers(GROUPS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "soc.json"


# create


def test_a_name_alone_creates_a_stream_of_everything_and_saves_its_password(cloud: ScriptedCloud, path: Path) -> None:
    cloud.expects(GET(LIST).answers([]), POST(LIST, name="soc").answers(created(1474, "soc")), looked_at(1474, "soc"))

    result = run(event_stream, name="soc", credentials_path=str(path))

    assert result.changed
    assert result["calls"] == {"planned": 1, "made": 1}
    assert result["after"] == {
        "id": "1474",
        "name": "soc",
        "event_types": [],
        "group_guids": [],
        "credentials": "written",
    }
    assert "credentials: absent" in result.diff[0]
    assert "credentials: written" in result.diff[1]
    assert json.loads(path.read_text()) == credentials(1474, "soc")
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(path.parent) == ["soc.json"]
    assert PASSWORD not in json.dumps(result)


def test_check_mode_predicts_the_creation_and_touches_nothing(cloud: ScriptedCloud, path: Path) -> None:
    cloud.expects(
        GET(LIST).answers([]),
        GET(LIST).answers([]),
        POST(LIST, name="soc").answers(created(1474, "soc")),
        looked_at(1474, "soc"),
    )

    predicted = run(event_stream, _check=True, name="soc", credentials_path=str(path))
    assert os.listdir(path.parent) == []
    real = run(event_stream, name="soc", credentials_path=str(path))

    assert predicted["calls"] == {"planned": 1, "made": 0}
    assert "id" not in predicted["after"]
    assert {"id": "1474", **predicted["after"]} == real["after"]
    assert (predicted["changed"], predicted["before"], predicted["diff"]) == (True, real["before"], real["diff"])


def test_names_are_resolved_once_each_and_ids_pass_as_they_are(cloud: ScriptedCloud, path: Path) -> None:
    body = {"name": "soc", "event_type": [QUARANTINED, DETECTED, FAILED], "group_guid": [PROTECT, AUDIT]}
    cloud.expects(
        GET(LIST).answers([]),
        TYPES,
        GROUP_PAGE,
        POST(LIST, **body).answers(created(1474, "soc")),
        looked_at(1474, "soc"),
    )

    result = run(
        event_stream,
        name="soc",
        event_types=["Threat Detected", "Quarantine Failure", QUARANTINED],
        groups=["Protect", AUDIT.upper()],
        credentials_path=str(path),
    )

    assert result["diff"]["after"]["event_types"] == ["Quarantine Failure", "Threat Detected", "Threat Quarantined"]
    assert result["diff"]["after"]["groups"] == ["Audit", "Protect"]


def test_ids_alone_need_no_list(cloud: ScriptedCloud, path: Path) -> None:
    body = {"name": "soc", "event_type": [DETECTED], "group_guid": [AUDIT]}
    cloud.expects(GET(LIST).answers([]), POST(LIST, **body).answers(created(1474, "soc")), looked_at(1474, "soc"))
    assert run(event_stream, name="soc", event_types=[DETECTED], groups=[AUDIT], credentials_path=str(path)).changed


def test_credentials_are_returned_only_when_asked_for_and_only_for_a_new_stream(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(LIST).answers([]), POST(LIST, name="soc").answers(created(1474, "soc")), looked_at(1474, "soc"))
    assert run(event_stream, name="soc", return_credentials=True)["credentials"] == credentials(1474, "soc")

    cloud.expects(GET(LIST).answers([stream(1474, "soc")]))
    again = run(event_stream, name="soc", return_credentials=True)
    assert not again.changed
    assert "credentials" not in again


def test_the_file_names_the_ca_and_the_port_is_a_number(cloud: ScriptedCloud, path: Path, tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_text("-----BEGIN CERTIFICATE-----")
    cloud.host, cloud.verify = "console.example.org", str(ca)
    cloud.expects(GET(LIST).answers([]), POST(LIST, name="soc").answers(created(7, "soc")), looked_at(7, "soc"))

    run(event_stream, api_host="console.example.org", ca_path=str(ca), name="soc", credentials_path=str(path))

    saved = json.loads(path.read_text())
    assert (saved["ca_path"], saved["api_host"], saved["port"]) == (str(ca), "console.example.org", 443)
    assert "ca" not in saved


CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
PRIVATE_KEY = "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n"


def test_an_authority_that_ends_with_the_job_is_saved_as_text(
    cloud: ScriptedCloud, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWX injects the authority of a private cloud as a file of the job, which the job that drains does not have."""
    monkeypatch.setenv("AWX_ISOLATED_DATA_DIR", "/runner/artifacts/1")
    made = create_in_private_cloud(cloud, tmp_path, credentials_path=str(path), allow_ephemeral=True)
    assert "credentials" not in made
    saved = json.loads(path.read_text())
    assert (saved["ca_path"], saved["ca"]) == (None, CERTIFICATE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_returned_credentials_bring_the_authority_with_them(cloud: ScriptedCloud, tmp_path: Path) -> None:
    """Whoever asks for them stores them elsewhere, where the file of ca_path is none."""
    returned = create_in_private_cloud(cloud, tmp_path, return_credentials=True)["credentials"]
    assert (returned["ca_path"], returned["ca"]) == (None, CERTIFICATE)


def test_a_folder_of_authorities_stays_a_path(cloud: ScriptedCloud, tmp_path: Path) -> None:
    (tmp_path / "certs").mkdir()
    (tmp_path / "certs" / "0123abcd.0").write_text(CERTIFICATE)
    returned = create_in_private_cloud(cloud, tmp_path / "certs", return_credentials=True)["credentials"]
    assert returned["ca_path"] == str(tmp_path / "certs")
    assert "ca" not in returned


def create_in_private_cloud(cloud: ScriptedCloud, place: Path, **options: Any) -> Any:
    ca = place if place.name == "certs" else place / "ca.pem"
    if ca != place:
        ca.write_text(f"Gr\u00fc\u00dfe\n{CERTIFICATE}{PRIVATE_KEY}", "utf-8")
    cloud.host, cloud.verify = "console.example.org", str(ca)
    cloud.expects(GET(LIST).answers([]), POST(LIST, name="soc").answers(created(7, "soc")), looked_at(7, "soc"))
    return run(event_stream, api_host="console.example.org", ca_path=str(ca), name="soc", **options)


# nothing to do


def test_a_second_run_is_one_request_and_changes_nothing(cloud: ScriptedCloud, path: Path) -> None:
    write(path, credentials(1474, "soc"))
    cloud.expects(GET(LIST).answers([stream(1474, "soc", [DETECTED], [AUDIT])]))

    result = run(event_stream, name="soc", credentials_path=str(path))

    assert not result.changed
    assert result["calls"] == {"planned": 0, "made": 0}
    assert result["before"] == result["after"]
    assert result.warnings == []


@pytest.mark.parametrize("check", [False, True])
def test_names_cost_one_request_each_also_where_nothing_differs(cloud: ScriptedCloud, path: Path, check: bool) -> None:
    write(path, credentials(1474, "soc"))
    cloud.expects(GET(LIST).answers([stream(1474, "soc", [DETECTED, FAILED], [AUDIT.upper()])]), TYPES, GROUP_PAGE)

    result = run(
        event_stream,
        _check=check,
        name="soc",
        event_types=["Quarantine Failure", "Threat Detected", "Threat Detected"],
        groups=["Audit"],
        credentials_path=str(path),
    )

    assert not result.changed


@pytest.mark.parametrize("everything", [{}, {"event_types": [], "group_guids": []}])
def test_all_is_all_whether_the_cloud_leaves_it_out_or_gives_an_empty_list(
    cloud: ScriptedCloud, everything: dict[str, Any]
) -> None:
    cloud.expects(GET(LIST).answers([{**stream(1474, "soc"), **everything}]))
    assert not run(event_stream, name="soc", event_types=[], groups=[]).changed


def test_without_credentials_path_the_file_is_nobodys_business(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(LIST).answers([stream(1474, "soc")]))
    assert "credentials" not in run(event_stream, name="soc")["after"]


# change


def test_a_changed_group_is_one_patch_and_keeps_the_queue(cloud: ScriptedCloud, path: Path) -> None:
    write(path, credentials(1474, "soc"))
    cloud.expects(
        GET(LIST).answers([stream(1474, "soc", [DETECTED], [AUDIT])]),
        GROUP_PAGE,
        PATCH(f"{LIST}/1474", group_guid=[PROTECT]).answers(202),
    )

    result = run(event_stream, name="soc", groups=["Protect"], credentials_path=str(path))

    assert result.changed
    assert result.diff == ("groups: Audit", "groups: Protect")
    assert result["after"]["event_types"] == ["1090519054"]
    assert json.loads(path.read_text()) == credentials(1474, "soc")


def test_check_mode_predicts_the_patch(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(LIST).answers([stream(1474, "soc", [DETECTED])]))
    result = run(event_stream, _check=True, name="soc", event_types=[FAILED])
    assert result.diff == ("event_types: 1090519054", "event_types: 2164260880")
    assert result["calls"] == {"planned": 1, "made": 0}


def test_the_diff_names_what_the_task_gives_by_id(cloud: ScriptedCloud) -> None:
    cloud.expects(
        GET(LIST).answers([stream(1474, "soc", [DETECTED], [AUDIT])]),
        GET("/v1/event_types").answers(EVENT_TYPES),
        GET("/v1/groups", limit=500).answers(GROUPS),
    )
    result = run(event_stream, _check=True, _diff=True, name="soc", event_types=[FAILED])
    assert result.diff == ("event_types: Threat Detected", "event_types: Quarantine Failure")


def test_the_diff_shows_ids_where_the_names_cannot_be_read(cloud: ScriptedCloud) -> None:
    cloud.expects(
        GET(LIST).answers([stream(1474, "soc", [DETECTED])]), GET("/v1/event_types").refuses(403, "not allowed")
    )
    result = run(event_stream, _check=True, _diff=True, name="soc", event_types=[FAILED])
    assert result.diff == ("event_types: 1090519054", "event_types: 2164260880")


def test_event_types_are_named_in_any_case(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(LIST).answers([stream(1474, "soc", [DETECTED])]), GET("/v1/event_types").answers(EVENT_TYPES))
    assert not run(event_stream, name="soc", event_types=["threat DETECTED"]).changed


def test_an_empty_list_widens_to_all(cloud: ScriptedCloud) -> None:
    cloud.expects(
        GET(LIST).answers([stream(1474, "soc", [DETECTED], [AUDIT])]),
        PATCH(f"{LIST}/1474", event_type=[], group_guid=[]).answers(stream(1474, "soc")),
    )
    result = run(event_stream, name="soc", event_types=[], groups=[])
    assert result.diff == ("event_types: 1090519054\ngroups: " + AUDIT, "event_types: all\ngroups: all")


def test_an_id_with_a_name_renames_and_the_file_follows(cloud: ScriptedCloud, path: Path) -> None:
    write(path, credentials(1474, "soc"))
    cloud.expects(GET(LIST).answers([stream(1474, "soc")]), PATCH(f"{LIST}/1474", name="soc-2").answers(200))

    result = run(event_stream, stream_id="1474", name="soc-2", credentials_path=str(path))

    assert result.changed
    assert json.loads(path.read_text()) == credentials(1474, "soc-2")
    cloud.expects(GET(LIST).answers([stream(1474, "soc-2")]))
    assert not run(event_stream, stream_id="1474", name="soc-2", credentials_path=str(path)).changed


def test_an_id_chooses_among_streams_of_one_name(cloud: ScriptedCloud) -> None:
    cloud.expects(
        GET(LIST).answers([stream(1474, "soc"), stream(1475, "soc")]),
        PATCH(f"{LIST}/1475", event_type=[DETECTED]).answers(202),
    )
    assert run(event_stream, stream_id="1475", event_types=[DETECTED])["after"]["id"] == "1475"


# the file


def test_a_mode_that_others_can_read_is_mended_and_counts_as_a_change(cloud: ScriptedCloud, path: Path) -> None:
    write(path, credentials(1474, "soc"))
    path.chmod(0o644)
    cloud.expects(*[GET(LIST).answers([stream(1474, "soc")])] * 3)

    predicted = run(event_stream, _check=True, name="soc", credentials_path=str(path))
    assert path.stat().st_mode & 0o777 == 0o644
    real = run(event_stream, name="soc", credentials_path=str(path))

    assert predicted.changed
    assert real.diff == ("credentials: present, open to others", "credentials: present")
    assert path.stat().st_mode & 0o777 == 0o600
    assert not run(event_stream, name="soc", credentials_path=str(path)).changed


@pytest.mark.parametrize("saved", [None, credentials(1400, "soc")])
@pytest.mark.parametrize("check", [False, True])
def test_a_missing_password_fails_before_anything_changes(
    cloud: ScriptedCloud, path: Path, saved: dict[str, Any] | None, check: bool
) -> None:
    if saved:
        write(path, saved)
    cloud.expects(GET(LIST).answers([stream(1474, "soc", [DETECTED])]))
    result = run(event_stream, _check=check, name="soc", event_types=[], credentials_path=str(path))
    assert result.failed
    assert "on_missing_credentials=recreate" in result.msg


@pytest.mark.parametrize("check", [False, True])
def test_a_missing_password_can_be_a_warning(cloud: ScriptedCloud, path: Path, check: bool) -> None:
    cloud.expects(GET(LIST).answers([stream(1474, "soc")]))
    result = run(event_stream, _check=check, name="soc", credentials_path=str(path), on_missing_credentials="warn")
    assert not result.changed
    assert len(result.warnings) == 1
    assert "soc.json: the credentials of the event stream" in result.warnings[0]
    assert not path.exists()


def test_recreate_makes_the_new_one_first_and_deletes_the_old_one_after_saving(
    cloud: ScriptedCloud, path: Path
) -> None:
    body = {"name": "soc", "event_type": [DETECTED], "group_guid": [AUDIT]}
    cloud.expects(
        GET(LIST).answers([stream(1474, "soc", [DETECTED], [AUDIT])]),
        POST(LIST, **body).answers(created(1500, "soc")),
        looked_at(1500, "soc"),
        DELETE(f"{LIST}/1474").meanwhile(lambda: saved_is(path, 1500)).answers({}),
    )

    result = run(event_stream, name="soc", credentials_path=str(path), on_missing_credentials="recreate")

    assert result["calls"] == {"planned": 2, "made": 2}
    assert (result["before"]["id"], result["after"]["id"]) == ("1474", "1500")
    assert result.warnings == []


def test_at_the_limit_recreate_deletes_first_and_says_what_is_lost(cloud: ScriptedCloud, path: Path) -> None:
    five = [stream(1474, "soc"), *[stream(number, f"s{number}") for number in range(4)]]
    cloud.expects(
        GET(LIST).answers(five),
        GET(LIST).answers(five),
        DELETE(f"{LIST}/1474").meanwhile(lambda: reserved(path)).answers({}),
        POST(LIST, name="soc").answers(created(1500, "soc")),
        looked_at(1500, "soc"),
    )
    options = {"name": "soc", "credentials_path": str(path), "on_missing_credentials": "recreate"}

    predicted = run(event_stream, _check=True, **options)
    real = run(event_stream, **options)

    assert predicted.warnings == real.warnings
    assert "deleted before the new one is made: events that wait in its queue" in real.warnings[0]
    assert predicted["calls"]["planned"] == real["calls"]["made"] == 2
    saved_is(path, 1500)


@pytest.mark.parametrize("refusal", [400, 403, 404, 409, 422])
def test_recreate_under_unique_names_goes_through_another_name(cloud: ScriptedCloud, path: Path, refusal: int) -> None:
    cloud.expects(
        GET(LIST).answers([stream(1474, "soc")]),
        POST(LIST, name="soc").refuses(refusal, "Name has already been taken"),
        POST(LIST, name="soc (new)").answers(created(1500, "soc (new)")),
        looked_at(1500, "soc (new)"),
        DELETE(f"{LIST}/1474").meanwhile(lambda: saved_is(path, 1500)).answers({}),
        PATCH(f"{LIST}/1500", name="soc").answers(202),
    )
    assert run(event_stream, name="soc", credentials_path=str(path), on_missing_credentials="recreate").changed
    assert json.loads(path.read_text())["name"] == "soc"


def test_a_refusal_for_another_reason_leaves_the_old_stream_alone(cloud: ScriptedCloud, path: Path) -> None:
    cloud.expects(
        GET(LIST).answers([stream(1474, "soc")]),
        POST(LIST, name="soc").refuses(400, "Invalid group"),
        POST(LIST, name="soc (new)").refuses(400, "Invalid group"),
    )
    result = run(event_stream, name="soc", credentials_path=str(path), on_missing_credentials="recreate")
    assert "Invalid group" in result.msg
    assert os.listdir(path.parent) == []


# absent


@pytest.mark.parametrize("chosen", [{"name": "soc"}, {"stream_id": "1474"}, {"stream_id": "1474", "name": "other"}])
def test_absent_deletes_the_stream_and_its_file(cloud: ScriptedCloud, path: Path, chosen: dict[str, str]) -> None:
    write(path, credentials(1474, "soc"))
    options = {**chosen, "state": "absent", "credentials_path": str(path)}
    cloud.expects(*[GET(LIST).answers([stream(1474, "soc")])] * 2, DELETE(f"{LIST}/1474").answers({}))

    predicted = run(event_stream, _check=True, **options)
    assert path.exists()
    real = run(event_stream, **options)

    assert predicted["diff"] == real["diff"]
    assert (real["before"]["id"], real["after"]) == ("1474", None)
    assert not path.exists()


@pytest.mark.parametrize("check", [False, True])
def test_gone_already_is_fine(cloud: ScriptedCloud, path: Path, check: bool) -> None:
    cloud.expects(GET(LIST).answers([stream(1475, "other")]))
    result = run(event_stream, _check=check, name="soc", state="absent", credentials_path=str(path))
    assert not result.changed
    assert (result["before"], result["after"]) == (None, None)


def test_the_file_of_a_stream_that_is_gone_goes_too(cloud: ScriptedCloud, path: Path) -> None:
    write(path, credentials(1474, "soc"))
    cloud.expects(GET(LIST).answers([]))
    assert run(event_stream, name="soc", state="absent", credentials_path=str(path)).changed
    assert not path.exists()


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(credentials(1475, "other")),
        json.dumps(credentials(1474, "soc", api_host="api.eu.amp.cisco.com")),
        "$ANSIBLE_VAULT;1.1;AES256",
        "a diary",
    ],
)
def test_absent_leaves_every_other_file_alone(cloud: ScriptedCloud, path: Path, content: str) -> None:
    path.write_text(content)
    cloud.expects(GET(LIST).answers([stream(1474, "soc"), stream(1475, "other")]), DELETE(f"{LIST}/1474").answers({}))
    assert run(event_stream, name="soc", state="absent", credentials_path=str(path)).changed
    assert path.read_text() == content


def saved_is(path: Path, number: int) -> None:
    assert json.loads(path.read_text())["stream_id"] == str(number)


def reserved(path: Path) -> None:
    assert sorted(os.listdir(path.parent)) == ["soc.json.new", "soc.json.pending"]
