# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The automatic response under the real ansible-rulebook, on its bad days (R18).

Each start of the engine costs seconds, so one test tells the story of a day. What may ask for a response, and how the
record of it outlives crashes, is proven case by case in tests/unit/stream/rulebook.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import ExitStack, closing
from copy import copy
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_DNS, uuid5

import pytest
import yaml

from .harness import CHECKOUT, Playbooks, PlayRun
from .rulebooks import (
    NEEDS_JAVA,
    PATIENCE,
    Rulebook,
    ask,
    blocked,
    blocking_list,
    injected,
    is_isolated,
    make_stream,
    rulebook,
)

if TYPE_CHECKING:
    from simulator import Simulator

CLEARED = 553648154
SEVERITIES = ("Low", "Medium", "High", "Critical")
RULEBOOKS = CHECKOUT / "extensions" / "eda" / "rulebooks"


class Day:
    """One tenant, its computers and the state folder of one rulebook."""

    def __init__(self, simulator: Simulator, playbooks: Playbooks) -> None:
        self.simulator = simulator
        self.playbooks = playbooks
        self.control = simulator.control
        records = ask(simulator, "/v1/computers?limit=500")["data"]
        able = [
            one for one in records if one["isolation"]["available"] and one["isolation"]["status"] == "not_isolated"
        ]
        self.excluded_group = Counter(one["group_guid"] for one in able).most_common()[-1][0]
        self.excluded = next(one["connector_guid"] for one in able if one["group_guid"] == self.excluded_group)
        self.free = [one["connector_guid"] for one in able if one["group_guid"] != self.excluded_group]
        self.everyone = [one["connector_guid"] for one in records]
        self.state = playbooks.folder / "state"

    def variables(self, credentials: Path, **more: Any) -> dict[str, Any]:
        return {
            "secure_endpoint_stream_credentials_path": str(credentials),
            "secure_endpoint_state_dir": str(self.state),
            "secure_endpoint_lateness_seconds": 0,
            "secure_endpoint_idle_after_seconds": 1,
            "secure_endpoint_exclude_groups": [self.excluded_group],
            "secure_endpoint_exclude_hosts": ["dc-"],
            "secure_endpoint_retry_pause": 1,
            **more,
        }

    def failure(self, computer: str, **options: Any) -> None:
        """Threat Detected (Medium, Malicious) and Quarantine Failure, as recorded."""
        self.control.publish("failure", computer=computer, **{"severity": "Medium", **options})

    def detected(self, computer: str, digest: str, **options: Any) -> None:
        """Threat Detected (Medium, Malicious), and nothing done about it."""
        self.control.publish("detected", computer=computer, sha256=digest, severity="Medium", **options)

    def stored(self) -> int:
        """Return how many detections and indicators the source knows."""
        with closing(sqlite3.connect(self.state / "events.sqlite")) as db:
            return int(db.execute("SELECT count(*) FROM detection").fetchone()[0])

    def record(self) -> list[dict[str, Any]]:
        path = self.state / "responses" / "record.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def verdicts(self, computer: str | None = None, *, target: str | None = None) -> list[str]:
        """Return the decisions about a computer, or about a file."""
        name, value = ("target", target) if target else ("connector_guid", computer)
        return [line["verdict"] for line in self.record() if line[name] == value]

    def states(self) -> dict[str, str]:
        """Return the state of the last action on each computer."""
        return {claim["connector_guid"]: claim["state"] for claim in self._claims()}

    def became(self) -> dict[str, str]:
        """Return the state of the last action on each file."""
        return {claim["sha256"]: claim["state"] for claim in self._claims()}

    def _claims(self) -> list[dict[str, Any]]:
        files = [path for path in (self.state / "responses").glob("*.json") if path.name != "settings.json"]
        return [json.loads(path.read_text()) for path in sorted(files, key=lambda path: path.stat().st_mtime)]

    def blocks(self) -> int:
        """Return how many files were put into a list."""
        return sum(one["method"] == "POST" and "/files/" in one["path"] for one in self.control.requests())

    def isolations(self) -> Counter[str]:
        """Return how often each computer was told to isolate itself."""
        puts = [one for one in self.control.requests() if one["method"] == "PUT" and one["path"].endswith("/isolation")]
        return Counter(one["path"].split("/")[3] for one in puts if one["status"] == 200)

    def an_hour_passes(self) -> None:
        lines = [{**line, "at": line["at"] - 3601 * 10**9} for line in self.record()]
        path = self.state / "responses" / "record.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))


