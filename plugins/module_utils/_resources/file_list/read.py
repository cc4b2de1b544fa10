# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read file lists (simple custom detections, application blocking, allowed applications) and their entries.

This file is private to the collection.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..._api.client import Answer, Client
from ..._api.concurrency import for_each
from ..._api.errors import NotFound, Refused
from ..._api.paging import Record, read_list
from ..._common.ids import is_guid
from ..._common.text import printable
from .._shared.names import Named, Names, check_guids
from .._shared.shapes import REFERENCE, Shape
from .._shared.tenant import Tenant
from ..policy.read import (
    read_each_policy,
    read_policies,
)

PATH = "/v1/file_lists"
LIST = Shape(needed={"guid": str}, optional={"name": str, "type": str})
ITEM = Shape(optional={"description": str, "source": str})
FILES = Shape(
    needed={"items": [Shape(needed={"sha256": str}, optional={"description": str, "source": str})]},
    optional={"policies": [REFERENCE]},
)
LISTED = ("simple_custom_detections", "application_blocking")  # the types that v1 can list (api-contract 9)
ALLOWED = "allowed_applications"
TYPES = (*LISTED, ALLOWED)
OLD_ALLOWED = "application_whitelist"  # what older tenants call it (api-contract 9)


class FileList(NamedTuple):
    """One list. The type is one of TYPES, or what the cloud calls a type that is not known here."""

    guid: str
    name: str
    type: str

    @classmethod
    def parse(cls, record: Mapping[str, Any]) -> FileList:
        kind = str(record.get("type") or "")
        return cls(
            str(record.get("guid") or "").lower(),
            str(record.get("name") or ""),
            ALLOWED if kind == OLD_ALLOWED else kind,
        )


class Entry(NamedTuple):
    """One SHA-256, in lower case. `description` None: none is given, which equals an empty one in the cloud."""

    sha256: str
    description: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class Contents:
    """What is in a list: all of it where `complete`, else at least what was asked for. `total` counts all of it."""

    entries: Mapping[str, Entry]
    total: int
    policies: tuple[Named, ...]
    complete: bool


def find_file_list(client: Client, wanted: str, kind: str | None) -> FileList:
    """Return the list with this GUID or exactly this name. Raises Refused for none, several, or another type."""
    wanted = wanted.strip()
    if is_guid(wanted):
        try:
            found = FileList.parse(LIST.record(client.get(f"{PATH}/{wanted.lower()}")))
        except NotFound:
            raise Refused(f"The tenant has no file list {wanted.lower()}. Nothing was changed.") from None
        if kind and found.type != kind:
            raise Refused(
                f"File list {wanted.lower()} is of the type {printable(found.type, 40)}. Nothing was changed."
            )
        return found
    known = {found.guid: found for found in read_file_lists(client, [kind] if kind else LISTED)}
    names = Names(
        "file lists",
        [Named(one.guid, one.name) for one in known.values()],
        describe=lambda guid: known[guid].type.replace("_", " "),
    )
    return known[names.resolve([wanted])[wanted].id]


def read_file_lists(client: Client, types: Collection[str]) -> list[FileList]:
    """Read the lists of some types. Lists of allowed applications are only found through the policies."""
    found: dict[str, FileList] = {}
    for kind in LISTED:
        if kind in types:
            for record in read_list(client, f"{PATH}/{kind}", records=LIST.records).records:
                file_list = FileList.parse({"type": kind, **record})
                found[file_list.guid] = file_list
    if ALLOWED in types:
        policies = [str(policy.get("guid")) for policy in read_policies(client).records]
        for policy in read_each_policy(client, policies):
            held = (policy or {}).get("file_lists")
            parsed = map(FileList.parse, (record for record in held or [] if isinstance(record, dict)))
            found.update({file_list.guid: file_list for file_list in parsed if file_list.type == ALLOWED})
    return list(found.values())


