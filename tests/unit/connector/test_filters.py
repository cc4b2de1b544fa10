# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters are the rim: they hand over, and turn typed errors into Ansible's."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible.plugins.loader import filter_loader
from jinja2 import StrictUndefined, UndefinedError

pytestmark = pytest.mark.ansible

GUID = "3b9d1c5e-8f0a-4d55-9a3e-6f2b1c0d7e88"
LOCAL = base64.b64encode(f"<config><agent><uuid>{GUID}</uuid></agent></config>".encode()).decode()
UNDEFINED = StrictUndefined(name="package")
ENTRY = {"os": "debian", "path": "/srv/x.deb", "sha256": "waived", "signature": "waived", "version": "1.2"}
FACTS = {"os_family": "Debian", "distribution": "Debian", "distribution_major_version": "12", "architecture": "x86_64"}


def called(name: str, *arguments: Any, **options: Any) -> Any:
    return filter_loader.get(f"ampops.secure_endpoint.{name}").j2_function(*arguments, **options)


def test_a_file_is_read_from_base64() -> None:
    assert called("connector_config", LOCAL)["connector_guid"] == GUID
    for wrong in (None, {"content": LOCAL}, "<config/>", base64.b64encode(b"<!DOCTYPE x><config/>").decode()):
        with pytest.raises(AnsibleFilterError, match="connector_config"):
            called("connector_config", wrong)
    with pytest.raises(AnsibleFilterError, match="local or global"):
        called("connector_config", LOCAL, file="other")


def test_what_a_host_says_is_never_a_template() -> None:
    (problem,) = called("connector_status", {"problems": ["{{ 7 * 7 }}"]})["problems"]
    assert problem == "{{ 7 * 7 }}"
    try:
        from ansible.template import is_trusted_as_template
    except ImportError:  # ansible-core below 2.19 marks what must not be a template, later ones what may be one
        from ansible.utils.unsafe_proxy import AnsibleUnsafe

        assert isinstance(problem, AnsibleUnsafe)
    else:
        assert not is_trusted_as_template(problem)


def test_a_probe_that_was_cut_off_is_an_error() -> None:
    with pytest.raises(AnsibleFilterError, match="cut off"):
        called("connector_status", "probe=1\n")
    with pytest.raises(AnsibleFilterError, match="evidence"):
        called("connector_status", 7)


def test_switches_as_a_list_and_as_a_command_line() -> None:
    assert called("installer_switches", None, profile="server") == ["/R", "/S", "/skiptetra", "1", "/skipdfc", "1"]
    assert called("installer_switches", {"skipdfc": "1"}, command_line=True) == "/R /S /skipdfc 1"
    with pytest.raises(AnsibleFilterError, match="not documented"):
        called("installer_switches", None, switches={"nonsense": "1"})
    with pytest.raises(AnsibleFilterError, match="dictionary"):
        called("installer_switches", "/R")


