# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read event streams. This file is private to the collection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..._api.client import Client
from .._shared.shapes import Digits, Shape
from .._shared.tenant import Tenant

PATH = "/v1/event_streams"
STREAM = Shape(
    needed={"id": Digits, "name": str},
    optional={"event_types": [Digits], "group_guids": [str], "amqp_credentials": dict},
)
MOST_STREAMS = 5  # active ones of a tenant (api-contract 7)
# What a consumer needs and may be seen. Older clouds also show the password (api-contract 7): it is dropped here.
SHOWN_CREDENTIALS = ("user_name", "queue_name", "host", "port", "proto")


class Settings(NamedTuple):
    """What makes two streams the same but for their ids and passwords. No event types or groups: all of them."""

    name: str
    event_types: frozenset[int] = frozenset()
    groups: frozenset[str] = frozenset()

    def body(self) -> dict[str, Any]:
        """Return the body that creates it: keys are singular there, plural in answers (api-contract 7)."""
        body: dict[str, Any] = {"name": self.name}
        if self.event_types:
            body["event_type"] = sorted(self.event_types)
        if self.groups:
            body["group_guid"] = sorted(self.groups)
        return body

    def as_record(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "event_types": [str(number) for number in sorted(self.event_types)],
            "group_guids": sorted(self.groups),
        }


class Stream(NamedTuple):
    """One event stream. The id is a decimal string; group GUIDs are in lower case."""

    id: str
    settings: Settings
    amqp_credentials: Mapping[str, Any]

    @property
    def path(self) -> str:
        return f"{PATH}/{self.id}"

    def __str__(self) -> str:
        return f'"{self.settings.name}" ({self.id})'

    def as_record(self) -> dict[str, Any]:
        return {"id": self.id, **self.settings.as_record()}


def read_streams(client: Client) -> list[Stream]:
    """Read every stream of the tenant, with one request: there are five at most."""
    return [_parse(record) for record in STREAM.records(client.get(PATH))]


def _parse(record: Mapping[str, Any]) -> Stream:
    types = frozenset(map(int, record.get("event_types") or []))
    groups = frozenset(guid.lower() for guid in record.get("group_guids") or [])
    shown = record.get("amqp_credentials") or {}
    credentials = {name: shown[name] for name in SHOWN_CREDENTIALS if name in shown}
    return Stream(str(int(record["id"])), Settings(record["name"], types, groups), credentials)


def list_streams(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `event_stream_info`: return all streams, or those of a name or an id."""
    streams = [
        stream
        for stream in read_streams(tenant.client)
        if options["name"] in (None, stream.settings.name) and options["stream_id"] in (None, stream.id)
    ]
    records = [{**stream.as_record(), "amqp_credentials": dict(stream.amqp_credentials)} for stream in streams]
    if options["resolve_names"]:
        _add_names(tenant.client, records)
    return {"changed": False, "event_streams": records}


def _add_names(client: Client, records: Iterable[dict[str, Any]]) -> None:
    """Add names beside ids; what has none any more (a deleted group) keeps its id. Reads only what has to be named."""
    # Modules are compiled for each task, so what most tasks do not need is imported by those that do.
    from ..event_type.read import read_event_types
    from ..group.read import read_group_names

    records = list(records)
    types, groups = {}, {}
    if any(record["event_types"] for record in records):
        types = {str(event_type.id): event_type.name for event_type in read_event_types(client)}
    if any(record["group_guids"] for record in records):
        groups = read_group_names(client)
    for record in records:
        record["event_type_names"] = [types.get(number, number) for number in record["event_types"]]
        record["group_names"] = [groups.get(guid, guid) for guid in record["group_guids"]]
