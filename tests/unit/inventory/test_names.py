# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and groups of inventory hosts: one name for each computer, whatever it calls itself, in any order."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.computer.inventory_names import (
    GROUP_KEYS,
    TAKEN,
    groups_of,
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
TIMES = st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", None])


def record(guid: str, hostname: Any, seen: str | None) -> dict[str, Any]:
    return {"connector_guid": guid, "hostname": hostname, "last_seen": seen}


@st.composite
def fleets(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [record(guid, draw(NAMES | st.text(max_size=8)), draw(TIMES)) for guid in GUIDS]


def as_named(records: list[dict[str, Any]], by: str = "hostname", newest_only: bool = False) -> dict[str, str]:
    pairs = list(named(records, by=by, newest_only=newest_only))
    assert len({name for name, _record in pairs}) == len(pairs), "two computers share a name"
    return {one["connector_guid"]: name for name, one in pairs}


@given(fleets(), st.randoms(), st.sampled_from(["hostname", "short_hostname", "connector_guid"]), st.booleans())
def test_names_are_unique_harmless_and_do_not_depend_on_the_order(
    fleet: list[dict[str, Any]], random: Any, by: str, newest_only: bool
) -> None:
    names = as_named(fleet, by, newest_only)
    shuffled = list(fleet)
    random.shuffle(shuffled)

    assert as_named(shuffled, by, newest_only) == names
    for name in names.values():
        assert re.fullmatch(r"[\w.-]+", name)
        assert name not in TAKEN
        assert name[0] not in "-."
    if not newest_only:
        assert names.keys() == set(GUIDS)


@given(fleets())
def test_the_one_seen_last_keeps_its_name_when_the_others_are_left_out(fleet: list[dict[str, Any]]) -> None:
    everyone, newest = as_named(fleet), as_named(fleet, newest_only=True)

    assert newest.keys() <= everyone.keys()
    assert {guid: everyone[guid] for guid in newest}.keys() == newest.keys()
    for guid, name in newest.items():
        assert everyone[guid].startswith(name[:-37] if len(name) > 37 and name.endswith(guid) else name)


def test_of_equals_the_smaller_guid_has_the_plain_name() -> None:
    one, two = record(GUIDS[0], "PC", None), record(GUIDS[2], "pc", None)

    assert as_named([one, two]) == {GUIDS[0]: "pc_d821e2d9", GUIDS[2]: "pc"}


def test_first_blocks_that_are_alike_give_way_to_the_whole_guid() -> None:
    records = [record(guid, "PC", f"2026-01-0{day}T00:00:00Z") for day, guid in enumerate(GUIDS[:3], 1)]

    assert as_named(records) == {GUIDS[0]: f"pc_{GUIDS[0]}", GUIDS[1]: f"pc_{GUIDS[1]}", GUIDS[2]: "pc"}


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