@NEEDS_JAVA
def test_bad_days_of_isolate(simulator: Simulator, playbooks: Playbooks) -> None:
    day = Day(simulator, playbooks)
    pair, hostile, cleared, cut_off, over_cap, controller, *_rest = day.free
    witness = playbooks.folder / "witness"
    run = f"lookup('pipe', 'touch {witness}')"
    day.control.set_computer(hostile, hostname=f"{{{{ {run} }}}}")
    day.control.set_computer(controller, hostname="DC-01")
    known_clean = clear_a_file(day, cleared)
    _stream_id, credentials = make_stream(simulator, playbooks)
    _stream_id, credentials_of_dry_run = make_stream(simulator, playbooks, "dry_run")
    _stream_id, credentials_of_notice = make_stream(simulator, playbooks, "notice")
    day.control.clear_requests()

    variables = day.variables(credentials, secure_endpoint_act=True, secure_endpoint_max_actions_per_hour=4)
    three = playbooks.folder / "three.yml"
    dry_run = without_feedback("isolate", credentials_of_dry_run, act=False)
    three.write_text(
        json.dumps([without_feedback("isolate"), dry_run, without_feedback("notify_only", credentials_of_notice)])
    )
    with rulebook(playbooks, str(three), persistence=False, **variables) as running:
        cloud_ioc_on(day, 500)
        day.control.publish("exploit", computer=day.free[-1], severity="Critical")
        day.failure(day.excluded)
        day.failure(controller)
        day.failure(pair)
        day.failure(hostile, file_name=f"{{% set x = {run} %}}{{{{ x }}}}", detection=f"{{# #}}{{{{ {run} }}}}")
        day.control.publish("failure", computer=cleared, severity="Medium", sha256=known_clean, stored=False)
        running.wait_for(lambda: day.states().get(cleared) == "refused", "the cleared file was not refused")
        assert day.states() == {pair: "done", hostile: "done", cleared: "refused"}
        assert day.stored() == 500 + 6
        running.wait_for(lambda: f"isolate {pair}: would_act" in running.said, "the dry run did not show the pair")
        running.wait_for(lambda: f"quarantine_failed on {pair}, incident" in running.said, "nobody was told")

        day.control.add_fault("status", status=503, path="/v1/*", count=None)
        day.failure(cut_off)
        running.wait_for(lambda: "Wait before the next attempt" in running.said, "it did not try again")
        day.failure(over_cap)
        running.wait_for(lambda: day.verdicts(over_cap), "the fifth action was not decided on")
        running.kill()
    dry = copy(day)
    dry.state = playbooks.folder / "dry_run"
    assert dry.verdicts(pair).count("would_act") == 1
    assert not dry.states()
    assert day.states()[cut_off] == "claimed"
    assert day.verdicts(day.excluded) == day.verdicts(controller) == ["excluded"]
    assert day.verdicts(over_cap) == ["capped"]
    assert day.isolations() == {pair: 1, hostile: 1}
    day.control.clear_faults()

    day.an_hour_passes()
    with rulebook(playbooks, "ampops.secure_endpoint.isolate", **variables) as running:
        running.wait_for(lambda: day.states().get(cut_off) == "done", "what was under way was not finished")
        day.control.add_fault("status", status=503, method="OPTIONS", count=6)
        day.failure(pair)  # another revision of its incident
        day.failure(over_cap)
        running.wait_for(lambda: day.states().get(over_cap) == "done", "the next hour did not act")
        assert simulator.api_key not in running.said
        assert json.loads(credentials.read_text())["password"] not in running.said
    assert day.isolations() == {pair: 1, hostile: 1, cut_off: 1, over_cap: 1}
    assert all(is_isolated(simulator, computer) for computer in (pair, hostile, cut_off, over_cap))
    assert {line["connector_guid"] for line in day.record()} == {
        *(pair, hostile, cleared, cut_off, over_cap, controller, day.excluded)
    }
    assert not witness.exists()


