# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and groups of inventory hosts: one name for each computer, whatever it calls itself, in any order."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.time import time_of_iso
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.computer.inventory_names import (
    GROUP_KEYS,
    TAKEN,
    Named,
    groups_of,
    merged_groups,
    named,
    os_family,
)
from hypothesis import given
from hypothesis import strategies as st

GUIDS = [
    "d821e2d9-9280-489c-a6c3-be02d85ba8a0",
    "d821e2d9-0000-4000-8000-000000000001",  # the same first block
    "367a2c23-d0e7-464b-ac3f-9a209868b31d",
    "00000000-0000-4000-8000-000000000002",
    "11111111-0000-4000-8000-000000000003",
]
# Names that try to be somebody else's, beside any text at all.
NAMES = st.sampled_from(
    [
        "PC",
        "pc",
        "pc_d821e2d9",
        "pc_d821e2d9_d821e2d9",
        f"pc_{GUIDS[0]}",
        "localhost",
        "all",
        "",
        "..",
        "{{ x }}",
        "pc.x",
    ]
)
DATES = st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z", "2026-02-01T00:00:00Z", None, 7])
NOW = time_of_iso("2026-03-01T00:00:00Z")
MINE = GUIDS[2]


def record(guid: str, hostname: Any, installed: Any = None, seen: Any = None) -> dict[str, Any]:
    return {"connector_guid": guid, "hostname": hostname, "install_date": installed, "last_seen": seen}


@st.composite
def fleets(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [record(guid, draw(NAMES | st.text(max_size=8)), draw(DATES), draw(DATES)) for guid in GUIDS]


def naming(records: list[dict[str, Any]], by: str = "hostname", **options: Any) -> Named:
    found = named(records, by=by, now=NOW, **options)
    assert len({name for name, _record in found.hosts}) == len(found.hosts), "two computers share a name"
    return found


def as_named(records: list[dict[str, Any]], by: str = "hostname", **options: Any) -> dict[str, str]:
    return {one["connector_guid"]: name for name, one in naming(records, by, **options).hosts}


@given(
    fleets(),
    st.randoms(),
    st.sampled_from(["hostname", "short_hostname", "connector_guid"]),
    st.booleans(),
    st.sets(st.sampled_from(["pc", "pc_d821e2d9", "unrelated"])),
)
def test_names_are_unique_harmless_and_do_not_depend_on_the_order(
    fleet: list[dict[str, Any]], random: Any, by: str, one_of_a_name: bool, taken: set[str]
) -> None:
    names = as_named(fleet, by, one_of_a_name=one_of_a_name, taken=taken)
    shuffled = list(fleet)
    random.shuffle(shuffled)

    assert as_named(shuffled, by, one_of_a_name=one_of_a_name, taken=taken) == names
    for name in names.values():
        assert re.fullmatch(r"[\w.-]+", name)
        assert name not in TAKEN | taken
        assert not name.startswith("127.")
        assert name[0] not in "-."
    if not one_of_a_name:
        assert names.keys() == set(GUIDS)


@given(fleets())
def test_the_one_with_the_plain_name_stays_when_the_others_are_left_out(fleet: list[dict[str, Any]]) -> None:
    everyone, holders = as_named(fleet), as_named(fleet, one_of_a_name=True)

    assert holders.keys() <= everyone.keys()
    for guid, name in holders.items():
        assert everyone[guid].startswith(name[:-37] if len(name) > 37 and name.endswith(guid) else name)


@given(fleets(), NAMES, st.sampled_from(GUIDS))
def test_renaming_a_computer_changes_no_name_of_one_that_was_installed_first_and_is_seen(
    fleet: list[dict[str, Any]], new_name: str, renamed: str
) -> None:
    before = as_named(fleet)
    after = as_named([{**one, "hostname": new_name} if one["connector_guid"] == renamed else one for one in fleet])

    [own] = [one for one in fleet if one["connector_guid"] == renamed]
    for one in fleet:
        guid = one["connector_guid"]
        first = (time_of_iso(one["install_date"]) or float("inf"), guid) < (
            time_of_iso(own["install_date"]) or float("inf"),
            renamed,
        )
        had_the_plain_name = before[guid] == str(one["hostname"]).lower()
        if guid != renamed and first and had_the_plain_name and one["last_seen"] is None:  # None: seen just now
            assert after[guid] == before[guid]


def test_the_one_installed_first_keeps_the_name_whoever_was_seen_last() -> None:
    real = record(GUIDS[0], "DB1", "2025-01-01T00:00:00Z", "2026-02-27T00:00:00Z")
    renamed = record(MINE, "db1", "2025-06-01T00:00:00Z", "2026-02-28T00:00:00Z")

    found = naming([renamed, real])

    assert as_named([renamed, real]) == {GUIDS[0]: "db1", MINE: "db1_367a2c23"}
    assert "used by several computers" in found.warnings[0]
    assert "db1" in found.warnings[0]


def test_a_machine_that_was_installed_anew_has_its_name_again_after_a_week() -> None:
    old = record(GUIDS[0], "PC", "2025-01-01T00:00:00Z", "2026-02-10T00:00:00Z")
    new = record(MINE, "PC", "2026-02-11T00:00:00Z", "2026-02-28T00:00:00Z")

    found = naming([old, new])

    assert [name for name, one in found.hosts if one is new] == ["pc"]
    assert "passed to a newer record" in found.warnings[0]
    assert as_named([old, new], reimaged_after=30)[MINE] == "pc_367a2c23"


@pytest.mark.parametrize(
    ("old_seen", "new_installed"),
    [
        ("2026-02-20T00:00:00Z", "2026-02-11T00:00:00Z"),  # still seen after the newer one was installed
        ("2026-02-27T00:00:00Z", "2026-02-28T00:00:00Z"),  # silent for a day only
        (None, "2026-02-28T00:00:00Z"),  # nobody knows
        ("2026-01-01T00:00:00Z", None),
    ],
)
def test_it_does_not_pass_to_a_newer_one_in_any_other_case(old_seen: Any, new_installed: Any) -> None:
    old = record(GUIDS[0], "PC", "2025-01-01T00:00:00Z", old_seen)
    new = record(MINE, "PC", new_installed, "2026-02-28T00:00:00Z")

    assert as_named([old, new])[GUIDS[0]] == "pc"


def test_a_name_that_passed_on_once_is_not_lost_to_a_third_computer() -> None:
    """The first record is long dead; what counts is the one that replaced it and is seen."""
    first = record(GUIDS[0], "PC", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z")
    second = record(GUIDS[3], "PC", "2025-02-01T00:00:00Z", "2026-02-28T00:00:00Z")
    renamed = record(MINE, "PC", "2026-02-01T00:00:00Z", "2026-02-28T00:00:00Z")

    assert as_named([first, second])[GUIDS[3]] == "pc"
    assert as_named([first, second, renamed])[GUIDS[3]] == "pc"


def test_of_equals_the_smaller_guid_has_the_plain_name() -> None:
    one, two = record(GUIDS[0], "PC"), record(MINE, "pc")

    assert as_named([one, two]) == {GUIDS[0]: "pc_d821e2d9", MINE: "pc"}


def test_first_blocks_that_are_alike_give_way_to_the_whole_guid() -> None:
    records = [record(guid, "PC", f"2026-01-0{3 - at}T00:00:00Z") for at, guid in enumerate(GUIDS[:3])]

    assert as_named(records) == {GUIDS[0]: f"pc_{GUIDS[0]}", GUIDS[1]: f"pc_{GUIDS[1]}", MINE: "pc"}


def test_a_computer_that_is_called_like_a_group_gets_its_guid_as_suffix_with_a_warning() -> None:
    found = naming([record(MINE, "OS_Linux")], taken={"os_linux"})

    assert [name for name, _record in found.hosts] == ["os_linux_367a2c23"]
    assert "called like an inventory group" in found.warnings[0]
    taken = {"os_linux", "os_linux_367a2c23"}
    assert as_named([record(MINE, "os_linux")], taken=taken) == {MINE: f"os_linux_{MINE}"}


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "localhost.localdomain", "127.0.0.1", "127.1"])
def test_no_computer_is_called_like_the_controller(name: str) -> None:
    assert as_named([record(MINE, name)])[MINE].endswith("_367a2c23")
    assert as_named([record(MINE, "localhost-7")])[MINE] == "localhost-7"


