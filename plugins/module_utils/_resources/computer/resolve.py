# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the GUIDs and host names that people write to the computers that are meant.

This file is private to the collection.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from ..._api.client import Client
from ..._api.concurrency import for_each
from ..._api.errors import Refused, SecureEndpointError
from ..._api.paging import PAGE, read_list
from ..._common.ids import is_guid
from .._shared.names import ANY_CASE, COMPARED, Named, Names
from .read import COMPUTER, PATH, VALUES_A_REQUEST, Computer, ComputerFilter, read_computer, read_computers

NEAR = 4 * PAGE  # computers whose names are compared with one that is unknown, where no more were read anyway


class ResolvedComputers(NamedTuple):
    """`found` maps each text as it was given to its computer, in the order given; `missing` are those without one."""

    found: dict[str, Computer]
    missing: tuple[str, ...]


def resolve_computers(client: Client, wanted: Iterable[str], *, missing_ok: bool = False) -> ResolvedComputers:
    """Return GUIDs and host names as computers.

    It takes one read per computer or the pages of all, whichever are fewer. Host names are compared without regard to
    case. Raises Refused for all that several records share, and unless `missing_ok` for all that nobody has, at once.
    """
    texts = list(dict.fromkeys(text.strip() for text in wanted))
    if "" in texts:
        raise Refused("computers holds an empty text. Give GUIDs or host names. Nothing was changed.")
    search = _Search(client, texts)
    known = search.run()
    names = Names(
        "computers",
        [Named(computer.guid, computer.hostname) for computer in _newest_first(known.values())],
        keys=ANY_CASE,
        describe=lambda guid: known[guid].described(),
    )
    found, missing = names.find(texts)
    if missing and not missing_ok:
        raise names.refusal_of(missing, search.near(missing))
    return ResolvedComputers({text: known[named.id] for text, named in found.items()}, missing)


class _Search:
    """Reads at least the computers that are wanted, by GUID, and keeps the names of others that it meets."""

    def __init__(self, client: Client, texts: Sequence[str]) -> None:
        self._client = client
        self._guids = {text.lower() for text in texts if is_guid(text)}
        self._names = {text.casefold(): text for text in texts if not is_guid(text)}
        self._known: dict[str, Computer] = {}
        self._met: list[Named] = []

    def run(self) -> dict[str, Computer]:
        """Return the computers that were found, by GUID.

        The first page is all of it for many tenants. A name is never taken from some of the pages alone: another record
        of that name may stand on the next one.
        """
        if not (self._single_reads() > 1 and self._read_pages()):
            guids, names = sorted(self._guids - self._known.keys()), list(self._names.values())
            for computer in (*_read_each(self._client, guids), *_read_named(self._client, names)):
                self._known[computer.guid] = computer
        return self._known

    def near(self, missing: Iterable[str]) -> list[Named]:
        """Return the names of other computers, for a refusal to name those like the missing ones."""
        if not self._met and not all(map(is_guid, missing)):
            with suppress(SecureEndpointError):  # a refusal without suggestions is better than none
                listing = read_list(self._client, PATH, key="connector_guid", limit=NEAR, records=COMPUTER.records)
                self._met = [_named(record) for record in listing.records]
        return self._met

    def _read_pages(self) -> bool:
        """Read pages for as long as they are fewer than single reads; return whether these were all of them."""
        return read_list(
            self._client,
            PATH,
            key="connector_guid",
            keep=self._keep,
            until=lambda pages_left: self._single_reads() < pages_left,
            records=COMPUTER.records,
        ).complete

    def _keep(self, record: Mapping[str, Any]) -> bool:
        computer = Computer.parse(record)
        if computer.guid in self._guids or computer.hostname.casefold() in self._names:
            self._known[computer.guid] = computer
        elif len(self._met) < COMPARED:
            self._met.append(_named(record))
        return False  # the others are not held in memory, however many there are

    def _single_reads(self) -> int:
        return len(self._guids - self._known.keys()) + -(-len(self._names) // VALUES_A_REQUEST)


def _newest_first(computers: Iterable[Computer]) -> list[Computer]:
    return sorted(computers, key=lambda computer: computer.record.get("last_seen") or "", reverse=True)


def _named(record: Mapping[str, Any]) -> Named:
    return Named(record["connector_guid"].lower(), record.get("hostname") or "")


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
