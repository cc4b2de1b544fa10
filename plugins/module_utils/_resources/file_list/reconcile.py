# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SHA-256s of a file list as desired state (R24): read the list once, plan, write what differs.

This file is private to the collection.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..._api.client import Client
from ..._api.concurrency import for_each
from ..._api.errors import ApiError, Refused
from ..._common.text import printable, quoted
from .._shared.bulk import (
    ItemResult,
    announce,
    bulk_result,
    partly_done,
)
from .._shared.tenant import Tenant
from ..policy.read import read_policy_xml
from ..policy.xml import conviction_mode
from .apply import (
    EntryWriter,
    Gone,
)
from .read import (
    Contents,
    Entry,
    FileList,
    find_file_list,
    read_contents,
)
from .wanted import wanted_entries

SHOWN = 200  # entries of a diff

ADD, REDESCRIBE, REMOVE = "add", "redescribe", "remove"
DONE = {ADD: "added", REDESCRIBE: "description_updated", REMOVE: "removed"}
CHANGES = "update_description=true would change"
BY_OTHERS = {
    "present": "somebody else added it in the meantime",
    "absent": "somebody else removed it in the meantime",
}


class Step(NamedTuple):
    """One entry that has to change."""

    what: str
    entry: Entry


@dataclass(frozen=True)
class EntryPlan:
    """`steps` in the order in which they are taken, adds before removals; `settled` is what stays as it is."""

    steps: tuple[Step, ...]
    settled: tuple[ItemResult, ...]

    @property
    def writes(self) -> int:
        return sum(2 if step.what == REDESCRIBE else 1 for step in self.steps)

    def of(self, what: str) -> list[Step]:
        return [step for step in self.steps if step.what == what]


def plan(
    wanted: Sequence[Entry],
    current: Mapping[str, Entry],
    *,
    state: str,
    exclusive: bool,
    update_description: bool,
    match_description: bool = False,
) -> EntryPlan:
    """Compare what is wanted with what is there. A description that is not given is left alone."""
    steps: list[Step] = []
    settled: list[ItemResult] = []
    for entry in wanted:
        there = current.get(entry.sha256)
        if state == "absent":
            if there and match_description and (entry.description or "") != (there.description or ""):
                settled.append(ItemResult(entry.sha256, "description_differs", _described(there)))
            elif there:
                steps.append(Step(REMOVE, there))
            else:
                settled.append(ItemResult(entry.sha256, "absent"))
        elif there is None:
            steps.append(Step(ADD, entry))
        elif entry.description is None or entry.description == (there.description or ""):
            settled.append(ItemResult(entry.sha256, "present"))
        elif update_description:
            steps.append(Step(REDESCRIBE, entry))
        else:
            settled.append(ItemResult(entry.sha256, "description_differs", f"{_described(there)}, which {CHANGES}"))
    if exclusive:
        named = {entry.sha256 for entry in wanted}
        steps += [Step(REMOVE, entry) for entry in current.values() if entry.sha256 not in named]
    order = [ADD, REDESCRIBE, REMOVE]
    return EntryPlan(tuple(sorted(steps, key=lambda step: order.index(step.what))), tuple(settled))


