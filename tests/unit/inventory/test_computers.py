# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory computers as Ansible loads it, over real TLS against the simulated cloud."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader
from ansible.utils import vars as ansible_vars
from simulator import Simulator
from unit.scripted_cloud import ENVIRONMENT

CHECKOUT = Path(__file__).resolve().parents[3]
NAME = "ampops.secure_endpoint.computers"
HOSTILE = "{{ lookup('pipe', 'touch %s') }}"


class Source:
    """One inventory file of one tenant."""

    def __init__(self, sim: Simulator, folder: Path) -> None:
        self.sim, self.control, self.folder = sim, sim.control, folder
        self.path = folder / "fleet.secure_endpoint.yml"

    @property
    def connection(self) -> dict[str, Any]:
        here = self.sim
        login = {"client_id": here.client_id, "api_key": here.api_key}
        return {"api_host": here.api_host, "ca_path": str(here.ca_path), **login}

    def write(self, **options: Any) -> None:
        self.path.write_text(yaml.safe_dump({"plugin": NAME, **self.connection, **options}, sort_keys=False))

    def parse(self, *, flush: bool = False, into: InventoryData | None = None, **options: Any) -> InventoryData:
        """As ansible-inventory does; the log of requests begins anew."""
        self.write(**options)
        self.control.clear_requests()
        inventory, plugin = into or InventoryData(), inventory_loader.get(NAME)
        plugin.parse(inventory, DataLoader(), str(self.path), cache=not flush)
        plugin.update_cache_if_changed()
        inventory.reconcile_inventory()
        return inventory

    def requests(self) -> int:
        return len(self.control.requests())

    def cached(self, **options: Any) -> dict[str, Any]:
        kept = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(self.folder / "kept")}
        return {**kept, "cache_timeout": 3600, **options}


@pytest.fixture
def source(simulator_api: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    for variable in ENVIRONMENT:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    return Source(simulator_api, tmp_path)


def groups(inventory: InventoryData) -> dict[str, set[str]]:
    return {name: {host.name for host in group.hosts} for name, group in inventory.groups.items()}


def groups_of_host(inventory: InventoryData, host: str) -> set[str]:
    return {group.name for group in inventory.hosts[host].get_groups()}


def variables(inventory: InventoryData, host: str) -> dict[str, Any]:
    found: dict[str, Any] = inventory.hosts[host].get_vars()
    return found


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("secure_endpoint.yml", True),
        ("eu.secure_endpoint.yaml", True),
        ("eu-secure_endpoint.yml", True),
        ("secure_endpoint.json", False),
        ("hosts.yml", False),
        ("secure_endpoint.yml.bak", False),
    ],
)
def test_a_file_is_ours_by_the_end_of_its_name(tmp_path: Path, name: str, ours: bool) -> None:
    path = tmp_path / name
    path.write_text("---\n")
    assert inventory_loader.get(NAME).verify_file(str(path)) is ours


def test_a_file_that_is_not_there_is_not_ours(tmp_path: Path) -> None:
    assert not inventory_loader.get(NAME).verify_file(str(tmp_path / "secure_endpoint.yml"))


def test_every_computer_is_a_host_with_its_whole_record(source: Source) -> None:
    inventory = source.parse()

    there = source.sim.cloud.tenant.computers
    assert len(inventory.hosts) == len(there)
    assert source.requests() == 1
    record = variables(inventory, "pc-0000")["secure_endpoint"]
    assert record["connector_guid"] == source.control.computer("PC-0000").guid
    assert record["policy"]["name"]
    assert {"group_Protect", "os_windows", "os_linux", "os_macos", "os_ios"} <= groups(inventory).keys()
    assert "pc-0000" in groups(inventory)["os_windows"]


