# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the test connector's installer for Windows with mingw (apt: gcc-mingw-w64-x86-64-win32).

    build.py --version 7.2.7 OUT.exe

Versions of three parts are the old generation (service CiscoAMP_7.2.7), those of four the new one (service CiscoAMP).
The programs are compiled once into the cache; an installer is then a matter of joining files.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
CACHE = Path(__file__).resolve().parents[4] / ".cache" / "test-connector-windows"
COMPILER = "x86_64-w64-mingw32-gcc"
PROGRAMS = ("setup", "sfc", "uninstall", "ipsupporttool", "orbital")
BUSINESS = "11111111-2222-4333-8444-555555555555"
FAULTS = ("none", "installs_nothing", "fails", "hangs", "half_installed", "service_dies", "reboot", "uninstall_hangs",
          "registers_late", "service_restarts", "support_tool_fails", "support_tool_writes_nothing")  # fmt: skip


def compiled() -> dict[str, bytes]:
    """The programs, by name without .exe, compiled where their sources changed."""
    sources = b"".join(path.read_bytes() for path in sorted(HERE.glob("*.[ch]")))
    folder = CACHE / hashlib.sha256(sources).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    for name in PROGRAMS:
        target, fresh = folder / f"{name}.exe", folder / f"{name}.new.exe"
        if not target.exists():
            command = [
                COMPILER,
                "-O1",
                "-s",
                "-Wall",
                "-Wextra",
                "-Wno-format-truncation",
                "-o",
                fresh,
                HERE / f"{name}.c",
            ]
            subprocess.run([*command, "-lole32", "-ladvapi32", "-lws2_32"], check=True)
            fresh.replace(target)
    return {name: (folder / f"{name}.exe").read_bytes() for name in PROGRAMS}


def settings(version: str, **chosen: str) -> bytes:
    """settings.ini of the version folder."""
    old = version.count(".") < 3
    short = ".".join(version.split(".")[:3])
    values = {
        "version": version,
        "service": f"CiscoAMP_{version}" if old else "CiscoAMP",
        "display": f"Cisco AMP for Endpoints Connector {short}" if old else f"Cisco Secure Endpoint {short}",
        "business_guid": BUSINESS,
        **chosen,
    }
    return ("[connector]\r\n" + "".join(f'{name}="{value}"\r\n' for name, value in values.items())).encode()


def build(out: Path, version: str, *, fault: str = "none", password: str = "", encoding: str = "utf-8",
          registry: str = "64", group: str = "") -> Path:  # fmt: skip
    """Write the installer and return its path.

    `fault` is one of FAULTS; `password` protects the connector; `encoding` (utf-8, utf-16) is that of local.xml;
    `registry` (32, 64, both) the views that InstallDir is written to.
    """
    programs = compiled()
    installer = programs.pop("setup")
    del programs["orbital"]  # a product of its own
    files = {f"{name}.exe": content for name, content in programs.items()}
    files["settings.ini"] = settings(
        version, fault=fault, password=password, encoding=encoding, registry=registry, group=group
    )
    overlay = b"".join(
        name.encode().ljust(64, b"\0") + len(content).to_bytes(4, "little") + content for name, content in files.items()
    )
    out.write_bytes(installer + overlay + len(installer).to_bytes(4, "little"))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--version", default="8.2.3.30119")
    parser.add_argument("--fault", choices=FAULTS, default="none")
    parser.add_argument("--password", default="", help="connector protection password")
    parser.add_argument("--encoding", choices=("utf-8", "utf-16"), default="utf-8", help="of local.xml")
    parser.add_argument("--registry", choices=("32", "64", "both"), default="64", help="views that hold InstallDir")
    parser.add_argument("--group", default="")
    options = vars(parser.parse_args())
    build(options.pop("out"), options.pop("version"), **options)


if __name__ == "__main__":
    main()