def read_contents(client: Client, guid: str, wanted: Collection[str] | None = None) -> Contents:
    """Read the entries of a list: all of them, or at least those of the SHA-256s `wanted`.

    The first page tells how long the list is and which policies use it; then come pages or single reads, whichever are
    fewer. Where the list does not hold still while it is read, each of `wanted` is asked for by itself.
    """
    seen: set[str] = set()
    policies: list[Named] = []

    def records(answer: Answer) -> list[Record]:
        page = FILES.record(answer)
        items: list[Record] = page["items"]
        policies[:] = _policies(page)
        seen.update(_entry(item).sha256 for item in items)
        return items

    def stop(pages_left: int) -> bool:
        return wanted is not None and sum(sha256 not in seen for sha256 in wanted) < pages_left

    listing = read_list(client, f"{PATH}/{guid}/files", key="sha256", until=stop, records=records, exact=True)
    entries = {entry.sha256: entry for entry in map(_entry, listing.records)}
    if not listing.complete and wanted is not None:
        for entry in _read_each(client, guid, [sha256 for sha256 in wanted if sha256 not in entries]):
            entries[entry.sha256] = entry
    return Contents(entries, listing.total or 0, tuple(policies), listing.complete)


def read_entry(client: Client, guid: str, sha256: str, *, bulk: bool = False) -> Entry | None:
    """Read one entry; None if it is not in the list."""
    try:
        return _entry({"sha256": sha256, **ITEM.record(client.get(entry_path(guid, sha256), bulk=bulk))})
    except NotFound:
        return None


def entry_path(guid: str, sha256: str) -> str:
    return f"{PATH}/{guid}/files/{sha256}"


def list_file_lists(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `file_list_info`: return lists by type and name or by GUID, with entries or policies if asked for."""
    client, names = tenant.client, options["names"]
    if options["guids"] is not None:
        found = list(_read_by_guid(client, options["guids"]))
    else:
        found = [one for one in read_file_lists(client, options["types"]) if names is None or one.name in names]
    found = found[: options["limit"]]
    shown = [dict(file_list._asdict()) for file_list in found]
    for record in shown if options["files"] or options["policies"] else ():
        contents = read_contents(client, record["guid"], None if options["files"] else ())
        record["policies"] = [{"guid": policy.id, "name": policy.name} for policy in contents.policies]
        if options["files"]:
            if not contents.complete:
                tenant.warn(
                    f"The file list {printable(record['name'], 100)} changed while it was read, several times in a row:"
                    " some of its files may be missing"
                )
            record["files"] = [entry._asdict() for entry in contents.entries.values()]
            record["complete"] = contents.complete
    return {"changed": False, "file_lists": shown}


def _read_by_guid(client: Client, guids: Sequence[str]) -> Iterable[FileList]:
    for guid in check_guids("guids", guids, "A list's name goes into names."):
        try:
            yield FileList.parse(LIST.record(client.get(f"{PATH}/{guid}")))
        except NotFound:
            continue


def _read_each(client: Client, guid: str, wanted: Sequence[str]) -> Iterable[Entry]:
    bulk = len(wanted) > 1
    for attempt in for_each(
        wanted, lambda sha256: read_entry(client, guid, sha256, bulk=bulk), workers=client.options.concurrency
    ):
        if attempt.error:
            raise attempt.error
        if attempt.value:
            yield attempt.value


def _entry(record: Mapping[str, Any]) -> Entry:
    description, source = record.get("description"), record.get("source")
    return Entry(
        str(record["sha256"]).lower(),
        None if description is None else str(description),
        None if source is None else str(source),
    )


def _policies(record: Mapping[str, Any]) -> list[Named]:
    given = record.get("policies")
    return [
        Named(str(policy.get("guid") or "").lower(), str(policy.get("name") or ""))
        for policy in (given if isinstance(given, list) else [])
        if isinstance(policy, dict)
    ]
