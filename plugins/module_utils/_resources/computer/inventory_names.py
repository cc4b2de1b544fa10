# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From records of computers to inventory hosts and groups. Pure: what comes from the cloud is untrusted text.

An endpoint chooses its own host name, so a name decides nothing about another computer (R30c). This file is private to
the collection.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..._common.text import quoted
from ..._common.time import SECOND, time_of_iso

Record = Mapping[str, Any]

NAMELESS = "unnamed"
# Names that would take the place of the controller or of a group of Ansible's own, and the one of those without.
TAKEN = frozenset({"all", "ungrouped", NAMELESS})
LONGEST = 200  # characters of a name
REIMAGED_AFTER = 7  # days
DAY = 24 * 3600 * SECOND
SHOWN = 5  # names in a warning
_THE_CONTROLLER = re.compile(r"localhost(?![a-z0-9_-])|127\.")
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


class Named(NamedTuple):
    """Return each record that is a host, with its inventory name, in the order given, and the warnings."""

    hosts: list[tuple[str, Record]]
    warnings: list[str]


def named(
    records: Iterable[Record],
    *,
    by: str,
    now: int,
    one_of_a_name: bool = False,
    taken: Container[str] = frozenset(),
    reimaged_after: int = REIMAGED_AFTER,
) -> Named:
    """Give each record an inventory name that no other one has, whatever the order of the records.

    `by` is hostname, short_hostname or connector_guid; `now` is nanoseconds since 1970; `taken` holds names of groups.
    Of several records of one host name one keeps the plain name (`_holder`). Each other one gets the first block of its
    GUID as suffix, or is left out with `one_of_a_name`. So does a computer that is called like a group or like the
    controller, or whose name looks as if it had such a suffix. Where first blocks are alike, the whole GUID is used.
    """
    usable = [record for record in records if isinstance(record.get("connector_guid"), str)]
    if by == "connector_guid":
        return Named([(_guid(record), record) for record in usable], [])
    names = [_host_name(record, short=by == "short_hostname") for record in usable]
    of_name: dict[str, list[Record]] = defaultdict(list)
    for name, record in zip(names, usable, strict=True):
        of_name[name].append(record)
    holders = {name: _holder(of_one, now, reimaged_after * DAY) for name, of_one in of_name.items()}
    unfit = {name for name in of_name if name in taken or _is_reserved(name)}
    plain = [holders[name] is record and name not in unfit for name, record in zip(names, usable, strict=True)]
    suffixed = Counter(
        _with_suffix(name, record) for name, record, is_plain in zip(names, usable, plain, strict=True) if not is_plain
    )
    hosts = []
    for name, record, is_plain in zip(names, usable, plain, strict=True):
        if one_of_a_name and holders[name] is not record:
            continue
        shown = name if is_plain else _with_suffix(name, record)
        if not is_plain and (suffixed[shown] > 1 or shown in taken):
            shown = f"{name}_{_guid(record)}"
        hosts.append((shown, record))
    return Named(hosts, list(_warnings(of_name, holders, [name for name in unfit if name in taken])))


def merged_groups(records: Iterable[Record], safe: Mapping[str, str]) -> list[str]:
    """Return a warning for each inventory group that several groups of the tenant become.

    `safe` maps the names that `groups_of` gives to those that Ansible made of them.
    """
    identities: dict[str, dict[tuple[Any, Any], None]] = defaultdict(dict)
    for record in records:
        for group in _group_records(record):
            name = _group_name(group)
            if name in safe:
                identities[safe[name]][str(group.get("guid")), str(group.get("name"))] = None
    return [
        f"The inventory group {name} holds the computers of {len(several)} groups of the tenant: "
        + _some(quoted(group) for _guid_of_it, group in several)
        for name, several in identities.items()
        if len(several) > 1
    ]