def test_every_way_to_group(source: Source) -> None:
    source.control.set_computer("PC-0000", faults=["Definitions Outdated"], connector_version="8.2.3.30119")
    by = ["group", "os_family", "policy", "connector_version", "isolation", "faults"]

    found = groups(source.parse(group_by=by))

    own = {name for name, hosts in found.items() if "pc-0000" in hosts}
    assert {"os_windows", "faulty", "connector_8_2_3_30119", "isolation_not_isolated"} <= own
    assert any(name.startswith("policy_") for name in own)
    assert any(name.startswith("group_") for name in own)
    assert groups(source.parse(group_by=[])).keys() == {"all", "ungrouped"}


@pytest.mark.parametrize(
    "options",
    [
        {"hostnames": ["pc-0000", "NB-0002"]},
        {"computer_groups": ["Protect"]},
        {"last_seen_within": 3},
        {"last_seen_over": 100},
        {"internal_ip": "?"},
        {"external_ip": "?"},
    ],
)
@pytest.mark.parametrize("matching", ["exact", "substring"])
def test_every_filter_chooses_exactly(source: Source, options: dict[str, Any], matching: str) -> None:
    source.control.set_switches(hostname_filter=matching, name_filter=matching)
    everyone = [variables(host_of, name)["secure_endpoint"] for host_of in [source.parse()] for name in host_of.hosts]
    sample = json.loads(json.dumps(everyone[3]))  # below 2.19 its texts are of a type that YAML does not write
    if "internal_ip" in options:
        options = {"internal_ip": sample["internal_ips"][0].strip()}
    if "external_ip" in options:
        options = {"external_ip": sample["external_ip"]}
    inventory = source.parse(**options)
    found = [variables(inventory, name)["secure_endpoint"] for name in inventory.hosts]

    assert found
    assert len(found) < len(everyone)
    if "hostnames" in options:
        assert sorted(inventory.hosts) == ["nb-0002", "pc-0000"]
    if "computer_groups" in options:
        assert {one["groups"][0]["name"] for one in found} == {"Protect"}
    if "internal_ip" in options:
        assert all(options["internal_ip"] in [ip.strip() for ip in one["internal_ips"]] for one in found)
    if "external_ip" in options:
        assert {one["external_ip"] for one in found} == {sample["external_ip"]}


def test_records_of_one_name_are_told_apart_or_left_out(source: Source) -> None:
    twins = [one for one in source.sim.cloud.tenant.computers.values() if one.hostname == "PC-REIMAGED"]
    newest = max(twins, key=lambda one: one.last_seen)
    others = {f"pc-reimaged_{one.guid[:8]}" for one in twins if one is not newest}

    inventory = source.parse()
    assert {name for name in inventory.hosts if name.startswith("pc-reimaged")} == {"pc-reimaged", *others}
    assert variables(inventory, "pc-reimaged")["secure_endpoint"]["connector_guid"] == newest.guid
    inventory = source.parse(duplicates="newest")
    assert {name for name in inventory.hosts if name.startswith("pc-reimaged")} == {"pc-reimaged"}
    by_guid = source.parse(host_name="connector_guid")
    assert set(by_guid.hosts) == set(source.sim.cloud.tenant.computers)


def test_a_computer_that_names_itself_like_a_group_changes_no_other_host(source: Source) -> None:
    """Case 1: one that called itself os_linux put the whole of that group into its own group."""
    before = source.parse()
    renamed = source.control.computer("PC-0000")
    kept = {name: groups_of_host(before, name) for name in before.hosts if name != "pc-0000"}
    for name in ("os_linux", "os_windows", "group_Protect".lower(), "all", "ungrouped", "localhost"):
        source.control.set_computer(renamed.guid, hostname=name)

        after = source.parse()

        own = f"{name}_{renamed.guid[:8]}" if name != "group_protect" else name
        assert own in after.hosts, name
        assert groups_of_host(after, own) == groups_of_host(before, "pc-0000")
        assert {host: groups_of_host(after, host) for host in kept} == kept


