# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every type of sink, and how the options of one become its settings. To add a type, add its module to SINK_TYPES."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from ..._common.text import printable
from ..._events.judgement import SEVERITIES
from ..errors import SettingsError
from ..options import REQUIRED, Options
from ..store.store import Kind
from . import http, json_lines, relay
from .selection import NEEDED_FIELDS, Selection
from .sink import COMMON_DEFAULTS, SinkSettings, SinkType

SINK_TYPES: Mapping[str, SinkType] = {one.NAME: one for one in (json_lines, http, relay)}

_NAME = re.compile(r"[A-Za-z0-9_-]+")


def defaults_of(sink_type: SinkType) -> Mapping[str, Any]:
    """Return every option of a sink of this type with its default, or REQUIRED."""
    return {"name": REQUIRED, "type": REQUIRED, **COMMON_DEFAULTS, **sink_type.DEFAULTS}


def sink_settings(given: Mapping[str, Any], where: str) -> SinkSettings:
    """Judge the options of one sink; `where` is their place for messages ("sinks[0]"). Raises SettingsError."""
    kind = given.get("type")
    sink_type = SINK_TYPES.get(kind) if isinstance(kind, str) else None
    if sink_type is None:
        raise SettingsError(f"{where}.type: {printable(kind)!r} is not one of {', '.join(SINK_TYPES)}")
    options = Options(where, given, defaults_of(sink_type))
    name = options.text("name")
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"{where}.name: use letters, digits, - and _ only; it becomes part of file names and metrics"
        )
    remote = "required" in sink_type.DEFAULTS
    return SinkSettings(
        name=name,
        type=sink_type,
        own=sink_type.parse(options),
        selection=_selection(options),
        oldest=options.choice("from", ("now", "oldest")) == "oldest",
        required=options.flag("required") if remote else True,
        max_lag=options.number("max_lag", 1, 2**40) if remote else 0,
    )


def sinks_settings(given: Sequence[Mapping[str, Any]]) -> list[SinkSettings]:
    """Judge the options of all sinks. Raises SettingsError."""
    sinks = [sink_settings(one, f"sinks[{place}]") for place, one in enumerate(given)]
    if len({sink.name for sink in sinks}) < len(sinks):
        raise SettingsError("sinks: two have the same name; a sink is known by it")
    return sinks


def file_sink(path: str, kinds: Sequence[Kind]) -> SinkSettings:
    """Return the settings of a file of JSON lines that has no name of its own: it is known by its path."""
    where = os.path.abspath(path)
    name = f"{json_lines.NAME}:{where}"
    return SinkSettings(name, json_lines, json_lines.FileSettings(where), Selection(frozenset(kinds)))


def _selection(options: Options) -> Selection:
    excluded = frozenset(options.texts("exclude_fields"))
    if needed := sorted(excluded & NEEDED_FIELDS):
        raise SettingsError(
            f"{options.where}.exclude_fields: {', '.join(needed)} cannot be left out: a record is known by it"
        )
    return Selection(
        exclude_fields=excluded,
        kinds=frozenset(options.choices("kinds", get_args(Kind))),  # type: ignore[arg-type]
        event_types=frozenset(options.numbers("event_types")),
        severities=frozenset(options.choices("severities", SEVERITIES, may_be_empty=True)),
        groups=frozenset(options.texts("groups")),
    )
