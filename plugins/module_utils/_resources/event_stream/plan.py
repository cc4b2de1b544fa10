# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan what has to be done to an event stream: compare values, without a request and without a file.

This file is private to the collection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from ..._api.errors import Refused
from .._shared.plan import Call, Plan
from .read import (
    MOST_STREAMS,
    PATH,
    Settings,
    Stream,
)


class Action(Enum):
    """The one thing that a plan does to the stream; the file follows it."""

    NOTHING = "nothing"
    CREATE = "create"
    CHANGE = "change"
    RECREATE = "recreate"
    RECREATE_IN_PLACE = "recreate in place"  # the old one goes first, for there is no room for both
    DELETE = "delete"


class Saved(Enum):
    """What the credentials file is for the stream that is there."""

    NOT_ASKED = "not asked"
    ABSENT = "absent"
    PRESENT = "present"
    OPEN_TO_OTHERS = "present, open to others"
    FORMER_NAME = "present, under a former name"
    NOT_RENAMED = "absent, left complete by a run that was stopped"
    OUTDATED = "present, of a stream that is gone"


MISSING = frozenset({Saved.ABSENT, Saved.OUTDATED})


@dataclass(frozen=True)
class DesiredStream:
    """What the task asks for; None leaves a thing as it is."""

    name: str | None = None
    stream_id: str | None = None
    event_types: frozenset[int] | None = None
    groups: frozenset[str] | None = None
    credentials_path: str | None = None
    return_credentials: bool = False
    on_missing_credentials: str = "fail"

    def settings(self, current: Stream | None) -> Settings:
        was = current.settings if current else Settings(self.name or "")
        return Settings(
            self.name or was.name,
            was.event_types if self.event_types is None else self.event_types,
            was.groups if self.groups is None else self.groups,
        )


class Names(NamedTuple):
    """The names of event types and groups, for the diff: an id stands where the name is not known."""

    event_types: Mapping[int, str]
    groups: Mapping[str, str]


@dataclass(frozen=True)
class StreamPlan(Plan):
    """A plan with what applying it needs. `orphan`: a stream of a run that was killed, whose password nobody knows."""

    action: Action = Action.NOTHING
    settings: Settings = field(default_factory=lambda: Settings(""))
    current: Stream | None = None
    orphan: Stream | None = None


def find(desired: DesiredStream, streams: Sequence[Stream]) -> Stream | None:
    """Return the stream that is meant: the id decides, else the name, which must be unique (R23)."""
    if desired.stream_id is not None:
        return next((stream for stream in streams if stream.id == desired.stream_id), None)
    named = [stream for stream in streams if stream.settings.name == desired.name]
    if len(named) > 1:
        raise Refused(
            f'{len(named)} event streams are named "{desired.name}": say which one with stream_id'
            f" ({', '.join(stream.id for stream in named)}). Nothing was changed."
        )
    return named[0] if named else None


def plan_present(
    desired: DesiredStream,
    streams: Sequence[Stream],
    saved: Saved,
    names: Names,
    orphan: Stream | None = None,
) -> StreamPlan:
    """Compare what is wanted with what is there.

    `streams` is without the orphan. Raises Refused where a sixth stream would be needed (api-contract 7), where the
    password of a new stream would go nowhere, and where that of an existing one is missing and the task says "fail".
    """
    current = find(desired, streams)
    if current is None:
        _check_creation(desired, streams)
        action = Action.CREATE
    elif saved in MISSING and desired.on_missing_credentials == "recreate":
        action = Action.RECREATE if len(streams) < MOST_STREAMS else Action.RECREATE_IN_PLACE
    elif saved in MISSING and desired.on_missing_credentials == "fail":
        raise Refused(
            f"{desired.credentials_path}: the credentials of the event stream {current} are missing, and the cloud"
            " shows a password only once."
            " on_missing_credentials=recreate makes a new stream of the same settings in its place (events that wait"
            " in its queue are lost), warn leaves it. Nothing was changed."
        )
    else:
        action = Action.NOTHING if desired.settings(current) == current.settings else Action.CHANGE
    return _plan(action, desired.settings(current), current, orphan, saved, names)


