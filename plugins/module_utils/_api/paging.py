# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a list to its end while it changes under our hands (R27). This file is private to the collection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.client import Answer, Client
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.errors import ProtocolError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.regions import is_on_host

PAGE = 500  # default and maximum of the API (api-contract 1)
READINGS = 3

Record = dict[str, Any]


@dataclass(frozen=True)
class Listing:
    """A list as it was read. Nothing may be removed on the strength of one that is not `complete`."""

    records: list[Record]
    complete: bool = True
    total: int | None = None

    @property
    def warning(self) -> str | None:
        if self.complete:
            return None
        return (
            f"The list changed while it was read, {READINGS} times in a row: {len(self.records)} of about {self.total}"
            " records are shown and some may be missing"
        )


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
) -> Listing:
    """Read a list from first to last page, or until `limit` records are there.

    `key` names the field that tells records apart; a record without it is kept. `newer(a, b)` says for lists that begin
    with the newest record whether a is newer than b: what came after the first page's first record is left out, so that
    the list is that of one moment. Where the total falls in between, records may have slipped past: read again.
    """
    wanted = page if limit is None else min(page, limit)
    listing = Listing([], complete=True, total=0)
    for _reading in range(READINGS):
        listing = _read_once(client, path, {**(query or {}), "limit": wanted}, key, limit, newer)
        if listing.complete:
            break
    return listing


def read_pages(
    client: Client, path: str, query: Mapping[str, Any] | None = None, *, bulk: bool = False
) -> Iterator[Answer]:
    """The pages as they come, without looking at their records: for callers that stop early or keep their own order."""
    asked = dict(query or {})
    seen = set()
    while True:
        answer = client.get(path, asked, bulk=bulk)
        yield answer
        following = _following(answer, client)
        if following is None or following in seen:
            return
        seen.add(following)
        asked = {**asked, "offset": following}


def total_of(page: Answer) -> int:
    """How many records the whole list has; those of the page itself where the cloud does not say."""
    results = _results(page)
    return results.total if results else len(page.records)


def _read_once(
    client: Client,
    path: str,
    query: Mapping[str, Any],
    key: str,
    limit: int | None,
    newer: Callable[[Record, Record], bool] | None,
) -> Listing:
    found: dict[Any, Record] = {}
    first: Record | None = None
    totals: list[int] = []
    for answer in read_pages(client, path, query):
        for record in answer.records:
            first = record if first is None else first
            if newer is None or not newer(record, first):
                found.setdefault(_identity(record, key, len(found)), record)
        totals.append(total_of(answer))
        if limit is not None and len(found) >= limit:
            return Listing(list(found.values())[:limit], complete=True, total=totals[-1])
        if totals[-1] < totals[0]:
            return Listing(list(found.values()), complete=False, total=totals[0])
    return Listing(list(found.values()), complete=len(found) >= totals[0], total=totals[-1])


def _identity(record: Record, key: str, position: int) -> Any:
    value = record.get(key)
    return (type(value), value) if isinstance(value, (str, int)) else ("no key", position)


def _following(answer: Answer, client: Client) -> int | None:
    """The offset of the next page: that of this one and its number of items (api-contract 1); None after the last one.

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
