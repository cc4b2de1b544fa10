# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links into the product's console: the one engine of the lookup, the filter and the records of the stream.

Pure. The forms of the URLs come from the workflows document ("Pivot into AMP for
Endpoints") as corrected by api-contract.md section 12, items 13 to 17: every link is https to the known console, and
everything in it that came from outside is validated by its kind and percent-encoded.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args
from urllib.parse import quote

from ._common.ids import CONSOLE_HOSTS, is_guid, is_sha256
from ._common.text import printable

View = Literal["dashboard", "events", "file_trajectory", "device_trajectory"]
By = Literal[
    "sha256", "ip", "event_type", "connector_guid", "group_guid", "detection", "latest", "event_id", "query"
]  # fmt: skip

VIEWS: tuple[View, ...] = get_args(View)
BY: dict[View, tuple[By, ...]] = {
    "dashboard": ("sha256", "ip", "event_type"),
    "events": ("sha256", "event_type", "connector_guid", "group_guid", "detection"),
    "file_trajectory": ("sha256",),
    "device_trajectory": ("latest", "event_id", "query", "sha256", "ip"),
}
"""What each view can be opened by; the first of the trajectories is what they are opened by unless told."""

DEFAULT_HOURS = 30 * 24

_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}(:|\Z)){_LABEL}([.]{_LABEL})*(:(?P<port>[0-9]{{1,5}}))?").fullmatch
_MAX_ID = 2**64 - 1


class PivotError(ValueError):
    """A link that cannot be made; the message says what to give instead."""


def pivot_url(
    value: object = None,
    *,
    view: str,
    by: str | None = None,
    connector_guid: object = None,
    region: str | None = None,
    console_host: str | None = None,
    days: object = None,
    duration: object = None,
) -> str:
    """Return the https URL of a page of the console.

    `value` is what `by` names: a SHA-256, an IP address, one event type id or several, a connector or group GUID, the
    name of a detection, an event id, or any text to query for. Device trajectories need the computer's `connector_guid`
    (for "latest" it may be the value). `days` or `duration` (hours) bound the dashboard, the only page that takes them.
    `console_host` (host[:port], a private cloud) goes before `region`. Raises PivotError.
    """
    host = console(region, console_host)
    chosen, kind = _view_and_by(view, by)
    if chosen != "dashboard" and (days is not None or duration is not None):
        raise PivotError(f"only the dashboard takes days or duration, the view {chosen} shows all times")
    if chosen == "dashboard":
        path = _dashboard(kind, value, _hours(days, duration))
    elif chosen == "events":
        path = _events(kind, value if value is not None or kind != "connector_guid" else connector_guid)
    elif chosen == "file_trajectory":
        path = f"file/trajectory/{sha256(value)}"
    else:
        path = _device_trajectory(kind, value, connector_guid)
    return f"https://{host}/{path}"


def console(region: str | None, console_host: str | None) -> str:
    """Return the host of the console, with its port if given. Raises PivotError."""
    if console_host:
        match = _HOST(console_host.lower())
        if not match or not 0 < int(match["port"] or 443) < 65536:
            raise PivotError("console_host must be a host name or host:port, without scheme, user, path or spaces")
        return match[0]
    if not region:
        raise PivotError(f"a console is needed: give region ({', '.join(CONSOLE_HOSTS)}) or console_host")
    try:
        return CONSOLE_HOSTS[region]
    except KeyError:
        raise PivotError(f"region must be one of {', '.join(CONSOLE_HOSTS)}, not {_shown(region)}") from None


def record_links(
    region: str | None = None, console_host: str | None = None
) -> Callable[[Mapping[str, Any]], dict[str, str]]:
    """Return the function that makes the pivot URLs of a detection's or an incident's record: none without a console.

    Values that are not what they should be (an event can hold anything) have no link. Raises PivotError for a wrong
    region or host.
    """
    if not region and not console_host:
        return lambda _record: {}
    return _RecordLinks(console(region, console_host))


class _RecordLinks:
    """The links of records, many a second: each form of URL is made once, around a value that is put in later.

    That is sound because a SHA-256, a GUID and an id are the same before and after encoding.
    """

    def __init__(self, host: str) -> None:
        digest, computer, event_id = "d" * 64, "cccccccc-cccc-4ccc-8ccc-cccccccccccc", "9" * 19
        trajectory: dict[str, str] = {"view": "device_trajectory", "connector_guid": computer, "console_host": host}
        _page, self._at_event = pivot_url(event_id, by="event_id", **trajectory).split(computer)
        self._at_event = self._at_event.removesuffix(event_id)
        self._computer, self._latest = pivot_url(by="latest", **trajectory).split(computer)
        self._with_file = pivot_url(digest, by="sha256", **trajectory).split(computer)[1].removesuffix(digest)
        self._file = pivot_url(digest, view="file_trajectory", console_host=host).removesuffix(digest)
        self._dashboard = pivot_url(digest, view="dashboard", by="sha256", console_host=host).removesuffix(digest)
        self._events_of_file = pivot_url(digest, view="events", by="sha256", console_host=host).split(digest)
        self._events_of_computer = pivot_url(computer, view="events", by="connector_guid", console_host=host).split(
            computer
        )

    def __call__(self, record: Mapping[str, Any]) -> dict[str, str]:
        """Return the most telling link that can be made for each view."""
        event_id = None
        if "rule" in record:
            computer = record["computers"][0] if record["rule"] != "same_hash" else None
            digest = record["hashes"][0] if record["rule"] != "same_computer" else None
        else:
            computer, digest, event_id = record["connector_guid"], record["sha256"], record["evidence"]["event_id"]
        digest = digest if digest and is_sha256(digest) else None
        links: dict[str, str] = {}
        if computer and is_guid(computer):
            trajectory = self._computer + computer
            if event_id is not None and event_id.isascii() and event_id.isdigit():
                links["device_trajectory"] = f"{trajectory}{self._at_event}{event_id}"
            else:
                links["device_trajectory"] = trajectory + (self._with_file + digest if digest else self._latest)
            if not digest:
                links["events"] = computer.join(self._events_of_computer)
        if digest:
            links["file_trajectory"] = self._file + digest
            links["events"] = digest.join(self._events_of_file)
            links["dashboard"] = self._dashboard + digest
        return links


