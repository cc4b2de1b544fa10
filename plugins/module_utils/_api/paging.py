# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a list to its end while it changes under our hands (R27). This file is private to the collection."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

from .client import Answer, Client
from .errors import ProtocolError, Refused
from .regions import is_on_host

PAGE = 500  # default and maximum of the API (api-contract 1)
READINGS = 3
# A reading ends with an error beyond these (R30a), so that a list that never ends cannot hold a task.
SPARE_PAGES = 10  # beyond those that the largest total seen so far needs: lists grow while they are read
PAGES_WITHOUT_TOTAL = 1000
MOST_PAGES = 3000
MOST_BYTES = 1024 * 1024 * 1024
BYTES_OF_A_RECORD = 8192  # allowed for each record of a `limit` that asks for more than these

Record = dict[str, Any]


@dataclass(frozen=True)
class Listing:
    """A list as it was read. Nothing may be removed on the strength of one that is not `complete`."""

    records: list[Record]
    complete: bool = True
    total: int | None = None
    stopped: bool = False

    @property
    def warning(self) -> str | None:
        if self.complete:
            return None
        return (
            f"The list changed while it was read, {READINGS} times in a row: {len(self.records)} of about {self.total}"
            " records are shown and some may be missing"
        )


def records_of(answer: Answer) -> list[Record]:
    """Return the records of a page whose `data` is the list."""
    return answer.records


class _Way(NamedTuple):
    """How a list is read; see `read_list`."""

    key: str
    limit: int | None
    newer: Callable[[Record, Record], bool] | None
    keep: Callable[[Record], bool] | None
    until: Callable[[int], bool] | None
    records: Callable[[Answer], list[Record]]
    exact: bool


class _Results(NamedTuple):
    """`metadata.results` of a page."""

    total: int
    items: int
    offset: int


def read_list(
    client: Client,
    path: str,
    query: Mapping[str, Any] | None = None,
    *,
    key: str = "guid",
    limit: int | None = None,
    newer: Callable[[Record, Record], bool] | None = None,
    page: int = PAGE,
    keep: Callable[[Record], bool] | None = None,
    until: Callable[[int], bool] | None = None,
    records: Callable[[Answer], list[Record]] = records_of,
    exact: bool = False,
) -> Listing:
    """Read a list from first to last page, or until `limit` records are there.

    `key` names the field that tells records apart; a record without it is kept. `newer(a, b)` says for lists that begin
    with the newest record whether a is newer than b: what came after the first page's first record is left out, so that
    the list is that of one moment. Where the total falls in between, records may have slipped past: read again.

    `keep` chooses the records that count for `limit` and stay in memory; it sees each one once a reading. `until` gets
    the number of pages left after each page and may end the reading there, `stopped`. `records` takes the list out of
    a page. `exact` calls a list complete only if its total held still and that many records came. Raises Refused for a
    `limit` below 1.
    """
    if limit is not None and limit < 1:
        raise Refused("limit must be 1 or more. Leave it out to read everything.")
    wanted = page if limit is None or keep is not None else min(page, limit)
    way = _Way(key, limit, newer, keep, until, records, exact)
    listing = Listing([], complete=True, total=0)
    for _reading in range(READINGS):
        listing = _read_once(client, path, {**(query or {}), "limit": wanted}, way)
        if listing.complete or listing.stopped:
            break
    return listing


def read_pages(
    client: Client,
    path: str,
    query: Mapping[str, Any] | None = None,
    *,
    bulk: bool = False,
    limit: int | None = None,
) -> Iterator[Answer]:
    """Yield the pages as they come, without looking at their records, for callers that stop early or keep their order.

    `limit` is how many records the user asks for at most; one beyond the bounds of a reading raises them.
    """
    asked = dict(query or {})
    seen = set()
    bounds = _Bounds(limit)
    while True:
        answer = client.get(path, asked, bulk=bulk)
        yield answer
        following = _following(answer, client)
        if following is None or following in seen:
            return
        bounds.check(answer, asked)
        seen.add(following)
        client.tell(_reached(path, answer, following))
        asked = {**asked, "offset": following}


