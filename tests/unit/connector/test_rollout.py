# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a survey answers about a roll-out is understood, or refused with the reason before any host is touched."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.installers import Host, ManifestError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.rollout import (
    check_manifests,
    faults_that_stop,
    read_batches,
    read_severities,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.variables import (
    RESULTS,
    AnswerError,
    check_names,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.wanted_versions import (
    check_versions_are_there,
    read_versions,
    version_for,
)

UBUNTU = Host(("ubuntu", "debian"), "22", "x86_64", "deb")
WINDOWS = Host(("windows",), "2022", "x86_64", "exe")
MAC = Host(("macos",), "14", "aarch64", "dmg")


def entry(**changes: Any) -> dict[str, Any]:
    return {"os": "debian", "path": "/srv/x.deb", "sha256": "waived", "version": "1.27.0", **changes}


@pytest.mark.parametrize(
    ("given", "batches"),
    [
        ("1,5,20%", [1, 5, "20%"]),
        ("1, 5, 20 %", None),
        (" 1 ,5 ; 20%", [1, 5, "20%"]),
        ("[1, 5, '20%']", [1, 5, "20%"]),
        (["1", 5, "20%"], [1, 5, "20%"]),
        (10, [10]),
        ("25%", ["25%"]),
        ("", ["100%"]),
        (None, ["100%"]),
        ([], ["100%"]),
    ],
)
def test_batches_are_read_as_a_survey_gives_them(given: object, batches: list[int | str] | None) -> None:
    if batches is None:
        with pytest.raises(AnswerError, match="such as 1,5,20%"):
            read_batches(given)
    else:
        assert read_batches(given) == batches


@pytest.mark.parametrize("given", ["0", "0%", "101%", "-1", "half", "1.5", True, 1.5, ["1", None], "1e3"])
def test_a_batch_that_is_none_is_refused_by_the_variables_name(given: object) -> None:
    with pytest.raises(AnswerError, match="connector_batch has the batch"):
        read_batches(given)


def test_each_system_may_have_a_version_of_its_own() -> None:
    for given in (
        "windows=8.2.3 linux=1.27.0,ubuntu=1.26.1",
        {"windows": "8.2.3", "Linux": "1.27.0", "ubuntu": "1.26.1", "macos": ""},
    ):
        versions = read_versions(given)
        wanted = [
            version_for(versions, host) for host in (WINDOWS, UBUNTU, MAC, Host(("el", "redhat"), "9", "", "rpm"))
        ]
        assert wanted == ["8.2.3", "1.26.1", "", "1.27.0"]
    assert version_for(read_versions("1.27.0"), UBUNTU) == "1.27.0"
    assert read_versions("") == read_versions(None) == {}


def test_a_version_that_yaml_shortened_is_refused_with_that_reason() -> None:
    for given in (1.3, {"linux": 1.3}, 8):
        with pytest.raises(AnswerError, match=r"YAML reads 1\.30 as 1\.3"):
            read_versions(given)
    for given in ("newest", "windows=", "=1.2", "a b=1.2"):
        with pytest.raises(AnswerError, match="connector_deploy_version"):
            read_versions(given)


def test_a_version_for_a_system_that_no_manifest_has_is_refused() -> None:
    manifests = check_manifests({"web1": [entry()]})
    check_versions_are_there(read_versions("linux=1.27.0 debian=1.27.0"), manifests)
    with pytest.raises(AnswerError, match="names windws, which is in no manifest; they have debian, linux"):
        check_versions_are_there(read_versions("windws=8.2.3"), manifests)


FAULTS = [
    {"id": 18, "severity": "Critical", "text": "a"},
    {"id": 5, "severity": "Major", "text": "b"},
    {"id": 7, "severity": "", "text": "c"},
]


@pytest.mark.parametrize(
    ("given", "stopping"),
    [
        ("", [18, 7]),
        (None, [18, 7]),
        ("critical, Major", [18, 5, 7]),
        (["Major"], [5, 7]),
        ("none", []),
        ("any", [18, 5, 7]),
    ],
)
def test_faults_stop_by_their_severity_and_one_without_counts_as_the_worst(given: object, stopping: list[int]) -> None:
    assert [fault["id"] for fault in faults_that_stop(FAULTS, read_severities(given))] == stopping


@pytest.mark.parametrize("given", ["critcal", "none, Major", 7])
def test_a_severity_that_is_none_is_refused(given: object) -> None:
    with pytest.raises(AnswerError, match="connector_fail_on_faults has"):
        read_severities(given)


def test_one_wrong_line_of_forty_is_named_once_with_a_host_that_has_it() -> None:
    forty = [entry(version=f"1.{number}.0") for number in range(40)]
    forty[23]["version"] = 1.3  # what YAML makes of 1.30
    sound = [entry()]
    hosts: dict[str, object] = {f"web{number}": forty if number % 2 else sound for number in range(500)}
    with pytest.raises(ManifestError) as told:
        check_manifests(hosts)
    text = str(told.value)
    assert text.count("connector_deploy_installers[23].version is the number") == 1
    assert "YAML reads 1.30 as 1.3" in text
    assert '(host "web1" and 249 more)' in text


def test_hosts_without_a_manifest_are_named_and_several_problems_are_told_at_once() -> None:
    with pytest.raises(ManifestError) as told:
        check_manifests({"a": None, "b": [entry(arch="mips")], "c": [entry()]})
    assert 'connector_deploy_installers is not defined (host "a")' in str(told.value)
    assert 'connector_deploy_installers[0].arch is "mips"' in str(told.value)


def test_equal_manifests_are_checked_once() -> None:
    assert len(check_manifests({f"host{number}": [entry()] for number in range(100)})) == 1


def test_a_misspelt_variable_is_refused_and_those_of_roles_and_facts_are_not() -> None:
    check_names(
        ["connector_batch", "connector_deploy_preflight", "connector_status_raw", "connector_fleet", "ansible_host"]
    )
    with pytest.raises(AnswerError, match=r"connector_bach is no variable .*; did you mean connector_batch\?"):
        check_names(["connector_bach"])
    check_names([*RESULTS, "__connector_deploy_planned"])
    with pytest.raises(AnswerError, match=r"did you mean connector_deploy_version\?"):
        check_names(["connector_deploy_vesion"])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("connector_installers", "connector_deploy_installers"),
        ("connector_version", "connector_deploy_version"),
        ("connector_cache_dir", "connector_deploy_cache_dir"),
        ("connector_keep_configuration", "connector_uninstall_keep_configuration"),
    ],
)
def test_a_name_without_the_role_is_refused_with_the_whole_one(written: str, meant: str) -> None:
    with pytest.raises(AnswerError, match=rf"{written} is no variable .*; did you mean {meant}\?"):
        check_names([written])
