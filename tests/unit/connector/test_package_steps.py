# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What installs a package: the module where its bindings are, else a command, and what repairs one (R42)."""

from __future__ import annotations

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.package_steps import package_steps

DEB, RPM = "/tmp/x/connector.deb", "/tmp/x/connector.rpm"  # noqa: S108 - names, no files


def words(action: str, package: str, **host: str) -> list[str]:
    """Return each step as its module and what it is told."""
    steps = package_steps(action, package, host, 60)
    return [" ".join([step.module, *map(str, step.arguments.get("argv", [step.arguments]))]) for step in steps]


@pytest.mark.parametrize("action", ["install", "upgrade", "downgrade"])
def test_the_module_is_used_where_its_bindings_exist(action: str) -> None:
    (apt,) = package_steps(action, DEB, {"manager": "apt-get", "apt_bindings": "1"}, 60)
    assert (apt.module, apt.arguments["deb"], apt.arguments["lock_timeout"]) == ("ansible.builtin.apt", DEB, 60)
    assert apt.arguments["allow_downgrade"] is (action == "downgrade")
    (dnf,) = package_steps(action, RPM, {"manager": "dnf", "dnf_bindings": "1"}, 60)
    assert (dnf.module, dnf.arguments["name"]) == ("ansible.builtin.dnf", [RPM])
    assert dnf.arguments["allow_downgrade"] is (action == "downgrade")


@pytest.mark.parametrize(
    ("manager", "action", "begins"),
    [
        ("dnf", "upgrade", "dnf -y --nogpgcheck --setopt=install_weak_deps=False install"),
        ("dnf", "downgrade", "dnf -y --nogpgcheck --setopt=install_weak_deps=False downgrade"),
        ("yum", "downgrade", "yum -y --nogpgcheck downgrade"),
        ("zypper", "install", "zypper --non-interactive --no-gpg-checks install --no-recommends --oldpackage --force"),
    ],
)
def test_a_command_installs_an_rpm_elsewhere(manager: str, action: str, begins: str) -> None:
    assert words(action, RPM, manager=manager) == [f"ansible.builtin.command {begins} {RPM}"]


def test_empty_lists_of_apt_are_updated_first_which_may_fail() -> None:
    update, install = package_steps("install", DEB, {"manager": "apt-get", "apt_lists_empty": "1"}, 60)
    assert update.arguments["argv"] == ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=60", "update"]
    assert (update.may_fail, install.may_fail) == (True, False)
    assert install.arguments["argv"][-4:] == ["-o", "DPkg::Lock::Timeout=60", "install", DEB]


def test_what_is_half_installed_is_repaired_below_the_package_manager() -> None:
    assert words("repair", RPM, manager="dnf", dnf_bindings="1") == [
        f"ansible.builtin.command rpm -U --force --oldpackage {RPM}"
    ]
    assert words("repair", DEB, manager="apt-get", apt_bindings="1") == [
        f"ansible.builtin.command dpkg --force-confdef --force-confold --unpack {DEB}",
        "ansible.builtin.command apt-get -y --no-install-recommends -o DPkg::Lock::Timeout=60 --fix-broken install",
    ]
