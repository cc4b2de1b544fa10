# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of responses: once an incident, capped an hour, durable first; unreadable means nothing is done."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import (
    OutputError,
    StateFolderInUse,
    StoreError,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.rulebook.ledger import Decision, Ledger
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.rulebook.response import propose
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.dead_letters import AppendedFile

from .records import DETECTED, FAILED, Record, Store, detection, incident, now, settings


@contextmanager
def ledger(folder: Path, **changes: Any) -> Iterator[Ledger]:
    with closing(Ledger(folder / "state", settings(**changes), now())) as found:
        yield found


def decide(where: Ledger, record: Record, *members: Record, name: str | None = None, at: float = 0) -> Decision:
    """Decide on a record; its response has the name of the record unless another is given."""
    proposal = propose(record, settings(), Store(*(members or [record])))
    assert proposal is not None
    default = f"{record.get('id') or record['key']}-{record.get('revision', 0)}"
    return where.decide(proposal, (name or default).replace("/", "."), now(at))


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "state/responses/record.jsonl").read_text().splitlines()]


def claims(folder: Path) -> dict[str, str]:
    """Return the actions of the folder with their states."""
    files = [path for path in (folder / "state/responses").glob("*.json") if path.name != "settings.json"]
    return {path.stem: json.loads(path.read_text())["state"] for path in files}


def test_the_recorded_pair_is_one_isolation_however_often_it_comes(tmp_path: Path) -> None:
    """Threat Detected (Medium) and Quarantine Failure: the detection, its incident and the incident's next revision."""
    one = detection(DETECTED, FAILED)
    with ledger(tmp_path) as found:
        assert decide(found, one).verdict == "act"
        assert decide(found, incident(one), one).verdict == "already"
        assert decide(found, incident(one, revision=2), one, at=86400).verdict == "already"
    with ledger(tmp_path) as found:
        assert decide(found, incident(one, revision=3), one, at=2 * 86400).verdict == "already"
    assert [line["verdict"] for line in lines(tmp_path)] == ["act", "already"]
    assert list(claims(tmp_path).values()) == ["claimed"]


def test_without_act_it_is_recorded_and_nothing_is_claimed(tmp_path: Path) -> None:
    one = detection(DETECTED, FAILED)
    with ledger(tmp_path, act=False) as found:
        assert decide(found, one).verdict == "would_act"
        assert decide(found, incident(one), one).verdict == "already"
    (line, _already) = lines(tmp_path)
    assert (line["verdict"], line["action"], line["outcome"]) == ("would_act", "isolate", "quarantine_failed")
    assert claims(tmp_path) == {}


def test_what_a_dry_run_recorded_does_not_keep_the_real_one_from_acting(tmp_path: Path) -> None:
    one = detection(DETECTED, FAILED)
    with ledger(tmp_path, act=False) as found:
        decide(found, one)
    with ledger(tmp_path) as found:
        assert decide(found, incident(one), one).verdict == "act"


def test_a_second_detection_of_the_computer_within_the_window_is_one_incident(tmp_path: Path) -> None:
    first = detection(DETECTED, FAILED)
    soon, later = detection(DETECTED, FAILED, number=2, at=299), detection(DETECTED, FAILED, number=3, at=301)
    other = detection(DETECTED, FAILED, number=4, computer=2, at=10)
    with ledger(tmp_path) as found:
        verdicts = [decide(found, one, name=one["key"]).verdict for one in (first, soon, other, later)]
    assert verdicts == ["act", "already", "act", "act"]


def test_the_cap_holds_the_rest_back_and_the_next_hour_acts_again(tmp_path: Path) -> None:
    many = [detection(DETECTED, FAILED, computer=number, number=number) for number in range(1, 6)]
    with ledger(tmp_path, max_actions_per_hour=2) as found:
        verdicts = [decide(found, one, name=one["key"]).verdict for one in many[:4]]
        assert verdicts == ["act", "act", "capped", "capped"]
    with ledger(tmp_path, max_actions_per_hour=2) as found:
        assert decide(found, many[4], name="5", at=3599).verdict == "capped", "a restart does not free the cap"
        assert decide(found, incident(many[2], revision=2), many[2], at=3601).verdict == "act"
    assert "max_actions_per_hour is 2" in lines(tmp_path)[2]["why"]


def test_a_clock_that_went_back_does_not_free_the_cap(tmp_path: Path) -> None:
    first, second = detection(DETECTED, FAILED), detection(DETECTED, FAILED, computer=2, number=2)
    with ledger(tmp_path, max_actions_per_hour=1) as found:
        assert decide(found, first).verdict == "act"
        assert decide(found, second, at=-7200).verdict == "capped"


def test_an_exclusion_is_recorded_once_and_takes_nothing_from_the_cap(tmp_path: Path) -> None:
    one = detection(DETECTED, FAILED, hostname="dc-01")
    with ledger(tmp_path, max_actions_per_hour=1) as found:
        for revision in (1, 2):
            proposal = propose(incident(one, revision=revision), settings(exclude_hosts=["dc-"]), Store(one))
            assert proposal is not None
            assert found.decide(proposal, f"i1-{revision}", now()).verdict == "excluded"
        assert decide(found, detection(DETECTED, FAILED, computer=2, number=2)).verdict == "act"
    assert [line["verdict"] for line in lines(tmp_path)] == ["excluded", "act"]


