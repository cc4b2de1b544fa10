# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployment is planned before anything is touched, and what cannot work is refused with its reason."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.host_facts import facts_of
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.plans import (
    Order,
    Plan,
    Target,
    plan,
    predicted,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.preflight import (
    Preflight,
)

DEBIAN = {"os_family": "Debian", "distribution": "Debian", "distribution_major_version": "12", "architecture": "x86_64"}
PROBED = {"system": "Linux", "os_id": "debian", "os_version": "12", "machine": "x86_64"}
EL7 = {"os_family": "RedHat", "distribution": "RedHat", "distribution_major_version": "7", "architecture": "x86_64"}
WINDOWS = {"os_family": "Windows", "architecture": "64-bit", "os_product_type": "server"}
MAC = {"os_family": "Darwin", "distribution": "MacOSX", "architecture": "arm64"}
NOTHING: dict[str, Any] = {"installed": False, "running": False, "version": None, "problems": [], "switches": {}}
FOUND = {
    "manager": "apt-get", "opt_mb": "9000", "tmp_mb": "9000", "has_debsig_verify": "1", "kernel_btf": "1",
    "kernel_release": "6.1.0-18-amd64",
}  # fmt: skip
SIGNERS = {
    "debian": {"key": "k", "debsig_policy": "p"},
    "redhat": {"key": "k"},
    "windows": {"subject": 'CN="Example", O="Example"'},
    "macos": {"team_id": "DE8Y96K9QP"},
}
PACKAGE = {"name": "ciscoampconnector", "version": "1.26.0", "arch": "amd64"}
FILE = {"outcome": "found", "path": "/c/x", "detail": "", "package": PACKAGE}


def entry(os: str = "debian", version: str = "1.26.0", **changes: Any) -> dict[str, Any]:
    return {
        "os": os,
        "arch": "any",
        "version": version,
        "path": "/x",
        "sha256": "waived",
        "signer": SIGNERS[os],
        **changes,
    }


def status(version: str, **changes: Any) -> dict[str, Any]:
    return {**NOTHING, "installed": True, "running": True, "version": version, **changes}


def made(
    entries: Any = None,
    facts: Any = None,
    found: Any = None,
    is_now: Any = NOTHING,
    file: Any = None,
    preflight: Any = None,
    **order: Any,
) -> Plan:
    target = Target(facts or DEBIAN, is_now, FOUND if found is None else found)
    options = Order(preflight=Preflight(**(preflight or {})), **order)
    return plan([entry()] if entries is None else entries, options, target, file)


@pytest.mark.parametrize(
    ("is_now", "action", "needs_file"),
    [
        (NOTHING, "install", True),
        (status("1.25.9"), "upgrade", True),
        (status("1.26.0"), "none", False),
        (status("1.26.0", running=False), "start", False),
        (status("1.27.0"), "none", False),
        (status("", problems=["half installed: x"]), "repair", True),
    ],
)
def test_the_action_follows_from_what_is_there(is_now: dict[str, Any], action: str, needs_file: bool) -> None:
    planned = made(is_now=is_now)
    assert (planned.action, planned.needs_file, planned.installs) == (action, needs_file, needs_file)
    assert planned.as_result()["installer"]["label"] == "debian any 1.26.0"


@pytest.mark.parametrize("facts", [DEBIAN, facts_of(PROBED)])
def test_each_system_gets_the_version_that_is_wanted_for_it(facts: dict[str, Any]) -> None:
    both = [entry(version="1.26.0"), entry(version="1.27.0")]
    for wanted in ("linux=1.27.0 debian=1.26.0", {"linux": "1.27.0", "debian": "1.26.0"}, "1.26.0"):
        assert made(both, facts, version=wanted).installer.version == "1.26.0"
    assert made(both, facts, version="windows=8.2.3 ubuntu=1.26.0").installer.version == "1.27.0"
    with pytest.raises(ValueError, match=r"connector_deploy_version is the number .*YAML reads 1\.30 as 1\.3"):
        made(both, facts, version=1.26)


def test_a_newer_version_is_accepted_and_told_or_refused_or_replaced() -> None:
    assert made(is_now=status("1.27.0")).note.startswith("Version 1.27.0 is installed and newer than 1.26.0")
    assert made(is_now=status("1.26.0")).note == ""
    assert made(is_now=status("1.27.0"), newer="downgrade").action == "downgrade"
    with pytest.raises(ValueError, match=r"newer than 1\.26\.0: nothing was touched"):
        made(is_now=status("1.27.0"), newer="fail")


def test_only_the_file_says_the_version_that_the_manifest_leaves_out() -> None:
    unnamed = [entry(version="")]
    assert (made(unnamed).action, made(unnamed).needs_file) == ("unknown", True)
    not_fetched = {"outcome": "fetched", "path": ""}
    assert made(unnamed, file=not_fetched).action == "install"
    assert made(unnamed, is_now=status("1.25.0"), file=not_fetched).action == "none"
    planned = made(unnamed, is_now=status("1.26.0"), file=FILE)
    assert (planned.action, planned.installer.version) == ("none", "1.26.0")


@pytest.mark.parametrize(
    ("changes", "inside", "told"),
    [
        ({"outcome": "failed", "detail": "has the SHA-256 ab"}, {}, r"\[0\] \(debian any 1.26.0\) has the SHA"),
        ({}, {"version": "1.24.0"}, "holds ciscoampconnector 1.24.0 for amd64, but the manifest says version 1.26.0"),
        ({}, {"arch": "arm64"}, "this host is x86_64"),
        ({"package": None, "detail": "is damaged or cut off (EOFError)"}, {}, "is damaged or cut off"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(changes: dict[str, Any], inside: dict[str, Any], told: str) -> None:
    file = {**FILE, "package": {**PACKAGE, **inside}, **changes}
    with pytest.raises(ValueError, match=told):
        made(file=file)


def test_a_controller_that_cannot_read_zstd_takes_the_version_of_the_manifest() -> None:
    unread = {**FILE, "package": None, "detail": "is a DEB with zstd compression, which this controller cannot read"}
    assert made(file=unread).action == "install"
    with pytest.raises(ValueError, match="zstd"):
        made([entry(version="")], file=unread)


@pytest.mark.parametrize(
    ("found", "order", "told"),
    [
        ({"opt_mb": "10"}, {}, "There are 10 MB free for /opt/cisco/amp and 9000 MB for temporary files"),
        ({"manager": "zypper"}, {}, "package manager of this host is zypper, which cannot install a deb"),
        ({"has_debsig_verify": None}, {}, "debsig-verify is missing"),
        ({"held": "apt-mark unhold x"}, {}, "release it with apt-mark unhold x"),
        ({"kernel_btf": None}, {}, "neither type information for eBPF"),
        ({}, {"upgrade_only": True}, "there is nothing to upgrade"),
        ({}, {"preflight": {"space_only": True}}, "fetch_on target"),
        ({}, {"version": "9.9"}, "version \"9.9\" for debian"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused(found: dict[str, Any], order: dict[str, Any], told: str) -> None:
    seen = {key: value for key, value in {**FOUND, **found}.items() if value is not None}
    with pytest.raises(ValueError, match=told):
        made(found=seen, **order)


def test_a_kernel_may_be_warned_of_or_ignored() -> None:
    seen = {key: value for key, value in FOUND.items() if key != "kernel_btf"}
    assert "neither type information" in made(found=seen, preflight={"kernel": "warn"}).warnings[0]
    assert made(found=seen, preflight={"kernel": "skip"}).warnings == ()


def test_missing_profiles_of_device_management_are_named() -> None:
    """Contract 13: without them the connector is installed and faulty; a person can still approve."""
    mac, space = [entry("macos", "1.24.0", arch="aarch64")], {"opt_mb": "9000", "tmp_mb": "9000"}
    some = {**space, "profiles": "com.apple.system-extension-policy com.apple.wifi.managed"}
    (warning,) = made(mac, MAC, some).warnings
    assert "profile for content filter, full disk access, so" in warning
    assert made(mac, MAC, some, preflight={"kernel": "skip"}).warnings == ()
    assert made(mac, MAC, space).warnings == ()
    payloads = (
        "com.apple.system-extension-policy com.apple.webcontent-filter com.apple.TCC.configuration-profile-policy"
    )
    assert made(mac, MAC, {**space, "profiles": payloads}).warnings == ()


def windows(is_now: dict[str, Any], **order: Any) -> str:
    return made([entry("windows", "8.2.3")], WINDOWS, {}, is_now, **order).arguments


def test_a_fresh_installation_follows_profile_and_ui() -> None:
    assert windows(NOTHING) == "/R /S /skiptetra 1 /skipdfc 1"
    assert windows(NOTHING, profile="desktop", ui=False) == "/R /S /desktopicon 0 /startmenu 0 /contextmenu 0"
    assert windows(NOTHING, golden_image=True, profile="desktop").endswith("/goldenimage 1")
    with pytest.raises(ValueError, match="is not documented"):
        windows(NOTHING, switches={"skipeverything": 1})


def test_an_older_connector_keeps_its_switches() -> None:
    older = status("7.2.7", switches={"contextmenu": "1", "skipdfc": "0", "sendfile": "1"})
    for order in ({}, {"profile": "server", "ui": False}):
        assert windows(older, **order) == "/R /S /skipdfc 0 /contextmenu 1"
    assert windows(older, switches={"skipdfc": 1}) == "/R /S /skipdfc 1 /contextmenu 1"


def test_switches_that_cannot_be_read_are_not_lost() -> None:
    unread = status("7.2.7", problems=["local.xml is damaged or cut off"])
    with pytest.raises(ValueError, match=r"cannot be carried over: local\.xml is damaged"):
        windows(unread)
    seven = (
        "skipdfc",
        "skiptetra",
        "skipexprevprereqcheck",
        "desktopicon",
        "startmenu",
        "contextmenu",
        "overridepolicy",
    )
    assert windows(unread, switches=dict.fromkeys(seven, 0)).startswith("/R /S /skipdfc 0")


def test_a_plan_shows_as_a_diff() -> None:
    older = status("7.2.7", running=False)
    before, after = predicted(made([entry("windows", "8.2.3")], WINDOWS, {}, older), older)
    assert before == "version: 7.2.7\nrunning: no\n"
    assert after == "version: 8.2.3\nrunning: yes\ninstaller arguments: /R /S\n"
    stopped = status("1.26.0", running=False)
    assert predicted(made(is_now=stopped), stopped)[1] == "version: 1.26.0\nrunning: yes\n"
    current = status("1.26.0")
    assert len(set(predicted(made(is_now=current), current))) == 1


def test_el_7_needs_neither_btf_nor_headers() -> None:
    seen = {
        "manager": "yum",
        "opt_mb": "9000",
        "tmp_mb": "9000",
        "has_rpmkeys": "1",
        "kernel_release": "3.10.0-1160.el7",
    }
    assert made([entry("redhat", "1.20.4")], EL7, seen).action == "install"
