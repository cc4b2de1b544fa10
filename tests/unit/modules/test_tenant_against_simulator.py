# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""tenant_config and tenant_export against the simulated cloud: what they change, what they read, and their bad days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import tenant_config, tenant_export
from simulator import Simulator
from simulator.switches import TABLE
from unit.scripted_cloud import ENVIRONMENT, Result, run

HASH = "0123456789abcdef" * 4
OTHER_HASH = "fedcba9876543210" * 4


class Tenant:
    """Both modules with the login of one simulated tenant."""

    def __init__(self, sim: Simulator, folder: Path) -> None:
        self.sim, self.folder = sim, folder

    def _run(self, module: Any, options: dict[str, Any]) -> Result:
        login = {
            "api_host": self.sim.api_host,
            "client_id": self.sim.client_id,
            "api_key": self.sim.api_key,
            "ca_path": self.sim.ca_path,
        }
        self.sim.control.clear_requests()
        return run(module, **{**login, **options})

    def apply(self, tree: str | Path, **options: Any) -> Result:
        """Apply a tree that is given as text or by its path."""
        src = tree if isinstance(tree, Path) else self.folder / "tenant.yml"
        if isinstance(tree, str):
            src.write_text(tree, encoding="utf-8")
        return self._run(tenant_config, {"src": str(src), **options})

    def export(self, dest: str = "exported", **options: Any) -> Result:
        return self._run(tenant_export, {"dest": str(self.folder / dest), **options})

    @property
    def requests(self) -> list[str]:
        return [f"{one['method']} {one['path']}" for one in self.sim.control.requests()]

    @property
    def writes(self) -> list[str]:
        return [line for line in self.requests if not line.startswith("GET")]

    def group(self, *path: str) -> Any:
        """Return the group at a path."""
        here = None
        for name in path:
            parent = here.guid if here else None
            found = [one for one in self.sim.tenant.groups.values() if (one.name, one.parent) == (name, parent)]
            assert len(found) == 1, f"{len(found)} groups {name} of {path}"
            here = found[0]
        return here


@pytest.fixture
def tenant(simulator_api: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tenant]:
    for variable in ENVIRONMENT:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    return Tenant(simulator_api, tmp_path)


GROUPS = f"""
groups:
  Branch West:
    description: Offices in the west
  Branch West/Kiosk:
    policies:
      windows: Kiosk Lockdown
  Triage:
    policies: {{windows: Guard}}
file_lists:
  Kiosk Detections:
    entries:
      - {HASH}
      - sha256: {OTHER_HASH}
        description: Dropper
"""


def test_a_tree_is_predicted_applied_and_then_changes_nothing(tenant: Tenant) -> None:
    predicted = tenant.apply(GROUPS, _check=True)
    assert not tenant.writes

    applied = tenant.apply(GROUPS)
    assert not applied.failed, applied.msg
    again = tenant.apply(GROUPS)

    assert applied.changed
    assert applied["counts"] == {"created": 2, "policies_set": 1, "added": 2}
    assert {key: predicted[key] for key in ("before", "after", "diff", "counts")} == {
        key: applied[key] for key in ("before", "after", "diff", "counts")
    }
    assert applied["calls"] == {"planned": 7, "made": 7}
    kiosk = tenant.group("Branch West", "Kiosk")
    assert tenant.sim.tenant.policies[kiosk.policies["windows"]].name == "Kiosk Lockdown"
    assert not again.changed
    assert again["calls"] == {"planned": 0, "made": 0}


def test_applying_an_export_changes_nothing_and_a_second_export_is_the_same(tenant: Tenant) -> None:
    assert tenant.export().changed
    first = {path: path.read_bytes() for path in (tenant.folder / "exported").rglob("*") if path.is_file()}

    applied = tenant.apply(tenant.folder / "exported", read_policies="always")
    assert not applied.failed, applied.msg
    again = tenant.export()

    assert not applied.changed
    assert not applied["cannot"]
    assert not applied["unlisted"]
    assert not applied["notes"]
    assert not again.changed
    assert first == {path: path.read_bytes() for path in (tenant.folder / "exported").rglob("*") if path.is_file()}


