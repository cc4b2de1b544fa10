# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the test connector for macOS: a "DMG" (a tar) that holds a "package" (a tar), as the stand-in tools read them.

    build.py --version 1.12.3 OUT.dmg

Versions below 1.16 are laid out as before the rename, the others as after it (api-contract 13).
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
          "support_tool_fails", "no_package")  # fmt: skip
PLIST = "Library/LaunchDaemons/com.cisco.amp.daemon.plist"


@dataclass(frozen=True)
class Layout:
    """Where one generation keeps its things."""

    application: str
    support: str
    binaries: str
    uninstaller: str
    receipts: str

    @classmethod
    def of(cls, version: str) -> Layout:
        if tuple(int(part) for part in version.split(".")[:2]) < (1, 16):
            return cls(
                application="Applications/Cisco AMP/AMP for Endpoints Connector.app",
                support="Library/Application Support/Cisco/AMP for Endpoints Connector",
                binaries="opt/cisco/amp",
                uninstaller="Applications/Cisco AMP/Uninstall AMP for Endpoints Connector.pkg",
                receipts="com.sourcefire.amp",
            )
        return cls(
            application="Applications/Cisco Secure Endpoint/Secure Endpoint Service.app",
            support="Library/Application Support/Cisco/Secure Endpoint",
            binaries="opt/cisco/amp/bin",
            uninstaller="Applications/Cisco Secure Endpoint/Uninstall Secure Endpoint Connector.pkg",
            receipts="com.cisco.amp",
        )


EXTENSIONS = """1 extension(s)
--- com.apple.system_extension.endpoint_security
enabled\tactive\tteamID\tbundleID (version)\tname\t[state]
{marks}\tDE8Y96K9QP\tcom.cisco.endpoint.svc ({version}/1)\tSecure Endpoint\t[{state}]
"""


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
rm -rf '/{layout.support}' '/{Path(layout.application).parent}' /opt/cisco/amp '/{PLIST}' /var/db/system-extensions
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
    state = "activated waiting for user" if fault == "unapproved" else "activated enabled"
    table = EXTENSIONS.format(marks="\t" if fault == "unapproved" else "*\t*", version=version, state=state)
    old = Layout.of("1.12.3")
    after = ["#!/bin/sh", f"mkdir -p '/{layout.support}'", f"cd '/{layout.support}' || exit 1"]
    if layout != old:  # the rename carries the configuration over and leaves nothing behind
        after.append(f"[ -e local.xml ] || mv '/{old.support}/local.xml' . 2>/dev/null")
        after.append(
            f"rm -rf '/{old.support}' '/{Path(old.application).parent}' /opt/cisco/amp/ampdaemon /opt/cisco/amp/ampcli"
        )
        after.append(f"cat > /var/db/system-extensions <<'END'\n{table}END")
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
    job = {"Label": "com.cisco.amp.daemon", "ProgramArguments": [f"/{layout.binaries}/ampdaemon"], "KeepAlive": True}
    known = f"<Signature><Object><config><agent><version>{version}</version></agent></config></Object></Signature>"
    local = (
        "<?xml version='1.0' encoding='UTF-8'?>\n<config><agent><uuid></uuid></agent>"
        f"<janus><business><uuid>{BUSINESS}</uuid></business></janus></config>\n"
    )
    payload = {
        f"{layout.application}/Contents/Info.plist": (plistlib.dumps({"CFBundleShortVersionString": version}), 0o644),
        layout.uninstaller: (uninstaller(layout), 0o644),
        f"{layout.binaries}/ampdaemon": (program("ampdaemon"), 0o755),
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
