# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read objects of the controller into the words of `Wanted`: names where the API has ids.

`Query` does the reading, through the lookup plugin of the installed collection. Private to the collection.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .kinds import KINDS, Kind
from .plan import Current, Wanted

Query = Callable[[str, Mapping[str, Any]], list[dict[str, Any]]]
"""Takes an endpoint and filters; returns every object of the answer."""


class Found(NamedTuple):
    """The objects of one name: `here` in the scope that is wanted, `elsewhere` the organizations of others."""

    here: list[Current]
    elsewhere: list[str]


class Reader:
    """Reads objects; what names an object is asked for once."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._names: dict[tuple[str, Any], str] = {}

    def find(self, wanted: Wanted) -> Found:
        """Return the objects that have the name of `wanted`."""
        kind = KINDS[wanted.kind]
        here: list[Current] = []
        elsewhere: list[str] = []
        for record in self._query(kind.endpoint, {kind.name: wanted.name}):
            scope = {setting: self._related(kind, record, setting) for setting in wanted.scope}
            if scope == wanted.scope:
                here.append(self._current(wanted, kind, record))
            elif "organization" in kind.scope and scope["organization"] != wanted.scope.get("organization"):
                elsewhere.append(f"the organization {scope['organization'] or '(none)'}")
        return Found(here, elsewhere)

    def users_of(self, credential_type: str) -> list[str]:
        """Return the names of the credentials of a type."""
        found = self._query("credentials", {"credential_type__name": credential_type})
        return [str(record["name"]) for record in found]

    def _current(self, wanted: Wanted, kind: Kind, record: Mapping[str, Any]) -> Current:
        return Current(
            {setting: self._setting(kind, record, setting, wanted.settings[setting]) for setting in wanted.settings},
            str(record.get("description") or ""),
            any((record.get("inputs") or {}).values()) if wanted.kind == "credential" else False,
            self.users_of(wanted.name) if wanted.kind == "credential_type" else (),
        )

    def _setting(self, kind: Kind, record: Mapping[str, Any], setting: str, wanted: Any) -> Any:
        if setting in kind.relations:
            return self._related(kind, record, setting)
        if setting in kind.lists:
            return [member[kind.lists[setting]] for member in self._query(f"{record['url']}{setting}/", {})]
        if setting == "survey_spec":
            (survey,) = self._query(f"{record['url']}survey_spec/", {})
            return survey
        if setting == "approval_node":
            return self._approval(record, wanted)
        if setting in kind.texts:
            return _of_text(record.get(setting))
        if setting == "scm_type":
            return record.get(setting) or "manual"
        return record.get(setting)

    def _approval(self, record: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any] | None:
        where = (record.get("related") or {}).get("unified_job_template")
        (approval,) = self._query(where, {}) if where else [{}]
        return {key: approval.get(key) for key in wanted}

    def _related(self, kind: Kind, record: Mapping[str, Any], setting: str) -> str | None:
        identifier = record.get(setting)
        if identifier is None:
            return None
        key = (kind.relations[setting], identifier)
        if key not in self._names:
            found = self._query(key[0], {"id": identifier})
            self._names[key] = str(found[0]["name"]) if found else str(identifier)
        return self._names[key]


def _of_text(text: object) -> Any:
    """Return what a text of JSON says; YAML that a person wrote on the page stays a text, which differs."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text) if text.strip() not in ("", "---") else {}
    except ValueError:
        return text