def test_what_is_in_the_tenant_and_not_in_the_tree_is_listed(tenant: Tenant) -> None:
    result = tenant.apply(GROUPS, _check=True)
    assert "Protect/Field Sales" in result["unlisted"]["groups"]["names"]
    assert "Triage" not in result["unlisted"]["groups"]["names"]
    assert "Simple Custom Detection List" in result["unlisted"]["file_lists"]["names"]
    in_list = [item for item in result["unlisted"]["file_lists"]["names"] if item.startswith("Kiosk Detections: ")]
    assert len(in_list) == 3


def test_each_resource_is_read_once_for_all_sections(tenant: Tenant) -> None:
    tenant.export()
    tenant.apply(tenant.folder / "exported")
    reads = tenant.requests
    assert len(reads) == len(set(reads))
    assert len([one for one in reads if one.startswith("GET /v1/groups/")]) == 13, "as many as there are groups"
    assert not [one for one in reads if one.startswith("GET /v1/policies/")], (
        "the groups told the lists of policies, too"
    )


def test_policies_are_read_instead_of_groups_where_they_are_fewer(tenant: Tenant) -> None:
    kiosk = tenant.group("Branch North", "Kiosk")
    for number in range(10):
        guid = f"00000000-0000-4000-8000-{number:012d}"
        tenant.sim.tenant.groups[guid] = replace(kiosk, guid=guid, name=f"Kiosk {number}")
    tenant.export()
    assert not tenant.apply(tenant.folder / "exported").changed
    assert [one for one in tenant.requests if one.startswith("GET /v1/groups")] == ["GET /v1/groups"]


def test_drift_of_the_console_is_seen_and_mended(tenant: Tenant) -> None:
    """Export, changes in the console, drift in the terms of the tree, apply, no drift."""
    state = tenant.sim.tenant
    tenant.export()
    tree = tenant.folder / "exported"
    kiosk, triage = tenant.group("Branch North", "Kiosk"), tenant.group("Triage")
    guard = next(one.guid for one in state.policies.values() if (one.name, one.product) == ("Guard", "windows"))
    kiosk.policies["windows"] = guard
    kiosk.parent = triage.guid
    computer = next(one for one in state.computers.values() if one.group_guid != triage.guid)
    where = state.groups[computer.group_guid].name
    computer.group_guid = triage.guid
    blocked = next(one for one in state.file_lists.values() if one.name == "Kiosk Detections")
    removed = next(iter(blocked.items))
    del blocked.items[removed]
    blocked.items[HASH] = {"description": None, "source": "the console"}

    drift = tenant.apply(tree, _check=True)
    before, after = drift["before"], drift["after"]
    assert before["groups"] == {"Triage/Kiosk": {}, "Branch North/Kiosk": {"policies": {"windows": "Guard"}}}
    assert after["groups"] == {"Branch North/Kiosk": {"policies": {"windows": "Kiosk Lockdown"}}}
    assert before["computers"] == {"Triage": [computer.hostname]}
    assert next(iter(after["computers"])).endswith(where)
    assert after["file_lists"]["Kiosk Detections"]["entries"][0] in (
        removed,
        {"sha256": removed, "description": "Seen in a phishing wave"},
    )
    assert drift["unlisted"] == {"file_lists": {"number": 1, "names": [f"Kiosk Detections: {HASH}"]}}
    assert computer.guid not in drift["diff"]["before"] + drift["diff"]["after"]

    applied = tenant.apply(tree, exclusive=["file_lists"])
    assert applied["counts"] == {"moved": 2, "policies_set": 1, "added": 1, "removed": 1}
    assert not tenant.apply(tree, _check=True)["changes"]
    assert not tenant.export().changed


