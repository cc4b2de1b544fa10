# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the test connector for macOS: a "DMG" (a tar) that holds a "package" (a tar), as the stand-in tools read them.

    build.py --version 1.12.3 OUT.dmg

Versions to 1.12, 1.14 and 1.15, and from 1.16 on are laid out as the three generations of contract 13 say: where the
programs are, what protects, and which system extensions there are.
"""

from __future__ import annotations

import argparse
import io
import json
import plistlib
import tarfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
BUSINESS = "11111111-2222-4333-8444-555555555555"
FAULTS = ("none", "preinstall_fails", "installs_nothing", "hangs", "daemon_dies", "faulty", "unapproved",
          "network_waits", "not_rebooted", "support_tool_fails", "no_package")  # fmt: skip
PLIST = "Library/LaunchDaemons/com.cisco.amp.daemon.plist"


@dataclass(frozen=True)
class Layout:
    """Where one generation keeps its things. `program` is what launchd runs; only the first is called ampdaemon."""

    folder: str
    program: str
    support: str
    binaries: str
    uninstaller: str
    receipts: str
    extensions: bool

    @classmethod
    def of(cls, version: str) -> Layout:
        parts = tuple(int(part) for part in version.split(".")[:2])
        return GENERATIONS[(parts >= (1, 14)) + (parts >= (1, 16))]


GENERATIONS = (
    Layout(
        folder="Applications/Cisco AMP",
        program="opt/cisco/amp/ampdaemon",
        support="Library/Application Support/Cisco/AMP for Endpoints Connector",
        binaries="opt/cisco/amp",
        uninstaller="Uninstall AMP for Endpoints Connector.pkg",
        receipts="com.sourcefire.amp",
        extensions=False,
    ),
    Layout(
        folder="Applications/Cisco AMP for Endpoints",
        program="Applications/Cisco AMP for Endpoints/AMP for Endpoints Service.app/Contents/MacOS/"
        "AMP for Endpoints Service",
        support="Library/Application Support/Cisco/AMP for Endpoints Connector",
        binaries="opt/cisco/amp",
        uninstaller="Uninstall AMP for Endpoints Connector.pkg",
        receipts="com.cisco.amp",
        extensions=True,
    ),
    Layout(
        folder="Applications/Cisco Secure Endpoint",
        program="Applications/Cisco Secure Endpoint/Secure Endpoint Service.app/Contents/MacOS/Secure Endpoint Service",
        support="Library/Application Support/Cisco/Secure Endpoint",
        binaries="opt/cisco/amp/bin",
        uninstaller="Uninstall Secure Endpoint Connector.pkg",
        receipts="com.cisco.amp",
        extensions=True,
    ),
)

# One line for each extension and version that macOS has not removed yet (contract 13); an older version stays below.
EXTENSION = "{marks}\tDE8Y96K9QP\tcom.cisco.endpoint.svc.{kind} ({version}/1)\tSecure Endpoint\t[{state}]"
HEADS = {"networkextension": "network_extension", "securityextension": "endpoint_security"}


def extension_list(version: str, fault: str) -> str:
    """What systemextensionsctl lists after this version was installed over an older one, before the next boot."""
    lines = [f"{2 * len(HEADS)} extension(s)"]
    for kind, head in HEADS.items():
        waits = fault == "unapproved" or (fault == "network_waits" and kind == "networkextension")
        state = "activated waiting for user" if waits else "activated enabled"
        gone = EXTENSION.format(
            marks="\t", kind=kind, version="1.0.0", state="terminated waiting to uninstall on reboot"
        )
        new = EXTENSION.format(marks="\t" if waits else "*\t*", kind=kind, version=version, state=state)
        lines += [
            f"--- com.apple.system_extension.{head}",
            "enabled\tactive\tteamID\tbundleID (version)\tname\t[state]",
            *((new, gone) if fault == "not_rebooted" else (new,)),
        ]
    return "\n".join(lines) + "\n"


def tar(files: dict[str, tuple[bytes, int]]) -> bytes:
    """A tar of name -> (content, mode), with one fixed time so that equal input gives equal bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, (content, mode) in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(content), mode, 1_700_000_000
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def signature(team: str) -> bytes:
    """What the stand-in pkgutil will say; an empty team id is an unsigned package."""
    signer = f"Developer ID Installer: Test Signer ({team})" if team else None
    status = "signed by a developer certificate issued by Apple for distribution" if team else "no signature"
    return json.dumps({"status": status, "signer": signer}).encode()


