# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges what a storm left behind, from the bodies that the broker confirmed and from nothing else.

Written against the rules, not against the code: it imports nothing of it. Every finding is a sentence.
"""

from __future__ import annotations

import json
import sqlite3
from base64 import b64decode
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .load import DETECTED, FAILED, QUARANTINED, RESTORED

OUTCOMES = {DETECTED: "detected", QUARANTINED: "quarantined", FAILED: "quarantine_failed", RESTORED: "restored"}
Event = Mapping[str, Any]


class Oracle:
    """`source` is the stream's label, `window` the incidents' length in seconds."""

    def __init__(self, events: Sequence[Event], hostile: set[bytes], source: str, window: int) -> None:
        self.events = {str(event["id"]): event for event in events}
        self.hostile = hostile
        self.source = source
        self.window = window
        self.detections: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            if event["event_type_id"] in OUTCOMES:
                key = f"{source}/{event['connector_guid']}/{event['detection_id']}"
                self.detections[key].append(event)

    def judge_file(self, paths: Sequence[Path]) -> Iterator[str]:
        """Every event in the file exactly once, as it was published but for its id, which is text."""
        seen: Counter[str] = Counter()
        for path in paths:
            content = path.read_bytes()
            if not content.isascii() or (content and not content.endswith(b"\n")):
                yield f"{path.name} is torn or not ASCII"
            for line in content.splitlines():
                record = json.loads(line)
                key = record["key"].partition("-")[0]
                seen[key] += 1
                wanted = self.events.get(key)
                if wanted is None:
                    yield f"the file holds {record['key']}, which nobody published"
                elif record["event"] != {**wanted, "id": str(wanted["id"])}:
                    yield f"the file holds another body of {record['key']}"
        yield from self._compare("file", seen)

    def judge_store(self, path: Path) -> Iterator[str]:
        """Every event in the store exactly once; detections and incidents as the rules make them."""
        database = sqlite3.connect(path)
        try:
            seen = Counter(str(key) for (key,) in database.execute("SELECT key FROM event"))
            yield from self._compare("store", seen)
            yield from self._judge_detections(database)
            yield from self._judge_incidents(database)
            (broken,) = database.execute("PRAGMA integrity_check").fetchone()
            if broken != "ok":
                yield f"the database is damaged: {broken}"
        finally:
            database.close()

    def judge_dead_letters(self, path: Path) -> Iterator[str]:
        """Every hostile body is kept whole, and nothing else is."""
        lines = path.read_bytes().splitlines() if path.exists() else []
        kept = {b64decode(json.loads(line)["body"]) for line in lines}
        for body in self.hostile - kept:
            yield f"a hostile body is not among the dead letters: {body[:60]!r}"
        for body in kept - self.hostile:
            yield f"a dead letter was no hostile body: {body[:60]!r}"

    def judge_endpoint(self, documents: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
        """The HTTP sink gets each event at least once, under an id of its own by which its receiver keeps one."""
        yield from self._compare("receiver", Counter(str(one["key"]).partition("-")[0] for one in documents.values()))

    def _compare(self, where: str, seen: Counter[str]) -> Iterator[str]:
        lost = self.events.keys() - seen.keys()
        twice = [key for key, count in seen.items() if count > 1]
        if lost:
            yield f"{len(lost)} events are not in the {where}: {sorted(lost)[:5]}"
        if twice:
            yield f"{len(twice)} events are twice in the {where}: {twice[:5]}"
        if extra := seen.keys() - self.events.keys():
            yield f"{len(extra)} events in the {where} were never published: {sorted(extra)[:5]}"

    def _judge_detections(self, database: sqlite3.Connection) -> Iterator[str]:
        stored = {
            key: json.loads(state)["entries"] for key, state in database.execute("SELECT key, state FROM detection")
        }
        if stored.keys() != self.detections.keys():
            yield f"{len(stored.keys() ^ self.detections.keys())} detections are missing or nobody's"
        for key, entries in stored.items():
            wanted = sorted(event["id"] for event in self.detections.get(key, []))
            if sorted(entry[1] for entry in entries) != wanted:
                yield f"the detection {key} has other events than were published"

    def _judge_incidents(self, database: sqlite3.Connection) -> Iterator[str]:
        """R7: sort by (time, key), the first that is not covered opens a window."""
        stored = {
            (rule, key, start // 10**9): frozenset(json.loads(members) if members else [anchor])
            for rule, key, start, anchor, members in database.execute(
                "SELECT rule, key, start, anchor, members FROM incident"
            )
        }
        wanted = self._incidents()
        for place in wanted.keys() - stored.keys():
            yield f"an incident is missing: {place}"
        for place in stored.keys() - wanted.keys():
            yield f"there is an incident too many: {place}"
        for place in wanted.keys() & stored.keys():
            if wanted[place] != stored[place]:
                yield f"the incident {place} has other detections"

    def _incidents(self) -> dict[tuple[str, str, int], frozenset[str]]:
        made: dict[tuple[str, str, int], set[str]] = {}
        placed = sorted((min(event["timestamp"] for event in events), key) for key, events in self.detections.items())
        for rule in ("same_hash", "same_hash_same_computer", "same_computer"):
            opened: dict[str, int] = {}
            for time, detection in placed:
                first = self.detections[detection][0]
                computer, digest = first["connector_guid"], first["file"]["identity"]["sha256"]
                key = {"same_hash": digest, "same_computer": computer}.get(rule, f"{digest}/{computer}")
                if key not in opened or time >= opened[key] + self.window:
                    opened[key] = time
                    made[rule, key, time] = set()
                made[rule, key, opened[key]].add(detection)
        return {place: frozenset(members) for place, members in made.items()}

    def outcome(self, key: str) -> str:
        """R5: of the decisive events ordered by (time, id), the last one wins."""
        events = sorted(self.detections[key], key=lambda event: (event["timestamp"], event["id"]))
        decisive = [event for event in events if event["event_type_id"] != DETECTED]
        return OUTCOMES[decisive[-1]["event_type_id"]] if decisive else "detected"