def test_a_policy_that_was_changed_is_drift_that_the_api_cannot_change(tenant: Tenant) -> None:
    tenant.export()
    policy = next(iter(tenant.sim.tenant.policies.values()))
    policy.serial_number += 1
    policy.mode = "protect"
    result = tenant.apply(tenant.folder / "exported")
    [finding] = result["cannot"]
    assert not result.changed
    assert finding["item"] == f"{policy.product}: {policy.name}"
    assert "qaction>1<" in finding["detail"].replace("</", "<")
    assert len([one for one in tenant.requests if one.endswith(".xml")]) == 1, (
        "the serial numbers of the others are equal"
    )


def test_a_group_moves_below_its_own_child(tenant: Tenant) -> None:
    """The child goes up first."""
    parent = tenant.group("Branch North")
    child = tenant.group("Branch North", "Kiosk")
    tree = f"groups: {{Kiosk: {{guid: {child.guid}}}, Kiosk/Branch North: {{guid: {parent.guid}}}}}"
    result = tenant.apply(tree)
    assert not result.failed, result.msg
    assert tenant.group("Kiosk", "Branch North") is parent
    assert not tenant.apply(tree).changed


def test_a_rename_is_not_taken_for_a_deletion_and_a_creation(tenant: Tenant) -> None:
    tenant.group("Unused").name = "No longer used"
    names = {group.name for group in tenant.sim.tenant.groups.values()}
    everything = "\n".join(f"  {path}:" for path in tenant_paths(tenant) if path != "No longer used")
    result = tenant.apply(f"groups:\n  Unused:\n{everything}\n", exclusive=["groups"])
    assert result.failed
    assert "looks like a rename or a move" in result.msg
    assert names == {group.name for group in tenant.sim.tenant.groups.values()}


def test_what_a_deleted_group_holds_is_moved_and_seen_there_first(tenant: Tenant) -> None:
    tenant.sim.control.set_switches(group_patch_delay=2)
    kiosk = tenant.group("Branch South", "Kiosk")
    listed = [path for path in tenant_paths(tenant) if not path.startswith("Branch South")]
    tree = "groups:\n" + "".join(f"  {path}:\n" for path in listed) + f"  Protect/Kiosk: {{guid: {kiosk.guid}}}\n"
    tree += "computers: {Protect/Kiosk: {at_least: ['LTSC-*', 'mac-*', 'PC-*', 'NB-*', 'mbp-*', 'ubu-*', '*']}}"
    result = tenant.apply(tree, exclusive=["groups"])
    assert not result.failed, result.msg
    assert result["counts"]["removed"] == 1
    assert tenant.group("Protect", "Kiosk") is kiosk


def test_a_group_with_its_guid_is_known_under_its_new_name(tenant: Tenant) -> None:
    group = tenant.group("Unused")
    tree = f"groups: {{Unused: {{guid: {group.guid}, policies: {{windows: Hunt}}}}}}"
    group.name = "No longer used"
    result = tenant.apply(tree)
    [finding] = result["cannot"]
    assert 'the tenant calls this group "No longer used"' in finding["detail"]
    assert result["counts"] == {"policies_set": 1}


def test_ambiguous_names_are_refused_with_the_candidates(tenant: Tenant) -> None:
    twin = next(iter(tenant.sim.tenant.computers.values()))
    other = next(one for one in tenant.sim.tenant.computers.values() if one.guid != twin.guid)
    other.hostname = twin.hostname
    tenant.group("Branch South", "Kiosk").parent = tenant.group("Branch North").guid
    result = tenant.apply(
        "groups:\n  Branch North/Kiosk:\nfile_lists:\n  Quarterly:\n"
        f"computers:\n  Triage: {{at_least: [{twin.hostname}]}}\n"
    )
    assert result.failed
    assert len(result["problems"]) == 3
    assert f"{twin.hostname} [{other.guid}]" in result.msg
    assert "2 groups are at this path" in result.msg
    assert "2 file lists are named" in result.msg