@NEEDS_JAVA
def test_bad_days_of_an_engine_with_a_database(simulator: Simulator, playbooks: Playbooks) -> None:
    """It remembers what it held when it was killed, and a check that had passed."""
    day = Day(simulator, playbooks)
    cut_off, waiting, late, *_rest = day.free
    _stream_id, credentials = make_stream(simulator, playbooks)
    day.control.clear_requests()
    database = {"drools_db_file_path": str(playbooks.folder / "database" / "engine")}
    variables = day.variables(credentials, secure_endpoint_act=True, **database)

    with rulebook(playbooks, "ampops.secure_endpoint.isolate", **variables) as running:
        running.wait_for(lambda: "Carry out each that is not finished" in running.said, "the check did not pass")
        day.control.add_fault("status", status=503, path="/v1/*", count=None)
        day.failure(cut_off)
        running.wait_for(lambda: "Wait before the next attempt" in running.said, "it did not try again")
        day.failure(waiting)
        running.wait_for(lambda: day.states().get(waiting) == "claimed", "the second action was not claimed")
        running.kill()
    assert day.states() == {cut_off: "claimed", waiting: "claimed"}
    day.control.clear_faults()

    day.failure(late)
    wrong = {**variables, "secure_endpoint_exclude_groups": ["00000000-0000-4000-8000-000000000000"]}
    with rulebook(playbooks, "ampops.secure_endpoint.isolate", **wrong) as running:
        ends(running)
        assert "Message: Exclude_groups: no group has the GUID 00000000" in running.said
    assert day.verdicts(late)[0] == "act"
    assert day.states()[late] == "claimed", "the check of the first start counts for no later one"
    assert not day.isolations()

    with rulebook(playbooks, "ampops.secure_endpoint.isolate", **variables) as running:
        everyone = dict.fromkeys((cut_off, waiting, late), "done")
        running.wait_for(lambda: day.states() == everyone, "what was under way was not finished")
        decided = len(day.verdicts(late))
        day.failure(late)  # another revision, which comes after all that the engine had kept
        running.wait_for(lambda: len(day.verdicts(late)) > decided, "the revision was not decided on")
    assert day.verdicts(late)[-1] == "already"
    assert day.isolations() == dict.fromkeys((cut_off, waiting, late), 1)


@NEEDS_JAVA
def test_bad_days_of_block_hash(simulator: Simulator, playbooks: Playbooks) -> None:
    """With a credential of our type, whose brakes count."""
    day = Day(simulator, playbooks)
    _stream_id, credentials = make_stream(simulator, playbooks)
    spread, few, known_clean = "ab" * 32, "cd" * 32, clear_a_file(day, day.free[0])
    witness = playbooks.folder / "witness"
    brakes = {"act": True, "block_computers": "3", "exclude_groups": day.excluded_group}
    variables = day.variables(credentials, secure_endpoint_block_list=blocking_list(simulator))
    del variables["secure_endpoint_stream_credentials_path"], variables["secure_endpoint_exclude_groups"]
    variables |= injected(credentials, **brakes)
    with rulebook(playbooks, "ampops.secure_endpoint.block_hash", **variables) as running:
        cloud_ioc_on(day, 50)
        for computer in (*day.free[:2], day.excluded):
            day.detected(computer, few)
        for computer in day.free[:3]:
            day.detected(computer, known_clean, stored=False)
            day.detected(computer, spread, file_name=f"{{{{ lookup('pipe', 'touch {witness}') }}}}")
        running.wait_for(lambda: day.became() == {spread: "done", known_clean: "refused"}, "not one block, one refusal")
        for computer in day.free[3:6]:
            day.detected(computer, spread)  # more of the same
        running.wait_for(lambda: day.verdicts(target=spread)[-1] == "already", "the others were not decided on")
    assert day.verdicts(target=spread) == ["act", "already"]
    assert day.verdicts(target=few) == ["excluded"]
    assert {line["target"] for line in day.record()} == {spread, few, known_clean}
    assert day.blocks() == 1
    assert few not in blocked(simulator)
    assert not witness.exists()


