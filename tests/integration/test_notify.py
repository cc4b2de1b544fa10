# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook notify and the module behind it, with receivers that judge as the real ones do."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.text import mask
from flask import Response

from . import receivers as far
from .harness import Playbooks, PlayRun, assert_three_runs, kill
from .mail_server import PASSWORD, UNKNOWN, USER
from .receivers import Receivers, receivers
from .rulebooks import NEEDS_JAVA, make_stream, rulebook

if TYPE_CHECKING:
    from simulator import Simulator

NAME = "ampops.secure_endpoint.notify"
EXPECTED: dict[str, list[str]] = {"warnings": [], "repeats": [], "unpredicted": []}
HOSTILE_FILE = "{noformat}[~admin] <!channel> @here {{ lookup('pipe', 'touch witness') }} <script>a</script> **b**.exe"
SECRETS = (far.SLACK_TOKEN, far.JIRA_TOKEN, far.HOOK_TOKEN, far.TEAMS_SIGNATURE, PASSWORD)


@pytest.fixture
def reached(tmp_path: Path) -> Iterator[Receivers]:
    with receivers(tmp_path / "receivers") as running:
        yield running


@pytest.fixture
def people(reached: Receivers, tmp_path: Path) -> Playbooks:
    """ansible-playbook without any tenant."""
    return Playbooks({**reached.environment, "SECURE_ENDPOINT_REGION": "eu"}, tmp_path)


def incident(number: int = 1, **more: Any) -> dict[str, Any]:
    computer = f"d821e2d9-9280-489c-a6c3-be02d85ba8a{number % 10}"
    return {
        "id": f"{number:032x}",
        "revision": 1,
        "state": "open",
        "rule": "same_computer",
        "source": "soc",
        "key": computer,
        "first_time": "2026-11-28T22:15:00.000000000Z",
        "last_time": "2026-11-28T22:15:09.000000000Z",
        "outcome": "quarantine_failed",
        "still_dangerous": True,
        "needs_person": True,
        "severity": "High",
        "names": ["W32.Generic"],
        "file_names": [HOSTILE_FILE],
        "users": ["anna.example"],
        "hostnames": [f"PC-{number:04}"],
        "techniques": ["T1204"],
        "dispositions": ["Malicious"],
        "computers": [computer],
        "hashes": ["a" * 64],
        "detections": [f"detection-{number}"],
        "event_ids": [str(6455442249407791100 + number)],
        "totals": {"hostnames": 1, "detections": 1},
        "pivot_urls": {"device_trajectory": f"https://console.eu.amp.cisco.com/computers/{computer}/trajectory2"},
        **more,
    }


def report(folder: Path, *incidents: dict[str, Any], health: tuple[dict[str, Any], ...] = ()) -> str:
    path = folder / "night.json"
    path.write_text(json.dumps({"schema_version": 1, "incidents": incidents, "health": health}))
    return str(path)


def targets(reached: Receivers) -> list[dict[str, Any]]:
    """Return one of each type."""
    mail = {"host": "127.0.0.1", "port": reached.mail.port, "username": USER, "password": PASSWORD}
    hook = {"url": f"https://{far.HOOK}/incidents", "headers": {"Authorization": f"Bearer {far.HOOK_TOKEN}"}}
    return [
        {"name": "channel", "type": "slack", "token": far.SLACK_TOKEN, "channel": "soc-alerts"},
        {"name": "team", "type": "teams", "url": far.TEAMS_URL, "ca_path": reached.ca_path},
        {"name": "post", "type": "mail", **mail, "sender": "Ops <soc@example.com>", "to": ["it@example.com", UNKNOWN]},
        {
            "name": "tickets",
            "type": "jira",
            "server": f"https://{far.JIRA}/",
            "project": "SOC",
            "token": far.JIRA_TOKEN,
        },
        {"name": "partner", "type": "webhook", **hook, "ca_path": reached.ca_path, "exclude_fields": ["hostnames"]},
    ]


def variables(reached: Receivers, folder: Path, *incidents: dict[str, Any], **more: Any) -> dict[str, Any]:
    """For `-e`. The secrets stand in a file: the command line is shown with -vvvv."""
    (folder / "targets.json").write_text(json.dumps({"notify_targets": more.pop("targets", targets(reached))}))
    health = more.pop("health", ())
    return {
        "notify_report_path": report(folder, *incidents, health=health),
        "notify_record_dir": str(folder / "told"),
        **more,
    }


def told(people: Playbooks, given: dict[str, Any], *arguments: str, check: bool = False) -> PlayRun:
    return people.run(
        NAME, variables=given, arguments=("-e", f"@{people.folder}/targets.json", *arguments), check=check
    )


