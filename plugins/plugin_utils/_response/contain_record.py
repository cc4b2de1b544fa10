# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a run of `contain`, from which `contain_undo` reverses exactly that run. Pure.

What a run did is proven by its mark, which stands in the comment of each isolation and in the description of each
entry that it made. So the record only has to hold what the run set out to do, and is complete before anything is
changed. The undo leaves what carries another text: somebody has made it their own since.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.ids import is_guid, is_sha256
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.text import quoted
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.results import Job, Record, guid_of

VERSION = 1
TEXTS = ("run_id", "tenant", "mark")


def parse_record(text: str, tenant: str) -> dict[str, Any]:
    """Return the record that a text holds. Raises ValueError for anything else, and for a run in another tenant."""
    try:
        record = json.loads(text)
    except ValueError:
        raise ValueError("The record is not JSON. Is it the right file?") from None
    if not isinstance(record, dict) or record.get("version") != VERSION or not _is_whole(record):
        raise ValueError(f"The file is not a record of version {VERSION} of a run of contain.")
    if record["tenant"] != tenant:
        raise ValueError(f"The run was in the tenant {quoted(record['tenant'])}, and this is {quoted(tenant)}.")
    return record


def _is_whole(record: Mapping[str, Any]) -> bool:
    """Return whether everything that an undo goes by is there and is what it should be."""
    lists, computers, files = (record.get(name) for name in ("lists", "computers", "files"))
    return (
        all(isinstance(record.get(name), str) and record[name] for name in TEXTS)
        and isinstance(files, list)
        and all(isinstance(one, str) and is_sha256(one) for one in files)
        and _have_guids(lists, "guid")
        and _have_guids(computers, "connector_guid")
    )


def _have_guids(records: object, name: str) -> bool:
    return isinstance(records, list) and all(
        isinstance(one, dict) and isinstance(one.get(name), str) and is_guid(one[name]) for one in records
    )


def contain_record(job: Job, previous: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of a run: what it set out to do, so that a run which was cut off can be undone as well.

    `previous` is the record of the same run where it is continued: what it holds stays.
    """
    chosen: dict[str, dict[str, Any]] = {guid_of(one): dict(one) for one in previous.get("computers") or []}
    for record in job.records("plan", "computers"):
        if record.get("outcome") == "changed":
            chosen.setdefault(guid_of(record), _recorded(record, "planned"))
    for record in job.records("isolation", "computers"):
        if guid_of(record) in chosen or record.get("outcome") in ("changed", "timed_out"):
            chosen[guid_of(record)] = _recorded(record, str(record.get("outcome")))
    lists = {str(one["guid"]).lower(): dict(one) for one in previous.get("lists") or []}
    for one in job.lists_in_use():
        lists[str(one["guid"]).lower()] = {name: one.get(name) for name in ("guid", "name", "type")}
    return {
        "version": VERSION,
        "run_id": job.text("run_id"),
        "tenant": job.text("tenant"),
        "mark": previous.get("mark") or job.text("mark"),
        "started": previous.get("started") or job.text("now"),
        "finished": job.text("finished") or None,
        "files": list(dict.fromkeys([*(previous.get("files") or []), *job.texts("hashes")])),
        "lists": list(lists.values()),
        "computers": list(chosen.values()),
    }


def _recorded(record: Record, outcome: str) -> dict[str, Any]:
    return {"connector_guid": guid_of(record), "hostname": record.get("hostname"), "outcome": outcome}