def test_a_group_of_the_users_own_is_no_name_for_a_computer(source: Source) -> None:
    guid = source.control.computer("PC-0000").guid
    source.control.set_computer(guid, hostname="vault_admins")
    inventory = InventoryData()
    inventory.add_group("vault_admins")

    assert f"vault_admins_{guid[:8]}" in source.parse(into=inventory).hosts
    composed = source.parse(groups={"vault_admins": "secure_endpoint.demo"})
    assert f"vault_admins_{guid[:8]}" in composed.hosts


def test_keyed_groups_take_the_host_and_never_a_group_of_its_name(source: Source) -> None:
    """Which groups they make is not known before, so the host may share the name; its members stay what they are."""
    keyed = [{"key": "secure_endpoint.isolation.status", "prefix": "", "separator": "", "parent_group": "states"}]
    before = groups(source.parse(keyed_groups=keyed))
    guid = source.control.computer("PC-0000").guid
    source.control.set_computer(guid, hostname="not_isolated")

    after = groups(source.parse(keyed_groups=keyed))

    assert {"pc-0000"} ^ before["not_isolated"] == {"not_isolated"} ^ after["not_isolated"]
    assert before["group_Protect"] - {"pc-0000"} == after["group_Protect"] - {"not_isolated"}


def test_short_names(source: Source) -> None:
    source.control.set_computer("PC-0000", hostname="PC-0000.corp.example")

    assert "pc-0000.corp.example" in source.parse().hosts
    assert "pc-0000" in source.parse(host_name="short_hostname").hosts


@pytest.mark.parametrize("name", ["localhost", "ALL", "127.0.0.1", "..", "-h", "", "unnamed"])
def test_no_computer_takes_a_name_that_means_something_else(source: Source, name: str) -> None:
    guid = source.control.computer("PC-0000").guid
    source.control.set_computer("PC-0000", hostname=name)

    inventory = source.parse()

    [host] = [one for one in inventory.hosts if variables(inventory, one)["secure_endpoint"]["connector_guid"] == guid]
    assert host.lower() not in ("localhost", "all", "127.0.0.1", "unnamed")
    assert host[0] not in "-."
    assert "localhost" not in inventory.hosts


def test_what_the_file_asks_jinja_for(source: Source) -> None:
    asked: dict[str, Any] = {
        "group_by": [],
        "compose": {"first_address": "secure_endpoint.internal_ips | first | trim", "system": "os ~ extra"},
        "groups": {"windows_ten": "secure_endpoint.operating_system is search('Windows 10')"},
        "keyed_groups": [{"key": "secure_endpoint.isolation.status", "separator": "", "prefix": ""}],
    }
    inventory = source.parse(**asked)

    own = variables(inventory, "pc-0000")
    assert own["first_address"] == own["secure_endpoint"]["internal_ips"][0].strip()
    assert "system" not in own  # an expression that fails sets nothing without strict
    found = groups(inventory)
    assert found["not_isolated"]
    assert "windows_ten" in found
    assert "_not_isolated" in groups(
        source.parse(**{**asked, "keyed_groups": [{"key": "secure_endpoint.isolation.status"}]})
    )
    with_option = {**asked, "keyed_groups": [{"key": "secure_endpoint.isolation.status"}], "leading_separator": False}
    assert "not_isolated" in groups(source.parse(**with_option))


def test_strict_says_what_failed(source: Source) -> None:
    with pytest.raises(AnsibleError, match="nothing_of_the_name"):
        source.parse(compose={"x": "nothing_of_the_name"}, strict=True)
    with pytest.raises(AnsibleError):
        source.parse(keyed_groups=[{"key": "nothing_of_the_name"}], strict=True)


