# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole tenant as desired state: load the tree, compare, apply. This file is private to the collection."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from ..._api.errors import Refused, SecureEndpointError
from ..._common.text import MASK
from ..._tenant.changes import SHOWN, Change, Differences, Finding, diff_text, merged
from ..._tenant.documents import YAML_IMPORT_ERROR, Problem
from ..._tenant.schema import SECTIONS
from ..._tenant.tree import Tree, load_tree
from .._shared.bulk import ItemResult, announce, bulk_result, partly_done
from .._shared.tenant import Tenant
from .apply import OUTCOMES, Applier, Done
from .compare import Comparison, Wish
from .read import TenantReading


def reconcile(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `tenant_config`. Raises Refused before anything is changed, PartlyDone where some changes failed."""
    src = os.path.expanduser(options["src"])
    tree = _load(tenant, src)
    wish = Wish(
        sections=SECTIONS if options["sections"] is None else options["sections"],
        exclusive=options["exclusive"],
        max_removals=options["max_removals"],
        allow_empty=options["allow_empty"],
        update_descriptions=options["update_descriptions"],
        read_policies=options["read_policies"],
        src=src,
    )
    reading = TenantReading(tenant.client)
    found = Comparison(tree, reading, wish).run()
    if found.problems:
        raise refusal(found.problems)
    announce(tenant, sum(change.writes for change in found.changes))
    if tenant.check_mode:
        done: Done = [(one, ItemResult(one.item, OUTCOMES[one.action])) for one in found.changes]
        return report(tenant, found, done)
    applier = Applier(reading, found.changes)
    try:
        applier.run()
    except SecureEndpointError as error:
        error.result |= report(tenant, found, applier.done)
        raise
    result = report(tenant, found, applier.done)
    if applier.errors:
        raise partly_done(applier.errors, result["counts"].get("not_tried", 0), "changes", result)
    return result


def _load(tenant: Tenant, src: str) -> Tree:
    """Load the tree and refuse it with all its mistakes. The secrets of this task must not be in it."""
    if YAML_IMPORT_ERROR is not None:
        raise Refused("The tree is read with the Python library PyYAML, which this Python does not have.")
    if not os.path.exists(src):
        raise Refused(f"src: there is no file or folder {src}. Nothing was changed.")
    secrets = tenant.client.options.secrets
    tree, problems = load_tree(src, lambda text: MASK in secrets.mask(text) and MASK not in text)
    if problems:
        raise refusal(problems)
    return tree


def refusal(problems: Sequence[Problem]) -> Refused:
    """Return the error with all problems, a line each."""
    lines = list(map(str, problems))
    mistakes = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    return Refused("\n".join([f"{mistakes} in the tree. Nothing was changed.", *lines]), {"problems": lines})


def report(tenant: Tenant, found: Differences, done: Done) -> dict[str, Any]:
    """Return the result: what was or would be done, what cannot be changed, what only the tenant has."""
    made = [(change, result) for change, result in done if result.outcome not in ("failed", "not_tried", "vanished")]
    before = merged(change.before for change, _result in made)
    after = merged(change.after for change, _result in made)
    records = [_with_place(change, result) for change, result in _in_order(done)]
    return {
        "changed": bool(made),
        "check_mode": tenant.check_mode,
        "before": before,
        "after": after,
        "diff": {
            "before_header": f"the tenant {tenant.client.options.api_host}",
            "after_header": "the tree",
            "before": diff_text(before),
            "after": diff_text(after),
        },
        "calls": {
            "planned": sum(change.writes for change in found.changes),
            "made": tenant.client.writes_made,
        },
        "cannot": [finding.as_record() for finding in _sorted(found.cannot)],
        "notes": [finding.as_record() for finding in _sorted(found.notes)],
        "unlisted": {
            section: {"number": len(found.unlisted[section]), "names": found.unlisted[section][:SHOWN]}
            for section in SECTIONS
            if found.unlisted.get(section)
        },
        **bulk_result("changes", records),
    }


def _in_order(done: Done) -> Done:
    place = {section: number for number, section in enumerate(SECTIONS)}
    return sorted(done, key=lambda one: place[one[0].section])


def _with_place(change: Change, result: ItemResult) -> ItemResult:
    where = str(change.place._replace(key="")) if change.place else None
    more = {"section": change.section, "action": change.action, "place": where}
    if change.action == "move_computer":
        computer, _target = change.subject
        more |= {"connector_guid": computer.guid, "hostname": computer.hostname}
    return result._replace(more=more)


def _sorted(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda one: (SECTIONS.index(one.section), one.item))
