# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What playbooks hand to the filters about events: lists of events or detections, in any wrapping that Ansible gives.

For filters only; it imports `_events` and `_pivot` and turns their errors into Ansible's.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.time import time_of_iso
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.detection_records import Links
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.detections import Detection
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event import (
    Event,
    event_from_object,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.incidents import Member
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.joining import correlate
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.recorded import detection_from_record
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._pivot import PivotError, record_links
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import kind_of, wrong

DEFAULT_SOURCE = "events"

# One of these makes an item an event, the line of a consumer, or a detection.
_EVENT_FIELDS = frozenset(
    {"id", "event", "event_type", "event_type_id", "timestamp", "date", "detection_id", "connector_guid", "event_ids"}
)
_WRAPPERS = ("events", "detections", "data")


def plain(value: object) -> Any:
    """Return a value without Ansible's wrapping (unsafe text, tags, lazy containers), in the types of JSON.

    The exact types matter: a boolean is no id, and neither is a float.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Mapping):
        return {str(plain(name)): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return str(value)


def detections_of(items: object, source: str | None, filter_name: str) -> list[Detection]:
    """Return the detections of a list of events. Without `source` the events' own label counts, if they have one."""
    now = time.time_ns()
    return correlate(_event(item, source, now) for _position, item in _objects(items, filter_name))


def events_of(items: object, filter_name: str) -> list[Event]:
    """Return the events of a list."""
    now = time.time_ns()
    return [_event(item, None, now) for _position, item in _objects(items, filter_name)]


def members_of(items: object, source: str | None, filter_name: str) -> list[Member]:
    """Return the detections of a list of events, or of a list of detections such as correlate_detections makes."""
    objects = list(_objects(items, filter_name))
    recorded = [(position, item) for position, item in objects if "outcome" in item and "event_ids" in item]
    if not recorded:
        return list(detections_of([item for _position, item in objects], source, filter_name))
    if len(recorded) < len(objects):
        raise AnsibleFilterError(f"{filter_name}: give a list of events or a list of detections, not a mixture of both")
    members: dict[str, Member] = {}
    for position, item in recorded:
        try:
            member = detection_from_record(item)
        except ValueError as error:
            raise AnsibleFilterError(f"{filter_name}: item {position}: {error}") from None
        members[member.key] = member
    return list(members.values())


def text_option(value: object, option: str, filter_name: str) -> str | None:
    """Return a text that a filter was given, or None. Raises AnsibleFilterError for anything else."""
    found = plain(value)
    if found is None or isinstance(found, str):
        return found
    raise wrong(f"{filter_name}: {option} must be a text", found)


def links_to(region: object, console_host: object, filter_name: str) -> Links:
    """Return the function that makes the pivot URLs of a record."""
    texts = {"region": region, "console_host": console_host}
    try:
        return record_links(**{name: text_option(value, name, filter_name) for name, value in texts.items()})
    except PivotError as error:
        raise AnsibleFilterError(f"{filter_name}: {error}") from None


def _objects(items: object, filter_name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    if isinstance(items, (str, bytes, Mapping)) or not hasattr(items, "__iter__"):
        hint = next((f"; give the list under its key {key}" for key in _WRAPPERS if _has(items, key)), "")
        raise AnsibleFilterError(f"{filter_name}: a list of events is needed, not {kind_of(items)}{hint}")
    for position, item in enumerate(items):
        if not isinstance(item, Mapping):
            raise AnsibleFilterError(f"{filter_name}: item {position} is not an event but {kind_of(item)}")
        if not (_EVENT_FIELDS & item.keys()):
            hint = next((f"give what stands under its key {key}" for key in _WRAPPERS if _has(item, key)), "")
            raise AnsibleFilterError(
                f"{filter_name}: item {position} is not an event: it has none of the fields"
                f" {', '.join(sorted(_EVENT_FIELDS))}; {hint or 'give the events that event_info returns'}"
            )
        yield position, plain(item)


def _has(value: object, key: str) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get(key), (Mapping, list, tuple))


def _event(item: dict[str, Any], source: str | None, now: int) -> Event:
    """Return the event of an item: the API's own object, or the line of a stream's consumer with the field `event`."""
    if not isinstance(item.get("event"), dict):
        return event_from_object(item, source=source or DEFAULT_SOURCE, received_ns=now)
    label = source or item.get("source")
    event = event_from_object(
        item["event"],
        source=label if isinstance(label, str) and label else DEFAULT_SOURCE,
        received_ns=time_of_iso(item.get("received")) or now,
    )
    if event.connector_guid is None and isinstance(item.get("connector_guid"), str):
        event.connector_guid = item["connector_guid"]
    return event
