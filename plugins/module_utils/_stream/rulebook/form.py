# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rulebook gets of an event, a detection or an incident: values of known shape, none of them a template.

ansible-rulebook makes the whole event an extra variable of the playbooks it starts, and Ansible renders those. A file's
name is chosen by whoever attacks, so names, paths and users stay out; asked for, they come under `untrusted` with their
template marks broken. Pure; the shapes are those of api-contract.md section 6.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from ipaddress import ip_address
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from ..._common.ids import is_guid, is_sha256
from ..._common.text import printable
from ..._common.time import iso_time
from ..._events.event import Event, event_from_object
from ..._events.event_types import EVENT_TYPES, PROTECTION_STOPPED
from ..._events.incidents import RULES
from ..._events.judgement import CLASSES, OUTCOMES, SEVERITIES

Form = dict[str, Any]

LABEL = re.compile(r"[A-Za-z0-9._:/%@-]{1,400}")
_DISPOSITIONS = ("Clean", "Malicious", "Unknown", "Blocked")
_STATES = ("open", "final")
_TACTIC = re.compile(r"TA[0-9]{1,6}")
_TECHNIQUE = re.compile(r"T[0-9]{1,6}([.][0-9]{1,6})?")
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,9}")
_TEMPLATE_MARK = re.compile(r"\{(?=[{%#])|(?<=[}%#])\}")
_NAMESPACE = uuid5(NAMESPACE_URL, "https://github.com/ampops/ampops.secure_endpoint")
_MAX_LISTED = 1000  # computers and hashes of one incident: a rule engine is no database


def form_of_event(event: Event, *, place: str, untrusted: bool = False) -> Form:
    """Return the allow-listed form of one event; `place` says where it comes from, for `meta.source_offset`."""
    fields = event.fields
    computer, file, network = (_object(fields.get(name)) for name in ("computer", "file", "network_info"))
    known = EVENT_TYPES.get(event.event_type_id or 0)
    form: Form = {
        "kind": "event",
        "source": _like(LABEL.fullmatch, event.source),
        "key": event.key,
        "event_id": event.id_text,
        "time": iso_time(event.time),
        "event_type_id": event.event_type_id,
        "event_type": known.name if known else None,
        "event_class": event.event_class,
        "health": event.event_type_id in PROTECTION_STOPPED or None,
        "severity": _one_of(SEVERITIES, event.severity),
        "connector_guid": _like(is_guid, event.connector_guid),
        "detection_id": _like(_is_detection_id, event.detection_id),
        "sha256": _like(is_sha256, event.sha256),
        "disposition": _one_of(_DISPOSITIONS, file.get("disposition")),
        "group_guids": _all_like(is_guid, event.group_guids),
        "external_ip": _ip(computer.get("external_ip")),
        "ips": [ip for ip in map(_ip, _ips_of(computer)) if ip],
        "remote_ip": _ip(network.get("remote_ip")),
        "remote_port": _integer(network.get("remote_port")),
        "local_ip": _ip(network.get("local_ip")),
        "local_port": _integer(network.get("local_port")),
        "error_code": _integer(_object(fields.get("error")).get("error_code")),
    }
    if untrusted:
        form["untrusted"] = _broken(
            hostname=event.hostname,
            user=computer.get("user"),
            name=fields.get("detection"),
            file_name=file.get("file_name"),
            file_path=file.get("file_path"),
        )
    return with_meta(form, uuid_of("event", event.source, event.key), f"{place}:{event.key}")


def form_of_line(line: bytes, *, place: str, untrusted: bool = False) -> Form:
    """Return the allow-listed form of a record of the outbox: an event, a detection or an incident."""
    record: dict[str, Any] = json.loads(line)
    return _FORMS[record["kind"]](record, place, untrusted)


def _form_of_stored_event(record: Mapping[str, Any], place: str, untrusted: bool) -> Form:
    fields = dict(record["event"])
    event = event_from_object(fields, source=record["source"], received_ns=2**62)
    event.connector_guid = record["connector_guid"]
    form = form_of_event(event, place=place, untrusted=untrusted)
    # As they were stored: an older release made other keys, and the time may be that of the receipt.
    form["key"], form["time"] = record["key"], record["time"]
    form["received"] = record["received"]
    return with_meta(form, uuid_of("event", record["source"], record["key"]), place)


def _form_of_detection(record: Mapping[str, Any], place: str, untrusted: bool) -> Form:
    """See form_of_line. What a record of an older release does not have is not there."""
    parent, network, computer = (_object(record.get(name)) for name in ("parent", "network", "computer"))
    form: Form = {
        "kind": "detection",
        "source": _like(LABEL.fullmatch, record["source"]),
        "key": _like(LABEL.fullmatch, record["key"]),
        "time": record["time"],
        "severity": _one_of(SEVERITIES, record["severity"]),
        "connector_guid": _like(is_guid, record["connector_guid"]),
        "detection_id": _like(_is_detection_id, record["detection_id"]),
        "class": _one_of(CLASSES, record.get("class")),
        "event_type_ids": [int(one["id"]) for one in record.get("event_types", ())],
        "unknown_type": bool(record.get("unknown_type")),
        "sha256": _like(is_sha256, record["sha256"]),
        "archived_sha256": _like(is_sha256, record.get("archived_sha256")),
        "disposition": _one_of(_DISPOSITIONS, record.get("disposition")),
        "parent_sha256": _like(is_sha256, parent.get("sha256")),
        "parent_disposition": _one_of(_DISPOSITIONS, parent.get("disposition")),
        "direction": _one_of(("incoming", "outgoing"), network.get("direction")),
        "remote_ip": _ip(network.get("remote_ip")),
        "remote_port": _integer(network.get("remote_port")),
        "error_code": _integer(_object(record.get("error")).get("code")),
        "tactics": _matching(_TACTIC, record.get("tactics", [])),
        "techniques": _matching(_TECHNIQUE, record.get("techniques", [])),
        "cves": _matching(_CVE, record.get("cves", [])),
        "ips": [ip for ip in map(_ip, computer.get("ips", [])) if ip],
        "group_guids": _all_like(is_guid, computer.get("group_guids", [])),
        "outcome": _one_of(OUTCOMES, record["outcome"]),
        "still_dangerous": bool(record["still_dangerous"]),
        "needs_person": bool(record.get("needs_person", record["still_dangerous"])),
        "attempts_ok": int(record["attempts"]["ok"]),
        "attempts_failed": int(record["attempts"]["failed"]),
    }
    if untrusted:
        form["untrusted"] = _broken(
            parent_file_name=parent.get("file_name"),
            url=network.get("url"),
            **{
                name: record.get(name)
                for name in ("hostname", "name", "file_name", "file_path", "user", "command_line")
            },
        )
    # One detection comes again with each of its events: each time another fact for the rule engine.
    return with_meta(form, uuid_of("detection", record["key"], *record["event_ids"]), place)


