# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan a deployment to one host: which installer, what it changes, or the sentence that refuses it (R41 to R43, R47).

Everything is decided here before anything is touched; the tasks of connector_deploy only do it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .actions import DOWNGRADE, INSTALL, NONE, REPAIR, START, UPGRADE, decide
from .installers import Host, Installer, choose, host_from_facts, label, read_manifest
from .preflight import Preflight, check_target
from .switches import CARRIED, command_line, installer_arguments
from .versions import compare
from .wanted_versions import read_versions, version_for

UNKNOWN = "unknown"
"""The action where only the file says its version, and the file is not there yet."""

_ARCHES = {"x86_64": ("x86_64", "amd64", "noarch", "all"), "aarch64": ("aarch64", "arm64", "noarch", "all")}
_MANIFEST = "connector_deploy_installers"


class PlanError(ValueError):
    """Refuse a deployment; the text is the whole sentence."""


@dataclass(frozen=True)
class Order:
    """What the user asks for: the options of the module connector_plan, which documents them."""

    channel: str = "n"
    version: object = ""
    newer: str = "accept"
    golden_image: bool = False
    upgrade_only: bool = False
    profile: str = "auto"
    ui: bool = True
    switches: Mapping[str, Any] = field(default_factory=dict)
    extra_switches: Sequence[str] = ()
    preflight: Preflight = field(default_factory=Preflight)


