# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A notification: what may leave of an incident, as short texts that every target shows. Pure.

What lives in `_notify`: incidents become messages to people, one an incident with its later revisions, through modules
that the user has. One file for each type of target, listed in `registry.py`; `ledger.py` says what is still to be sent,
`run.py` sends it. Nothing here imports Ansible: whoever runs the modules is handed in.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from .._common.text import printable
from .._events.judgement import SEVERITY_RANK

Record = dict[str, Any]
Reference = dict[str, str]
"""Where a target keeps the first message of an incident, such as the key of an issue; empty where it does not say."""

INCIDENT = "incident"
HEALTH = "health"
LISTS = ("hostnames", "file_names", "names", "users", "techniques", "dispositions", "hashes", "computers", "event_ids")
MAY_BE_LEFT_OUT = (*LISTS, "detections", "source", "pivot_urls")
ASKED_FOR = ("users",)
"""What is in no notification unless a target asks for it (R6a)."""

_TEXTS = ("state", "rule", "source", "first_time", "last_time", "outcome", "severity")
_FLAGS = ("still_dangerous", "needs_person", "late")
_LONGEST = 500
_LISTED = 20
_NAMED = 5
_ID = re.compile(r"[A-Za-z0-9._-]{1,100}").fullmatch
_LINK = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?/[A-Za-z0-9/?&=%._~:@+,;-]*").fullmatch
_LINES = (
    ("Hosts", "hostnames"),
    ("Files", "file_names"),
    ("Detections", "names"),
    ("SHA-256", "hashes"),
    ("Users", "users"),
    ("Techniques", "techniques"),
)


class Notification(NamedTuple):
    """What a target shows. Texts are one line each, printable and untrusted; `record` is what a program gets.

    `links` are https URLs of characters that no markup gives a meaning. `update` says that the target was told before,
    `told` where it keeps the incident's first message.
    """

    id: str
    revision: int
    update: bool
    told: Reference
    headline: str
    lines: list[tuple[str, str]]
    links: list[tuple[str, str]]
    record: Record

    @property
    def text(self) -> str:
        """Return headline and lines as plain text."""
        return "\n".join([self.headline, *(f"{label}: {text}" for label, text in self.lines)])


def incident_of(given: Mapping[str, Any]) -> Record:
    """Return what a notification takes of an incident's record. Raises ValueError for what is none."""
    if not isinstance(given, Mapping) or not isinstance(given.get("id"), str) or not _ID(given["id"]):
        raise ValueError("has no id")
    revision = given.get("revision")
    if not isinstance(revision, int) or isinstance(revision, bool) or revision < 1:
        raise ValueError("has no revision")
    record: Record = {"kind": INCIDENT, "id": given["id"], "revision": revision}
    record |= {name: _text(given.get(name)) for name in _TEXTS}
    record |= {name: given.get(name) is True for name in _FLAGS}
    record |= {name: _listed(given.get(name)) for name in (*LISTS, "detections")}
    totals = given.get("totals")
    totals = totals if isinstance(totals, Mapping) else {}
    record["totals"] = {name: _total(totals.get(name), record[name]) for name in (*LISTS[:-1], "detections")}
    record["pivot_urls"] = _links(given.get("pivot_urls"))
    return record


def health_of(given: Mapping[str, Any]) -> Record:
    """Return a computer on which protection stopped in the form of an incident. Raises ValueError for what is none."""
    if not isinstance(given, Mapping) or not given.get("event_id") or not given.get("event_type"):
        raise ValueError("has no event_id or no event_type")
    time, computer = given.get("time"), given.get("connector_guid")
    record = incident_of(
        {
            "id": f"health-{given['event_id']}",
            "revision": 1,
            "first_time": time,
            "last_time": time,
            "outcome": "protection_stopped",
            "needs_person": True,
            "names": [given["event_type"]],
            "hostnames": [given.get("hostname")],
            "computers": [computer],
            "pivot_urls": given.get("pivot_urls"),
        }
    )
    return {**record, "kind": HEALTH}


