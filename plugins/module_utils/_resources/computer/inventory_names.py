# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From records of computers to inventory hosts and groups. Pure: what comes from the cloud is untrusted text.

This file is private to the collection.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Record = Mapping[str, Any]

# Names that would take the place of the controller or of a group of Ansible's own, and the one of those without.
NAMELESS = "unnamed"
TAKEN = frozenset({"localhost", "127.0.0.1", "all", "ungrouped", NAMELESS})
LONGEST = 200  # characters of a name
_HAS_SUFFIX = re.compile(r"_[0-9a-f]{8}(?:(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})?\Z")
_NOT_IN_A_NAME = re.compile(r"[^\w.-]+")
_FAMILIES = (
    ("windows", "windows"),
    ("macos", "macos"),
    ("mac os", "macos"),
    ("os x", "macos"),
    ("ios", "ios"),
    ("ipados", "ios"),
    ("android", "android"),
)
_LINUX = ("linux", "ubuntu", "debian", "red hat", "rhel", "centos", "suse", "sles", "oracle", "alma", "rocky", "amazon")


def named(records: Iterable[Record], *, by: str, newest_only: bool) -> Iterator[tuple[str, Record]]:
    """Each record with its inventory name, in the order given.

    Several records of one name are normal after a host was installed anew. The one that was seen last has the plain
    name (of equals the one with the smaller GUID), each other one gets the first block of its GUID behind it, or is
    left out with `newest_only`. So a name does not depend on the order in which the cloud lists them, and no computer
    takes another one's by what it calls itself: a name that looks as if it had such a suffix gets its own behind it,
    and where first blocks are alike the whole GUID stands there.
    """
    records = list(records)
    if by == "connector_guid":
        yield from ((_guid(record), record) for record in records)
        return
    names = [_host_name(record, short=by == "short_hostname") for record in records]
    newest: dict[str, Record] = {}
    for name, record in zip(names, records, strict=True):
        known = newest.get(name)
        if known is None or _rank(record) > _rank(known):
            newest[name] = record
    plain = {name for name in newest if name not in TAKEN and not _HAS_SUFFIX.search(name)}
    suffixed = Counter(
        _with_suffix(name, record)
        for name, record in zip(names, records, strict=True)
        if not (newest[name] is record and name in plain)
    )
    for name, record in zip(names, records, strict=True):
        if newest[name] is not record and newest_only:
            continue
        if newest[name] is record and name in plain:
            yield name, record
        else:
            alike = suffixed[_with_suffix(name, record)] > 1
            yield f"{name}_{_guid(record)}" if alike else _with_suffix(name, record), record


def groups_of(record: Record, by: Iterable[str]) -> list[str]:
    """The names of the inventory groups of a computer, before Ansible makes them safe."""
    return [name for key in by for name in _GROUPS[key](record) if name]


def os_family(record: Record) -> str:
    """windows, macos, linux, ios, android or other, of the text that the cloud gives."""
    system = str(record.get("operating_system") or "").casefold()
    for start, family in _FAMILIES:
        if system.startswith(start):
            return family
    return "linux" if any(word in system for word in _LINUX) else "other"


def _host_name(record: Record, *, short: bool) -> str:
    """A host name as a name in an inventory: patterns and templates have characters that no host name has.

    It is a file name, too (host_vars): none begins with a dot.
    """
    name = str(record.get("hostname") or "").strip().lower()
    return _NOT_IN_A_NAME.sub("_", name.partition(".")[0] if short else name)[:LONGEST].lstrip("-.") or NAMELESS


def _with_suffix(name: str, record: Record) -> str:
    return f"{name}_{_guid(record)[:8]}"


def _guid(record: Record) -> str:
    return _NOT_IN_A_NAME.sub("_", str(record.get("connector_guid")).lower())


def _rank(record: Record) -> tuple[str, list[int]]:
    """Later is greater; ISO 8601 in UTC sorts as text. Of equals the smaller GUID is greater."""
    return str(record.get("last_seen") or ""), [-ord(letter) for letter in str(record.get("connector_guid")).lower()]


def _group(record: Record) -> list[str]:
    groups = record.get("groups")
    return [
        f"group_{group.get('name')}"
        for group in (groups if isinstance(groups, list) else [])
        if isinstance(group, dict)
    ]


def _nested(prefix: str, name: str, key: str, record: Record) -> list[str]:
    part = record.get(name)
    value = part.get(key) if isinstance(part, dict) else None
    return [f"{prefix}_{value}"] if value else []


_GROUPS: Mapping[str, Any] = {
    "group": _group,
    "os_family": lambda record: [f"os_{os_family(record)}"],
    "policy": lambda record: _nested("policy", "policy", "name", record),
    "connector_version": lambda record: [f"connector_{record.get('connector_version')}"],
    "isolation": lambda record: _nested("isolation", "isolation", "status", record),
    "faults": lambda record: ["faulty"] if record.get("faults") else [],
}
GROUP_KEYS = tuple(_GROUPS)