def test_an_export_tells_things_of_one_name_apart(tenant: Tenant) -> None:
    tenant.group("Branch South", "Kiosk").parent = tenant.group("Branch North").guid
    one, other, *_others = tenant.sim.tenant.computers.values()
    other.hostname = one.hostname
    tenant.export()
    applied = tenant.apply(tenant.folder / "exported")
    assert not applied.failed, applied.msg
    assert not applied.changed
    assert not applied["cannot"]
    assert not applied["unlisted"]


def test_an_export_takes_any_name(tenant: Tenant) -> None:
    odd = ["a/b", "c\\d", "no", "1.5", "- x: y # z", "{{ 7 }}", "line\nbreak", "é\u202e\x1b[1m", "*", "soc [12]", "'\""]
    state = tenant.sim.tenant
    for kind in ("groups", "file_lists", "policies"):
        for name, thing in zip(odd, getattr(state, kind).values(), strict=False):
            thing.name = name.replace("\x1b", "") if kind == "policies" else name  # no character of XML
    for name, computer in zip(odd, state.computers.values(), strict=False):
        computer.hostname = name
    exported = tenant.export()
    assert not exported.failed, exported.msg
    applied = tenant.apply(tenant.folder / "exported", read_policies="always")
    assert not applied.failed, applied.msg
    assert (applied.changed, applied["cannot"], applied["unlisted"]) == (False, [], {})


@pytest.mark.parametrize("section", ["groups", "file_lists", "event_streams"])
def test_an_empty_section_with_exclusive_is_refused(tenant: Tenant, section: str) -> None:
    result = tenant.apply(f"{section}: {{}}", exclusive=[section])
    assert result.failed
    assert f"exclusive with an empty section {section}" in result.msg
    assert "has no such section" in tenant.apply("computers: {}", exclusive=[section]).msg
    assert not tenant.writes


def test_more_removals_than_the_bound_are_refused(tenant: Tenant) -> None:
    tenant.export()
    blocked = next(one for one in tenant.sim.tenant.file_lists.values() if one.name == "Kiosk Detections")
    blocked.items.update({f"{number:064x}": {"description": None, "source": "x"} for number in range(3)})
    refused = tenant.apply(tenant.folder / "exported", exclusive=["file_lists"], max_removals=2)
    assert refused.failed
    assert "3 removals in file_lists, more than max_removals (2)" in refused.msg
    assert not tenant.writes
    assert tenant.apply(tenant.folder / "exported", exclusive=["file_lists"], max_removals=3)["counts"] == {
        "removed": 3
    }


def test_exclusive_groups_are_deleted_only_when_empty(tenant: Tenant) -> None:
    listed = [path for path in tenant_paths(tenant) if path not in ("Unused", "Triage")]
    tree = "groups:\n" + "".join(f"  {path}:\n" for path in listed)
    refused = tenant.apply(tree, exclusive=["groups"])
    assert refused.failed
    assert '"Triage" would be deleted, but it has' in refused.msg
    members = "computers: {Protect: {at_least: ['*']}}\n"
    applied = tenant.apply(tree + members, exclusive=["groups"])
    assert not applied.failed, applied.msg
    assert {"Unused", "Triage"}.isdisjoint(group.name for group in tenant.sim.tenant.groups.values())
    assert not tenant.apply(tree + members, exclusive=["groups"]).changed


def test_a_group_that_another_section_names_is_not_deleted(tenant: Tenant) -> None:
    listed = [path for path in tenant_paths(tenant) if path not in ("Unused", "Triage")]
    tree = (
        "groups:\n"
        + "".join(f"  {path}:\n" for path in listed)
        + "computers: {Triage: {at_least: []}, Unused: {at_least: []}}"
    )
    result = tenant.apply(tree, sections=["groups"], exclusive=["groups"])
    assert not result.failed, result.msg
    assert not result.changed