@NEEDS_JAVA
def test_bad_days_of_a_start_end_the_rulebook_with_their_reason(simulator: Simulator, playbooks: Playbooks) -> None:
    """All at once, for each is an engine of its own."""
    day = Day(simulator, playbooks)
    _stream_id, credentials = make_stream(simulator, playbooks)
    day.control.clear_requests()
    text = (RULEBOOKS / "isolate.yml").read_text()
    own = {
        "not_found.yml": text.replace(
            "ampops.secure_endpoint.rulebook_check", "ampops.secure_endpoint.no_such_playbook"
        ),
        "failed.yml": text.replace("rulebook_check_report: true", "rulebook_check_report: false"),
    }
    for name, content in own.items():
        (playbooks.folder / name).write_text(content)
    unable = "Message: The playbook rulebook_check could not report whether a response could act."
    starts = [
        (
            "ampops.secure_endpoint.block_hash",
            {"secure_endpoint_block_list": "No such list"},
            {},
            'No file lists are named "No such list"',
        ),
        (
            "ampops.secure_endpoint.isolate",
            {},
            {"SECURE_ENDPOINT_API_KEY": ""},
            "Message: api_key missing. Set the option",
        ),
        (str(playbooks.folder / "not_found.yml"), {}, {}, unable),
        (
            str(playbooks.folder / "failed.yml"),
            {"secure_endpoint_exclude_groups": [str(uuid5(NAMESPACE_DNS, ""))]},
            {},
            unable,
        ),
    ]
    with ExitStack() as stack:
        running = []
        for number, (name, more, environment, _reason) in enumerate(starts):
            folder = playbooks.folder / f"{number}"
            folder.mkdir()
            variables = day.variables(
                credentials, secure_endpoint_act=True, secure_endpoint_state_dir=str(folder / "state")
            )
            start = rulebook(playbooks, name, folder=folder, environment=environment, **{**variables, **more})
            running.append(stack.enter_context(start))
        day.failure(day.free[0])
        day.control.outbreak(3, "detected", severity="Critical")
        for one, (*_start, reason) in zip(running, starts, strict=True):
            ends(one)
            assert reason in one.said, one.said[-4000:]
    assert not writes(day)


def cloud_ioc_on(day: Day, hosts: int) -> None:
    """Raise a Cloud IOC on many computers, of every severity, whatever the file is."""
    (indicator,) = day.control.publish("cloud_ioc", computer=day.free[0], stored=False)
    events = []
    for number in range(1, hosts):
        guid = str(uuid5(NAMESPACE_DNS, f"pc-{number}"))
        changes = {"id": indicator["id"] + number, "severity": SEVERITIES[number % len(SEVERITIES)]}
        file = {**indicator["file"], "disposition": ("Clean", "Malicious", "Unknown")[number % 3]}
        computer = {**indicator["computer"], "connector_guid": guid, "hostname": f"pc-{number}"}
        events.append({**indicator, **changes, "connector_guid": guid, "computer": computer, "file": file})
    day.control.publish_events(events)


def without_feedback(name: str, credentials: Path | None = None, **changes: Any) -> dict[str, Any]:
    """Return one of our rulebooks as one writes it for an engine without persistence.

    With credentials of its own it has a state folder of the same name.
    """
    text = (RULEBOOKS / f"{name}.yml").read_text().replace("feedback: true", "feedback: false")
    if credentials:
        text = text.replace("{{ secure_endpoint_state_dir }}", str(credentials.with_suffix("")))
        changes["credentials_path"] = str(credentials)
    (ruleset,) = yaml.safe_load(text)
    ruleset["sources"][0]["ampops.secure_endpoint.event_stream"] |= changes
    return {**ruleset, "name": credentials.stem if credentials else name}


def clear_a_file(day: Day, computer: str) -> str:
    """Let the tenant know a file that the cloud has cleared; return its hash. No stream has these events."""
    digest = "c1" * 32
    *_others, last = day.control.publish("failure", computer=computer, sha256=digest)
    cleared = {**last, "id": last["id"] + 1, "timestamp": last["timestamp"] + 1, "event_type_id": CLEARED}
    day.control.publish_events([cleared])
    return digest


def ends(running: Rulebook) -> None:
    running.process.wait(timeout=PATIENCE)


def run_it(playbooks: Playbooks, name: str, **variables: Any) -> PlayRun:
    return playbooks.run(f"ampops.secure_endpoint.rulebook_{name}", variables={"rulebook_pause": 0, **variables})


