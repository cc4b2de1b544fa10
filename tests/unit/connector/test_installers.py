# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest is checked as a whole, then one entry is chosen for one host."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.installers import (
    Host,
    Installer,
    ManifestError,
    choose,
    host_from_facts,
    read_manifest,
)

SHA = "a" * 64
SECRET = "https://console.example.com/install_packages/5ecre7/download"
ALMA9 = Host(("almalinux", "redhat"), "9", "x86_64", "rpm")


def entry(**values: Any) -> dict[str, Any]:
    return {"os": "redhat", "path": "/srv/a.rpm", "sha256": SHA, "signature": "waived", **values}


def chosen(*entries: dict[str, Any], host: Host = ALMA9, **wanted: str) -> Installer:
    return choose(read_manifest(list(entries)), host, **wanted)


@pytest.mark.parametrize(
    ("facts", "host"),
    [
        (
            {
                "os_family": "RedHat",
                "distribution": "AlmaLinux",
                "distribution_major_version": "9",
                "architecture": "x86_64",
            },
            ALMA9,
        ),
        (
            {"os_family": "Windows", "distribution": "Microsoft Windows Server 2022", "architecture": "64-bit"},
            Host(("windows",), "", "x86_64", "exe"),
        ),
        (
            {"os_family": "Darwin", "distribution_major_version": 14, "architecture": "arm64"},
            Host(("macos",), "14", "aarch64", "dmg"),
        ),
        (
            {
                "os_family": "Debian",
                "distribution": "Ubuntu",
                "distribution_major_version": "22",
                "architecture": "amd64",
            },
            Host(("ubuntu", "debian"), "22", "x86_64", "deb"),
        ),
        (
            {"os_family": "Suse", "distribution": "SLES", "distribution_major_version": "15", "architecture": "x86_64"},
            Host(("sles", "suse"), "15", "x86_64", "rpm"),
        ),
    ],
)
def test_facts_of_every_system_name_the_host(facts: dict[str, Any], host: Host) -> None:
    assert host_from_facts(facts) == host


def test_the_most_exact_entry_wins() -> None:
    family, family9 = entry(version="1.0"), entry(version="1.1", os_versions=[9])
    distribution, other = entry(os="almalinux", version="1.2"), entry(os="almalinux", version="1.3", os_versions=["8"])
    assert chosen(family, family9, distribution, other).version == "1.2"
    assert chosen(family, family9, other).version == "1.1"
    assert chosen(family, other).version == "1.0"


def test_channels_take_the_newest_and_the_one_before_as_numbers() -> None:
    entries = [entry(version=version) for version in ("1.9.0", "1.24.0", "1.10.2")]
    assert chosen(*entries).version == "1.24.0"
    assert chosen(*entries).index == 1
    assert chosen(*entries, channel="n-1").version == "1.10.2"


def test_two_entries_of_one_system_and_version_are_refused() -> None:
    for twin in ("1.24.0", "1.24", "1.24.0.0"):
        with pytest.raises(
            ManifestError, match=r"installers\[1\] has the version of installers\[0\] for the same system"
        ):
            chosen(entry(version="1.24.0"), entry(version=twin))
    assert chosen(entry(version="1.24.0"), entry(version="1.24.0", arch="aarch64")).index == 0
    assert chosen(entry(version="1.24.0"), entry(version="1.24.0", os_versions=["9"])).index == 1


def test_an_exact_version_outranks_the_channel() -> None:
    entries = [entry(version="1.24.0.10"), entry(version="1.24.0.9"), entry(version="1.25.0")]
    assert chosen(*entries, version="1.24.0", channel="n-1").version == "1.24.0.10"
    with pytest.raises(
        ManifestError, match=r"1\.26.*is not in the manifest; it has 1\.24\.0\.10, 1\.24\.0\.9, 1\.25\.0"
    ):
        chosen(*entries, version="1.26")


def test_n_minus_1_with_one_version_is_told() -> None:
    with pytest.raises(ManifestError, match="needs two versions"):
        chosen(entry(version="1.0"), channel="n-1")


def test_nothing_that_fits_says_what_there_is() -> None:
    with pytest.raises(
        ManifestError, match="no installer fits almalinux / redhat 9 on x86_64; the manifest has redhat on aarch64"
    ):
        chosen(entry(arch="aarch64"))
    with pytest.raises(ManifestError, match="no installer fits"):
        chosen(entry(os="windows", version="8.1"))


def test_a_signer_is_needed_unless_it_is_waived() -> None:
    with pytest.raises(ManifestError, match=r"installers\[0\]\.signer\.key is missing"):
        chosen(entry(signature="required"))
    assert chosen(entry(signature="required", signer={"key": "/srv/cisco.gpg"})).signer == {"key": "/srv/cisco.gpg"}
    debian = Host(("debian",), "12", "x86_64", "deb")
    with pytest.raises(ManifestError, match="debsig_policy is missing"):
        chosen(entry(os="debian", signature="required", signer={"key": "/srv/cisco.gpg"}), host=debian)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"os": ""}, r"\[0\]\.os is missing or wrong"),
        ({"os": "Red Hat!"}, r"\[0\]\.os is missing or wrong"),
        ({"arch": "i386"}, r'\[0\]\.arch is "i386"'),
        ({"sha256": None}, r"\[0\]\.sha256 is missing"),
        ({"sha256": "abc"}, r"\[0\]\.sha256 is missing or no SHA-256"),
        ({"version": "1.x"}, r'\[0\]\.version is "1\.x"'),
        ({"version": "2026"}, "give at least two numbers joined by dots"),
        ({"version": 1.3}, "is the number .* YAML reads 1.30 as 1.3, so write it in quotes"),
        ({"version": 7}, "is the number"),
        ({"os": "windows"}, r"\[0\]\.version is missing"),
        ({"os": "macos"}, r"\[0\]\.version is missing"),
        ({"path": None}, "exactly one of path"),
        ({"url": SECRET}, "exactly one of path"),
        ({"path": None, "url": "http://x.example.com/a"}, "must be an https URL"),
        ({"path": None, "url": "https://u:p@x.example.com/a"}, "must be an https URL"),
        ({"path": None, "url": "https://[bad/a"}, "must be an https URL"),
        ({"fetch_on": "target"}, "needs a url"),
        ({"path": None, "url": SECRET, "fetch_on": "target"}, "version is missing"),
        ({"path": None, "url": SECRET, "fetch_on": "moon"}, 'fetch_on is "moon"'),
        ({"signature": "maybe"}, 'signature is "maybe"'),
        ({"sha265": SHA}, 'unknown key "sha265"'),
    ],
)
def test_a_wrong_entry_is_named_and_its_url_never_told(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ManifestError, match=told) as caught:
        read_manifest([entry(**wrong)], "connector_deploy_installers")
    assert "connector_deploy_installers[0]" in str(caught.value)
    assert "5ecre7" not in str(caught.value)
    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize("manifest", [None, "x", {}, [], [1]])
def test_what_is_no_manifest_is_told(manifest: object) -> None:
    with pytest.raises(ManifestError):
        read_manifest(manifest)


def test_the_url_itself_is_not_part_of_what_is_chosen() -> None:
    installer = chosen(entry(path=None, url=SECRET))
    assert installer.cache_name == SHA
    waived = chosen(entry(path=None, url=SECRET, sha256="waived"))
    assert waived.cache_name.startswith("url-")
    assert waived.cache_name != chosen(entry(path=None, url=SECRET + "2", sha256="waived")).cache_name
    assert "5ecre7" not in repr(installer) + repr(waived)
