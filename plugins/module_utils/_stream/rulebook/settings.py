# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of the event source, judged as a whole before anything is connected. Errors name the argument.

`DEFAULTS` is the one place where defaults stand; the plugin's documentation and its JSON schema are checked against it.
Values may come out of templates, so an empty text counts as not given and numbers and booleans may be texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from ..._common.host_patterns import HostPatterns
from ..._common.ids import is_guid
from ..._common.text import printable
from ..._events.event_types import EVENT_TYPES
from ..._events.incidents import RULES
from ..._events.judgement import SEVERITIES
from ..broker.settings import KEYS as STREAM_KEYS
from ..broker.settings import StreamSettings
from ..errors import SettingsError
from ..options import Options
from ..pipeline.correlation import GroupingSettings
from ..sections import DAY, GROUPING_DEFAULTS, lateness_of, one_stream_settings, streams_settings, window_of
from ..sinks.selection import Selection
from ..store.store import Kind
from .form import LABEL
from .response import ACTIONS, RULE_OF, ResponseSettings

KINDS: tuple[Kind, ...] = get_args(Kind)

DEFAULTS: Mapping[str, Any] = {
    "streams": None,
    "kinds": ["event"],
    "event_types": [],
    "severities": [],
    "groups": [],
    "skip_backlog": False,
    "untrusted": False,
    "feedback": False,
    "feedback_timeout": 60,
    "state_dir": None,
    "respond": [],
    "act": False,
    "respond_severity": "Medium",
    "exclude_groups": [],
    "exclude_hosts": [],
    "max_actions_per_hour": 10,
    "block_computers": 3,
    **{key: value for key, value in GROUPING_DEFAULTS.items() if key != "tell_final"},
}
KEYS = frozenset(DEFAULTS) | (STREAM_KEYS - {"prefetch"})
FROM_THE_ENGINE = "eda_feedback_queue"

_PREFETCH = 100  # what is on its way from the broker while the rule engine works; with feedback one, see source.py


@dataclass(frozen=True)
class SourceSettings:
    """What one source of a rulebook does. `correlate`: detections or incidents are wanted, so there is a store.

    `response` is None where the source proposes no automatic response.
    """

    streams: Sequence[StreamSettings]
    selection: Selection
    skip_backlog: bool
    untrusted: bool
    feedback: bool
    feedback_timeout: int
    state_dir: str | None
    grouping: GroupingSettings
    response: ResponseSettings | None

    @property
    def correlate(self) -> bool:
        return self.selection.kinds != {"event"}


def source_settings(arguments: Mapping[str, Any]) -> SourceSettings:
    """Judge the arguments of the rulebook. Raises SettingsError."""
    given = {key: value for key, value in arguments.items() if key != FROM_THE_ENGINE}
    options = Options("", given, {**dict.fromkeys(KEYS), **DEFAULTS}, texts=True)
    feedback = options.flag("feedback")
    kinds: Any = options.choices("kinds", KINDS)
    rules: Any = options.choices("rules", RULES)
    state_dir = options.optional_text("state_dir")
    if not state_dir and (feedback or kinds != ["event"]):
        why = (
            "detections and incidents are kept in it" if kinds != ["event"] else "feedback keeps its dead letters there"
        )
        raise SettingsError(f"state_dir: is missing: {why}; give a folder that outlives this process")
    grouping = GroupingSettings(
        rules=rules,
        window=window_of(options),
        lateness=lateness_of(options),
        idle_after=options.number("idle_after_seconds", 1, 30 * DAY),
    )
    return SourceSettings(
        streams=[replace(one, prefetch=1 if feedback else _PREFETCH) for one in _streams(given)],
        selection=Selection(
            kinds=frozenset(kinds),
            event_types=frozenset(map(_event_type, options.values("event_types"))),
            severities=frozenset(options.choices("severities", SEVERITIES, may_be_empty=True)),
            groups=frozenset(_guid(one, "groups") for one in options.values("groups")),
        ),
        skip_backlog=options.flag("skip_backlog"),
        untrusted=options.flag("untrusted"),
        feedback=feedback,
        feedback_timeout=options.number("feedback_timeout", 1, DAY),
        state_dir=state_dir,
        grouping=grouping,
        response=_response(options, kinds, grouping),
    )


def _response(options: Options, kinds: Sequence[Kind], grouping: GroupingSettings) -> ResponseSettings | None:
    """Judge the brakes of the automatic response (R18). They are judged without `respond`, too."""
    patterns = options.texts("exclude_hosts")
    try:
        exclude_hosts = HostPatterns(patterns)
    except ValueError as error:
        raise SettingsError(f"exclude_hosts: {error}") from None
    actions: Any = options.choices("respond", ACTIONS, may_be_empty=True)
    settings = ResponseSettings(
        actions=frozenset(actions),
        act=options.flag("act"),
        severity=options.choice("respond_severity", SEVERITIES),
        exclude_groups=frozenset(_guid(one, "exclude_groups") for one in options.values("exclude_groups")),
        exclude_hosts=exclude_hosts,
        host_patterns=patterns,
        max_actions_per_hour=options.number("max_actions_per_hour", 1, 100_000),
        block_computers=options.number("block_computers", 1, 1_000_000),
        window_seconds=grouping.window,
    )
    if not actions:
        if settings.act:
            raise SettingsError("act: is true, but respond is empty; name what the source may ask for in respond")
        return None
    needed = {"isolate": {"detection", "incident"}, "block_hash": {"incident"}}
    for action in actions:
        if missing := sorted(needed[action] - set(kinds)):
            raise SettingsError(f"respond: {action} goes by records of kind {' and '.join(missing)}; add them to kinds")
        if RULE_OF[action] not in grouping.rules:
            raise SettingsError(f"respond: {action} goes by incidents of {RULE_OF[action]}; add it to rules")
    return settings


def _streams(given: Mapping[str, Any]) -> list[StreamSettings]:
    """One stream by its own arguments, or several as a list."""
    own = {key: value for key, value in given.items() if key in STREAM_KEYS and value not in (None, "")}
    several = given.get("streams")
    if several in (None, ""):
        streams = [one_stream_settings(own, "the source")]
    elif own:
        raise SettingsError(f"streams and {', '.join(sorted(own))} exclude each other: name each stream in streams")
    elif not isinstance(several, list) or not several or not all(isinstance(one, Mapping) for one in several):
        raise SettingsError("streams: must be a list of objects with one at least")
    else:
        streams = streams_settings([{key: value for key, value in one.items() if value != ""} for one in several])
    for place, one in enumerate(streams):
        if one.source is not None and not LABEL.fullmatch(one.source):
            where = f"streams[{place}]" if several else "the source"
            raise SettingsError(f"{where}.source: use letters, digits and . _ : / % @ - only; rules compare with it")
    return streams


def _event_type(wanted: object) -> int:
    """By id, or by the product's name of it in any case."""
    text = str(wanted)
    if not isinstance(wanted, bool) and text.isascii() and text.isdigit() and 0 < int(text) < 2**64:
        return int(text)
    named = [one.id for one in EVENT_TYPES.values() if one.name.casefold() == text.casefold()]
    if len(named) != 1:
        raise SettingsError(f"event_types: {printable(wanted)!r} is no id and no known name; give the type's id")
    return named[0]


def _guid(wanted: object, option: str) -> str:
    guid = str(wanted).lower()
    if not is_guid(guid):
        raise SettingsError(f"{option}: {printable(wanted)!r} is no GUID; events name groups by GUID only")
    return guid