def test_files_of_the_controller_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    key, policy = tmp_path / "key", tmp_path / "policy"
    key.write_bytes(b"\x99\x01")
    policy.write_text("no policy")
    assert base64.b64decode(called("connector_signer", {"key": str(key)})["key"]) == b"\x99\x01"
    for signer, told in (
        ({"key": str(tmp_path / "absent")}, "cannot be read"),
        ({"key": str(tmp_path)}, "cannot be read"),
        ({}, "signer.key is missing"),
        ({"key": str(key), "debsig_policy": str(policy)}, "is not XML"),
    ):
        assert told in called("connector_signer", signer)["problem"]


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("connector_locked", ("x",), "the result must be a dictionary, not a text"),
        ("connector_failure", ({}, "x", 1), "the result must be a dictionary, not a text"),
        ("connector_shortcoming", ({}, "x"), "the plan must be a dictionary, not a text"),
        ("connector_download", ("x", "https://a.example", []), "the answers must be a list of dictionaries"),
        ("connector_signer", ("x",), "the signer must be a dictionary, not a text"),
        ("connector_signer", ({"key": 7},), "key must be a text, not a number"),
        ("connector_windows", ({"name": "x"}, []), "services must be a list of dictionaries, not a dictionary"),
        ("connector_windows", ([], [1]), r"views\[0\] must be a dictionary, not a number"),
        ("installer_switches", (["x"],), "the switches of local.xml must be a dictionary, not a list"),
        ("installer_switches", (None, "desktop", True, ["x"]), "switches must be a dictionary, not a list"),
        ("connector_signature_problem", ("Valid", {}), "the signature must be a dictionary, not a text"),
        ("connector_signature_problem", ({}, {}, "msi"), "kind is msi; it is one of exe, dmg, rpm, deb"),
        ("connector_problems", (["x"],), "the status must be a dictionary, not a list"),
    ],
)
def test_an_argument_of_another_type_is_named(name: str, arguments: tuple[object, ...], told: str) -> None:
    with pytest.raises(AnsibleFilterError, match=told):
        called(name, *arguments)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("connector_locked", (UNDEFINED,)),
        ("connector_config", (UNDEFINED,)),
        ("connector_problems", (UNDEFINED,)),
        ("connector_signature_problem", (UNDEFINED, {})),
        ("connector_signer", (UNDEFINED,)),
        ("connector_status", (UNDEFINED,)),
        ("connector_windows", (UNDEFINED, [])),
        ("installer_switches", (UNDEFINED,)),
        ("installer_switches", (None, "desktop", True, None, UNDEFINED)),
    ],
)
def test_a_variable_that_is_not_defined_is_named_as_such(name: str, arguments: tuple[object, ...]) -> None:
    """ansible-core before 2.19 hands it to the filter."""
    with pytest.raises(UndefinedError, match="'package' is undefined"):
        called(name, *arguments)


def test_a_plan_names_every_problem_at_once_and_reads_each_hosts_own_answers() -> None:
    sound = {
        "connector_deploy_installers": [ENTRY],
        "connector_batch": "1,5,20%",
        "connector_deploy_version": "debian=1.2",
    }
    plan = called("connector_rollout", {"a": sound, "b": sound}, ["a", "b"])
    assert plan == {"problems": [], "hosts": 2, "manifests": 1, "batches": [1, 5, "20%"]}
    wrong = {"connector_deploy_installers": [ENTRY | {"version": 1.3}], "connector_batch": "half"}
    problems = called(
        "connector_rollout", {"a": sound, "b": wrong, "c": {"connector_deploy_version": 1.3}}, ["a", "b", "c"]
    )["problems"]
    assert len(problems) == 3
    assert "connector_deploy_installers[0].version is the number" in problems[0]
    assert 'connector_deploy_installers is not defined (host "c")' in problems[0]
    assert problems[1].startswith('connector_batch has the batch "half"')
    assert problems[2].startswith("connector_deploy_version is the number")
    assert called("connector_rollout", {"a": {}}, ["a"], manifest="")["problems"] == []


def test_a_fleet_is_summed_up_from_the_facts_of_its_hosts() -> None:
    status = {"installed": True, "running": True, "version": "1.27.0", "faults": [], "problems": []}
    done = {
        "connector_rollout": {"state": "done"},
        "connector_deploy_result": {"action": "upgrade", "version_before": "1.26.0", "version": "1.27.0"},
        "connector_status_result": status,
        "__connector_deploy_planned": {"plan": {"installer": {"version": "1.27.0"}}},
    }
    lost = {"connector_rollout": {}, "connector_status_result": status | {"version": "1.26.0"}}
    summary = called("connector_fleet", {"a": done, "b": lost, "c": {}}, ["a", "b", "c"], job="upgrade")
    assert summary["outcomes"] == {"disappeared": 1, "unreachable": 1, "upgraded": 1}
    with pytest.raises(AnsibleFilterError, match="one of deploy, upgrade"):
        called("connector_fleet", {}, [], job="x")


def test_faults_and_batches_and_csv_refuse_what_is_none() -> None:
    faults = [{"id": 1, "severity": "Critical"}, {"id": 2, "severity": "Minor"}]
    assert called("connector_faults", {"faults": faults}) == faults[:1]
    assert called("connector_batches", "1,5,20%") == [1, 5, "20%"]
    assert called("csv", [{"a": "=1"}], ["a"]) == "a\n'=1\n"
    for name, argument in (("connector_faults", 1), ("connector_batches", "x"), ("csv", "x")):
        with pytest.raises(AnsibleFilterError, match=name):
            called(name, argument, *(["a"],) * (name == "csv"))