def reconcile(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `file_list_entry`. Raises Refused before anything is written, PartlyDone if some entries failed."""
    wanted = wanted_entries(options["entries"], options["src"])
    _check(wanted, options)
    file_list = find_file_list(tenant.client, options["file_list"], options["file_list_type"])
    contents = _read(tenant.client, file_list, wanted, options)
    todo = plan(
        wanted,
        contents.entries,
        state=options["state"],
        exclusive=options["exclusive"],
        update_description=options["update_description"],
        match_description=options["match_description"],
    )
    _check_removals(todo, options)
    audit = _audit_policies(tenant.client, contents) if options["check_enforcement"] else None
    _warn(tenant, file_list, contents, todo, audit)
    announce(tenant, todo.writes)
    if tenant.check_mode:
        done, errors = [ItemResult(step.entry.sha256, DONE[step.what]) for step in todo.steps], list[ApiError]()
    else:
        done, errors = _apply(tenant.client, file_list, todo)
    result = _result(tenant, file_list, contents, todo, done, wanted)
    if audit is not None:
        result["audit_policies"] = audit
    untried = result["counts"].get("not_tried", 0)
    if errors:
        raise partly_done(errors, untried, "entries", result)
    return result


def _check(wanted: Sequence[Entry], options: Mapping[str, Any]) -> None:
    if options["exclusive"] and options["state"] != "present":
        raise Refused("exclusive goes with state=present only: it removes what entries does not name.")
    if options["match_description"] and options["state"] != "absent":
        raise Refused("match_description goes with state=absent only: it decides what is removed.")
    if options["exclusive"] and not wanted and not options["allow_empty"]:
        raise Refused(
            "exclusive with no entries would empty the list. If that is meant, set allow_empty=true."
            " Nothing was changed."
        )


def _read(client: Client, file_list: FileList, wanted: Sequence[Entry], options: Mapping[str, Any]) -> Contents:
    asked = None if options["exclusive"] else [entry.sha256 for entry in wanted]
    contents = read_contents(client, file_list.guid, asked)
    if options["exclusive"] and not contents.complete:
        raise Refused(
            f"The file list {quoted(file_list.name)} changed while it was read, several times in a row: what would"
            " have to go is not certain. Nothing was changed; try again."
        )
    return contents


def _check_removals(todo: EntryPlan, options: Mapping[str, Any]) -> None:
    removals, most = len(todo.of(REMOVE)), options["max_removals"]
    if options["exclusive"] and removals > most:
        raise Refused(
            f"exclusive would remove {removals} entries, more than max_removals ({most}) allows. Check whether what was"
            f" given is complete; if it is, set max_removals to at least {removals}. Nothing was changed."
        )


def _audit_policies(client: Client, contents: Contents) -> list[dict[str, str]]:
    """Return the policies that use the list but only report what it names."""
    texts = read_policy_xml(client, [policy.id for policy in contents.policies])
    return [
        {"guid": policy.id, "name": policy.name}
        for policy, text in zip(contents.policies, texts, strict=True)
        if text is not None and conviction_mode(text) == "audit"
    ]


def _warn(
    tenant: Tenant,
    file_list: FileList,
    contents: Contents,
    todo: EntryPlan,
    audit: Sequence[Mapping[str, str]] | None,
) -> None:
    """Warn of what keeps the entries from having the expected effect (workflows: Response Actions)."""
    name = quoted(file_list.name)
    keeps = bool(todo.of(ADD) or todo.of(REDESCRIBE) or any(result.outcome == "present" for result in todo.settled))
    if keeps and not contents.policies:
        tenant.warn(f"The file list {name} is in no policy: it has no effect until a policy uses it.")
    if audit:
        names = ", ".join(quoted(policy["name"]) for policy in audit)
        tenant.warn(f"Policies that use the file list {name} are in audit mode, so nothing is blocked there: {names}.")
    if file_list.type == "application_blocking" and todo.of(ADD):
        tenant.warn(
            f"The file list {name} blocks applications: it has an effect on binaries only, not on documents, and none"
            " where a policy's file conviction mode is audit."
        )


def _apply(client: Client, file_list: FileList, todo: EntryPlan) -> tuple[list[ItemResult], list[ApiError]]:
    """Add, then change descriptions, then remove; after a failure nothing further is removed."""
    done: list[ItemResult] = []
    errors: list[ApiError] = []
    writer = EntryWriter(client, file_list.guid, bulk=len(todo.steps) > 1)
    for what, write in ((ADD, writer.add), (REDESCRIBE, writer.redescribe), (REMOVE, writer.remove)):
        entries = [step.entry for step in todo.of(what)]
        if errors:
            done += [ItemResult(entry.sha256, "not_tried") for entry in entries]
            continue
        for attempt in for_each(entries, write, workers=client.options.concurrency, ends=(Gone,)):
            sha256, outcome = attempt.item.sha256, attempt.value
            if attempt.error:
                errors.append(attempt.error)
                failed = "gone" if isinstance(attempt.error, Gone) else "failed"
                done.append(ItemResult(sha256, failed, str(attempt.error)))
            else:
                done.append(ItemResult(sha256, outcome or "not_tried", BY_OTHERS.get(outcome or "")))
    return done, errors


def _result(
    tenant: Tenant,
    file_list: FileList,
    contents: Contents,
    todo: EntryPlan,
    done: Sequence[ItemResult],
    wanted: Sequence[Entry],
) -> dict[str, Any]:
    outcomes = {result.item: result.outcome for result in done}
    counts = Counter(outcomes.values())
    count = contents.total + counts["added"] - counts["removed"] - counts["gone"]
    changes = [step for step in todo.steps if outcomes[step.entry.sha256] in (*DONE.values(), "gone")]
    before = _side(file_list, contents.total, [contents.entries.get(step.entry.sha256) for step in changes])
    after = _side(
        file_list,
        count,
        [step.entry if outcomes[step.entry.sha256] in ("added", "description_updated") else None for step in changes],
    )
    place = {entry.sha256: number for number, entry in enumerate(wanted)}
    results = sorted([*todo.settled, *done], key=lambda result: place.get(result.item, len(place)))
    return {
        "changed": bool(changes),
        "before": before,
        "after": after,
        "diff": {"before": _lines(before, len(changes)), "after": _lines(after, len(changes))},
        "calls": {"planned": todo.writes, "made": tenant.client.writes_made},
        "file_list": {
            **file_list._asdict(),
            "policies": [{"guid": policy.id, "name": policy.name} for policy in contents.policies],
        },
        **bulk_result("entries", results),
    }


def _side(file_list: FileList, count: int, entries: Sequence[Entry | None]) -> dict[str, Any]:
    """Return one side of the change: the number of entries, and those that differ on the other side."""
    return {
        "guid": file_list.guid,
        "name": file_list.name,
        "entries_count": count,
        "entries": [{"sha256": entry.sha256, "description": entry.description} for entry in entries if entry][:SHOWN],
    }


def _lines(side: Mapping[str, Any], changes: int) -> dict[str, Any]:
    """Return one side of the diff."""
    shown = {
        "file_list": printable(side["name"], 100),
        "entries_count": side["entries_count"],
        "entries": [f"{entry['sha256']} {printable(entry['description'] or '')}".rstrip() for entry in side["entries"]],
    }
    return shown if changes <= SHOWN else {**shown, "not_shown": f"{changes - SHOWN} further changes"}


def _described(entry: Entry) -> str:
    return f"it has the description {quoted(entry.description or '')}"