def test_a_record_that_comes_again_after_a_crash_may_act_until_its_action_is_done(tmp_path: Path) -> None:
    one = detection(DETECTED, FAILED)
    with ledger(tmp_path) as found:
        first = decide(found, one)
    with ledger(tmp_path) as found:
        assert decide(found, one, at=5000) == first
        assert found.unfinished() == [first.id]
        set_state(tmp_path, first.id, "done")
        assert decide(found, one, at=5000).verdict == "already"
        assert found.unfinished() == []
    assert len(lines(tmp_path)) == 1


def test_killed_between_the_record_and_the_claim_it_claims_when_the_record_comes_again(tmp_path: Path) -> None:
    one = detection(DETECTED, FAILED)
    with ledger(tmp_path) as found:
        first = decide(found, one)
    (tmp_path / "state/responses" / f"{first.id}.json").unlink()
    with ledger(tmp_path) as found:
        assert decide(found, one).verdict == "act"
    assert claims(tmp_path) == {first.id: "claimed"}


def test_killed_while_it_wrote_the_record_the_torn_line_was_never_acted_on(tmp_path: Path) -> None:
    one, other = detection(DETECTED, FAILED), detection(DETECTED, FAILED, computer=2, number=2)
    with ledger(tmp_path) as found:
        decide(found, one)
    record = tmp_path / "state/responses/record.jsonl"
    whole = record.read_bytes()
    for cut in (1, len(whole) // 2, len(whole) - 1):
        record.write_bytes(whole + whole[:cut])
        with ledger(tmp_path) as found:
            assert decide(found, other, name=f"cut {cut}").verdict in ("act", "already")
        assert all(line["id"] for line in lines(tmp_path))
        record.write_bytes(whole)


def set_state(folder: Path, name: str, state: str) -> None:
    path = folder / "state/responses" / f"{name}.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "state": state}))


@pytest.mark.parametrize("damage", [b"{}\n", b"not JSON\n", b'{"id": 1}\n', b"[]\n", b"\xff\n"])
def test_a_record_that_cannot_be_read_ends_the_source(tmp_path: Path, damage: bytes) -> None:
    with ledger(tmp_path) as found:
        decide(found, detection(DETECTED, FAILED))
    with (tmp_path / "state/responses/record.jsonl").open("ab") as file:
        file.write(damage)
    for _again in range(2):  # and leaves no lock behind
        with pytest.raises(StoreError, match=r"record\.jsonl, line 2"):
            Ledger(tmp_path / "state", settings(), now())


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_a_claim_that_cannot_be_read_is_not_acted_on(tmp_path: Path, content: str) -> None:
    one = detection(DETECTED, FAILED)
    with ledger(tmp_path) as found:
        first = decide(found, one)
        (tmp_path / "state/responses" / f"{first.id}.json").write_text(content)
        with pytest.raises(StoreError, match="nothing is done before it is repaired"):
            decide(found, one)


def test_nothing_is_decided_where_the_record_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_file: AppendedFile, _lines: object) -> None:
        raise OutputError("the disk is full")

    one = detection(DETECTED, FAILED)
    with ledger(tmp_path) as found:
        with monkeypatch.context() as patched:
            patched.setattr(AppendedFile, "append", full)
            with pytest.raises(OutputError):
                decide(found, one)
        assert claims(tmp_path) == {}
        assert decide(found, one).verdict == "act", "what was not kept does not count"


def test_two_sources_cannot_hold_one_folder(tmp_path: Path) -> None:
    with ledger(tmp_path), pytest.raises(StateFolderInUse):
        Ledger(tmp_path / "state", settings(), now())


def test_decisions_older_than_an_incident_can_change_are_forgotten_with_their_actions(tmp_path: Path) -> None:
    old, new = detection(DETECTED, FAILED), detection(DETECTED, FAILED, computer=2, number=2)
    with ledger(tmp_path) as found:
        first = decide(found, old)
        second = decide(found, new, at=401 * 86400)
    assert claims(tmp_path).keys() == {first.id, second.id}
    with closing(Ledger(tmp_path / "state", settings(), now(402 * 86400))) as found:
        assert found.unfinished() == [second.id]
    assert [line["id"] for line in lines(tmp_path)] == [second.id]
    assert claims(tmp_path).keys() == {second.id}


@pytest.mark.parametrize("years", [-50, 70])
def test_a_clock_that_is_wrong_at_a_start_forgets_nothing(tmp_path: Path, years: int) -> None:
    one = detection(DETECTED, FAILED)
    with ledger(tmp_path) as found:
        decide(found, one)
    with closing(Ledger(tmp_path / "state", settings(), now(years * 365 * 86400))) as found:
        assert decide(found, incident(one), one).verdict == "already"


def test_folder_and_files_are_closed_to_others(tmp_path: Path) -> None:
    with ledger(tmp_path) as found:
        decide(found, detection(DETECTED, FAILED))
    state = tmp_path / "state"
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [state, *state.rglob("*")]}
    assert modes.pop("state") == modes.pop("responses") == 0o700
    assert set(modes.values()) == {0o600}


def test_the_exclusions_are_there_for_the_playbooks(tmp_path: Path) -> None:
    with ledger(tmp_path, exclude_groups=frozenset(["b", "a"]), exclude_hosts=["dc-"]):
        told = json.loads((tmp_path / "state/responses/settings.json").read_text())
    assert told["exclude_groups"] == ["a", "b"]
    assert told["exclude_hosts"] == ["dc-"]
    assert told["act"] is True


def test_a_hostile_host_name_makes_no_line_of_its_own(tmp_path: Path) -> None:
    with ledger(tmp_path) as found:
        decide(found, detection(DETECTED, FAILED, hostname='pc\n{"verdict":"act"}\x1b[2J'))
    (line,) = lines(tmp_path)
    assert line["hostname"].isprintable()