def uninstaller(layout: Layout) -> bytes:
    script = f"""#!/bin/sh
launchctl unload '/{PLIST}' 2>/dev/null
rm -rf '/{layout.support}' '/{layout.folder}' /opt/cisco/amp '/{PLIST}' /var/db/system-extensions
for receipt in agent daemon support; do pkgutil --forget "{layout.receipts}.$receipt" >/dev/null; done
exit 0
"""
    return tar({"receipts.json": (b"{}", 0o644), "scripts/postinstall": (script.encode(), 0o755)})


def scripts(layout: Layout, version: str, fault: str) -> dict[str, tuple[bytes, int]]:
    before = ["#!/bin/sh"]
    if fault == "preinstall_fails":
        before.append("exit 1")
    if fault == "hangs":
        before.append("sleep 3600")
    before.append(f"launchctl unload '/{PLIST}' 2>/dev/null; exit 0")
    after = ["#!/bin/sh", f"mkdir -p '/{layout.support}'", f"cd '/{layout.support}' || exit 1"]
    for old in GENERATIONS:
        if old.support != layout.support:  # the rename carries the configuration over
            after.append(f"[ -e local.xml ] || mv '/{old.support}/local.xml' . 2>/dev/null; rm -rf '/{old.support}'")
        if old.folder != layout.folder:
            after.append(f"rm -rf '/{old.folder}'")
        if old.program != layout.program:
            after.append(f"rm -f '/{old.program}'")
        if old.binaries != layout.binaries:
            after.append(f"rm -f '/{old.binaries}/ampcli'")
    if layout.extensions:
        after.append(f"cat > /var/db/system-extensions <<'END'\n{extension_list(version, fault)}END")
    after.append(f"launchctl load '/{PLIST}'; exit 0")
    return {
        "scripts/preinstall": ("\n".join(before).encode(), 0o755),
        "scripts/postinstall": ("\n".join(after).encode(), 0o755),
    }


def program(name: str) -> bytes:
    """One of the connector's programs; ansible-test allows no file of a collection to begin with this line."""
    return b"#!/usr/bin/python3\n" + (HERE / name).read_bytes()


def package(version: str, fault: str, team: str, group: str) -> bytes:
    layout = Layout.of(version)
    receipts = {f"{layout.receipts}.{part}": version for part in ("agent", "daemon", "support")}
    files = {"receipts.json": (json.dumps(receipts).encode(), 0o644), "signature.json": (signature(team), 0o644)}
    if fault == "installs_nothing":
        return tar(files)
    settings = {"support": "/" + layout.support, "version": version, "fault": fault, "group": group}
    job = {"Label": "com.cisco.amp.daemon", "ProgramArguments": [f"/{layout.program}"], "KeepAlive": True}
    known = f"<Signature><Object><config><agent><version>{version}</version></agent></config></Object></Signature>"
    local = (
        "<?xml version='1.0' encoding='UTF-8'?>\n<config><agent><uuid></uuid></agent>"
        f"<janus><business><uuid>{BUSINESS}</uuid></business></janus></config>\n"
    )
    payload = {
        f"{layout.folder}/Uninstaller.app/Contents/Info.plist": (
            plistlib.dumps({"CFBundleShortVersionString": version}),
            0o644,
        ),
        f"{layout.folder}/{layout.uninstaller}": (uninstaller(layout), 0o644),
        layout.program: (program("ampdaemon"), 0o755),
        f"{layout.binaries}/ampcli": (program("ampcli"), 0o755),
        f"{layout.support}/SupportTool": (program("SupportTool"), 0o755),
        "opt/cisco/amp/etc/global.xml": (known.encode(), 0o644),
        "opt/cisco/amp/etc/local.new": (local.encode(), 0o600),
        "opt/cisco/amp/etc/test-connector.json": (json.dumps(settings).encode(), 0o644),
        PLIST: (plistlib.dumps(job), 0o644),
    }
    files.update({"payload/" + name: entry for name, entry in payload.items()})
    return tar(files | scripts(layout, version, fault))


def build(out: Path, version: str, *, fault: str = "none", team: str = "DE8Y96K9QP", group: str = "") -> Path:
    """Write the image and return its path. `fault` is one of FAULTS; no `team` means not signed."""
    name = "readme.txt" if fault == "no_package" else "ciscoampmac_connector.pkg"
    out.write_bytes(tar({f"ampmac_connector/{name}": (package(version, fault, team, group), 0o644)}))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--version", default="1.22.4")
    parser.add_argument("--fault", choices=FAULTS, default="none")
    parser.add_argument("--team", default="DE8Y96K9QP", help="team id of the signer; empty for an unsigned package")
    parser.add_argument("--group", default="")
    options = parser.parse_args()
    build(options.out, options.version, fault=options.fault, team=options.team, group=options.group)


if __name__ == "__main__":
    main()
