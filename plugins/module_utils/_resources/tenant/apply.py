# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apply differences: groups first, then what needs them, removals last. This file is private to the collection.

A change that fails does not stop those that do not need it; after a failure nothing is removed. A refused login or a
used-up hourly limit stops everything: what is left is not tried, and the next run does it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..._api.concurrency import HOPELESS, for_each
from ..._api.errors import ApiError, NotFound
from ..._tenant.changes import Change
from ..._tenant.groups import Target
from .._shared.bulk import ItemResult
from ..computer.move import Move, move_each
from ..computer.read import Computer, read_computer
from ..event_stream.apply import delete_stream
from ..file_list.apply import EntryWriter
from .apply_groups import GroupWriter
from .read import TenantReading
from .streams import StreamWish

OUTCOMES = {
    "create": "created",
    "move": "moved",
    "set_policies": "policies_set",
    "add_entry": "added",
    "redescribe_entry": "description_updated",
    "move_computer": "moved",
    "create_stream": "created",
    "change_stream": "changed",
    "remove_entry": "removed",
    "remove_stream": "removed",
    "remove": "removed",
}
"""What each action makes of its item, in the order in which they are taken."""
TOGETHER = ("set_policies", "add_entry", "redescribe_entry", "move_computer", "remove_entry")
REMOVALS = ("remove_entry", "remove_stream", "remove")
Done = list[tuple[Change, ItemResult]]


class Applier:
    """Makes the changes of one task. `done` has what became of each, `errors` why some failed."""

    def __init__(self, reading: TenantReading, changes: Sequence[Change]) -> None:
        self._client = reading.client
        self._changes = changes
        self._bulk = len(changes) > 1
        self._groups = GroupWriter(reading, bulk=self._bulk)
        self.done: Done = []
        self.errors: list[ApiError] = []

    def run(self) -> None:
        """Make the changes, and look whether those of groups show (R26)."""
        self._take([action for action in OUTCOMES if action not in REMOVALS])
        self.errors += self._groups.unseen()
        self._take(REMOVALS)

    def _take(self, actions: Sequence[str]) -> None:
        for action in actions:
            changes = [change for change in self._changes if change.action == action]
            if action in TOGETHER:
                self._act(action, changes)
            else:
                for change in changes:
                    self._act(action, [change])

    def _act(self, action: str, changes: Sequence[Change]) -> None:
        """Take the same action for some changes; leave out those whose groups could not be made."""
        hopeless = any(isinstance(error, HOPELESS) for error in self.errors) or (action in REMOVALS and self.errors)
        is_ready = [not hopeless and all(target.guid for target in _needs(one)) for one in changes]
        ready = [one for one, is_so in zip(changes, is_ready, strict=True) if is_so]
        self._skip([one for one, is_so in zip(changes, is_ready, strict=True) if not is_so])
        if action == "move_computer":
            self._move_computers(ready)
            return
        call: Callable[[Change], str | None] = getattr(self, f"_{action}")
        for attempt in for_each(ready, call, workers=self._client.options.concurrency):
            self._note(attempt.item, attempt.value, attempt.error, tried=attempt.tried)

    def _note(self, change: Change, outcome: str | None, error: ApiError | None, *, tried: bool = True) -> None:
        if error:
            self.errors.append(error)
            result = ItemResult(change.item, "failed", str(error))
        elif tried:
            result = ItemResult(change.item, outcome or OUTCOMES[change.action])
        else:
            result = ItemResult(change.item, "not_tried")
        self.done.append((change, result))

    def _skip(self, changes: Sequence[Change]) -> None:
        self.done += [(change, ItemResult(change.item, "not_tried")) for change in changes]

    def _create(self, change: Change) -> None:
        self._groups.create(*change.subject)

    def _move(self, change: Change) -> None:
        self._groups.move(*change.subject)

    def _set_policies(self, change: Change) -> None:
        self._groups.set_policies(*change.subject)

    def _remove(self, change: Change) -> None:
        self._groups.remove(change.subject, change.item)

    def _add_entry(self, change: Change) -> str:
        file_list, entry = change.subject
        return EntryWriter(self._client, file_list.guid, self._bulk).add(entry)

    def _redescribe_entry(self, change: Change) -> str:
        file_list, entry = change.subject
        return EntryWriter(self._client, file_list.guid, self._bulk).redescribe(entry)

    def _remove_entry(self, change: Change) -> str:
        file_list, entry = change.subject
        return EntryWriter(self._client, file_list.guid, self._bulk).remove(entry)

    def _move_computers(self, changes: Sequence[Change]) -> None:
        wanted = {change.subject[0].guid: change for change in changes}
        moves = [(Computer(one.guid, one.hostname, {}), target.guid) for one, target in (c.subject for c in changes)]
        for move in move_each(self._client, moves, bulk=self._bulk):
            change = wanted[move.computer.guid]
            if self._vanished(move):
                detail = "the computer was removed in the meantime"
                self.done.append((change, ItemResult(change.item, "vanished", detail)))
            else:
                self._note(change, None, move.error, tried=move.outcome != "not_tried")

    def _vanished(self, move: Move) -> bool:
        """Look whether a computer is gone: a 404 may also mean that the group is, or that the client may not write."""
        if not isinstance(move.error, NotFound):
            return False
        try:
            return read_computer(self._client, move.computer.guid) is None
        except ApiError:
            return False

    def _create_stream(self, change: Change) -> None:
        wish: StreamWish = change.subject
        wish.create(self._client)

    def _change_stream(self, change: Change) -> None:
        wish: StreamWish = change.subject
        wish.change(self._client)

    def _remove_stream(self, change: Change) -> None:
        delete_stream(self._client, change.subject.id)


def _needs(change: Change) -> list[Target]:
    """Return the groups that have to be there before the change."""
    if change.action == "create":
        parents: list[Target] = [change.subject[2]] if change.subject[2] else []
        return parents
    if change.action == "move":
        return [one for one in change.subject[:2] if one is not None]
    if change.action == "move_computer":
        return [change.subject[1]]
    if change.action in ("create_stream", "change_stream"):
        return list(change.subject.groups or ())
    return []