def test_an_incident_is_told_once_and_its_later_revision_where_the_first_message_is(
    people: Playbooks, reached: Receivers, tmp_path: Path
) -> None:
    phones = {"name": "phones", "type": "slack", "token": far.SLACK_HOOK}
    given = variables(
        reached, tmp_path, incident(), incident(2, needs_person=False), targets=[*targets(reached), phones]
    )
    check = told(people, given, check=True)
    assert "6 messages: 6 would be sent" in check.stdout
    assert reached.all() == [0, 0, 0, 0, 0]
    assert not (tmp_path / "told").exists()

    real = told(people, given)
    assert_three_runs(check, real, told(people, given), EXPECTED)
    assert "6 messages: 6 sent" in real.stdout
    assert reached.all() == [2, 1, 1, 1, 1]
    assert (tmp_path / "told" / "notified.json").stat().st_mode & 0o777 == 0o600
    assert "anna.example" not in (everything := shown_everywhere(reached)), "users are asked for"
    assert everything.count("PC-0001") == 12, "headline and hosts, but for the web hook"
    assert not list(tmp_path.rglob("witness")), "a name is no template"
    every_receiver_shows_the_hostile_name_as_text(reached)

    # The quarantine succeeds after all: whoever was told of the incident is told of that.
    later = incident(revision=2, outcome="quarantined", needs_person=False, still_dangerous=False)
    update = told(people, variables(reached, tmp_path, later))
    assert "5 messages: 5 updated" in update.stdout
    first, second, reply = reached.slack
    assert reply["thread_ts"] in (first["ts"], second["ts"])
    assert [len(issue["comments"]) for issue in reached.issues.values()] == [1]
    references = {mail.message["References"] for mail in reached.mails}
    assert len(reached.mails) == 2
    assert len(references) == 1
    assert [one["key"].partition("/")[2] for one in reached.hook] == ["1", "2"]
    assert shown_everywhere(reached).count("Update: High: quarantined") >= 4


def shown_everywhere(reached: Receivers) -> str:
    return "\n".join(
        [
            *map(far.shown_in_slack, reached.slack),
            *map(far.shown_in_teams, reached.teams),
            *(str(mail.message["Subject"]) + mail.text for mail in reached.mails),
            *(issue["summary"] + issue["description"] for issue in reached.issues.values()),
            *map(json.dumps, reached.hook),
        ]
    )


def every_receiver_shows_the_hostile_name_as_text(reached: Receivers) -> None:
    (card,), (mail,), (issue,) = reached.teams, reached.mails, reached.issues.values()
    for message in reached.slack:
        assert far.mentioned_in_slack(message) == []
        assert HOSTILE_FILE in far.shown_in_slack(message)
    assert HOSTILE_FILE in far.shown_in_teams(card)
    assert HOSTILE_FILE in mail.text
    assert mail.message.get_content_subtype() != "html"
    text, mentioned = far.formatted_by_jira(issue["description"])
    assert mentioned == []
    assert HOSTILE_FILE.replace("{noformat}", "{ noformat}").replace("[~", "[ ~") in text
    assert reached.hook[0]["file_names"] == [HOSTILE_FILE]


def test_what_a_receiver_does_not_take_is_kept_told_without_secrets_and_sent_by_the_next_run(
    people: Playbooks, reached: Receivers, tmp_path: Path
) -> None:
    reached.unwell = {
        far.SLACK: lambda: Response("ratelimited", 429, {"Retry-After": "30"}),
        far.JIRA: lambda: Response(far.ERROR_PAGE, 200, mimetype="text/html"),
        far.HOOK: lambda: Response(far.ERROR_PAGE, 200, mimetype="text/html"),
        far.TEAMS: lambda: Response("Microsoft Teams endpoint returned HTTP error 429", 200, mimetype="text/plain"),
    }
    reached.mail.refusal = "451 4.7.1 try again later"
    given = variables(reached, tmp_path, incident())

    run = told(people, given, "-vvvv")

    said = run.stdout + run.stderr
    assert run.returncode == 2
    assert "5 messages: 5 not sent" in run.stdout
    assert "5 messages not sent, kept for the next run." in said
    for reason in ("HTTP Error 429", "an HTML page", "Teams answered HTTP 200 and Microsoft Teams", "try again later"):
        assert reason in said, reason
    assert mask(said, SECRETS) == mask(said, [])
    assert reached.all() == [0, 0, 0, 0, 0]

    # In the next run nothing is offered any more: what was kept is sent, but to the one that is still down.
    reached.unwell = {far.HOOK: lambda: Response("", 503)}
    reached.mail.refusal = ""
    run = told(people, variables(reached, tmp_path))
    assert run.returncode == 2
    assert "5 messages: 4 sent, 1 not sent" in run.stdout
    assert reached.all() == [1, 1, 1, 0, 1]