def _form_of_incident(record: Mapping[str, Any], place: str, untrusted: bool) -> Form:
    computers = _all_like(is_guid, record["computers"])
    hashes = _all_like(is_sha256, record["hashes"])
    form: Form = {
        "kind": "incident",
        "source": _like(LABEL.fullmatch, record["source"]),
        "id": _like(LABEL.fullmatch, record["id"]),
        "revision": int(record["revision"]),
        "state": _one_of(_STATES, record["state"]),
        "rule": _one_of(RULES, record["rule"]),
        "window_seconds": int(record["window_seconds"]),
        "time": record["first_time"],
        "last_time": record["last_time"],
        "severity": _one_of(SEVERITIES, record["severity"]),
        "outcome": _one_of(OUTCOMES, record["outcome"]),
        "still_dangerous": bool(record["still_dangerous"]),
        "needs_person": bool(record.get("needs_person", record["still_dangerous"])),
        "dispositions": [one for one in record.get("dispositions", []) if one in _DISPOSITIONS],
        "techniques": _matching(_TECHNIQUE, record.get("techniques", [])),
        "late": bool(record["late"]),
        "computer_count": len(record["computers"]),
        "detection_count": len(record["detections"]),
        "connector_guids": computers[:_MAX_LISTED],
        "connector_guid": computers[0] if computers and len(record["computers"]) == 1 else None,
        "sha256s": hashes[:_MAX_LISTED],
        "sha256": hashes[0] if hashes and len(record["hashes"]) == 1 else None,
    }
    if untrusted:
        texts = ("names", "file_names", "users", "hostnames")
        form["untrusted"] = {name: [break_marks(text) for text in record.get(name, []) if text] for name in texts}
    return with_meta(form, uuid_of("incident", record["id"], str(record["revision"])), place)


_FORMS: Mapping[str, Callable[[Mapping[str, Any], str, bool], Form]] = {
    "event": _form_of_stored_event,
    "detection": _form_of_detection,
    "incident": _form_of_incident,
}


def form_of_start(start: str, *, act: bool, actions: Collection[str], unfinished: Collection[str]) -> Form:
    """Return the first form of every start: rules check with it that they could act.

    `start` names the start. Each response bears it, too, for the rule engine may remember the check of an earlier one.
    """
    known = {"act": act, "respond": sorted(actions), "unfinished": sorted(unfinished)}
    return with_meta({"kind": "started", "start": start, **known}, uuid4(), "start")


def uuid_of(kind: str, *parts: str) -> UUID:
    """Return the UUID of an event, a revision of an incident or a state of a detection: for ever the same."""
    return uuid5(_NAMESPACE, json.dumps([kind, *parts]))


def with_meta(form: Form, uuid: UUID, offset: str) -> Form:
    """Add what ansible-rulebook goes by, and leave out what is not known: conditions ask `is defined`."""
    known = {name: value for name, value in form.items() if value is not None}
    return {**known, "meta": {"uuid": str(uuid), "source_offset": offset}}


def break_marks(text: object) -> str:
    """Return free text without template marks and escape sequences; readable, cut to 300 characters."""
    return _TEMPLATE_MARK.sub(lambda mark: "{ " if mark.group() == "{" else " }", printable(text))


def _broken(**texts: object) -> dict[str, str]:
    return {name: break_marks(text) for name, text in texts.items() if isinstance(text, str) and text}


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _like(is_one: Callable[[str], object], value: object) -> str | None:
    return value if isinstance(value, str) and is_one(value) else None


def _all_like(is_one: Callable[[str], object], values: list[str]) -> list[str]:
    return [value.lower() for value in values if isinstance(value, str) and is_one(value)]


def _is_detection_id(text: str) -> bool:
    return is_guid(text) or (text.isascii() and text.isdigit() and len(text) <= 20)


def _matching(pattern: re.Pattern[str], values: list[str]) -> list[str]:
    return [value for value in values if isinstance(value, str) and pattern.fullmatch(value)]


def _one_of(choices: tuple[str, ...], value: object) -> str | None:
    return value if isinstance(value, str) and value in choices else None


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else None


def _ip(value: object) -> str | None:
    try:
        return str(ip_address(value)) if isinstance(value, str) and "%" not in value else None
    except ValueError:
        return None


def _ips_of(computer: Mapping[str, Any]) -> list[Any]:
    addresses = computer.get("network_addresses")
    return [_object(one).get("ip") for one in addresses] if isinstance(addresses, list) else []
