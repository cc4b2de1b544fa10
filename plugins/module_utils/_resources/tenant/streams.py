# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the event streams of a tree with those of a tenant. This file is private to the collection."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..._api.client import Client
from ..._api.errors import Refused
from ..._common.text import quoted
from ..._credentials_file import CredentialsFile
from ..._tenant.changes import Change, Differences
from ..._tenant.documents import Problem
from ..._tenant.groups import GroupBinding, Target
from ..._tenant.references import parse_reference
from ..._tenant.tree import Named, StreamEntry
from ..event_stream.apply import change_stream, create_and_save
from ..event_stream.plan import DesiredStream
from ..event_stream.read import MOST_STREAMS, Settings, Stream, read_streams
from ..event_stream.saved import check_place, file_errors, inspect
from ..event_type.read import event_type_ids
from .read import TenantReading


class StreamWish(NamedTuple):
    """One stream as the tree wants it; None leaves a thing as it is."""

    name: str
    event_types: frozenset[int] | None
    groups: tuple[Target, ...] | None
    current: Stream | None
    credentials_path: str | None

    def settings(self) -> Settings:
        was = self.current.settings if self.current else Settings(self.name)
        return Settings(
            self.name,
            was.event_types if self.event_types is None else self.event_types,
            was.groups if self.groups is None else frozenset(str(target.guid) for target in self.groups),
        )

    def create(self, client: Client) -> None:
        with file_errors():
            create_and_save(client, CredentialsFile(str(self.credentials_path)), self.settings(), read_streams(client))

    def change(self, client: Client) -> None:
        if self.current:
            change_stream(client, self.current, self.settings())


def compare_streams(
    entries: Sequence[StreamEntry],
    reading: TenantReading,
    binding: GroupBinding,
    found: Differences,
    *,
    exclusive: bool,
) -> None:
    """Add what has to change. A new stream needs a place for its credentials, which the cloud shows once."""
    kept: set[str] = set()
    names = _TypeNames(reading)
    for entry in entries:
        current, problem = _find(entry, reading.streams)
        problem = problem or _interrupted(entry)
        if problem:
            found.problems.append(Problem(entry.place, problem))
            continue
        if current:
            kept.add(current.id)
        wish = _wish(entry, current, binding, names, found)
        if wish and current is None:
            _plan_creation(entry, wish, reading, names, found)
        elif wish and current and _differs(wish):
            _plan_change(entry, wish, current, binding, names, found)
    others = [stream for stream in reading.streams if stream.id not in kept]
    counts = Counter(stream.settings.name for stream in reading.streams)
    labels = {stream.id: stream_label(stream, counts) for stream in others}
    if exclusive:
        found.changes += [
            Change("event_streams", labels[one.id], "remove_stream", {"event_streams": {labels[one.id]: {}}}, {}, one)
            for one in others
        ]
    else:
        found.unlisted["event_streams"] = sorted(labels.values())
    _check_room(entries, found, len(reading.streams))


def stream_label(stream: Stream, counts: Mapping[str, int]) -> str:
    """Return how a tree names the stream: its name, with the id where several streams have it."""
    name = stream.settings.name
    return name if counts[name] == 1 and parse_reference(name).id is None else f"{name} [{stream.id}]"


def _check_room(entries: Sequence[StreamEntry], found: Differences, there: int) -> None:
    created = [change for change in found.changes if change.action == "create_stream"]
    if created and there + len(created) > MOST_STREAMS:
        text = (
            f"the tenant has {there} event streams and the tree adds {len(created)}; {MOST_STREAMS} are the most it may"
            " have. Delete one that is not consumed any more"
        )
        found.problems.append(Problem(created[-1].place or entries[-1].place, text))


def _find(entry: StreamEntry, streams: Sequence[Stream]) -> tuple[Stream | None, str]:
    """Return the stream that is meant, or what is wrong. A name may end like an id, so it is tried as a whole first."""
    reference = parse_reference(entry.key)
    named = [stream for stream in streams if stream.settings.name == entry.key]
    if not named and reference.id:
        named = [stream for stream in streams if stream.id == reference.id]
    if len(named) > 1:
        labels = ", ".join(quoted(f"{entry.key} [{stream.id}]") for stream in named)
        return None, f"{len(named)} event streams are named {quoted(entry.key)}: give one of {labels}"
    if not named and reference.id:
        return None, f"the tenant has no event stream with the id {reference.id}"
    return (named[0] if named else None), ""