def test_extra_variables_are_seen_only_when_asked_for(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    # what `-e site=north` leaves behind; Ansible keeps it on the function
    monkeypatch.setattr(ansible_vars.load_extra_vars, "extra_vars", {"site": "north"}, raising=False)
    compose = {"site_of_host": "site"}

    assert "site_of_host" not in variables(source.parse(compose=compose), "pc-0000")
    assert variables(source.parse(compose=compose, use_extra_vars=True), "pc-0000")["site_of_host"] == "north"


def test_the_second_run_comes_from_the_cache(source: Source) -> None:
    first = source.parse(**source.cached())
    assert source.requests() == 1

    second = source.parse(**source.cached())

    assert source.requests() == 0
    assert set(second.hosts) == set(first.hosts)
    assert groups(second) == groups(first)
    assert variables(second, "pc-0000") == variables(first, "pc-0000")
    source.parse(**source.cached(group_by=["policy"], duplicates="newest"))  # of the same records
    assert source.requests() == 0


def test_the_cache_answers_for_its_filters_and_its_tenant_only(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    source.parse(**source.cached())
    source.parse(**source.cached(last_seen_within=3))
    assert source.requests() == 1
    reader = source.sim.cloud.tenant.read_only
    source.parse(**source.cached(client_id=reader.client_id, api_key=reader.api_key))
    assert source.requests() == 1
    monkeypatch.setenv("SECURE_ENDPOINT_CLIENT_ID", reader.client_id)
    source.parse(**source.cached(client_id=None, api_key=reader.api_key))
    assert source.requests() == 0


def test_a_flushed_cache_is_read_anew_and_kept(source: Source) -> None:
    source.parse(**source.cached())
    source.control.set_computer("PC-0000", hostname="PC-RENAMED")

    assert "pc-renamed" not in source.parse(**source.cached()).hosts
    assert "pc-renamed" in source.parse(flush=True, **source.cached()).hosts
    assert "pc-renamed" in source.parse(**source.cached()).hosts
    assert source.requests() == 0


def test_an_incomplete_reading_is_not_kept(source: Source, capsys: pytest.CaptureFixture[str]) -> None:
    with Simulator(broker=False, computers=600) as sim:
        here = Source(sim, source.folder)
        sim.control.add_fault("shift", path="/v1/computers", count=None, what="computers", change="remove")
        here.parse(**here.cached())
        assert "is not cached" in "".join(capsys.readouterr())
        sim.control.clear_faults()
        here.parse(**here.cached())
        assert here.requests() == 2


def test_no_secret_is_kept(source: Source) -> None:
    source.parse(**source.cached())

    kept = [path for path in (source.folder / "kept").rglob("*") if path.is_file()]
    assert len(kept) == 1
    assert source.sim.api_key not in kept[0].name + kept[0].read_text()


def test_a_login_may_be_a_template_of_the_users_own(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY_OF_THE_TENANT", source.sim.api_key)
    source.write()
    template = "{{ lookup('ansible.builtin.env', 'KEY_OF_THE_TENANT') }}"
    text = source.path.read_text().replace(source.sim.api_key, f'"{template}"')
    source.path.write_text(text)

    inventory = InventoryData()
    inventory_loader.get(NAME).parse(inventory, DataLoader(), str(source.path))
    assert "pc-0000" in inventory.hosts


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"api_key": "00000000-0000-4000-8000-000000000000"}, "401"),
        ({"computer_groups": ["Nowhere"]}, "Nowhere"),
        ({"region": "eu"}, "Both region and api_host"),
        ({"last_seen_within": "soon"}, "last_seen_within"),
        ({"api_host": "https://x/y"}, "api_host"),
        ({"group_by": ["colour"]}, "group_by"),
    ],
)
def test_bad_files_say_what_is_wrong(source: Source, options: dict[str, Any], told: str) -> None:
    with pytest.raises(AnsibleError, match=told) as failed:
        source.parse(**options)
    assert source.sim.api_key not in str(failed.value)


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "cut"}, {"kind": "broken_json"}])
def test_a_reading_that_fails_is_no_empty_inventory(source: Source, fault: dict[str, Any]) -> None:
    source.write(**source.cached())
    source.control.add_fault(**{"count": None, "path": "/v1/computers", **fault})

    with pytest.raises(AnsibleError, match="/v1/computers"):
        source.parse(**source.cached())
    source.control.clear_faults()
    assert len(source.parse(**source.cached()).hosts) > 30