def test_exactly_turns_the_others_out_to_where_the_tree_says(tenant: Tenant) -> None:
    triage, unused = tenant.group("Triage"), tenant.group("Unused")
    here = [one for one in tenant.sim.tenant.computers.values() if one.group_guid == triage.guid]
    tree = f"computers: {{Triage: {{exactly: [{here[0].hostname}]%s}}}}"
    without = tenant.apply(tree % "")
    assert not without.changed
    assert len(without["cannot"]) == len(here) - 1
    applied = tenant.apply(tree % ", others_to: Unused")
    assert applied["counts"] == {"moved": len(here) - 1}
    assert [one.guid for one in tenant.sim.tenant.computers.values() if one.group_guid == triage.guid] == [here[0].guid]
    assert len(tenant.sim.tenant.members(unused.guid)) == len(here) - 1


def test_computers_of_a_group_that_is_not_made_are_refused(tenant: Tenant) -> None:
    tree = GROUPS + "computers: {Branch West/Kiosk: {at_least: [PC-0000]}}\n"
    refused = tenant.apply(tree, sections=["computers"])
    assert "the section groups, which creates it, is left out" in refused.msg
    assert not tenant.writes


def test_a_name_beats_a_pattern_and_two_patterns_contradict(tenant: Tenant) -> None:
    one = tenant.sim.control.computer("PC-0000")
    tree = "computers:\n  Triage: {at_least: [PC-0000]}\n  Unused: {at_least: ['PC-*']}\n"
    assert not tenant.apply(tree).failed
    assert one.group_guid == tenant.group("Triage").guid
    refused = tenant.apply("computers:\n  Triage: {at_least: ['*-0000']}\n  Unused: {at_least: ['PC-*']}\n")
    assert 'the computer "PC-0000" is claimed by "PC-*" and by "*-0000" of "Triage" in tenant.yml:2' in refused.msg


def test_a_host_that_vanished_is_drift_that_stops_nothing(tenant: Tenant) -> None:
    result = tenant.apply("computers: {Triage: {at_least: [PC-0000, GONE-1]}}")
    assert result["counts"] == {"moved": 1}
    [finding] = result["cannot"]
    assert (finding["item"], finding["place"]) == ("GONE-1", "tenant.yml:1")


def test_a_computer_that_vanishes_meanwhile_fails_nothing(tenant: Tenant) -> None:
    doomed = tenant.sim.control.computer("PC-0000")
    tenant.sim.control.add_fault("vanish", method="PATCH", path="/v1/computers/*", connector_guid=doomed.guid)
    result = tenant.apply("computers: {Triage: {at_least: [PC-0000, LTSC-0001]}}")
    assert not result.failed, result.msg
    assert result["counts"] == {"vanished": 1, "moved": 1}


def test_what_others_did_meanwhile_is_no_failure(tenant: Tenant) -> None:
    """Somebody adds an entry, removes another one and puts a computer into a group that is to go."""
    blocked = next(one for one in tenant.sim.tenant.file_lists.values() if one.name == "Kiosk Detections")
    gone, *_kept = blocked.items
    unused, computer = tenant.group("Unused"), tenant.sim.control.computer("PC-0000")

    def meddle() -> None:
        blocked.items[HASH] = {"description": None, "source": "the console"}
        del blocked.items[gone]
        computer.group_guid = unused.guid

    tenant.sim.control.add_fault("hook", method="POST", path="/v1/file_lists/*", call=meddle)
    listed = "".join(f"  {path}:\n" for path in tenant_paths(tenant) if path != "Unused")
    tree = f"groups:\n{listed}file_lists: {{Kiosk Detections: {{entries: [{HASH}]}}}}"
    result = tenant.apply(tree, exclusive=["groups", "file_lists"])
    assert result["counts"] == {"present": 1, "absent": 1, "removed": 2, "failed": 1}
    assert "got computers or child groups in the meantime" in result.msg
    assert unused.guid in tenant.sim.tenant.groups