def plan_absent(desired: DesiredStream, streams: Sequence[Stream], saved: Saved) -> StreamPlan:
    """Plan to remove the stream and its credentials file; what is gone already is fine."""
    current = find(desired, streams)
    there = {} if saved in (Saved.NOT_ASKED, Saved.ABSENT) else {"credentials": "present"}
    if current is None:
        after = {"credentials": "absent"} if there else None
        return StreamPlan(before=there or None, after=after, action=Action.NOTHING)
    return StreamPlan(
        before={**current.as_record(), **there},
        after=None,
        calls=(Call("DELETE", current.path),),
        action=Action.DELETE,
        current=current,
    )


def _check_creation(desired: DesiredStream, streams: Sequence[Stream]) -> None:
    if desired.stream_id is not None:
        there = ", ".join(map(str, streams)) or "none"
        raise Refused(
            f"There is no event stream with the id {desired.stream_id} (there are: {there}). The cloud gives out the"
            " ids: leave stream_id out to create one. Nothing was changed."
        )
    if not (desired.credentials_path or desired.return_credentials):
        raise Refused(
            f'The event stream "{desired.name}" is not there, and the password of a new one is shown only once: say'
            " where it goes with credentials_path, or with return_credentials=true under no_log. Nothing was changed."
        )
    if len(streams) >= MOST_STREAMS:
        raise Refused(
            f"The tenant has {len(streams)} event streams, and {MOST_STREAMS} are the most it may have:"
            f" {', '.join(map(str, streams))}. Delete one that is not consumed any more. Nothing was changed."
        )


def _plan(
    action: Action, settings: Settings, current: Stream | None, orphan: Stream | None, saved: Saved, names: Names
) -> StreamPlan:
    makes_new = action in (Action.CREATE, Action.RECREATE, Action.RECREATE_IN_PLACE)
    identity = {} if makes_new or current is None else {"id": current.id}
    credentials = {} if saved is Saved.NOT_ASKED else {"credentials": saved.value}
    kept = {} if saved is Saved.NOT_ASKED else {"credentials": _saved_after(saved, makes_new)}
    return StreamPlan(
        before={**current.as_record(), **credentials} if current else None,
        after={**identity, **settings.as_record(), **kept},
        calls=_calls(action, settings, current, orphan),
        diff_before={**_readable(current.settings, names), **credentials} if current else credentials,
        diff_after={**_readable(settings, names), **kept},
        action=action,
        settings=settings,
        current=current,
        orphan=orphan,
    )


def _saved_after(saved: Saved, makes_new: bool) -> str:
    if makes_new or saved in (Saved.NOT_RENAMED, Saved.FORMER_NAME):
        return "written"
    return "present" if saved is Saved.OPEN_TO_OTHERS else saved.value


def _calls(action: Action, settings: Settings, current: Stream | None, orphan: Stream | None) -> tuple[Call, ...]:
    create = Call("POST", PATH, settings.body())
    calls = [Call("DELETE", orphan.path)] if orphan else []
    if action is Action.CREATE:
        calls += [create]
    elif current and action is Action.RECREATE:
        calls += [create, Call("DELETE", current.path)]
    elif current and action is Action.RECREATE_IN_PLACE:
        calls += [Call("DELETE", current.path), create]
    elif current and action is Action.CHANGE:
        calls += [Call("PATCH", current.path, changes(current.settings, settings))]
    return tuple(calls)


def changes(was: Settings, wanted: Settings) -> dict[str, Any]:
    """Return the body of a PATCH: what differs only; an empty list means all (api-contract 7)."""
    body: dict[str, Any] = {}
    if wanted.name != was.name:
        body["name"] = wanted.name
    if wanted.event_types != was.event_types:
        body["event_type"] = sorted(wanted.event_types)
    if wanted.groups != was.groups:
        body["group_guid"] = sorted(wanted.groups)
    return body


def _readable(settings: Settings, names: Names) -> dict[str, Any]:
    """Return the settings for the diff, with names where they are known and the word "all"."""
    types = sorted(names.event_types.get(number, str(number)) for number in settings.event_types)
    groups = sorted(names.groups.get(guid, guid) for guid in settings.groups)
    return {"name": settings.name, "event_types": types or "all", "groups": groups or "all"}