def test_a_record_without_a_guid_is_no_host() -> None:
    assert as_named([{"hostname": "PC"}, {"connector_guid": 7, "hostname": "PC"}, record(MINE, "PC")]) == {MINE: "pc"}


def test_groups_of_the_tenant_that_become_one_are_told() -> None:
    def member(*groups: tuple[str, str]) -> dict[str, Any]:
        return {"groups": [{"guid": guid, "name": name} for guid, name in groups]}

    records = [member(("1", "Audit A")), member(("2", "Audit-A"), ("3", "Other")), member(("3", "Other"))]
    safe = {"group_Audit A": "group_Audit_A", "group_Audit-A": "group_Audit_A", "group_Other": "group_Other"}

    assert merged_groups(records, safe) == [
        'The inventory group group_Audit_A holds the computers of 2 groups of the tenant: "Audit A", "Audit-A"'
    ]
    twins = [member(("1", "Audit")), member(("2", "Audit"))]
    assert len(merged_groups(twins, {"group_Audit": "group_Audit"})) == 1
    assert merged_groups(twins, {}) == []


@pytest.mark.parametrize(
    ("system", "family"),
    [
        ("Windows 10", "windows"),
        ("Windows Server 2019", "windows"),
        ("macOS 12.6", "macos"),
        ("OS X 10.11", "macos"),
        ("iOS 16.0 (iPhone11,6)", "ios"),
        ("iPadOS 16", "ios"),
        ("Android 12", "android"),
        ("Ubuntu 20.04", "linux"),
        ("Red Hat Enterprise Linux 8.6", "linux"),
        ("CentOS 7", "linux"),
        ("Amazon Linux 2", "linux"),
        ("Plan 9", "other"),
        (None, "other"),
        (["Windows"], "other"),
    ],
)
def test_families_of_operating_systems(system: Any, family: str) -> None:
    assert os_family({"operating_system": system}) == family


@given(
    st.dictionaries(
        st.sampled_from(["groups", "policy", "isolation", "faults", "connector_version"]),
        st.none()
        | st.text()
        | st.lists(st.none() | st.integers())
        | st.dictionaries(st.text(), st.none() | st.integers()),
    )
)
def test_a_record_of_any_shape_makes_groups_or_none(broken: dict[str, Any]) -> None:
    assert all(isinstance(name, str) for name in groups_of(broken, GROUP_KEYS))