def test_the_hourly_limit_in_the_middle_and_then_again(tenant: Tenant) -> None:
    hashes = [f"{number:064x}" for number in range(40)]
    tree = "file_lists:\n  Kiosk Detections:\n    entries:\n" + "".join(f'      - "{one}"\n' for one in hashes)
    tenant.sim.control.set_rate_limit(remaining=20, reset=1000)
    first = tenant.apply(tree, rate_limit_wait=0, rate_limit_reserve=0)
    assert first.failed
    assert first["counts"]["added"] > 5
    assert first["counts"]["not_tried"] > 5
    assert "Running the task again does what is left" in first.msg
    tenant.sim.control.set_rate_limit(remaining=3000, reset=1000)
    again = tenant.apply(tree)
    assert again["counts"] == {"added": 40 - first["counts"]["added"]}
    assert not tenant.apply(tree).changed


def test_the_hourly_limit_between_a_group_and_its_place_makes_no_second_group(tenant: Tenant) -> None:
    tree = "groups: {Branch North/Lab: {description: Tests, policies: {windows: Hunt}}, Branch South/Lab: }"
    tenant.sim.control.add_fault("status", method="PATCH", path="/v1/groups/*/parent", status=429, reset=1000)
    first = tenant.apply(tree, rate_limit_wait=0)
    assert first["counts"] == {"failed": 1, "not_tried": 1}
    assert tenant.group("Lab").description == "Tests", "where the API makes it"
    again = tenant.apply(tree)
    assert not again.failed, again.msg
    assert again["counts"] == {"moved": 1, "policies_set": 1, "created": 1}
    assert len([one for one in tenant.sim.tenant.groups.values() if one.name == "Lab"]) == 2
    assert not tenant.apply(tree).changed


def test_a_failed_parent_leaves_its_children_untried_and_removes_nothing(tenant: Tenant) -> None:
    tenant.sim.control.add_fault("status", method="POST", path="/v1/groups", count=1, status=400)
    blocked = next(one for one in tenant.sim.tenant.file_lists.values() if one.name == "Kiosk Detections")
    before = set(blocked.items)
    result = tenant.apply(GROUPS + "computers: {Branch West/Kiosk: {at_least: [PC-0000]}}\n", exclusive=["file_lists"])
    outcomes = {change["item"]: change["outcome"] for change in result["changes"]}
    assert result.failed
    assert (outcomes["Branch West"], outcomes["Branch West/Kiosk"], outcomes["PC-0000"]) == (
        "failed",
        "not_tried",
        "not_tried",
    )
    assert outcomes["Triage"] == "policies_set"
    assert before < set(blocked.items)
    assert not tenant.apply(GROUPS).failed


