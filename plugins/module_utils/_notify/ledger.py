# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each target was told, and what it still has to be told. Pure; `ledger_file.py` keeps it.

An incident is kept as a whole until every target has it, so that nothing is lost where its source has it only once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NamedTuple

from .._common.time import SECOND
from .._events.judgement import rank_of
from .notification import Record, Reference, digest_of
from .target import Target

State = Literal["waiting", "sending", "sent"]

KEPT_DAYS = 90
"""A verdict is recalled weeks later (R10); what nobody has spoken of for longer is forgotten."""


@dataclass
class Told:
    """What a target knows of an incident: `revision` 0 is nothing. `sending`: it may have the newest message."""

    revision: int = 0
    digest: str = ""
    reference: Reference = field(default_factory=dict)
    state: State = "waiting"
    tries: int = 0
    reason: str = ""


@dataclass
class Entry:
    """An incident. `record` is there while a target waits for it; `seen` is when it last changed, in seconds."""

    seen: int
    record: Record | None = None
    targets: dict[str, Told] = field(default_factory=dict)


class Message(NamedTuple):
    """A message that is due."""

    target: Target
    record: Record
    told: Told

    @property
    def update(self) -> bool:
        """Say whether the target was told of the incident before."""
        return self.told.revision > 0


Ledger = dict[str, Entry]


def offer(ledger: Ledger, records: Iterable[Record], targets: Iterable[Target], now: int) -> None:
    """Note what each target has to be told. `now` is in nanoseconds.

    A filter decides about the first message only: whoever was told of an incident learns of its end, too.
    """
    targets, seconds = list(targets), now // SECOND
    for record in records:
        known = ledger.get(record["id"], Entry(seconds))
        if known.record is not None and _is_newer(known.record, record):
            record = known.record
        digest, due = digest_of(record), False
        for target in targets:
            told = known.targets.get(target.name)
            if told is None and target.admits(record):
                known.targets[target.name], due = Told(), True
            elif told is not None and told.state == "sent" and _is_news(told, record, digest):
                told.state, told.tries, due = "waiting", 0, True
            elif told is not None and told.state != "sent":
                due = True
        if due:
            known.record, known.seen = record, seconds
            ledger[record["id"]] = known


def _is_newer(known: Record, record: Record) -> bool:
    """Return whether what waits says as much as what is offered: the same may come from two sources."""
    return known["revision"] > record["revision"] or digest_of(known) == digest_of(record)


def _is_news(told: Told, record: Record, digest: str) -> bool:
    return record["revision"] >= told.revision and digest != told.digest


def tidy(ledger: Ledger, targets: Iterable[Target], now: int) -> None:
    """Forget what is old, who is no target any more, and what a target would not be told of today."""
    wanted = {target.name: target for target in targets}
    for id_, entry in list(ledger.items()):
        for name, told in list(entry.targets.items()):
            if told.state == "sent":
                continue
            target = wanted.get(name)
            unwanted = told.revision == 0 and told.state == "waiting"
            if target is None or (unwanted and entry.record is not None and not target.admits(entry.record)):
                del entry.targets[name]
        settle(entry)
        if not entry.targets or entry.seen < now // SECOND - KEPT_DAYS * 86400:
            del ledger[id_]


def settle(entry: Entry) -> None:
    """Drop the record once every target has it."""
    if all(told.state == "sent" for told in entry.targets.values()):
        entry.record = None


def due(ledger: Ledger, targets: Iterable[Target]) -> list[Message]:
    """Return the messages to send: the worst first, but what failed before after what was not tried."""
    by_name = {target.name: target for target in targets}
    found = [
        Message(by_name[name], entry.record, told)
        for entry in ledger.values()
        for name, told in entry.targets.items()
        if entry.record is not None and told.state != "sent" and name in by_name
    ]
    return sorted(found, key=_order)


def _order(message: Message) -> tuple[int, int, str, str, str]:
    record = message.record
    rank = rank_of(record["needs_person"], record["severity"])
    return message.told.tries, rank, record["first_time"] or "", record["id"], message.target.name


def as_json(ledger: Ledger) -> dict[str, Any]:
    """Return the ledger as it is kept."""
    return {id_: asdict(entry) for id_, entry in ledger.items()}


def from_json(kept: Mapping[str, Any]) -> Ledger:
    """Return the ledger that `as_json` made. Raises ValueError, TypeError or LookupError for anything else."""
    return {
        id_: Entry(entry["seen"], entry["record"], {name: Told(**told) for name, told in entry["targets"].items()})
        for id_, entry in kept.items()
    }
