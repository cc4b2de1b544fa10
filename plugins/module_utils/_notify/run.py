# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends what is due, and records each message before and after it goes out.

A run that is killed in between does not know whether the target has the message. The next one sends it again and says
so: at least once, with the same id and revision (R13).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._common.text import Secrets, printable
from .ledger import Ledger, Message, due, offer, settle, tidy
from .notification import Notification, Record, digest_of, notification_of
from .target import NotSent, Post, Target

OUTCOMES = ("sent", "updated", "sent_again", "waiting", "not_sent")
GIVEN_UP_AFTER = 3
"""So many refusals one after the other end a target's turn: it is down, or refuses everything."""


@dataclass
class Sending:
    """One run. `save` puts the ledger on disk; `pretend` sends and saves nothing."""

    ledger: Ledger
    targets: list[Target]
    post: Post
    save: Callable[[Ledger], None]
    most: int
    pretend: bool
    _tried: Counter[str] = field(default_factory=Counter)
    _refused: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._secrets = Secrets(secret for target in self.targets for secret in target.secrets)

    def run(self, records: Iterable[Record], now: int) -> list[dict[str, Any]]:
        """Send, and return what became of each message."""
        offer(self.ledger, records, self.targets, now)
        tidy(self.ledger, self.targets, now)
        messages = due(self.ledger, self.targets)
        if not self.pretend and messages:
            self.save(self.ledger)
        rows = [self._send(message) for message in messages]
        if not self.pretend:
            for entry in self.ledger.values():
                settle(entry)
            self.save(self.ledger)
        return rows

    def _send(self, message: Message) -> dict[str, Any]:
        name = message.target.name
        if self._refused[name] >= GIVEN_UP_AFTER:
            return self._row(message, "waiting", f"{name} refused {GIVEN_UP_AFTER} messages one after the other")
        if self._tried[name] >= self.most:
            return self._row(message, "waiting", f"{self.most} messages a run")
        self._tried[name] += 1
        outcome = "sent_again" if message.told.state == "sending" else "updated" if message.update else "sent"
        if self.pretend:
            return self._row(message, outcome, "")
        row = self._row(message, outcome, "")
        try:
            row["detail"] = self._deliver(message)
        except NotSent as error:
            self._refused[name] += 1
            told = message.told
            told.state, told.tries = "waiting", told.tries + 1
            told.reason = printable(self._secrets.mask(str(error).strip()), 300)
            row |= {"outcome": "not_sent", "detail": told.reason}
        else:
            self._refused[name] = 0
        self.save(self.ledger)
        return row

    def _deliver(self, message: Message) -> str:
        """Send a message and note that it was taken; return a remark. Raises NotSent."""
        target, record, told = message
        made = _notification(message)
        told.state = "sending"
        self.save(self.ledger)
        result = self.post(target.type.MODULE, target.type.arguments(made, target.options))
        reference = target.type.accepted(result)
        refused = reference.pop("refused", "")
        told.revision, told.digest = record["revision"], digest_of(record)
        told.reference = told.reference or reference
        told.state, told.tries, told.reason = "sent", 0, ""
        return printable(f"refused for {refused}", 300) if refused else ""

    def _row(self, message: Message, outcome: str, detail: str) -> dict[str, Any]:
        made = _notification(message)
        return {
            "target": message.target.name,
            "type": message.target.type.NAME,
            "id": made.id,
            "revision": made.revision,
            "headline": made.headline,
            "outcome": outcome,
            "detail": detail,
        }


def _notification(message: Message) -> Notification:
    target = message.target
    return notification_of(
        message.record,
        update=message.update,
        told=message.told.reference,
        include=target.include_fields,
        exclude=target.exclude_fields,
    )


def counts_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many messages there are of each outcome."""
    counted = Counter(row["outcome"] for row in rows)
    return {outcome: counted[outcome] for outcome in OUTCOMES}


def failure_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the sentence that a run fails with where something was not sent; empty otherwise."""
    failed = [row for row in rows if row["outcome"] == "not_sent"]
    if not failed:
        return ""
    reasons = dict.fromkeys(f"{printable(row['target'], 100)}: {row['detail'].rstrip('.')}" for row in failed)
    count = f"{len(failed)} message{'' if len(failed) == 1 else 's'}"
    return f"{count} not sent, kept for the next run. {'. '.join(list(reasons)[:5])}."