def test_a_run_that_is_killed_between_sending_and_recording_sends_again_and_says_so(
    people: Playbooks, reached: Receivers, tmp_path: Path
) -> None:
    given = variables(reached, tmp_path, incident(), targets=targets(reached)[-1:])
    running: list[subprocess.Popen[bytes]] = []
    took = reached._hook

    def take_and_kill() -> Response:
        answer = took()
        kill(running[0].pid)
        return answer

    reached.unwell = {far.HOOK: take_and_kill}
    with people.started(NAME, variables=given, arguments=("-e", f"@{tmp_path}/targets.json")) as process:
        running.append(process)
        process.wait(60)
    assert len(reached.hook) == 1

    reached.unwell = {}
    run = told(people, variables(reached, tmp_path, targets=targets(reached)[-1:]))

    assert run.returncode == 0, run.stdout
    assert "1 message: 1 sent again" in run.stdout
    assert "what it was sending may have arrived twice" in run.stdout
    assert len({one["key"] for one in reached.hook}) == 1, "the receiver sees that it had the message"


def test_a_missing_module_and_wrong_targets_end_the_run_before_anything_is_sent(
    people: Playbooks, reached: Receivers, tmp_path: Path
) -> None:
    given = variables(reached, tmp_path, incident())
    alone = {"ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "false"}
    run = people.run(NAME, variables=given, arguments=("-e", f"@{tmp_path}/targets.json"), environment=alone)
    assert run.returncode == 2
    assert "community.general.jira, community.general.mail, community.general.slack: no such module here." in run.stdout
    clear = [{"name": "partner", "type": "webhook", "url": "http://hooks.example.com/", "channel": "x"}]
    run = told(people, variables(reached, tmp_path, incident(), targets=clear))
    assert 'target "partner": channel is no option of the type webhook. Nothing was sent.' in run.stdout
    assert reached.all() == [0, 0, 0, 0, 0]
    assert not (tmp_path / "told").exists()


@NEEDS_JAVA
def test_a_rulebook_tells_people_from_the_state_folder_of_its_source(
    playbooks: Playbooks, simulator: Simulator, reached: Receivers, tmp_path: Path
) -> None:
    _stream_id, credentials = make_stream(simulator, playbooks)
    playbooks.environment |= reached.environment
    (tmp_path / "targets.yml").write_text(json.dumps({"notify_targets": targets(reached)[-1:]}))
    with rulebook(
        playbooks,
        NAME,
        interpreter=sys.executable,
        secure_endpoint_stream_credentials_path=str(credentials),
        secure_endpoint_state_dir=str(tmp_path / "state"),
        secure_endpoint_notify_targets_path=str(tmp_path / "targets.yml"),
        secure_endpoint_lateness_seconds=1,
        secure_endpoint_idle_after_seconds=1,
    ) as running:
        simulator.control.publish("failure")
        running.wait_for(lambda: reached.hook, "nobody was told")
    assert reached.hook[0]["outcome"] == "quarantine_failed"
    assert far.HOOK_TOKEN not in running.said


def test_a_drain_and_a_report_tell_people_as_well(
    playbooks: Playbooks, simulator: Simulator, reached: Receivers, tmp_path: Path
) -> None:
    """One after the other: who was told by the drain is not told again by the playbook that reads its folder."""
    playbooks.environment |= reached.environment
    people = targets(reached)[-1:]
    stream = tmp_path / "stream.json"
    create = {"event_stream_name": "soc", "event_stream_credentials_path": str(stream)}
    assert playbooks.run("ampops.secure_endpoint.event_stream_create", variables=create).returncode == 0
    simulator.control.publish("failure")
    drain = {
        "drain_streams": [{"credentials_path": str(stream)}],
        "drain_state_dir": str(tmp_path / "state"),
        "drain_notify_targets": people,
        "drain_notify_record_dir": str(tmp_path / "told"),
    }
    run = playbooks.run("ampops.secure_endpoint.drain_and_group", variables=drain)
    assert run.returncode == 0, run.stdout
    assert "1 message: 1 sent" in run.stdout
    again = {
        "notify_targets": people,
        "notify_state_dir": str(tmp_path / "state"),
        "notify_record_dir": str(tmp_path / "told"),
    }
    assert "Nothing new to send" in playbooks.run(NAME, variables=again).stdout

    night = {
        "incident_report_since": "10m",
        "incident_report_path": str(tmp_path / "night.html"),
        "incident_report_notify_targets": people,
        "incident_report_notify_record_dir": str(tmp_path / "told by reports"),
    }
    run = playbooks.run("ampops.secure_endpoint.incident_report", variables=night)
    assert run.returncode == 0, run.stdout
    incidents = json.loads((tmp_path / "night.json").read_text())["incidents"]
    told_of = sorted(one["id"] for one in reached.hook[1:])
    assert told_of == sorted(one["id"] for one in incidents if one["needs_person"])
    assert reached.hook[0]["pivot_urls"]
