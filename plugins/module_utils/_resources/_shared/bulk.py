# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks over lists: a record for each item, counts, and the warning when the hourly limit will not suffice.

This file is private to the collection.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from ..._api.errors import ApiError, SecureEndpointError
from .tenant import Tenant


class ItemResult(NamedTuple):
    """What became of one item. `outcome` is a word that the module documents; `more` are further keys of the result."""

    item: str
    outcome: str
    detail: str | None = None
    more: Mapping[str, Any] = MappingProxyType({})


def bulk_result(plural: str, results: Iterable[ItemResult]) -> dict[str, Any]:
    """Return one record {item, outcome, detail, ...} for each item under `plural`, and `counts` of the outcomes.

    `plural` is the resource's own word, such as "computers": a key named `results` is taken for a loop's (R30b).
    """
    records = [{"item": item, "outcome": outcome, "detail": detail, **more} for item, outcome, detail, more in results]
    return {plural: records, "counts": dict(Counter(record["outcome"] for record in records))}


class PartlyDone(SecureEndpointError):
    """Some items were done and some were not; the result says which, and `first` why."""

    def __init__(self, message: str, first: ApiError, result: Mapping[str, Any]) -> None:
        super().__init__(message, result)
        self.first = first

    def as_result(self) -> dict[str, Any]:
        return self.first.as_result()


def partly_done(
    errors: Sequence[ApiError], not_tried: int, plural: str, result: Mapping[str, Any], *, why: str = ""
) -> PartlyDone:
    """Return the failure of a task some of whose items failed; `plural` as in `bulk_result`."""
    untried = f" and {not_tried} were not tried" if not_tried else ""
    return PartlyDone(
        f"{len(errors)} {plural} failed{untried}; `{plural}` of the result shows what was done. The first failure:"
        f" {errors[0]}"
        f" {why or 'Running the task again does what is left.'}",
        errors[0],
        result,
    )


def announce(tenant: Tenant, writes: int, *, reserve: int | None = None) -> None:
    """Say before the first of many writes where the hourly limit will not suffice for them (R28).

    `reserve` is what is kept for others, rate_limit_reserve where it is not given: an isolation may use that up.
    """
    limit, options = tenant.client.rate_limit, tenant.client.options
    kept = options.rate_limit_reserve if reserve is None else reserve
    if limit is None or writes <= 1 or writes <= limit.remaining - kept:
        return
    reset = "at a time that the cloud does not say"
    if limit.reset_seconds is not None:
        reset = f"in {limit.reset_seconds} seconds"
    waits = limit.reset_seconds is not None and limit.reset_seconds <= options.rate_limit_wait
    tenant.warn(
        f"{writes} requests are needed and {limit.remaining} are left until the hourly limit resets {reset}"
        + (f", of which {kept} are kept for others (rate_limit_reserve). " if kept else ". ")
        + (
            "The task waits for the reset on its way."
            if waits
            else "That is longer than rate_limit_wait allows to wait: the task stops where the limit is reached, and"
            " running it again does what is left."
        )
    )
