# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""/v1/event_streams (api-contract 7): plural keys in answers, singular ones in requests, five a tenant."""

from __future__ import annotations

import secrets
from typing import Any

from _events.event_types import EVENT_TYPES
from flask import Blueprint, Response

from ..cloud import cloud
from ..tenant.event_streams import EventStream
from ..web.envelope import Problem, answer, page, unpaged
from ..web.parameters import MAXIMUM_LIMIT, Body, Query, is_guid

blueprint = Blueprint("event_streams", __name__)

LIMIT = 5
FIELDS = ("name", "event_type", "group_guid")


@blueprint.get("/v1/event_streams")
def list_event_streams() -> Response:
    """Every stream, without its password."""
    Query(paged=False)
    found = [shown(stream) for stream in cloud().tenant.event_streams.values()]
    if not cloud().switches["event_stream_results"]:
        return unpaged(found, results=False)
    return page(found, total=len(found), count=len(found), offset=0, limit=MAXIMUM_LIMIT)


@blueprint.get("/v1/event_streams/<int:stream_id>")
def show_event_stream(stream_id: int) -> Response:
    """One stream, without its password."""
    Query(paged=False)
    return answer(shown(_find(stream_id)))


@blueprint.post("/v1/event_streams")
def create_event_stream() -> Response:
    """Make user, queue and bindings; the only answer that tells the password."""
    here = cloud()
    body = Body(*FIELDS)
    (name,) = body.required("name")
    types, groups = _types(body), _groups(body)
    _check_name(name, None)
    if len(here.tenant.event_streams) >= LIMIT:
        raise Problem(here.switches["event_stream_limit_status"], here.switches["event_stream_limit_text"])
    stream = EventStream(
        id=here.tenant.next_stream_id,
        name=name,
        user_name=f"{here.tenant.next_stream_id}-{secrets.token_hex(10)}",
        password=secrets.token_hex(20),
        event_types=types,
        group_guids=groups,
    )
    here.broker.add(stream, here.tenant.business_guid)
    here.tenant.next_stream_id += 1
    here.tenant.event_streams[stream.id] = stream
    return answer(shown(stream, password=True), here.switches["event_stream_create_status"])


@blueprint.patch("/v1/event_streams/<int:stream_id>")
def change_event_stream(stream_id: int) -> Response:
    """Change what was sent; the queue with its events, the user and the password stay."""
    here = cloud()
    stream = _find(stream_id)
    body = Body(*FIELDS)
    if "name" in body:
        (name,) = body.required("name")
        _check_name(name, stream)
        stream.name = name
    types = _types(body) if "event_type" in body else stream.event_types
    groups = _groups(body) if "group_guid" in body else stream.group_guids
    here.broker.rebind(stream, here.tenant.business_guid, types, groups)
    stream.event_types, stream.group_guids = types, groups
    shows = here.switches["event_stream_patch_body"]
    return answer(shown(stream) if shows else {}, here.switches["event_stream_patch_status"])


@blueprint.delete("/v1/event_streams/<int:stream_id>")
def delete_event_stream(stream_id: int) -> Response:
    """Remove user, queue and bindings; whoever is connected is thrown out."""
    here = cloud()
    stream = _find(stream_id)
    here.broker.remove(stream)
    del here.tenant.event_streams[stream_id]
    return answer({}, here.switches["event_stream_delete_status"])


@blueprint.get("/v1/event_streams/<other>")
@blueprint.patch("/v1/event_streams/<other>")
@blueprint.delete("/v1/event_streams/<other>")
def no_event_stream(other: str) -> Response:
    """Refuse what is not even a number."""
    raise _missing(other)


def _missing(_stream_id: object) -> Problem:
    return Problem(cloud().switches["event_stream_missing_status"], "Event stream not found")


def _find(stream_id: int) -> EventStream:
    stream = cloud().tenant.event_streams.get(stream_id)
    if stream is None:
        raise _missing(stream_id)
    return stream


def _check_name(name: str, own: EventStream | None) -> None:
    here = cloud()
    taken = any(one.name == name for one in here.tenant.event_streams.values() if one is not own)
    if taken and here.switches["event_stream_unique_names"]:
        raise Problem(here.switches["event_stream_name_status"], "Name has already been taken")


def _types(body: Body) -> list[int]:
    """Known event types, as integers or numeric strings."""
    sent = body.many("event_type")
    texts = [str(one) for one in sent]
    bad = [
        f"event_type: {text} is not a known event type"
        for one, text in zip(sent, texts, strict=True)
        if isinstance(one, bool) or not text.isdecimal() or int(text) not in EVENT_TYPES
    ]
    if bad:
        raise Problem(cloud().switches["bad_parameter_status"], *bad)
    return list(dict.fromkeys(int(text) for text in texts))


def _groups(body: Body) -> list[str]:
    sent = [str(one) for one in body.many("group_guid")]
    known = cloud().tenant.groups
    bad = [f"group_guid: {one} not found" for one in sent if not is_guid(one) or one.lower() not in known]
    if bad:
        raise Problem(cloud().switches["bad_parameter_status"], *bad)
    return list(dict.fromkeys(one.lower() for one in sent))


def shown(stream: EventStream, *, password: bool = False) -> dict[str, Any]:
    """Return a stream; no event types or groups means all."""
    here = cloud()
    whole: dict[str, Any] = {"id": stream.id, "name": stream.name}
    empty = here.switches["event_stream_all"] == "empty"
    if stream.group_guids or empty:
        whole["group_guids"] = list(stream.group_guids)
    if stream.event_types or empty:
        whole["event_types"] = list(stream.event_types)
    credentials = {"user_name": stream.user_name}
    if password or here.switches["event_stream_password_shown"]:
        credentials["password"] = stream.password
    _address, port = here.broker.address
    # a name, as the cloud's is: C clients hold a certificate against names only (the simulator's has name and address)
    credentials.update(queue_name=stream.queue_name, host="localhost", port=str(port), proto="https")
    return {**whole, "amqp_credentials": credentials}