class _Bounds:
    """The pages and bytes that one reading of a list may take."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit or 0
        self._pages = 0
        self._bytes = 0
        self._total: int | None = None
        self._page = PAGE

    def check(self, answer: Answer, asked: Mapping[str, Any]) -> None:
        """Count a page after which another one would be read. Raises ProtocolError beyond a bound."""
        results = _results(answer)
        if results:
            self._total = max(self._total or 0, results.total)
            self._page = max(1, min(self._page, results.items, int(asked.get("limit", PAGE))))
        self._pages += 1
        self._bytes += answer.size
        most_bytes = max(MOST_BYTES, self._limit * BYTES_OF_A_RECORD)
        if self._bytes >= most_bytes:
            self._exceeded(answer, f"the list takes more than {most_bytes / 1024**3:g} GiB")
        if self._pages >= self._most_pages():
            of = "a list without a total" if self._total is None else f"a list of {self._total} records"
            self._exceeded(answer, f"the list does not end after {self._pages} pages, the bound for {of}")

    def _most_pages(self) -> int:
        if self._total is None:
            return PAGES_WITHOUT_TOTAL
        needed = math.ceil(self._total / self._page) + SPARE_PAGES
        return min(needed, max(MOST_PAGES, math.ceil(self._limit / self._page) + SPARE_PAGES))

    @staticmethod
    def _exceeded(answer: Answer, problem: str) -> NoReturn:
        advice = "Use a filter, or a limit that is as large as the list where the list really is that long"
        raise ProtocolError(answer.exchange, problem, advice)


def _read_once(client: Client, path: str, query: Mapping[str, Any], way: _Way) -> Listing:
    seen: set[Any] = set()
    kept: list[Record] = []
    first: Record | None = None
    totals: list[int] = []
    for answer in read_pages(client, path, query, limit=way.limit):
        page = way.records(answer)
        for record in page:
            first = record if first is None else first
            identity = _identity(record, way.key, len(seen))
            if identity not in seen and not (way.newer and way.newer(record, first)):
                seen.add(identity)
                if way.keep is None or way.keep(record):
                    kept.append(record)
        results = _results(answer)
        totals.append(results.total if results else len(page))
        if way.limit is not None and len(kept) >= way.limit:
            return Listing(kept[: way.limit], complete=True, total=totals[-1])
        if totals[-1] < totals[0]:
            return Listing(kept, complete=False, total=totals[0])
        reached = results.offset + results.items if results else totals[-1]
        left = -(-max(0, totals[-1] - reached) // query["limit"])
        if way.until and left and way.until(left):
            return Listing(kept, complete=False, total=totals[-1], stopped=True)
    complete = {len(seen)} == set(totals) if way.exact else len(seen) >= totals[0]
    return Listing(kept, complete=complete, total=totals[-1])


def _identity(record: Record, key: str, position: int) -> Any:
    value = record.get(key)
    return (type(value), value) if isinstance(value, (str, int)) else ("no key", position)


def _following(answer: Answer, client: Client) -> int | None:
    """Return the offset of the next page: this one's plus its number of items (api-contract 1), or None after the last.

    The link itself is never called: only its being there counts, and that it leads to the configured host.
    """
    link = _link(answer)
    if link and not is_on_host(link, client.options.api_host):
        raise ProtocolError(
            answer.exchange,
            "the link to the next page leads to another host, which is not followed",
            "Give the host that the console names as api_host",
        )
    results = _results(answer)
    if results is None:
        if link:
            raise ProtocolError(answer.exchange, "the answer names a next page but not where in the list it is")
        return None
    reached = results.offset + results.items
    return reached if results.items > 0 and (link or reached < results.total) else None


def _reached(path: str, answer: Answer, offset: int) -> str:
    results = _results(answer)
    return f"{path}: {offset} of {results.total} records" if results else path


def _link(answer: Answer) -> str | None:
    metadata = answer.document.get("metadata")
    links = metadata.get("links") if isinstance(metadata, dict) else None
    link = links.get("next") if isinstance(links, dict) else None
    return link if isinstance(link, str) else None


def _results(answer: Answer) -> _Results | None:
    """None where the list is not paged: event types give a total only (api-contract 1)."""
    metadata = answer.document.get("metadata")
    results = metadata.get("results") if isinstance(metadata, dict) else None
    if not isinstance(results, dict):
        return None
    numbers = [results.get(name) for name in ("total", "current_item_count", "index")]
    if any(isinstance(number, bool) or not isinstance(number, int) or number < 0 for number in numbers):
        return None
    return _Results(*numbers)  # type: ignore[arg-type]
