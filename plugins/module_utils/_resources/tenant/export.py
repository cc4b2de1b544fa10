# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the tree of a live tenant, the same bytes for the same tenant. This file is private to the collection."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..._api.errors import Refused
from ..._tenant.export_files import current_files, is_interrupted, put_file, put_files, strange_files
from ..._tenant.references import Reference, parse_reference
from ..._tenant.schema import SECTIONS, SETTABLE_PRODUCTS
from ..._tenant.writing import yaml_text
from .._shared.bulk import ItemResult, bulk_result
from .._shared.tenant import Tenant
from ..policy.read import read_policy_xml
from .compare import list_label
from .policies import policy_snapshot
from .read import Policy, TenantReading
from .streams import stream_label

NAMES = tuple(f"{section}.yml" for section in SECTIONS)
LONGEST_DIFF = 100_000  # characters of a file that a diff shows


def export(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `tenant_export`. Raises Refused where the place is of no use, before anything is read."""
    dest = os.path.abspath(os.path.expanduser(options["dest"]))
    single = dest.endswith((".yml", ".yaml"))
    sections = [
        section for section in SECTIONS if section in (SECTIONS if options["sections"] is None else options["sections"])
    ]
    if single:
        sections = [section for section in sections if section != "policies"]
    _check_place(dest, single=single)
    exporter = _Exporter(TenantReading(tenant.client), options["membership"])
    # The lists of allowed applications take a reading of every policy, which then tells those of the groups, too.
    parts = {section: getattr(exporter, section)() for section in sorted(sections)}
    tree = {section: parts[section] for section in sections}
    heading = f"# Exported from {tenant.client.options.api_host}\n"
    if single:
        files = {os.path.basename(dest): heading + yaml_text(tree)}
    else:
        files = {f"{section}.yml": heading + yaml_text({section: part}) for section, part in tree.items()}
        files |= exporter.snapshots
    with _disk_errors(dest):
        return _put(tenant, dest, files, removes="policies" in sections, single=single)


def _put(tenant: Tenant, dest: str, files: Mapping[str, str], *, removes: bool, single: bool) -> dict[str, Any]:
    """Write what differs, and return the result. An interrupted export is written again even if nothing differs."""
    folder = os.path.dirname(dest) if single else dest
    before = current_files(folder, list(files))
    if single or not removes:
        before = {name: text for name, text in before.items() if name in files}
    removed = [name for name in before if name not in files]
    interrupted = not single and is_interrupted(dest)
    differs = interrupted or removed or any(before.get(name) != text for name, text in files.items())
    if differs and not tenant.check_mode:
        if single:
            put_file(dest, next(iter(files.values())))
        else:
            put_files(dest, files, removed)
    return _report(files, before, changed=bool(differs))


def _check_place(dest: str, *, single: bool) -> None:
    parent = os.path.dirname(dest)
    if not os.path.isdir(parent):
        raise Refused(f"dest: the folder {parent} does not exist. Nothing was changed.")
    if single and os.path.isdir(dest):
        raise Refused(f"dest: {dest} is a folder, and its name is that of a YAML file. Nothing was changed.")
    if not single and os.path.exists(dest) and not os.path.isdir(dest):
        raise Refused(f"dest: {dest} is not a folder. For one file, end its name in .yml. Nothing was changed.")
    strange = [] if single else strange_files(dest, NAMES)
    if strange:
        raise Refused(
            f"dest: {dest} has YAML files that an export does not write ({', '.join(strange[:10])}); with them the tree"
            " would say things twice. Export into another folder, and take over from there. Nothing was changed."
        )


@contextmanager
def _disk_errors(dest: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Refused(f"dest: {error.filename or dest}: {error.strerror}.") from None


class _Exporter:
    """Describes a tenant, a section at a time, in a stable order."""

    def __init__(self, reading: TenantReading, membership: str) -> None:
        self._reading = reading
        self._membership = membership
        self.snapshots: dict[str, str] = {}

    def groups(self) -> dict[str, Any]:
        index = self._reading.groups
        products = {policy.product for policy in self._reading.policies}.intersection(SETTABLE_PRODUCTS)
        held = self._reading.policies_of(dict.fromkeys(index.by_guid, products))
        labels = self._policy_labels()
        tree = {}
        for guid in sorted(index.by_guid, key=lambda one: (index.path(one), one)):
            policies = {
                product: labels[held[guid][product]]
                for product in SETTABLE_PRODUCTS
                if held[guid].get(product) in labels
            }
            description = index.by_guid[guid].description
            tree[index.label(guid)] = {"guid": guid, "description": description, "policies": policies}
        return tree

    def file_lists(self) -> dict[str, Any]:
        lists = [*self._reading.file_lists, *self._reading.allowed_lists]
        names = Counter(one.name for one in lists)
        tree = {}
        for one in sorted(lists, key=lambda found: (found.name, found.guid)):
            entries = sorted(self._reading.contents(one).entries.values())
            shown = [
                {"sha256": entry.sha256, "description": entry.description} if entry.description else entry.sha256
                for entry in entries
            ]
            tree[list_label(one, names)] = {"type": one.type, "entries": shown}
        return tree

    def computers(self) -> dict[str, Any]:
        index, groups = self._reading.computers, self._reading.groups
        members = defaultdict(list)
        for computer in index.by_guid.values():
            members[computer.group].append(index.label(computer))
        by_path = sorted(members, key=lambda guid: (groups.path(guid) if guid in groups.by_guid else (guid,), guid))
        return {groups.label(guid): {self._membership: sorted(members[guid])} for guid in by_path}

    def event_streams(self) -> dict[str, Any]:
        streams, groups = self._reading.streams, self._reading.groups
        counts = Counter(stream.settings.name for stream in streams)
        types: dict[int, str] = {}
        if any(stream.settings.event_types for stream in streams):
            known = self._reading.event_types
            unique = Counter(one.name.casefold() for one in known)
            types = {one.id: one.name for one in known if unique[one.name.casefold()] == 1 and not one.name.isdigit()}
        tree = {}
        for stream in sorted(streams, key=lambda one: (one.settings.name, int(one.id))):
            tree[stream_label(stream, counts)] = {
                "event_types": sorted(types.get(number) or str(number) for number in stream.settings.event_types),
                "groups": sorted(groups.label(guid) for guid in stream.settings.groups),
            }
        return tree

    def policies(self) -> dict[str, Any]:
        policies = sorted(self._reading.policies, key=lambda one: (one.product, one.name, one.guid))
        texts = read_policy_xml(self._reading.client, [policy.guid for policy in policies])
        labels, slugs = self._policy_labels(), Counter(map(_slug, policies))
        tree: dict[str, Any] = {}
        for policy, document in zip(policies, texts, strict=True):
            if document is None:
                continue
            slug = _slug(policy)
            name = f"policies/{slug}.xml" if slugs[slug] == 1 else f"policies/{slug}-{policy.guid}.xml"
            self.snapshots[name] = policy_snapshot(document, policy)
            shown = {"serial_number": policy.serial_number} if policy.serial_number is not None else {}
            tree.setdefault(policy.product, {})[labels[policy.guid]] = {**shown, "xml": name}
        return tree

    def _policy_labels(self) -> dict[str, str]:
        """Return how a tree names each policy: its name, with the GUID where its product has several of that name."""
        counts = Counter((policy.product, policy.name) for policy in self._reading.policies)
        return {
            policy.guid: policy.name
            if counts[policy.product, policy.name] == 1 and parse_reference(policy.name).id is None
            else str(Reference(policy.name, policy.guid))
            for policy in self._reading.policies
        }


def _slug(policy: Policy) -> str:
    """Return a file name for a policy, whatever its name: it is not trusted."""
    name = re.sub(r"[^a-z0-9]+", "_", policy.name.lower()).strip("_")[:60] or "policy"
    return f"{re.sub('[^a-z]+', '_', policy.product.lower()) or 'other'}/{name}"


def _report(files: Mapping[str, str], before: Mapping[str, str], *, changed: bool) -> dict[str, Any]:
    results, diffs = [], []
    for name in sorted({*files, *before}):
        was, now = before.get(name), files.get(name)
        if was == now:
            results.append(ItemResult(name, "unchanged"))
            continue
        outcome = "created" if was is None else "removed" if now is None else "changed"
        results.append(ItemResult(name, outcome))
        sides = {"before": _shown(was), "after": _shown(now)}
        diffs.append({"before_header": name, "after_header": name, **sides})
    return {
        "changed": changed,
        "before": {"files": sorted(before)},
        "after": {"files": sorted(files)},
        "diff": diffs,
        "calls": {"planned": 0, "made": 0},
        **bulk_result("files", results),
    }


def _shown(text: str | None) -> str:
    text = text or ""
    return text if len(text) <= LONGEST_DIFF else f"{len(text)} characters\n"