def test_the_playbooks_refuse_what_is_not_malicious_and_what_is_excluded_whoever_calls_them(
    simulator: Simulator, playbooks: Playbooks
) -> None:
    day = Day(simulator, playbooks)
    computer, *_rest = day.free
    clean, unknown, malicious = clear_a_file(day, computer), "0f" * 32, "0b" * 32
    day.control.publish("failure", computer=computer, sha256=malicious)
    day.control.clear_requests()
    listed = blocking_list(simulator)
    exclusions = {"rulebook_exclude_groups": [day.excluded_group], "rulebook_exclude_hosts": ["dc-"]}

    for digest, reason in ((clean, "is Clean"), (unknown, "is in none of the events")):
        for name in ("isolate", "block_hash"):
            refused = run_it(playbooks, name, rulebook_connector_guid=computer, rulebook_sha256=digest, **exclusions)
            assert refused.returncode != 0
            assert f"The latest disposition of the file {digest} {reason}, not Malicious" in refused.stdout
    refused = run_it(playbooks, "isolate", rulebook_connector_guid=day.excluded, rulebook_force=True, **exclusions)
    assert refused.returncode != 0
    assert f"The computer {day.excluded} is excluded: it is in the excluded group" in refused.stdout
    assert not writes(day)

    forced = run_it(playbooks, "block_hash", rulebook_sha256=clean, rulebook_force=True, block_list=listed)
    assert forced.returncode == 0, forced.stdout
    assert clean in blocked(simulator)

    for changes in (1, 0):  # the second time stands for another revision
        for name in ("isolate", "block_hash"):
            done = run_it(
                playbooks,
                name,
                rulebook_connector_guid=computer,
                rulebook_sha256=malicious,
                block_list=listed,
                **exclusions,
            )
            assert done.returncode == 0, done.stdout
            assert sum(done.changed.values()) == changes
    assert day.isolations() == {computer: 1}
    assert malicious in blocked(simulator)


def writes(day: Day) -> list[dict[str, Any]]:
    return [one for one in day.control.requests() if one["method"] not in ("GET", "OPTIONS")]


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"rulebook_exclude_groups": ["No such group"]}, 'No groups are named "No such group"'),
        ({"rulebook_exclude_hosts": ["*dc*"]}, "is not a regular expression"),
        ({"secure_endpoint_connection": {"api_key": "wrong"}}, "401"),
        ({"secure_endpoint_connection": {"api_host": "127.0.0.1:9"}}, "127.0.0.1:9 cannot be reached"),
        ({"rulebook_state_dir": "/nowhere"}, "/nowhere/responses/settings.json"),
    ],
)
def test_the_check_names_what_is_missing(playbooks: Playbooks, variables: dict[str, Any], reason: str) -> None:
    ended = run_it(playbooks, "check", **variables)
    assert ended.returncode != 0
    assert reason in ended.stdout


def test_retry_finishes_what_is_young_and_gives_up_what_is_old(simulator: Simulator, playbooks: Playbooks) -> None:
    day = Day(simulator, playbooks)
    young, old, done, excluded = day.free[0], day.free[1], day.free[2], day.excluded
    folder = day.state / "responses"
    folder.mkdir(parents=True)
    settings = {"act": True, "exclude_groups": [day.excluded_group], "exclude_hosts": []}
    (folder / "settings.json").write_text(json.dumps(settings))
    today = datetime.now(timezone.utc).isoformat()
    keep(folder, 1, young, "failed", today)
    keep(folder, 2, old, "claimed", "2026-01-02T03:04:05.000000000Z")
    keep(folder, 3, done, "done", today)
    keep(folder, 4, excluded, "claimed", today)

    ended = run_it(playbooks, "retry", rulebook_state_dir=str(day.state))

    assert ended.returncode == 0, ended.stdout
    assert day.states() == {young: "done", old: "given_up", done: "done", excluded: "refused"}
    assert day.isolations() == {young: 1}
    assert {path.stat().st_mode & 0o777 for path in folder.glob("*-*.json")} == {0o600}


def keep(folder: Path, number: int, computer: str, state: str, claimed_at: str) -> None:
    """Keep a response as the source and the playbooks do."""
    name = f"00000000-0000-4000-8000-{number:012d}"
    claim = {"id": name, "action": "isolate", "state": state, "claimed_at": claimed_at, "problem": None}
    path = folder / f"{name}.json"
    path.write_text(json.dumps({**claim, "connector_guid": computer, "sha256": None}))
    path.chmod(0o600)