def groups_of(record: Record, by: Iterable[str]) -> list[str]:
    """Return the names of the inventory groups of a computer, before Ansible makes them safe."""
    return [name for key in by for name in _GROUPS[key](record) if name]


def os_family(record: Record) -> str:
    """Return windows, macos, linux, ios, android or other, from the text that the cloud gives."""
    system = str(record.get("operating_system") or "").casefold()
    for start, family in _FAMILIES:
        if system.startswith(start):
            return family
    return "linux" if any(word in system for word in _LINUX) else "other"


def _host_name(record: Record, *, short: bool) -> str:
    """Return a host name as a name in an inventory, without the characters of patterns and templates.

    It is a file name, too (host_vars): none begins with a dot.
    """
    name = str(record.get("hostname") or "").strip().lower()
    return _NOT_IN_A_NAME.sub("_", name.partition(".")[0] if short else name)[:LONGEST].lstrip("-.") or NAMELESS


def _with_suffix(name: str, record: Record) -> str:
    return f"{name}_{_guid(record)[:8]}"


def _guid(record: Record) -> str:
    return _NOT_IN_A_NAME.sub("_", str(record.get("connector_guid")).lower())


def _is_reserved(name: str) -> bool:
    return name in TAKEN or bool(_THE_CONTROLLER.match(name) or _HAS_SUFFIX.search(name))


def _holder(records: Sequence[Record], now: int, reimaged_after: int) -> Record:
    """Return the record that keeps the plain name: the one that was installed first, unless a newer one replaced it.

    A newer record replaces all older ones where these have been silent since before it was installed and for at least
    `reimaged_after`: the machine was installed anew. Of equals the smaller GUID counts as older.
    """
    if len(records) == 1:
        return records[0]
    in_order = sorted(records, key=lambda record: (_installed(record), _guid(record)))
    holder = in_order[0]
    last_seen = _last_seen(holder, now)
    for record in in_order[1:]:
        if last_seen < _installed(record) < now and last_seen <= now - reimaged_after:
            holder = record
        last_seen = max(last_seen, _last_seen(record, now))
    return holder


def _installed(record: Record) -> float:
    """Return when it was installed; without a date never, so that it takes no other computer's name."""
    return time_of_iso(record.get("install_date")) or float("inf")


def _last_seen(record: Record, now: int) -> int:
    """Return when it was last seen; without a date just now, so that no other computer takes its name."""
    return time_of_iso(record.get("last_seen")) or now


def _warnings(
    of_name: Mapping[str, Sequence[Record]], holders: Mapping[str, Record], like_groups: Sequence[str]
) -> Iterable[str]:
    several = {name: records for name, records in of_name.items() if len(records) > 1}
    replaced = [
        name for name, records in several.items() if _installed(holders[name]) > min(_installed(one) for one in records)
    ]
    shared = [name for name in several if name not in replaced]
    if like_groups:
        yield (
            f"{_computers(len(like_groups))} called like an inventory group and got the connector GUID as suffix: "
            f"{_some(sorted(like_groups))}"
        )
    if replaced:
        yield (
            f"{len(replaced)} host name(s) passed to a newer record, because the older ones have been silent since"
            f" before it was installed (installed anew): {_some(sorted(replaced))}"
        )
    if shared:
        yield (
            f"{len(shared)} host name(s) are used by several computers; the one installed first has the plain name:"
            f" {_some(sorted(shared))}"
        )


def _computers(count: int) -> str:
    return "1 computer is" if count == 1 else f"{count} computers are"


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return ", ".join(listed[:SHOWN]) + more


def _group_records(record: Record) -> list[Mapping[str, Any]]:
    groups = record.get("groups")
    return [group for group in (groups if isinstance(groups, list) else []) if isinstance(group, dict)]


def _group_name(group: Mapping[str, Any]) -> str:
    return f"group_{group.get('name')}"


def _group(record: Record) -> list[str]:
    return [_group_name(group) for group in _group_records(record)]


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
