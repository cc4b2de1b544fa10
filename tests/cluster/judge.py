# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges what the workers have in their stores, from the events that were confirmed and from nothing else (R17).

Like the oracle of the chaos suite, on which it builds, it imports nothing of the code under test.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from chaos.oracle import Event, Oracle

OF_COMPUTER = ("same_hash_same_computer", "same_computer")
OF_HASH = ("same_hash",)
Place = tuple[str, str, int]


class Held(NamedTuple):
    """An incident in a worker's store, as it was told last."""

    place: Place
    members: frozenset[str]
    flagged: bool


def keys_in(folders: Sequence[Path]) -> Counter[str]:
    """In how many stores each event is."""
    seen: Counter[str] = Counter()
    for folder in folders:
        path = folder / "state" / "events.sqlite"
        if path.exists():
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
                if database.execute("SELECT 1 FROM sqlite_master WHERE name = 'event'").fetchone():  # else it is made
                    seen.update(str(key) for (key,) in database.execute("SELECT key FROM event"))
    return seen


def incidents_in(folders: Sequence[Path]) -> list[Held]:
    """The last revision of each incident of each store."""
    found: list[Held] = []
    for folder in folders:
        told: dict[str, Mapping[str, Any]] = {}
        with closing(sqlite3.connect(folder / "state" / "events.sqlite")) as database:
            for (lines,) in database.execute("SELECT lines FROM outbox WHERE kind = 'incident' ORDER BY first"):
                told.update((record["id"], record) for record in map(json.loads, bytes(lines).splitlines()))
        found += [_held(record) for record in told.values()]
    return found


def _held(record: Mapping[str, Any]) -> Held:
    seconds = _seconds(record["first_time"])
    flagged = bool(record.get("may_be_split"))
    return Held((record["rule"], record["key"], seconds), frozenset(record["detections"]), flagged)


def _seconds(time: str) -> int:
    from datetime import datetime

    return int(datetime.strptime(time[:19] + "+0000", "%Y-%m-%dT%H:%M:%S%z").timestamp())


class Judge(Oracle):
    """Every finding is a sentence."""

    def with_hash(self) -> set[str]:
        """The events that by_hash gets."""
        return {key for key, event in self.events.items() if (event.get("file") or {}).get("identity")}

    def kept(self, computers: Sequence[Path], hashes: Sequence[Path], lateness: int) -> Iterator[str]:
        """No partition changed its worker: exactly once, and incidents as batch makes them.

        A worker that never had a partition cannot know that nobody had: its first incidents are flagged.
        """
        first = min(event["timestamp"] for event in self.events.values()) + 2 * (self.window + lateness)
        yield from self._compare("stores of by_computer", keys_in(computers))
        yield from self._same("stores of by_hash", keys_in(hashes), self.with_hash(), once=True)
        for folders, rules in ((computers, OF_COMPUTER), (hashes, OF_HASH)):
            wanted = {place: members for place, members in self._incidents().items() if place[0] in rules}
            held = incidents_in(folders)
            late = (one.place for one in held if one.flagged and one.place[2] > first)
            yield from (f"{place} is flagged, and no partition changed its worker" for place in late)
            if len(held) != len(wanted) or {one.place: one.members for one in held} != wanted:
                yield f"the incidents of {', '.join(rules)} are not those of batch: {self._difference(held, wanted)}"

    def moved(self, computers: Sequence[Path], hashes: Sequence[Path]) -> Iterator[str]:
        """Partitions changed their workers: nothing is lost, and an incident that is not flagged is whole.

        Whose windows were open when a partition changed hands is anchored anew: busy computers have other windows from
        then on than batch draws.
        """
        yield from self._same("stores of by_computer", keys_in(computers), set(self.events), once=False)
        yield from self._same("stores of by_hash", keys_in(hashes), self.with_hash(), once=False)
        for folders, rules in ((computers, OF_COMPUTER), (hashes, OF_HASH)):
            held = incidents_in(folders)
            for one in held:
                if not one.flagged and one.members != self._within(one.place):
                    yield f"{one.place} is not whole, and not flagged"
            for rule in rules:
                told = {member for one in held if one.place[0] == rule for member in one.members}
                if lost := self.detections.keys() - told:
                    yield f"{len(lost)} detections are in no incident of {rule}: {sorted(lost)[:3]}"

    def _within(self, place: Place) -> frozenset[str]:
        """All detections of a key in the window that begins there."""
        rule, wanted, start = place
        found = set()
        for detection, events in self.detections.items():
            computer, digest = events[0]["connector_guid"], events[0]["file"]["identity"]["sha256"]
            key = {"same_hash": digest, "same_computer": computer}.get(rule, f"{digest}/{computer}")
            time = min(event["timestamp"] for event in events)
            if key == wanted and start <= time < start + self.window:
                found.add(detection)
        return frozenset(found)

    def _same(self, where: str, seen: Counter[str], wanted: set[str], *, once: bool) -> Iterator[str]:
        if lost := wanted - seen.keys():
            yield f"{len(lost)} events are not in the {where}: {sorted(lost)[:5]}"
        if extra := seen.keys() - wanted:
            yield f"{len(extra)} events in the {where} do not belong there: {sorted(extra)[:5]}"
        if once and (twice := [key for key, count in seen.items() if count > 1]):
            yield f"{len(twice)} events are twice in the {where}: {twice[:5]}"

    @staticmethod
    def _difference(held: Sequence[Held], wanted: Mapping[Place, frozenset[str]]) -> str:
        found = {one.place: one.members for one in held}
        other = [place for place in found.keys() & wanted.keys() if found[place] != wanted[place]]
        missing, extra = sorted(wanted.keys() - found.keys()), sorted(found.keys() - wanted.keys())
        return f"missing {missing[:3]}, too many {extra[:3]}, other members {other[:3]}"


__all__ = ["Event", "Judge", "incidents_in", "keys_in"]
