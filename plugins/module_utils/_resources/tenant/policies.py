# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the snapshots of policies with the policies of a tenant, which the API cannot change.

This file is private to the collection.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import unified_diff

from ..._api.errors import Refused
from ..._common.text import printable, quoted
from ..._tenant.changes import Differences, Finding
from ..._tenant.documents import Problem
from ..._tenant.references import parse_reference
from ..._tenant.tree import PolicyEntry
from .._shared.names import Named, Names
from ..policy.read import read_policy_xml
from ..policy.xml import without_passwords
from .read import Policy, TenantReading

MOST_LINES = 40  # of the diff of one policy


def compare_policies(
    entries: Sequence[PolicyEntry], reading: TenantReading, found: Differences, *, read_all: bool
) -> None:
    """Say which policies differ from their snapshots.

    The XML is read where the serial number is another one, or of all policies (`read_all`): a request for each.
    """
    pairs = [(entry, policy) for entry in entries if (policy := _find(entry, reading, found))]
    read = [(entry, policy) for entry, policy in pairs if read_all or entry.serial_number != policy.serial_number]
    texts = read_policy_xml(reading.client, [policy.guid for _entry, policy in read])
    for (entry, policy), document in zip(read, texts, strict=True):
        now = "" if document is None else policy_snapshot(document, policy)
        lines = _diff(entry.xml, now)
        if lines:
            serial = f"serial number {entry.serial_number} in the tree, {policy.serial_number} in the tenant"
            text = f"the policy was changed ({serial}), and the API cannot change it back: {'; '.join(lines)}"
            found.cannot.append(Finding("policies", f"{entry.product}: {entry.key}", text, entry.place))
    known = {policy.guid for _entry, policy in pairs}
    found.unlisted["policies"] = sorted(
        f"{policy.product}: {policy.name}" for policy in reading.policies if policy.guid not in known
    )


def policy_snapshot(document: bytes, policy: Policy) -> str:
    """Return the XML as a snapshot holds it: without passwords, an element a line where it came on one.

    Raises Refused, which names the policy, for XML that cannot be read.
    """
    try:
        text = without_passwords(document)
    except Refused as error:
        raise Refused(f"The {policy.product} policy {quoted(policy.name)}: {error}") from None
    lines = text.replace("><", ">\n<") if "\n" not in text.strip() else text
    return lines.rstrip() + "\n"


def _find(entry: PolicyEntry, reading: TenantReading, found: Differences) -> Policy | None:
    known = {policy.guid: policy for policy in reading.policies if policy.product == entry.product}
    reference = parse_reference(entry.key)
    names = Names(f"{entry.product} policies", [Named(one.guid, one.name) for one in known.values()])
    try:
        matches = names.find([reference.id or reference.name])
    except Refused as error:
        text = str(error).removesuffix(". Nothing was changed.")
        found.problems.append(Problem(entry.place, text))
        return None
    if matches.missing:
        item = f"{entry.product}: {entry.key}"
        text = "the tenant has no such policy, and the API cannot create one"
        found.cannot.append(Finding("policies", item, text, entry.place))
        return None
    return known[next(iter(matches.found.values())).id]


def _diff(before: str, after: str) -> list[str]:
    """Return the lines that differ, `-` in the tree and `+` in the tenant."""
    lines = [
        printable(line, 200)
        for line in unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
        if not line.startswith(("---", "+++", "@@"))
    ]
    more = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], f"and {more} more lines"] if more > 0 else lines
