# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Computers that saw an observable but raised no event for it: the guide's high-priority list.

This file is private to the collection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from ..._api.client import Client
from ..._api.concurrency import for_each
from ..._api.paging import Listing
from ..._common.ids import is_guid
from .._shared.bulk import PartlyDone
from .._shared.tenant import Tenant
from ..event.read import (
    CONNECTORS_A_REQUEST,
    read_events,
)
from .observables import (
    Observable,
    is_named_in,
    observable,
)
from .read import (
    activity_limits,
    read_activity,
    trajectory_url,
)

EVENTS_ARE_KEPT = "events older than the cloud keeps are not seen: such a computer may have raised one"


def beyond_history(computers: int) -> str:
    """Return why more computers may have seen a file silently."""
    return (
        f"{computers} of them are known from events only: the cloud's history of activity does not go back that far,"
        " and computers that raised no event may be missing"
    )


def hunt(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `hunt_info`: for each observable return the computers that saw it, those that raised no event at least.

    Raises PartlyDone with what was found where the hunt ended before all were looked for.
    """
    wanted = list(dict.fromkeys(map(observable, options["observables"])))
    application = options["include_application"]
    attempts = for_each(
        wanted,
        lambda one: _hunt_one(tenant, one, application=application, everybody=options["include_alerted"]),
        workers=tenant.client.options.concurrency,
    )
    found: list[dict[str, Any]] = []
    summaries: list[dict[str, Any]] = []
    for attempt in attempts:
        if attempt.value:
            found += attempt.value[0]
            summaries.append(attempt.value[1])
    errors = [attempt.error for attempt in attempts if attempt.error]
    if errors and not summaries:
        raise errors[0]
    if not options["include_alerted"]:
        found = [computer for computer in found if computer["silent"]]
    result = {"changed": False, "computers": found, "observables": summaries}
    if errors:
        raise PartlyDone(
            f"The hunt ended after {len(summaries)} of {len(wanted)} observables: {errors[0]} The result has what was"
            " found. Look for the others in another run.",
            errors[0],
            result,
        )
    return result


def _hunt_one(
    tenant: Tenant, wanted: Observable, *, application: bool, everybody: bool
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the computers and the summary of an observable.

    Activity searches the newest entries of the history only (api-contract 4), so a computer may have raised an event
    for a file and be missing there. It counts as one that saw the file.
    """
    client = tenant.client
    seen = read_activity(client, wanted.value)
    by_guid = {str(record.get("connector_guid") or "").lower(): record for record in seen.records}
    partial = activity_limits(seen)
    alerted: set[str] = set()
    if by_guid or (everybody and wanted.kind == "sha256"):
        found, incomplete = _alerted(client, wanted, by_guid, include_application=application)
        missing = {guid: record for guid, record in found.items() if wanted.kind == "sha256" and guid not in by_guid}
        by_guid |= missing
        alerted = found.keys() & by_guid.keys()
        partial += [*incomplete, *([beyond_history(len(missing))] if missing else [])]
        partial += [EVENTS_ARE_KEPT] if by_guid else []
    summary = {
        "observable": wanted.value,
        "kind": wanted.kind,
        "seen": len(by_guid),
        "alerted": len(alerted),
        "silent": len(by_guid) - len(alerted),
        "partial": partial,
    }
    return [_seen(client, wanted, record, guid not in alerted) for guid, record in by_guid.items()], summary


def _alerted(
    client: Client, wanted: Observable, seen: Iterable[str], *, include_application: bool
) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Return the computers that raised an event for it by GUID, and why some may be missing.

    The API filters events by the hash of a file only: for the rest the events of the computers that saw it are read.
    """
    listings: list[Listing] = []
    if wanted.kind == "sha256":
        names = ["detection_sha256", *(["application_sha256"] if include_application else [])]
        listings = [read_events(client, {name: wanted.value}) for name in names]
    else:
        guids = sorted(seen)
        for start in range(0, len(guids), CONNECTORS_A_REQUEST):
            query = {"connector_guid[]": guids[start : start + CONNECTORS_A_REQUEST]}
            listings.append(read_events(client, query, keep=lambda event: is_named_in(event, wanted)))
    connectors = {_connector(event): event for listing in listings for event in listing.records}
    found = {guid: _computer(guid, event) for guid, event in connectors.items() if is_guid(guid)}
    return found, [listing.warning for listing in listings if listing.warning]


def _seen(client: Client, wanted: Observable, record: Mapping[str, Any], silent: bool) -> dict[str, Any]:
    guid = str(record.get("connector_guid") or "").lower()
    return {
        "id": sha256(f"{client.options.api_host}\n{guid}\n{wanted.value}".encode()).hexdigest()[:32],
        "observable": wanted.value,
        "connector_guid": guid,
        "hostname": record.get("hostname"),
        "active": record.get("active"),
        "silent": silent,
        "pivot_url": trajectory_url(client.options, record, wanted.value),
    }


def _computer(guid: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an event says of its computer, as activity would."""
    computer = event.get("computer")
    known = computer if isinstance(computer, dict) else {}
    return {"connector_guid": guid, "hostname": known.get("hostname"), "active": known.get("active")}


def _connector(event: Mapping[str, Any]) -> str:
    computer = event.get("computer")
    nested = computer.get("connector_guid") if isinstance(computer, dict) else None
    return str(event.get("connector_guid") or nested or "").lower()
