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
from .rulebooks import NEEDS_JAVA, Rulebook, ask, make_stream, rulebook

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