def test_an_export_that_is_interrupted_is_no_tree_until_it_is_done_again(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    tenant.export()
    tenant.group("Unused").description = "Changed"
    next(iter(tenant.sim.tenant.computers.values())).hostname = "NEW-NAME"
    real, calls = os.replace, []

    def cut(source: str, target: str) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", cut)
        with pytest.raises(KeyboardInterrupt):
            tenant.export()
    assert "was interrupted" in tenant.apply(tenant.folder / "exported").msg
    assert tenant.export().changed
    assert not tenant.apply(tenant.folder / "exported").failed
    assert not tenant.export().changed


def test_streams_are_created_changed_and_removed(tenant: Tenant) -> None:
    path = tenant.folder.parent / f"{tenant.folder.name}-soc.json"
    tree = "event_streams: {soc: {event_types: [Threat Detected], groups: [Branch North/Kiosk]%s}}"
    refused = tenant.apply(tree % "")
    assert "credentials_path" in refused.msg
    assert not tenant.writes
    note = path.with_name(path.name + ".pending")
    note.touch()
    assert "an interrupted run was creating" in tenant.apply(tree % f", credentials_path: {path}").msg
    note.unlink()
    created = tenant.apply(tree % f", credentials_path: {path}")
    assert created["counts"] == {"created": 1}
    assert path.exists()
    assert not tenant.apply(tree % "").changed
    changed = tenant.apply("event_streams: {soc: {event_types: [], groups: [Unused]}}")
    assert changed["before"] == {
        "event_streams": {"soc": {"event_types": ["Threat Detected"], "groups": ["Branch North/Kiosk"]}}
    }
    assert changed["after"] == {"event_streams": {"soc": {"event_types": [], "groups": ["Unused"]}}}
    removed = tenant.apply("event_streams: {}", exclusive=["event_streams"], allow_empty=True)
    assert removed["counts"] == {"removed": 1}


def tenant_paths(tenant: Tenant) -> list[str]:
    """Return the quoted paths of all groups."""
    state = tenant.sim.tenant
    paths = ["/".join(one.name for one in [*state.ancestry(group)[::-1], group]) for group in state.groups.values()]
    return [f"'{path}'" if '"' in path else path for path in paths]


SWITCHES = [
    (name, value)
    for name, switch in TABLE.items()
    if name.startswith(("group_", "file_list_", "computer_patch", "name_filter", "hostname_filter", "not_found"))
    for value in switch.allowed
]


@pytest.mark.parametrize(("name", "value"), SWITCHES)
def test_a_tree_is_applied_whatever_the_cloud_does_where_no_source_says(tenant: Tenant, name: str, value: Any) -> None:
    """R31: a group is created, one moved, one deleted; entries are added and removed; a computer is moved."""
    tenant.sim.control.set_switches(**{"group_unique_names": name == "group_name_status", name: value})
    triage = tenant.group("Triage")
    listed = "".join(f"  {path}:\n" for path in tenant_paths(tenant) if path not in ("Unused", "Triage"))
    tree = f"""\
groups:
{listed}  Protect/Triage: {{guid: {triage.guid}, policies: {{windows: Guard}}}}
  Branch West:
file_lists: {{Kiosk Detections: {{entries: [{HASH}]}}}}
computers: {{Branch West: {{at_least: [PC-0000]}}}}
"""
    added = tenant.apply(tree)
    assert not added.failed, added.msg
    assert added["counts"] == {"created": 1, "moved": 2, "policies_set": 1, "added": 1}
    removed = tenant.apply(tree, exclusive=["groups", "file_lists"])
    assert removed["counts"] == {"removed": 4}, removed.msg
    assert not tenant.apply(tree, exclusive=["groups", "file_lists"]).changed


def test_a_large_tenant_is_exported_applied_and_exported_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """10,000 computers, 200 groups, 5,000 entries: nothing changes, and no more is read than there is."""
    for variable in ENVIRONMENT:
        monkeypatch.delenv(variable, raising=False)
    with Simulator(broker=False, computers=10_000, events=0) as sim:
        state = sim.tenant
        first = list(state.groups.values())
        for number in range(len(first), 200):
            guid = f"00000000-0000-4000-8000-{number:012d}"
            above = first[number % len(first)]
            state.groups[guid] = replace(above, guid=guid, name=f"Group {number}", parent=above.guid)
        groups, lists = list(state.groups), list(state.file_lists.values())
        for number, computer in enumerate(state.computers.values()):
            computer.group_guid = groups[number % 200]
        for number in range(5000):
            lists[number % 7].items[f"{number * 7919:064x}"] = {"description": f"{number}", "source": "the console"}
        tenant = Tenant(sim, tmp_path)
        tenant.export()
        applied = tenant.apply(tmp_path / "exported")
        assert not applied.failed, applied.msg
        assert (applied.changed, applied["cannot"], applied["unlisted"]) == (False, [], {})
        assert len(tenant.requests) <= 54, "the pages of the lists, and each of 15 policies"
        assert not tenant.export().changed
