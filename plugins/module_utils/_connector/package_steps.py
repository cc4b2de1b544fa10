# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Choose what installs a package on a Linux host: the module where its bindings exist there, else a command (R42)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .actions import DOWNGRADE, REPAIR


@dataclass(frozen=True)
class Step:
    """One module to run on the host, with its arguments. `name` says in an error what failed."""

    name: str
    module: str
    arguments: Mapping[str, Any]
    may_fail: bool = False


def package_steps(action: str, package: str, host: Mapping[str, str], lock_timeout: int) -> list[Step]:
    """Return the steps, in order, that install the file `package` of the host.

    `action` is the plan's, `host` what the probe found there: package manager, bindings, empty lists. Another package
    manager at work is waited for, for `lock_timeout` seconds.
    """
    if action == REPAIR:
        return [*_lists(host, lock_timeout), *_repair(package, lock_timeout)]
    return [*_lists(host, lock_timeout), _installation(action == DOWNGRADE, package, host, lock_timeout)]


def _lists(host: Mapping[str, str], lock_timeout: int) -> list[Step]:
    """Return the update of package lists that were never filled, as on a fresh cloud image: apt would find no
    dependency. A host that reaches no repository may still install what needs nothing more."""
    if "apt_lists_empty" not in host:
        return []
    update = ["apt-get", "-q", *_lock_of_apt(lock_timeout), "update"]
    return [_command("Update the empty package lists of apt", update, may_fail=True)]


def _installation(downgrade: bool, package: str, host: Mapping[str, str], lock_timeout: int) -> Step:
    manager = host["manager"]
    if manager == "apt-get" and "apt_bindings" in host:
        arguments = {"deb": package, "allow_downgrade": downgrade, "install_recommends": False}
        return Step("Install the package by apt", "ansible.builtin.apt", {**arguments, "lock_timeout": lock_timeout})
    if manager == "dnf" and "dnf_bindings" in host:
        arguments = {"name": [package], "state": "present", "disable_gpg_check": True, "allow_downgrade": downgrade}
        arguments |= {"install_weak_deps": False, "lock_timeout": lock_timeout}
        return Step("Install the package by dnf", "ansible.builtin.dnf", arguments)
    verb = "downgrade" if downgrade else "install"
    commands = {
        "dnf": ["dnf", "-y", "--nogpgcheck", "--setopt=install_weak_deps=False", verb],
        "yum": ["yum", "-y", "--nogpgcheck", verb],
        "zypper": [
            *["zypper", "--non-interactive", "--no-gpg-checks", "install"],
            *["--no-recommends", "--oldpackage", "--force"],
        ],
        "apt-get": [
            *["apt-get", "-y", "--no-install-recommends", "--allow-downgrades"],
            *[*_lock_of_apt(lock_timeout), "install"],
        ],
    }
    return _command(f"Install the package by {manager}", [*commands[manager], package])


def _repair(package: str, lock_timeout: int) -> list[Step]:
    """Return what repairs a package that is half installed, one level below the package manager, which refuses to work
    on it: it is unpacked over itself and configured anew, a DEB by apt with its dependencies. No second version stays
    registered."""
    if package.endswith(".rpm"):
        return [_command("Repair the package by rpm", ["rpm", "-U", "--force", "--oldpackage", package])]
    complete = ["apt-get", "-y", "--no-install-recommends", *_lock_of_apt(lock_timeout), "--fix-broken", "install"]
    return [
        _command("Unpack the package by dpkg", ["dpkg", "--force-confdef", "--force-confold", "--unpack", package]),
        _command("Complete the repair by apt", complete),
    ]


def _command(name: str, words: list[str], *, may_fail: bool = False) -> Step:
    return Step(name, "ansible.builtin.command", {"argv": words}, may_fail)


def _lock_of_apt(seconds: int) -> list[str]:
    return ["-o", f"DPkg::Lock::Timeout={seconds}"]
