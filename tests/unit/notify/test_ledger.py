# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each target is told of each revision that says something new, once, whatever fails in between."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.time import SECOND
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._notify.ledger import (
    KEPT_DAYS,
    Ledger,
    as_json,
    from_json,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._notify.ledger_file import (
    LedgerError,
    load,
    locked,
    save,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._notify.notification import incident_of
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._notify.registry import parse_targets
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._notify.run import Sending, failure_of
from hypothesis import given
from hypothesis import strategies as st

from .making import incident, target

NOW = 1_800_000_000 * SECOND


class Killed(BaseException):
    """The run ends here, whatever was about to be recorded."""


class World:
    """Runs of the module: what is on disk, what the targets took, and how they answer."""

    def __init__(self, *targets: dict[str, Any]) -> None:
        self.targets = parse_targets(targets or (target("hook"),))
        self.disk = "{}"
        self.took: list[str] = []
        self.answers: list[str] = []

    def post(self, _module: str, arguments: dict[str, Any]) -> dict[str, Any]:
        answer = self.answers.pop(0) if self.answers else "yes"
        if answer in ("yes", "killed after"):
            self.took.append(arguments["headers"]["Idempotency-Key"])
        if answer.startswith("killed"):
            raise Killed
        return {"status": 200} if answer == "yes" else {"status": 503, "failed": True, "msg": "Status code was 503"}

    def save(self, ledger: Ledger) -> None:
        self.disk = json.dumps(as_json(ledger))

    def run(self, *incidents: dict[str, Any], most: int = 100, now: int = NOW) -> list[tuple[str, str]]:
        ledger = from_json(json.loads(self.disk))
        sending = Sending(ledger, self.targets, self.post, self.save, most, pretend=False)
        return [(row["id"], row["outcome"]) for row in sending.run(map(incident_of, incidents), now)]


def test_a_second_run_sends_nothing() -> None:
    world = World()
    assert world.run(incident("a"), incident("b")) == [("a", "sent"), ("b", "sent")]
    assert world.run(incident("a"), incident("b")) == []


def test_a_revision_that_says_nothing_new_is_not_sent_and_an_older_one_neither() -> None:
    world = World()
    world.run(incident("a", revision=2))
    assert world.run(incident("a", revision=3, state="final")) == []
    assert world.run(incident("a", revision=1, outcome="quarantined")) == []
    assert world.run(incident("a", revision=3, outcome="restored")) == [("a", "updated")]


def test_who_was_told_learns_of_the_end_and_nobody_else() -> None:
    world = World(target("all", only_needs_person=False), target("urgent"), target("high", severity="High"))
    assert {target for target, _outcome in world.run(incident("a", severity="Low"))} == {"a"}
    assert world.took == ["a/1", "a/1"]
    world.run(incident("a", revision=2, severity="Low", outcome="quarantined", needs_person=False))
    assert world.took == ["a/1", "a/1", "a/2", "a/2"]
    world.run(incident("b", needs_person=False))
    assert world.took[4:] == ["b/1"]


def test_what_waits_is_the_newest_revision_also_where_it_is_offered_no_more() -> None:
    world = World()
    world.answers = ["no", "no"]
    assert world.run(incident("a")) == [("a", "not_sent")]
    assert world.run(incident("a", revision=2, outcome="restored")) == [("a", "not_sent")]
    assert world.run() == [("a", "sent")]
    assert world.took == ["a/2"]


def test_one_that_is_refused_for_ever_does_not_hold_up_the_others() -> None:
    world = World()
    world.answers = ["no"]
    world.run(incident("poison", severity="Critical"))
    world.answers = ["yes", "no"]
    assert world.run(incident("a", severity="Low")) == [("a", "sent"), ("poison", "not_sent")]


def test_a_target_that_is_down_is_left_alone_after_three_refusals_and_the_bound_counts_for_each() -> None:
    world = World(target("down"), target("hook"))
    world.answers = ["no", "yes", "no", "yes", "no", "yes", "yes"]
    rows = world.run(*(incident(name) for name in "abcd"))
    assert rows == [
        *(row for name in "abc" for row in ((name, "not_sent"), (name, "sent"))),
        *(("d", "waiting"), ("d", "sent")),
    ]
    assert [outcome for _id, outcome in World().run(*(incident(name) for name in "abc"), most=2)] == [
        *("sent", "sent", "waiting")
    ]


def test_what_nobody_spoke_of_for_long_and_what_is_for_nobody_is_forgotten() -> None:
    world = World()
    world.answers = ["yes", "no"]
    world.run(incident("a"), incident("b"))
    world.targets = parse_targets([target("other", severity="Critical")])
    assert world.run() == []
    assert list(json.loads(world.disk)) == ["a"], "b was for a target that is no more"
    world.run(now=NOW + (KEPT_DAYS + 1) * 86400 * SECOND)
    assert json.loads(world.disk) == {}


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["yes", "no", "killed before", "killed after"]))))
def test_every_revision_is_told_in_the_end_and_twice_only_where_a_run_was_killed(steps: list[tuple[int, str]]) -> None:
    world, revisions = World(), [0, 0, 0]
    killed: list[str] = []
    for which, answer in steps:
        revisions[which] += 1
        record = incident("abc"[which], revision=revisions[which], totals={"detections": revisions[which]})
        world.answers = [answer]
        before = len(world.took)
        try:
            world.run(record)
        except Killed:
            killed += world.took[before:]
    world.answers = []
    for _run in range(2):
        world.run()
    newest = {f"{name}/{revision}" for name, revision in zip("abc", revisions, strict=True) if revision}
    assert newest <= set(world.took)
    assert all(world.took.count(key) <= 1 + killed.count(key) for key in newest)
    assert world.run() == []


def test_the_failure_names_each_reason_once() -> None:
    rows = [{"target": "hook", "outcome": "not_sent", "detail": "HTTP 503: x."}] * 2
    assert failure_of(rows) == "2 messages not sent, kept for the next run. hook: HTTP 503: x."
    assert failure_of([{"target": "hook", "outcome": "sent", "detail": ""}]) == ""


def test_the_record_is_of_its_owner_whole_or_refused_and_held_by_one_run(tmp_path: Path) -> None:
    folder = tmp_path / "told"
    with locked(folder):
        assert load(folder) == {}
        save(folder, {})
        assert (folder / "notified.json").stat().st_mode & 0o777 == 0o600
        with pytest.raises(LedgerError, match="another run is still sending"), locked(folder, patience=0):
            pass
    for text in ("", "[]", '{"version": 1}', '{"version": 1, "incidents": {"a": {"seen": 1}}}', '{"version": 2}'):
        (folder / "notified.json").write_text(text)
        with pytest.raises(LedgerError):
            load(folder)
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError), locked(tmp_path / "file"):
        pass