def _interrupted(entry: StreamEntry) -> str:
    """Say so where a run was killed between creating the stream and saving its password: its note is there (R21)."""
    note = f"{entry.credentials_path}.pending"
    if not entry.credentials_path or not os.path.exists(note):
        return ""
    return (
        f"{note}: an interrupted run was creating this event stream. The module event_stream, with this name and"
        " credentials_path, finds out what became of it"
    )


def _wish(
    entry: StreamEntry, current: Stream | None, binding: GroupBinding, names: _TypeNames, found: Differences
) -> StreamWish | None:
    problems = len(found.problems)
    types = None
    if entry.event_types is not None:
        types = frozenset(names.resolve(name, found) for name in entry.event_types)
    groups = None
    if entry.groups is not None:
        targets = [binding.find(*name, found.problems) for name in entry.groups]
        groups = tuple(target for target in targets if target)
    if len(found.problems) > problems:
        return None
    name = current.settings.name if current else entry.key
    return StreamWish(name, types, groups, current, entry.credentials_path)


def _differs(wish: StreamWish) -> bool:
    is_new = any(target.guid is None for target in wish.groups or ())
    return wish.current is not None and (is_new or wish.settings() != wish.current.settings)


def _plan_creation(
    entry: StreamEntry, wish: StreamWish, reading: TenantReading, names: _TypeNames, found: Differences
) -> None:
    if not entry.credentials_path:
        text = "the event stream is not there, and the password of a new one is shown once: say where it goes with"
        found.problems.append(Problem(entry.place, f"{text} credentials_path"))
        return
    try:
        file = CredentialsFile(entry.credentials_path)
        check_place(file, allow_ephemeral=False)
        desired = DesiredStream(name=wish.name, credentials_path=entry.credentials_path)
        inspect(file, desired, reading.streams, reading.client.options.api_host)
    except Refused as error:
        found.problems.append(Problem(entry.place, str(error).removesuffix(" Nothing was changed.").rstrip(".")))
        return
    after = _shown(wish.event_types or frozenset(), [target.label for target in wish.groups or ()], names)
    found.changes.append(
        Change(
            "event_streams",
            entry.key,
            "create_stream",
            {},
            {"event_streams": {entry.key: {**after, "credentials_path": entry.credentials_path}}},
            wish,
            entry.place,
            1,
        )
    )


def _plan_change(
    entry: StreamEntry,
    wish: StreamWish,
    current: Stream,
    binding: GroupBinding,
    names: _TypeNames,
    found: Differences,
) -> None:
    was = current.settings
    before = _shown(was.event_types, [binding.index.label(guid) for guid in was.groups], names)
    types = was.event_types if wish.event_types is None else wish.event_types
    labels = before["groups"] if wish.groups is None else [target.label for target in wish.groups]
    after = _shown(types, labels, names)
    keys = [key for key in before if before[key] != after[key]]
    if wish.groups is not None and {target.guid for target in wish.groups} == was.groups:
        keys = [key for key in keys if key != "groups"]
    found.changes.append(
        Change(
            "event_streams",
            entry.key,
            "change_stream",
            {"event_streams": {entry.key: {key: before[key] for key in keys}}},
            {"event_streams": {entry.key: {key: after[key] for key in keys}}},
            wish,
            entry.place,
        )
    )


def _shown(types: frozenset[int], groups: Sequence[str], names: _TypeNames) -> dict[str, list[str]]:
    return {"event_types": sorted(names.name(number) for number in types), "groups": sorted(groups)}


class _TypeNames:
    """Event types by name and id; they are read where a name is needed."""

    def __init__(self, reading: TenantReading) -> None:
        self._reading = reading

    def resolve(self, name: Named, found: Differences) -> int:
        text = name.text.strip()
        if text.isascii() and text.isdigit() and len(text) <= 19:
            return int(text)
        try:
            return event_type_ids(self._reading.event_types, [text])[0]
        except Refused as error:
            problem = str(error).removesuffix(". Nothing was changed.")
            found.problems.append(Problem(name.place, problem))
            return 0

    def name(self, number: int) -> str:
        return next((one.name for one in self._reading.event_types if one.id == number and one.name), str(number))
