# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Computers: reading them, and from the host names that people write to the records that are meant.

This file is private to the collection.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from ..._api.client import Client
from ..._api.concurrency import for_each
from ..._api.errors import NotFound, Refused
from ..._api.paging import Listing, read_list
from ..._common.ids import is_guid
from ..._common.text import printable, quoted
from ..._common.time import moment_of
from .._shared.shapes import REFERENCE, Shape
from .._shared.tenant import Tenant
from ..group.read import resolve_groups

PATH = "/v1/computers"
COMPUTER = Shape(
    needed={"connector_guid": str},
    optional={
        "hostname": str,
        "group_guid": str,
        "groups": [REFERENCE],
        "last_seen": str,
        "operating_system": str,
        "internal_ips": [str],
        "external_ip": str,
        "isolation": Shape(optional={"available": bool, "status": str}),
        "policy": Shape(optional={"name": str}),
    },
)
VALUES_A_REQUEST = 50  # host names or GUIDs in one query: keeps the URL well below 8 KiB
MOST_CANDIDATES = 10


class Computer(NamedTuple):
    """One record of a connector. The GUID is in lower case; `record` is what the cloud gave, untouched."""

    guid: str
    hostname: str
    record: Mapping[str, Any]

    @classmethod
    def parse(cls, record: Mapping[str, Any]) -> Computer:
        return cls(str(record.get("connector_guid") or "").lower(), str(record.get("hostname") or ""), record)

    @property
    def group_guid(self) -> str:
        return str(self.record.get("group_guid") or "").lower()

    @property
    def last_seen(self) -> datetime | None:
        """None where the cloud does not say; then nothing may be concluded."""
        try:
            return moment_of(str(self.record.get("last_seen")))
        except ValueError:
            return None

    def described(self) -> str:
        """What tells records of one host name apart."""
        seen = printable(self.record.get("last_seen") or "unknown", 40)
        system = printable(self.record.get("operating_system") or "unknown system", 60)
        return f"{self.guid} (last seen {seen}, {system})"


@dataclass(frozen=True)
class ComputerFilter:
    """The filters of GET /v1/computers (api-contract 4). None does not filter; different ones AND, repeats OR."""

    hostnames: Sequence[str] | None = None
    internal_ip: str | None = None
    external_ip: str | None = None
    group_guids: Collection[str] | None = None
    last_seen_within: int | None = None
    last_seen_over: int | None = None

    @property
    def chooses_nothing(self) -> bool:
        """An empty list of names or groups: there is nothing to ask for."""
        return any(given is not None and not given for given in (self.hostnames, self.group_guids))

    @cached_property
    def folded_hostnames(self) -> frozenset[str]:
        return frozenset(name.casefold() for name in self.hostnames or ())

    def query(self) -> dict[str, Any]:
        """As a request takes it. Very many groups make no URL; `matches` holds records against them all the same."""
        groups = sorted(self.group_guids or ())
        asked = {
            "hostname[]": self.hostnames,
            "internal_ip": self.internal_ip,
            "external_ip": self.external_ip,
            "group_guid[]": groups if 0 < len(groups) <= VALUES_A_REQUEST else None,
            "last_seen_within": self.last_seen_within,
            "last_seen_over": self.last_seen_over,
        }
        return {name: value for name, value in asked.items() if value is not None}

    def matches(self, record: Mapping[str, Any]) -> bool:
        """Whether names, addresses and group are exactly those asked for: how the cloud compares is not known."""
        computer = Computer.parse(record)
        return (
            (self.hostnames is None or computer.hostname.casefold() in self.folded_hostnames)
            and (self.internal_ip is None or self.internal_ip in _addresses(record))
            and (self.external_ip is None or str(record.get("external_ip") or "").strip() == self.external_ip)
            and (self.group_guids is None or computer.group_guid in self.group_guids)
        )


def read_computers(
    client: Client, wanted: ComputerFilter, limit: int | None = None, until: Callable[[int], bool] | None = None
) -> Listing:
    """The computers that match, all pages of them or the first `limit`; `until` as in `read_list`."""
    if wanted.chooses_nothing:
        return Listing([], total=0)
    names = wanted.hostnames or ()
    if len(names) > VALUES_A_REQUEST:
        return _read_in_parts(client, wanted, names, limit)
    exact = (wanted.hostnames, wanted.internal_ip, wanted.external_ip, wanted.group_guids)
    keep = None if all(given is None for given in exact) else wanted.matches
    return read_list(
        client,
        PATH,
        wanted.query(),
        key="connector_guid",
        limit=limit,
        keep=keep,
        until=until,
        records=COMPUTER.records,
    )


def _read_in_parts(client: Client, wanted: ComputerFilter, names: Sequence[str], limit: int | None) -> Listing:
    """As many names at a time as a URL takes."""
    found: dict[str, dict[str, Any]] = {}
    complete = True
    for start in range(0, len(names), VALUES_A_REQUEST):
        part = replace(wanted, hostnames=names[start : start + VALUES_A_REQUEST])
        listing = read_computers(client, part, None if limit is None else limit - len(found))
        found.update({str(record.get("connector_guid")): record for record in listing.records})
        complete = complete and listing.complete
        if limit is not None and len(found) >= limit:
            break
    return Listing(list(found.values()), complete=complete, total=len(found))


def read_computer(client: Client, guid: str, *, bulk: bool = False) -> Computer | None:
    """One computer; None where the cloud knows none of this GUID. Other errors are raised."""
    try:
        answer = client.get(f"{PATH}/{guid}", bulk=bulk)
    except NotFound:
        return None
    return Computer.parse(COMPUTER.record(answer))