@dataclass(frozen=True)
class Target:
    """What is known of the host: Ansible's facts, the fact `connector_status_result`, and the probe's own findings."""

    facts: Mapping[str, Any]
    status: Mapping[str, Any]
    found: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What a deployment does to the host.

    `kind` is exe, dmg, rpm or deb. `arguments` are those of the Windows installer. `note` says that a newer version is
    kept, `warnings` what may make the connector faulty.
    """

    action: str
    kind: str
    installer: Installer
    version_before: str | None
    arguments: str = ""
    note: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def installs(self) -> bool:
        """Return whether an installer runs, as far as is known."""
        return self.action not in (NONE, START)

    @property
    def needs_file(self) -> bool:
        """Return whether the file is needed on the controller, to install it or to know its version."""
        return self.installs and self.installer.fetch_on == "controller"

    def as_result(self) -> dict[str, Any]:
        """Return the plan as the modules and tasks use it."""
        shown = {
            **asdict(self.installer),
            "os_versions": list(self.installer.os_versions),
            "label": label(self.installer),
        }
        return {
            **asdict(self),
            "installer": {**shown, "signer": dict(self.installer.signer)},
            "warnings": list(self.warnings),
            "installs": self.installs,
            "needs_file": self.needs_file,
        }


def plan(entries: object, order: Order, target: Target, file: Mapping[str, Any] | None = None) -> Plan:
    """Plan a deployment; `file` is the record of installer_cache for the chosen installer, once there is one.

    Raises PlanError, AnswerError, ManifestError, RefusedError or SwitchError, each with a sentence for the user.
    """
    _refuse_nothing_to_upgrade(order, target)
    host = host_from_facts(target.facts)
    version = version_for(read_versions(order.version), host)
    installer = choose(read_manifest(entries, _MANIFEST), host, channel=order.channel, version=version)
    if file is not None:
        installer = _checked(installer, host, file)
    action = _action(installer, order, target, file is not None)
    made = Plan(action, host.kind, installer, target.status.get("version"), note=_note(installer, action, target))
    if not made.installs:
        return made
    if order.preflight.space_only and installer.fetch_on != "target":
        raise PlanError(
            "Without Python on the target an installer cannot be copied: give"
            f" {_MANIFEST}[{installer.index}] a url and fetch_on target"
        )
    warnings = check_target(installer, host.kind, action, target.facts, target.status, target.found, order.preflight)
    return replace(made, warnings=tuple(warnings), arguments=_arguments(made, order, target))


def _refuse_nothing_to_upgrade(order: Order, target: Target) -> None:
    if order.upgrade_only and not target.status.get("installed"):
        problems = "; ".join(map(str, target.status.get("problems") or ()))
        raise PlanError(
            f"No connector is installed on this host{f' ({problems})' if problems else ''}, so there is nothing to"
            " upgrade: install it with connector_deploy"
        )


def _action(installer: Installer, order: Order, target: Target, looked_at: bool) -> str:
    """Return the action. A file that check mode did not fetch says no version: only an empty host is sure to get it."""
    if not installer.version:
        return UNKNOWN if not looked_at else NONE if target.status.get("installed") else INSTALL
    action = decide(target.status, installer.version, newer=order.newer)
    return NONE if action == START and order.golden_image else action


def _checked(installer: Installer, host: Host, file: Mapping[str, Any]) -> Installer:
    """Return the installer with the version that its file states. Raises PlanError where the file does not fit."""
    name = f"The installer {_MANIFEST}[{installer.index}] ({label(installer)})"
    if file.get("outcome") == "failed":
        raise PlanError(f"{name} {file.get('detail')}")
    package = file.get("package")
    if host.kind not in ("rpm", "deb") or not file.get("path"):
        return installer
    if package is None:
        # A controller that cannot read zstd goes on with the manifest's version; the host's own tools read the file.
        if installer.version and "zstd" in str(file.get("detail")):
            return installer
        raise PlanError(f"{name} {file.get('detail')}")
    fits = package["arch"] in _ARCHES.get(host.arch, (host.arch,))
    if not fits or (installer.version and compare(package["version"], installer.version) != 0):
        raise PlanError(
            f"The installer {_MANIFEST}[{installer.index}] holds {package['name']} {package['version']} for"
            f" {package['arch']}, but the manifest says version {installer.version or 'nothing'} and this host is"
            f" {host.arch}"
        )
    return installer if installer.version else replace(installer, version=package["version"])


def _note(installer: Installer, action: str, target: Target) -> str:
    version = target.status.get("version")
    if action not in (NONE, START) or not version or not installer.version or compare(version, installer.version) <= 0:
        return ""
    return (
        f"Version {version} is installed and newer than {installer.version} of the manifest; it was left as it is"
        " (connector_deploy_newer)."
    )


def _arguments(made: Plan, order: Order, target: Target) -> str:
    """Return the arguments of the Windows installer: over an older connector, the switches of that one."""
    if made.kind != "exe":
        return ""
    carries = bool(target.status.get("installed")) and made.action in (UPGRADE, DOWNGRADE, REPAIR)
    if carries and made.action != REPAIR:
        _refuse_unread_switches(order, target)
    profile = order.profile
    if profile == "auto":
        server = target.facts.get("os_product_type") in ("server", "domain_controller")
        profile = "server" if server else "desktop"
    arguments = installer_arguments(
        carried=(target.status.get("switches") or {}) if carries else {},
        profile="desktop" if carries else profile,
        ui=carries or order.ui,
        chosen=order.switches,
        extra=order.extra_switches,
        golden_image=order.golden_image,
    )
    return command_line(arguments)


def _refuse_unread_switches(order: Order, target: Target) -> None:
    """Refuse to lose the switches of the old installation, without which the new one gets other drivers and icons."""
    problems = [str(problem) for problem in target.status.get("problems") or () if "local.xml" in str(problem)]
    if problems and not set(CARRIED) <= set(order.switches):
        raise PlanError(
            f"The switches of the old installation cannot be carried over: {'; '.join(problems)}. Repair the file, or"
            " list all seven switches in connector_deploy_switches"
        )


def predicted(made: Plan, status: Mapping[str, Any]) -> tuple[str, str]:
    """Return the connector before and after, as lines for a diff."""
    before = f"version: {made.version_before or 'none'}\nrunning: {'yes' if status.get('running') else 'no'}\n"
    version = made.version_before if made.action == START else made.installer.version or "that of the file"
    after = f"version: {version}\nrunning: yes\n" if made.action != NONE else before
    return before, after + (f"installer arguments: {made.arguments}\n" if made.arguments else "")
