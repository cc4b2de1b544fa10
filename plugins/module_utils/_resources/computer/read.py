# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read computers by the filters of the API. This file is private to the collection."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from ..._api.client import Client
from ..._api.errors import NotFound
from ..._api.paging import Listing, read_list
from ..._common.text import printable
from ..._common.time import moment_of
from .._shared.shapes import REFERENCE, Shape

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
        """Return when it was last seen; None if that is unknown, and then nothing may be concluded."""
        try:
            return moment_of(str(self.record.get("last_seen")))
        except ValueError:
            return None

    def described(self) -> str:
        """Return what tells records of one host name apart."""
        seen = printable(self.record.get("last_seen") or "unknown", 40)
        system = printable(self.record.get("operating_system") or "unknown system", 60)
        return f"last seen {seen}, {system}"


@dataclass(frozen=True)
class ComputerFilter:
    """The filters of GET /v1/computers (api-contract 4). None does not filter; different ones AND, repeats OR."""

    hostnames: Sequence[str] | None = None
    internal_ip: str | None = None
    external_ip: str | None = None
    group_guids: Collection[str] | None = None
    last_seen_within: int | None = None
    last_seen_over: int | None = None
    processor_id: str | None = None
    risk_score: str | None = None

    @property
    def chooses_nothing(self) -> bool:
        """Return whether a list of names or groups is empty, so that nothing has to be asked."""
        return any(given is not None and not given for given in (self.hostnames, self.group_guids))

    @cached_property
    def folded_hostnames(self) -> frozenset[str]:
        return frozenset(name.casefold() for name in self.hostnames or ())

    def query(self) -> dict[str, Any]:
        """Build the query parameters. More than 50 groups are filtered by `matches` instead, to keep the URL short."""
        groups = sorted(self.group_guids or ())
        asked = {
            "hostname[]": self.hostnames,
            "internal_ip": self.internal_ip,
            "external_ip": self.external_ip,
            "group_guid[]": groups if 0 < len(groups) <= VALUES_A_REQUEST else None,
            "last_seen_within": self.last_seen_within,
            "last_seen_over": self.last_seen_over,
            "processor_id": self.processor_id,
            "risk_score": self.risk_score,
        }
        return {name: value for name, value in asked.items() if value is not None}

    def matches(self, record: Mapping[str, Any]) -> bool:
        """Return whether names, addresses and group are exactly as asked: how the cloud compares is not known."""
        computer = Computer.parse(record)
        return (
            (self.hostnames is None or computer.hostname.casefold() in self.folded_hostnames)
            and (self.internal_ip is None or self.internal_ip in _addresses(record))
            and (self.external_ip is None or str(record.get("external_ip") or "").strip() == self.external_ip)
            and (self.group_guids is None or computer.group_guid in self.group_guids)
            and (self.processor_id is None or _processor(record) == self.processor_id.strip().casefold())
        )


def read_computers(
    client: Client, wanted: ComputerFilter, limit: int | None = None, until: Callable[[int], bool] | None = None
) -> Listing:
    """Read the computers that match, all pages of them or the first `limit`; `until` as in `read_list`."""
    if wanted.chooses_nothing:
        return Listing([], total=0)
    names = wanted.hostnames or ()
    if len(names) > VALUES_A_REQUEST:
        return _read_in_parts(client, wanted, names, limit)
    exact = (wanted.hostnames, wanted.internal_ip, wanted.external_ip, wanted.group_guids, wanted.processor_id)
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
    """Read as many names at a time as a URL can hold."""
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
    """Read one computer; None if the tenant has none of this GUID. Other errors are raised."""
    try:
        answer = client.get(f"{PATH}/{guid}", bulk=bulk)
    except NotFound:
        return None
    return Computer.parse(COMPUTER.record(answer))


def _processor(record: Mapping[str, Any]) -> str:
    return str(record.get("windows_processor_id") or "").casefold()


def _addresses(record: Mapping[str, Any]) -> list[str]:
    """Return the internal addresses; they may carry a leading space (api-contract 4)."""
    given = record.get("internal_ips")
    return [str(address).strip() for address in given] if isinstance(given, list) else []