class ResolvedComputers(NamedTuple):
    """`found` maps each text as it was given to its computer, in the order given; `missing` are those without one."""

    found: dict[str, Computer]
    missing: tuple[str, ...]


def resolve_computers(client: Client, wanted: Iterable[str], *, missing_ok: bool = False) -> ResolvedComputers:
    """GUIDs and host names as computers, with one read per computer or the pages of all, whichever are fewer.

    Host names are compared without regard to case. Raises Refused for all that several records share, and unless
    `missing_ok` for all that nobody has, at once.
    """
    texts = list(dict.fromkeys(text.strip() for text in wanted))
    if "" in texts:
        raise Refused("computers holds an empty text. Give GUIDs or host names. Nothing was changed.")
    known = _read_wanted(client, texts)
    found: dict[str, Computer] = {}
    missing: list[str] = []
    problems: list[str] = []
    for text in texts:
        candidates = known.get(text.casefold(), [])
        if len(candidates) == 1:
            found[text] = candidates[0]
        elif candidates:
            problems.append(_ambiguity(text, candidates))
        else:
            missing.append(text)
    if missing and not missing_ok:
        problems.append(f"the tenant knows no computers {', '.join(map(quoted, missing))}")
    if problems:
        text = "; ".join(problems)
        raise Refused(f"{text[0].upper()}{text[1:]}. Nothing was changed.")
    return ResolvedComputers(found, tuple(missing))


def list_computers(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """`computer_info`: the computers that every filter matches, or some by GUID; what is not there is left out."""
    client, guids = tenant.client, options["connector_guids"]
    if guids is not None:
        bad = [guid for guid in guids if not is_guid(guid.strip())]
        if bad:
            raise Refused(
                f"connector_guids holds what is no GUID: {', '.join(map(quoted, bad))}. Host names go into hostnames."
            )
        found = resolve_computers(client, guids, missing_ok=True).found.values()
        unique = {computer.guid: dict(computer.record) for computer in found}
        return {"changed": False, "computers": list(unique.values())[: options["limit"]]}
    groups = options["groups"]
    wanted = ComputerFilter(
        hostnames=options["hostnames"],
        internal_ip=options["internal_ip"],
        external_ip=options["external_ip"],
        group_guids=None if groups is None else resolve_groups(client, groups).guids,
        last_seen_within=options["last_seen_within"],
        last_seen_over=options["last_seen_over"],
    )
    listing = read_computers(client, wanted, options["limit"])
    if listing.warning:
        tenant.warn(listing.warning)
    return {"changed": False, "computers": listing.records}


def _read_wanted(client: Client, texts: Sequence[str]) -> dict[str, list[Computer]]:
    """Each GUID and host name, folded, with the computers that have it.

    The first page is all of it for many tenants. A name is never taken from some of the pages alone: another record of
    that name may stand on the next one.
    """
    guids = {text.casefold() for text in texts if is_guid(text)}
    names = {text.casefold(): text for text in texts if not is_guid(text)}
    known: dict[str, Computer] = {}

    def keep(record: Mapping[str, Any]) -> bool:
        computer = Computer.parse(record)
        if computer.guid in guids or computer.hostname.casefold() in names:
            known[computer.guid] = computer
        return False  # the others are not held in memory, however many there are

    def single_reads() -> int:
        return len(guids - known.keys()) + -(-len(names) // VALUES_A_REQUEST)

    def stop(pages_left: int) -> bool:
        return single_reads() < pages_left

    worth_a_page = single_reads() > 1
    if not (
        worth_a_page
        and read_list(client, PATH, key="connector_guid", keep=keep, until=stop, records=COMPUTER.records).complete
    ):
        for computer in (*_read_each(client, sorted(guids - known.keys())), *_read_named(client, list(names.values()))):
            known[computer.guid] = computer
    by_text: dict[str, list[Computer]] = {}
    for computer in known.values():
        by_text.setdefault(computer.guid, []).append(computer)
        by_text.setdefault(computer.hostname.casefold(), []).append(computer)
    return by_text


def _read_each(client: Client, guids: Sequence[str]) -> Iterator[Computer]:
    bulk = len(guids) > 1
    for attempt in for_each(
        guids, lambda guid: read_computer(client, guid, bulk=bulk), workers=client.options.concurrency
    ):
        if attempt.error:
            raise attempt.error
        if attempt.value:
            yield attempt.value


def _read_named(client: Client, names: Sequence[str]) -> Iterator[Computer]:
    listing = read_computers(client, ComputerFilter(hostnames=names))
    if not listing.complete:
        raise Refused(
            "The list of computers changed while it was read, several times in a row, so which computers are meant is"
            " not certain. Nothing was changed; try again."
        )
    yield from map(Computer.parse, listing.records)


def _ambiguity(name: str, candidates: Sequence[Computer]) -> str:
    newest_first = sorted(candidates, key=lambda computer: str(computer.record.get("last_seen") or ""), reverse=True)
    shown = ", ".join(computer.described() for computer in newest_first[:MOST_CANDIDATES])
    more = f" and {len(candidates) - MOST_CANDIDATES} more" if len(candidates) > MOST_CANDIDATES else ""
    return f"{len(candidates)} computers are named {quoted(name)}: give one of the GUIDs {shown}{more}"


def _addresses(record: Mapping[str, Any]) -> list[str]:
    """The internal addresses; they may carry a leading space (api-contract 4)."""
    given = record.get("internal_ips")
    return [str(address).strip() for address in given] if isinstance(given, list) else []