def digest_of(record: Record) -> str:
    """Return what makes a later revision worth a message: outcome, urgency, severity, number of detections."""
    telling = [record["outcome"], record["needs_person"], record["severity"], record["totals"]["detections"]]
    return hashlib.sha256(json.dumps(telling).encode()).hexdigest()[:16]


def severity_rank(severity: str | None) -> int:
    """Return the rank of a severity; that of an unknown one is below all."""
    return SEVERITY_RANK.get(severity or "", -1)


def notification_of(
    record: Record, *, update: bool, told: Reference, include: Iterable[str], exclude: Iterable[str]
) -> Notification:
    """Make the notification of a record for a target, without what must not leave (R6a)."""
    shown = _without(record, {*exclude, *(name for name in ASKED_FOR if name not in set(include))})
    return Notification(
        id=record["id"],
        revision=record["revision"],
        update=update,
        told=told,
        headline=_headline(shown, update),
        lines=_lines_of(shown),
        links=[(name.replace("_", " "), url) for name, url in shown.get("pivot_urls", {}).items()],
        record={**shown, "update": update},
    )


def _without(record: Record, fields: set[str]) -> Record:
    """Leave out fields, their totals, and links that hold one of their values."""
    hidden = [value for name in fields for value in record.get(name) or () if name != "pivot_urls"]
    shown = {name: value for name, value in record.items() if name not in fields}
    shown["totals"] = {name: total for name, total in record["totals"].items() if name not in fields}
    links = shown.get("pivot_urls", {})
    return shown | {"pivot_urls": {name: url for name, url in links.items() if not any(one in url for one in hidden)}}


def _headline(shown: Record, update: bool) -> str:
    names, hosts = shown.get("names") or [], shown.get("hostnames") or shown.get("computers") or []
    kind = "Protection stopped" if shown["kind"] == HEALTH else shown["severity"] or "Incident"
    outcome = [] if shown["kind"] == HEALTH else [str(shown["outcome"] or "unknown").replace("_", " ")]
    what = ", ".join([*outcome, *names[:1]])
    total = shown["totals"].get("hostnames") or shown["totals"].get("computers") or len(hosts)
    more = f" and {total - 1} more" if total > 1 else ""
    where = f" on {hosts[0]}{more}" if hosts else ""
    return printable(f"{'Update: ' if update else ''}{kind}: {what}{where}", 200)


def _lines_of(shown: Record) -> list[tuple[str, str]]:
    urgent = "needs a person" if shown["needs_person"] else "needs nobody"
    outcome = str(shown["outcome"] or "unknown").replace("_", " ")
    lines = [("Outcome", outcome if shown["kind"] == HEALTH else f"{outcome}; {urgent}")]
    lines += [(label, _named(shown, name)) for label, name in _LINES if shown.get(name)]
    first, last = (str(shown[name] or "")[:19].replace("T", " ") for name in ("first_time", "last_time"))
    lines.append(("Time", f"{first} UTC" if first == last else f"{first} to {last} UTC"))
    if shown["kind"] == INCIDENT:
        lines.append(("Incident", f"{shown['id']}, revision {shown['revision']}"))
    return lines


def _named(shown: Record, name: str) -> str:
    found = [printable(one, 120) for one in shown[name][:_NAMED]]
    total = max(shown["totals"].get(name, 0), len(shown[name]))
    return ", ".join(found) + (f" and {total - len(found)} more" if total > len(found) else "")


def _text(value: object) -> str | None:
    return printable(value, _LONGEST) if isinstance(value, str) and value else None


def _listed(value: object) -> list[str]:
    found = value if isinstance(value, (list, tuple)) else []
    return [printable(one, _LONGEST) for one in found if isinstance(one, str) and one][:_LISTED]


def _total(value: object, found: list[str]) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else len(found)


def _links(value: object) -> dict[str, str]:
    """Return the links that are https URLs without user or markup: a file may hold any."""
    found = value if isinstance(value, Mapping) else {}
    return {
        printable(name, 40): str(url)
        for name, url in found.items()
        if isinstance(url, str) and len(url) <= 2000 and _LINK(url) and not urlsplit(url).username
    }