# What a view can be opened by


def _view_and_by(view: str, by: str | None) -> tuple[View, By]:
    if view not in BY:
        raise PivotError(f"view must be one of {', '.join(VIEWS)}, not {_shown(view)}")
    chosen: View = view
    if by is None and chosen in ("file_trajectory", "device_trajectory"):
        by = BY[chosen][0]
    if by not in BY[chosen]:
        raise PivotError(f"the view {chosen} is opened by {', '.join(BY[chosen])}, not by {_shown(by)}")
    return chosen, by


def _dashboard(by: By, value: object, hours: int) -> str:
    if by == "event_type":
        return f"dashboard?duration={hours}&event_type={_event_type(value)}"
    if by == "ip":
        return f"dashboard?duration={hours}&artifact_type=ip&artifact={_encoded(ip_address(value))}"
    return f"dashboard?duration={hours}&artifact_type=sha&artifact={sha256(value)}"


def _events(by: By, value: object) -> str:
    """Return the events page. Its filters are JSON in the fragment; those by group have a form of their own."""
    filters: dict[str, object] = {"agg": [], "time": "all", "tid": []}
    if by == "group_guid":
        filters = {"time": ["all"], "agg": [guid(value, "group_guid")]}
    elif by == "event_type":
        filters["tid"] = [_event_type(one) for one in (value if isinstance(value, (list, tuple)) else [value])]
        if not filters["tid"]:
            raise PivotError("an empty list of event types shows nothing: give at least one id")
    elif by == "connector_guid":
        filters["ag"] = [guid(value, "connector_guid")]
    elif by == "sha256":
        filters["sha"] = [sha256(value)]
    else:
        filters["det_name"] = [_text(value, "the name of a detection")]
    shown = {"filters": filters, "sort_by": "ts", "sort_order": "desc", "name": ""}
    text = json.dumps(shown, separators=(",", ":"), ensure_ascii=False)
    return f"dashboard/overview#/events/show/{_encoded(text)}"


def _device_trajectory(by: By, value: object, connector_guid: object) -> str:
    """`trajectory2` shows the latest or one event, `trajectory?q=` a query: two pages (api-contract.md 12, item 16)."""
    if by == "latest":
        if value is not None and connector_guid is not None and value != connector_guid:
            raise PivotError("by=latest takes the connector_guid only: no other value beside it")
        computer = guid(connector_guid if value is None else value, "connector_guid")
        return f"computers/{computer}/trajectory2"
    computer = guid(connector_guid, "connector_guid")
    if by == "event_id":
        return f"computers/{computer}/trajectory2?id={_integer(value, 'an event id')}"
    if by == "sha256":
        query = sha256(value)
    elif by == "ip":
        query = ip_address(value)
    else:
        query = _text(value, "a query")
    return f"computers/{computer}/trajectory?q={_encoded(query)}"


# Kinds of values


def sha256(value: object) -> str:
    """Return a SHA-256 in lower case. Raises PivotError."""
    digest = value.lower() if isinstance(value, str) else ""
    if not is_sha256(digest):
        raise PivotError(f"a SHA-256 has 64 hexadecimal digits, {_shown(value)} has not")
    return str(digest)


def guid(value: object, name: str) -> str:
    """Return a GUID in lower case. Raises PivotError."""
    if value is None:
        raise PivotError(f"{name} is needed here")
    text = value.lower() if isinstance(value, str) else ""
    if not is_guid(text):
        raise PivotError(f"{name} must be a GUID (8-4-4-4-12 hexadecimal digits), not {_shown(value)}")
    return str(text)


def ip_address(value: object) -> str:
    """Return an IP address in its usual spelling; the API puts a space before some. Raises PivotError."""
    try:
        if not isinstance(value, str) or "%" in value:
            raise ValueError
        return str(ipaddress.ip_address(value.strip()))
    except ValueError:
        raise PivotError(f"an IPv4 or IPv6 address is needed, without a range or zone, not {_shown(value)}") from None


def _event_type(value: object) -> int:
    return _integer(value, "an event type id")


def _integer(value: object, what: str) -> int:
    """Return a 64-bit id, given as int or decimal text. A float has lost digits already: raises PivotError."""
    if isinstance(value, str):
        number = int(value) if len(value) <= 20 and value.isascii() and value.isdigit() else 0
    else:
        number = int(value) if isinstance(value, int) and not isinstance(value, bool) else 0
    if not 0 < number <= _MAX_ID:
        raise PivotError(f"{what} is a whole number from 1 to 2^64-1, given as integer or text, not {_shown(value)}")
    return number


def _hours(days: object, duration: object) -> int:
    if days is not None and duration is not None:
        raise PivotError("give days or duration (hours), not both")
    if days is not None:
        return _integer(days, "days") * 24
    return DEFAULT_HOURS if duration is None else _integer(duration, "duration")


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise PivotError(f"{what} is a text that is not empty, not {_shown(value)}")
    return str(value)


def _encoded(text: str) -> str:
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise PivotError("the value holds half of a surrogate pair, which no URL can") from None


def _shown(value: object) -> str:
    """Return a value as messages quote it: short, with control characters escaped."""
    return printable(repr(value), 60)