def make_hostile(source: Source, mark: Path) -> None:
    """Every text that a host or a tenant chooses is a template that touches a file."""
    text = HOSTILE % mark
    tenant = source.sim.cloud.tenant
    source.control.set_computer("PC-0000", hostname=text, faults=[text], operating_system=f"Windows {text}")
    here = source.control.computer(text)
    tenant.groups[here.group_guid].name = f"Group {text}"
    for policy in tenant.policies.values():
        policy.name = f"Policy {text}"


def test_no_text_of_the_tenant_is_run_as_a_template(source: Source, tmp_path: Path) -> None:
    mark = tmp_path / "run"
    make_hostile(source, mark)
    expressions = {
        "called": "secure_endpoint.hostname",
        "joined": "secure_endpoint.hostname ~ ' in ' ~ secure_endpoint.policy.name",
        "trimmed": "secure_endpoint.hostname | trim",
        "first_fault": "secure_endpoint.faults | first | default('')",
        "ansible_host": "secure_endpoint.hostname",
        "whole": "secure_endpoint | to_json",
    }
    source.write(
        group_by=["group", "os_family", "policy", "connector_version", "isolation", "faults"],
        compose=expressions,
        groups={"named": "secure_endpoint.hostname is search('touch')"},
        keyed_groups=[{"key": "secure_endpoint.policy.name", "prefix": "p"}, {"key": "secure_endpoint.faults"}],
        strict=True,
    )
    printed = " ".join(
        f"{{{{ {name} }}}}" for name in (*expressions, "secure_endpoint", "inventory_hostname", "group_names")
    )
    play = {
        "name": "Print",
        "hosts": "named",
        "gather_facts": False,
        "connection": "local",
        "tasks": [
            {"name": "Texts", "ansible.builtin.debug": {"msg": printed}},
            {"name": "Variables", "ansible.builtin.debug": {"var": "secure_endpoint"}},
            {"name": "Composed", "ansible.builtin.debug": {"var": "hostvars[inventory_hostname]"}},
            {"name": "Used", "ansible.builtin.set_fact": {"again": "{{ called }}"}},
            {"name": "Used again", "ansible.builtin.debug": {"msg": "{{ again }} {{ trimmed }}"}},
            {"name": "By group", "ansible.builtin.debug": {"msg": "{{ groups }}"}, "run_once": True},
            {
                "name": "Looped {{ called }}",
                "ansible.builtin.debug": {"msg": "{{ item }}"},
                "loop": "{{ secure_endpoint.faults }}",
            },
        ],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play], sort_keys=False))

    for arguments in (
        ["ansible-playbook", "-i", str(source.path), "play.yml", "-v"],
        ["ansible-inventory", "-i", str(source.path), "--list"],
    ):
        ended = command(arguments, tmp_path)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert "touch" in ended.stdout
        assert not mark.exists(), arguments


def command(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """A program of the ansible-core in use."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "SECURE_ENDPOINT_"))}
    program = Path(sys.executable).with_name(arguments[0])
    return subprocess.run(
        [program, *arguments[1:]],
        cwd=folder,
        env={**kept, "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".cache" / "collections"), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_progress_of_a_long_reading_is_told_when_asked_for(source: Source) -> None:
    with Simulator(broker=False, computers=1100) as sim:
        here = Source(sim, source.folder)
        here.write()
        ended = command(["ansible-inventory", "-i", str(here.path), "--list", "-v"], source.folder)
        quiet = command(["ansible-inventory", "-i", str(here.path), "--list"], source.folder)

    told = ended.stdout + ended.stderr
    assert "computers: 2 pages left" in told
    assert "1100 records in 3 requests" in told
    assert len(json.loads(quiet.stdout)["_meta"]["hostvars"]) == 1100
