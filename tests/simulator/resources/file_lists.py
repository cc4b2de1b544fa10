# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""/v1/file_lists (api-contract 9): lists by type, their items, one SHA-256 at a time."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, g

from ..cloud import cloud
from ..tenant.file_lists import FileList
from ..web.envelope import Problem, answer, host_url, page
from ..web.paging import paged
from ..web.parameters import Body, Query, path_guid

blueprint = Blueprint("file_lists", __name__)
ITEM = "/v1/file_lists/<guid>/files/<sha256>"
TAKEN = "Validation failed: SHA-256 has already been taken"  # recorded (api-contract 14)


@blueprint.get("/v1/file_lists/simple_custom_detections", defaults={"kind": "simple_custom_detections"})
@blueprint.get("/v1/file_lists/application_blocking", defaults={"kind": "application_blocking"})
def list_file_lists(kind: str) -> Response:
    """Answer with the lists of one type; allowed applications have no such call."""
    query = Query("name")
    wanted = query.words("name", "name_filter")
    found = [one for one in cloud().tenant.file_lists.values() if one.type == kind and wanted(one.name)]
    return paged(found, query, listed)


@blueprint.get("/v1/file_lists/<guid>")
def show_file_list(guid: str) -> Response:
    """One list, without its items."""
    Query(paged=False)
    return answer(listed(_find(guid)))


@blueprint.get("/v1/file_lists/<guid>/files")
def list_items(guid: str) -> Response:
    """One page of items; `data` is the list and the policies that use it."""
    query = Query()
    file_list = _find(guid)
    hashes = list(file_list.items)[query.offset : query.offset + query.limit]
    whole = {
        "name": file_list.name,
        "guid": file_list.guid,
        "policies": _policies(file_list),
        "items": [item(file_list, sha256) for sha256 in hashes],
    }
    total = len(file_list.items)
    return page(whole, total=total, count=len(hashes), offset=query.offset, limit=query.limit)


@blueprint.get(ITEM)
def show_item(guid: str, sha256: str) -> Response:
    """One item."""
    Query(paged=False)
    file_list, digest = _find(guid), _digest(sha256)
    if digest not in file_list.items:
        raise Problem(404, _missing(sha256))
    return answer(item(file_list, digest))


@blueprint.post(ITEM)
def add_item(guid: str, sha256: str) -> Response:
    """Put a SHA-256 into the list; one that is there is a conflict."""
    here = cloud()
    file_list, digest = _find(guid), _digest(sha256)
    description = Body("description").text("description")
    if digest in file_list.items:
        raise Problem(here.switches["file_list_conflict_status"], TAKEN)
    source = "Created by entering SHA-256 via Public api."
    file_list.items[digest] = {"description": description, "source": source}
    here.audit("create", "FileListItem", file_list.guid, g.client.client_id, sha256=(None, digest))
    here.convict(file_list, digest)
    return answer(item(file_list, digest), here.switches["file_list_create_status"])


@blueprint.delete(ITEM)
def remove_item(guid: str, sha256: str) -> Response:
    """Take a SHA-256 out of the list."""
    here = cloud()
    file_list, digest = _find(guid), _digest(sha256)
    if digest in file_list.items:
        del file_list.items[digest]
        here.audit("delete", "FileListItem", file_list.guid, g.client.client_id, sha256=(digest, None))
    elif here.switches["file_list_delete_missing_status"] != 200:
        raise Problem(here.switches["file_list_delete_missing_status"], _missing(sha256))
    return answer({})


def _find(guid: str) -> FileList:
    file_list = cloud().tenant.file_lists.get(path_guid(guid, "File list"))
    if file_list is None:
        raise Problem(cloud().switches["not_found_status"], "File list not found")
    return file_list


def _missing(as_sent: str) -> str:
    """Return the recorded text (api-contract 14): it echoes the hash in the case that was sent."""
    return f"Imn File List Item not found for given sha256: {as_sent}"


def _digest(text: str) -> str:
    """Return a SHA-256 in any case, as lower case. Raises the cloud's 400."""
    if not re.fullmatch(r"[0-9A-Fa-f]{64}", text):
        raise Problem(cloud().switches["bad_parameter_status"], f"{text} is not a SHA-256")
    return text.lower()


def _links(file_list: FileList) -> dict[str, str]:
    return {"file_list": f"{host_url()}/v1/file_lists/{file_list.guid}"}


def listed(file_list: FileList) -> dict[str, Any]:
    """Return a list as it is shown everywhere."""
    return {"name": file_list.name, "guid": file_list.guid, "type": file_list.type, "links": _links(file_list)}


def item(file_list: FileList, sha256: str) -> dict[str, Any]:
    """Return an item; the description may be absent or empty, as it was made."""
    kept = file_list.items[sha256]
    shown: dict[str, Any] = {"sha256": sha256}
    if kept["description"] is not None:
        shown["description"] = kept["description"]
    return {**shown, "source": kept["source"], "links": _links(file_list)}


def _policies(file_list: FileList) -> list[dict[str, Any]]:
    host = host_url()
    return [
        {"name": one.name, "guid": one.guid, "links": {"policy": f"{host}/v1/policies/{one.guid}"}}
        for one in cloud().tenant.policies.values()
        if file_list.guid in one.file_lists
    ]
