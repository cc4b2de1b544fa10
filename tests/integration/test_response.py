# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The automatic response under the real ansible-rulebook, on its bad days (R18).

Each start of the engine costs seconds, so one test tells the story of a day. What may ask for a response, and how the
record of it outlives crashes, is proven case by case in tests/unit/stream/rulebook.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .harness import CHECKOUT, Playbooks, PlayRun
from .rulebooks import NEEDS_JAVA, Rulebook, ask, blocked, blocking_list, is_isolated, make_stream, rulebook

if TYPE_CHECKING:
    from simulator import Simulator

CLEARED = 553648154
ISOLATE = CHECKOUT / "extensions" / "eda" / "rulebooks" / "isolate.yml"


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

    def record(self) -> list[dict[str, Any]]:
        path = self.state / "responses" / "record.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def verdicts(self, computer: str) -> list[str]:
        return [line["verdict"] for line in self.record() if line["connector_guid"] == computer]

    def states(self) -> dict[str, str]:
        """Return the state of the last action on each computer."""
        files = [path for path in (self.state / "responses").glob("*.json") if path.name != "settings.json"]
        claims = [json.loads(path.read_text()) for path in sorted(files, key=lambda path: path.stat().st_mtime)]
        return {claim["connector_guid"]: claim["state"] for claim in claims}

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
    day.control.clear_requests()

    variables = day.variables(credentials, secure_endpoint_act=True, secure_endpoint_max_actions_per_hour=4)
    with rulebook(playbooks, without_feedback(playbooks.folder), persistence=False, **variables) as running:
        for computer in day.everyone:
            day.control.publish("cloud_ioc", computer=computer)
        day.control.publish("exploit", computer=day.free[-1], severity="Critical")
        day.failure(day.excluded)
        day.failure(controller)
        day.failure(pair)
        day.failure(hostile, file_name=f"{{% set x = {run} %}}{{{{ x }}}}", detection=f"{{# #}}{{{{ {run} }}}}")
        day.control.publish("failure", computer=cleared, severity="Medium", sha256=known_clean, stored=False)
        running.wait_for(lambda: day.states().get(cleared) == "refused", "the cleared file was not refused")
        assert day.states() == {pair: "done", hostile: "done", cleared: "refused"}

        day.control.add_fault("status", status=503, path="/v1/*", count=None)
        day.failure(cut_off)
        running.wait_for(lambda: "Wait before the next attempt" in running.said, "it did not try again")
        day.failure(over_cap)
        running.wait_for(lambda: day.verdicts(over_cap), "the fifth action was not decided on")
        running.kill()
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


def without_feedback(folder: Path) -> str:
    """Return the rulebook as one writes it for an engine without persistence."""
    path = folder / "isolate.yml"
    path.write_text(ISOLATE.read_text().replace("feedback: true", "feedback: false"))
    return str(path)


def clear_a_file(day: Day, computer: str) -> str:
    """Let the tenant know a file that the cloud has cleared; return its hash. No stream has these events."""
    digest = "c1" * 32
    *_others, last = day.control.publish("failure", computer=computer, sha256=digest)
    cleared = {**last, "id": last["id"] + 1, "timestamp": last["timestamp"] + 1, "event_type_id": CLEARED}
    day.control.publish_events([cleared])
    return digest


@NEEDS_JAVA
def test_a_rulebook_that_could_not_act_ends_with_its_reason(simulator: Simulator, playbooks: Playbooks) -> None:
    day = Day(simulator, playbooks)
    _stream_id, credentials = make_stream(simulator, playbooks)
    variables = day.variables(credentials, secure_endpoint_act=True, secure_endpoint_block_list="No such list")
    with rulebook(playbooks, "ampops.secure_endpoint.block_hash", **variables) as running:
        day.control.outbreak(3, "detected", severity="Critical")
        ends(running)
        assert 'Message: No file lists are named "No such list"' in running.said
    assert not [one for one in day.control.requests() if one["method"] == "POST" and "/files/" in one["path"]]


def ends(running: Rulebook) -> None:
    running.process.wait(timeout=60)


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
