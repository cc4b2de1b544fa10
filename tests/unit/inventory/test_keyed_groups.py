# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""keyed_groups without Jinja for each host: the same groups, parents and errors as Ansible makes."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import BaseInventoryPlugin
from ansible.plugins.loader import inventory_loader
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils import _keyed_groups as keyed_groups
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._keyed_groups import key_at, path_of
from hypothesis import given, settings
from hypothesis import strategies as st

try:
    from ansible.template import trust_as_template
except ImportError:

    def trust_as_template(value: str) -> str:
        return value


VARIABLE = "secure_endpoint"
NAME = "ampops.secure_endpoint.computers"
TEXTS = st.sampled_from(["", "Windows 10", "windows-10", "linux", "{{ 7 * 7 }}", "[1, 2]", "True", "ü", "0", "a,b"])
SCALARS = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(-1, 2), st.just(1.0))
VALUES = st.one_of(
    SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(st.sampled_from(["x", "y", ""]), SCALARS, max_size=2)
)
POLICIES = st.one_of(st.none(), TEXTS, st.fixed_dictionaries({}, optional={"name": VALUES}))
RECORDS = st.fixed_dictionaries({}, optional={"os": VALUES, "policy": POLICIES})
# Not the methods of dictionaries and texts: Jinja shows their addresses, which no two runs have in common.
KEYS = st.sampled_from(
    [
        "secure_endpoint.os",
        "secure_endpoint.policy.name",
        "secure_endpoint.policy",
        "secure_endpoint.os.x",
        "secure_endpoint.os | upper",
        "secure_endpoint",
        "other.os",
        "secure_endpoint.os ~ ''",
        "",
    ]
)
PARENTS = st.sampled_from(["", "everything", "parent {{ secure_endpoint.os }}", "{{ nobody }}", "with space"])
ENTRIES = st.fixed_dictionaries(
    {"key": KEYS},
    optional={
        "prefix": st.sampled_from(["", "os", "a b"]),
        "separator": st.sampled_from(["", "-", "_"]),
        "parent_group": PARENTS,
        "default_value": st.sampled_from(["", "none"]),
        "trailing_separator": st.booleans(),
    },
)
OPTIONS = st.fixed_dictionaries(
    {"strict": st.booleans(), "leading_separator": st.booleans()},
    optional={"compose": st.sampled_from([{"secure_endpoint": "{'os': 'composed'}"}, {"os": "secure_endpoint.os"}])},
)


def trusted(value: Any) -> Any:
    """As read from the user's inventory file."""
    if isinstance(value, dict):
        return {key: trusted(item) for key, item in value.items()}
    return trust_as_template(value) if isinstance(value, str) else value


def made(records: list[dict[str, Any]], entries: list[Any], options: dict[str, Any]) -> Any:
    """The groups, their hosts in order and their children; or the error."""
    plugin, inventory, loader = inventory_loader.get(NAME), InventoryData(), DataLoader()
    BaseInventoryPlugin.parse(plugin, inventory, loader, "x.secure_endpoint.yml")
    given = {"groups": {}, "compose": {}, "group_by": [], "use_extra_vars": False}
    given |= {"keyed_groups": [trusted(entry) for entry in entries]}
    plugin.get_option = {**given, **{name: trusted(value) for name, value in options.items()}}.get
    hosts = [(f"host{number}", record) for number, record in enumerate(records)]
    try:
        plugin._add_hosts(hosts, {})
    except AnsibleError as error:
        return str(error)
    return {
        name: ([host.name for host in group.hosts], [child.name for child in group.child_groups])
        for name, group in inventory.groups.items()
    } | {host.name: [group.name for group in host.groups] for host in inventory.hosts.values()}


@settings(max_examples=150)
@given(st.lists(RECORDS, min_size=1, max_size=5), st.lists(ENTRIES, min_size=1, max_size=2), OPTIONS)
def test_the_same_as_ansible_makes(
    records: list[dict[str, Any]], entries: list[dict[str, Any]], options: dict[str, Any]
) -> None:
    ours = made(records, entries, options)
    with mock.patch.object(keyed_groups, "path_of", return_value=None):
        assert ours == made(records, entries, options)


@pytest.mark.parametrize("entry", ["no dictionary", {}, {"prefix": "x"}, {"key": None}, {"key": 5}])
def test_an_entry_that_is_wrong_is_as_wrong_as_for_ansible(entry: Any) -> None:
    ours = made([{"os": "linux"}, {"os": "linux"}], [entry], {"strict": True})
    with mock.patch.object(keyed_groups, "path_of", return_value=None):
        assert ours == made([{"os": "linux"}, {"os": "linux"}], [entry], {"strict": True})


def test_jinja_is_asked_once_for_each_value() -> None:
    records = [{"os": name} for name in ["linux", "mac", "linux", "linux", "mac"]] + [{}, {}]
    calls: list[str] = []
    groups = keyed_groups.KeyedGroups([{"key": "secure_endpoint.os"}], VARIABLE)
    joined: list[str] = []
    for record in records:
        name = record.get("os")
        made_by_ansible = [f"_{name}"] if name else []
        groups.add(record, joined.append, lambda _entry: calls.append(name) or made_by_ansible)  # noqa: B023

    assert calls == ["linux", "mac", None]
    assert joined == ["_linux", "_linux", "_mac"]


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("secure_endpoint.os", ("os",)),
        ("secure_endpoint.policy.name", ("policy", "name")),
        ("secure_endpoint.items", None),  # a method
        ("secure_endpoint._x", None),
        ("secure_endpoint.0", None),
        ("secure_endpoint['os']", None),
        ("secure_endpoint.os | lower", None),
        ("secure_endpoint_os", None),
        ("secure_endpoint.os\n", None),
    ],
)
def test_what_is_a_plain_path(key: str, path: tuple[str, ...] | None) -> None:
    assert path_of({"key": key}, VARIABLE) == path
    assert path_of({"key": key, "parent_group": "p {{ x }}"}, VARIABLE) is None


def test_values_are_the_same_by_value_and_type() -> None:
    keys = [key_at({"a": value}, ["a"]) for value in (1, True, 1.0, "1", None, [1], [True], ["1"], {}, [[]])]
    assert len(set(keys[:-2])) == 8
    assert keys[-2:] == [None, None]
    assert key_at({}, ["a"]) == key_at({"a": None}, ["a", "b"]) == ()
    assert key_at({"a": "text"}, ["a", "upper"]) is None
