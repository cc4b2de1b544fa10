# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the test connector for Linux as RPM and DEB, signed with a test key.

    build.py --kind deb --version 1.26.0 --keys FOLDER OUT.deb

It behaves as the real one where the roles can see it. The configuration belongs to no package, so removing the
package keeps
it, and with it the GUID.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUSINESS = "11111111-2222-4333-8444-555555555555"
FAULTS = (
    "none",
    "installs_nothing",
    "install_fails",
    "hangs",
    "daemon_dies",
    "faulty",
    "registers_late",
    "ampcli_hangs",
    "support_tool_fails",
    "needs_more",
)
SIGNERS = ("vendor", "impostor")
GLOBAL_XML = """<?xml version="1.0" encoding="UTF-8"?>
<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><Object Id="config"><config
xmlns=""><agent><version>{version}</version>\
</agent></config></Object></Signature>
"""
# A busy systemd in a container may not notice that the last process of a service has ended: it would wait for 90 s.
UNITS = {
    "cisco-amp.service": """[Unit]
Description=Cisco Secure Endpoint (test connector)
StartLimitIntervalSec=0
[Service]
ExecStart=/opt/cisco/amp/bin/ampdaemon
Restart=on-failure
RestartSec=1
TimeoutStopSec=10
Slice=ciscoamp.slice
[Install]
WantedBy=multi-user.target
""",
    "cisco-ampmon.service": """[Unit]
Description=Cisco Secure Endpoint Monitor (test connector)
BindsTo=cisco-amp.service
After=cisco-amp.service
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=cisco-amp.service
""",
    "cisco-ampupdater.service": """[Unit]
Description=Cisco Secure Endpoint Updater (test connector)
[Service]
Type=oneshot
ExecStart=/bin/true
""",
    "cisco-ampupdater.path": """[Unit]
Description=Watches for updates of Cisco Secure Endpoint (test connector)
[Path]
PathExists=/opt/cisco/amp/etc/update
[Install]
WantedBy=multi-user.target
""",
    "ciscoamp.slice": "[Unit]\nDescription=Cisco Secure Endpoint (test connector)\n",
}
ENABLED = "cisco-amp.service cisco-ampmon.service cisco-ampupdater.path"
AFTER_INSTALL = """#!/bin/sh
{fault}
# The purge script outlives the package.
cp -p /opt/cisco/amp/bin/.purge_amp_local_data /opt/cisco/amp/bin/purge_amp_local_data 2>/dev/null
if [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; then
    systemctl daemon-reload
    systemctl enable --quiet {enabled}
    systemctl restart cisco-amp.service
elif command -v initctl >/dev/null 2>&1; then
    initctl restart cisco-amp >/dev/null 2>&1 || initctl start cisco-amp >/dev/null
fi
exit 0
"""
BEFORE_REMOVAL = """#!/bin/sh
case "$1" in 0 | remove) ;; *) exit 0 ;; esac
if [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; then
    systemctl disable --quiet --now {enabled}
elif command -v initctl >/dev/null 2>&1; then
    initctl stop cisco-amp >/dev/null 2>&1
fi
exit 0
"""
AFTER_REMOVAL = """#!/bin/sh
if [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; then systemctl daemon-reload; fi
exit 0
"""
SPEC = """%global __os_install_post %{{nil}}
%global _build_id_links none
%define _binary_payload w1.gzdio
Name: ciscoampconnector
Version: {version}
Release: 1
Summary: test connector
License: GPL-3.0-or-later
AutoReqProv: no
Requires: {requires}
%description
A stand-in for the connector in tests.
%install
mkdir -p %{{buildroot}} && cp -a {root}/. %{{buildroot}}/
%files
{files}
%post
{post}
%preun
{preun}
%postun
{postun}
"""
# A package that no repository of a test host has, as behind a firewall.
REQUIRES = {"needs_more": "a-package-of-the-repository"}
FAULT_SCRIPTS = {"hangs": "sleep 3600", "install_fails": "echo 'ciscoampconnector: the disk is full' >&2; exit 1"}


@dataclass(frozen=True)
class Build:
    """What to build. `signer` is one of SIGNERS, or empty for an unsigned package; `compression` is of a DEB."""

    version: str
    fault: str = "none"
    signer: str = "vendor"
    architecture: str = "x86_64"
    group_guid: str = ""
    padding_mb: int = 0
    compression: str = "gzip"


def make_keys(folder: Path) -> None:
    """Two key pairs, the vendor's and an impostor's: FOLDER/NAME.gpg public, FOLDER/NAME their GnuPG home. Made
    once."""
    for name in SIGNERS:
        home, public = folder / name, folder / f"{name}.gpg"
        if public.exists():
            continue
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        user = f"{name} of the test connector <{name}@example.com>"
        _gpg(home, "--passphrase", "", "--quick-gen-key", user, "rsa2048", "sign", "never")
        _gpg(home, "--export", "--output", str(public))
        _gpg(home, "--armor", "--export", "--output", str(folder / f"{name}.asc"))
        (folder / f"{name}.pol").write_text(POLICY.format(key_id=key_id(home), name=name))
        _stop_agent(home)


def _stop_agent(home: Path) -> None:
    """End the agent that gpg started for a key; gpg leaves it behind."""
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "gpg-agent"], check=False)


def _own_home(home: Path, folder: Path) -> Path:
    """A copy of a GnuPG home for one package, with an agent of its own, which no other build needs."""
    own = folder / "gnupg"
    shutil.copytree(home, own, ignore=shutil.ignore_patterns("S.*", "*.lock"))
    own.chmod(0o700)
    return own


POLICY = """<?xml version="1.0"?>
<!DOCTYPE Policy SYSTEM "https://www.debian.org/debsig/1.0/policy.dtd">
<Policy xmlns="https://www.debian.org/debsig/1.0/">
  <Origin Name="Test {name}" id="{key_id}" Description="the {name} of the test connector"/>
  <Selection><Required Type="origin" File="{name}.gpg" id="{key_id}"/></Selection>
  <Verification MinOptional="0"><Required Type="origin" File="{name}.gpg" id="{key_id}"/></Verification>
</Policy>
"""


def key_id(home: Path) -> str:
    """The long id of the one key in a GnuPG home."""
    listed = _gpg(home, "--list-keys", "--with-colons")
    return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))[-16:]


def _gpg(home: Path, *arguments: str) -> str:
    command = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--pinentry-mode", "loopback", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _lay_out(root: Path, wanted: Build) -> None:
    """The files of the package below `root`; none where it is to install nothing."""
    if wanted.fault == "installs_nothing":
        return
    binaries, etc = root / "opt/cisco/amp/bin", root / "opt/cisco/amp/etc"
    binaries.mkdir(parents=True)
    etc.mkdir()
    for file in (HERE / "files").iterdir():
        installed = binaries / (f".{file.name}" if file.name.startswith("purge") else file.name)
        installed.write_bytes(b"#!/bin/bash\n" + file.read_bytes())  # a line that ansible-test allows no file to have
        installed.chmod(0o755)
    settings = f"VERSION={wanted.version}\nFAULT={wanted.fault}\nBUSINESS={BUSINESS}\nGROUP={wanted.group_guid}\n"
    (binaries / "test-connector.conf").write_text(settings)
    (etc / "global.xml").write_text(GLOBAL_XML.format(version=wanted.version))
    units = root / "usr/lib/systemd/system"
    units.mkdir(parents=True)
    for name, text in UNITS.items():
        (units / name).write_text(text)
    jobs = root / "etc/init"
    jobs.mkdir(parents=True)
    (jobs / "cisco-amp.conf").write_text("exec /opt/cisco/amp/bin/ampdaemon\n")
    if wanted.padding_mb:
        (binaries / "padding").write_bytes(os.urandom(1024 * 1024) * wanted.padding_mb)


def _scripts(wanted: Build) -> dict[str, str]:
    after = AFTER_INSTALL.format(fault=FAULT_SCRIPTS.get(wanted.fault, ""), enabled=ENABLED)
    if wanted.fault == "installs_nothing":
        return {"post": "exit 0", "preun": "exit 0", "postun": "exit 0"}
    return {"post": after, "preun": BEFORE_REMOVAL.format(enabled=ENABLED), "postun": AFTER_REMOVAL}


def build_rpm(out: Path, wanted: Build, keys: Path) -> Path:
    """Write the RPM and return its path."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "root")
        root.mkdir()
        _lay_out(root, wanted)
        files = [f"/{path.relative_to(root)}" for path in sorted(root.rglob("*")) if path.is_file()]
        spec = Path(folder, "connector.spec")
        spec.write_text(
            SPEC.format(
                version=wanted.version,
                root=root,
                files="\n".join(files),
                requires=REQUIRES.get(wanted.fault, "/bin/sh"),
                **_scripts(wanted),
            )
        )
        defines = ["--define", f"_topdir {folder}", "--define", f"_rpmdir {folder}/out"]
        command = ["rpmbuild", "--quiet", *defines, "--target", wanted.architecture, "-bb", str(spec)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        (built,) = Path(folder, "out").rglob("*.rpm")
        if wanted.signer:
            home = _own_home(keys / wanted.signer, Path(folder))
            defines = {"__gpg": str(shutil.which("gpg")), "_gpg_path": str(home), "_gpg_name": key_id(home)}
            sign = [
                "rpmsign",
                *(word for pair in defines.items() for word in ("--define", " ".join(pair))),
                "--addsign",
            ]
            subprocess.run([*sign, str(built)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            _stop_agent(home)
        shutil.copy(built, out)
    return out


def build_deb(out: Path, wanted: Build, keys: Path) -> Path:
    """Write the DEB and return its path. debsig signs the three members one after the other, as the member
    _gpgorigin."""
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}[wanted.architecture]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "root")
        control = root / "DEBIAN"
        control.mkdir(parents=True)
        _lay_out(root, wanted)
        if (root / "usr/lib").exists():
            (root / "usr/lib").rename(root / "lib")
            (root / "usr").rmdir()
        (control / "control").write_text(
            f"Package: ciscoampconnector\nVersion: {wanted.version}\nArchitecture: {architecture}\n"
            f"Depends: {REQUIRES.get(wanted.fault, 'dpkg')}\n"
            "Maintainer: test <test@example.com>\nDescription: test connector\n"
        )
        for name, script in zip(("postinst", "prerm", "postrm"), _scripts(wanted).values(), strict=True):
            (control / name).write_text(script if script.startswith("#!") else f"#!/bin/sh\n{script}\n")
            (control / name).chmod(0o755)
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", f"-Z{wanted.compression}", "-b", str(root), str(out)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        if wanted.signer:
            home = _own_home(keys / wanted.signer, Path(folder))
            _debsign(out, home, Path(folder))
            _stop_agent(home)
    return out


def _debsign(package: Path, home: Path, folder: Path) -> None:
    content, position, signed = package.read_bytes(), 8, b""
    while position < len(content):
        size = int(content[position + 48 : position + 58])
        signed += content[position + 60 : position + 60 + size]
        position += 60 + size + size % 2
    (folder / "signed").write_bytes(signed)
    _gpg(
        home, "--digest-algo", "SHA512", "--detach-sign", "--output", str(folder / "signature"), str(folder / "signed")
    )
    signature = (folder / "signature").read_bytes()
    head = f"{'_gpgorigin':16}{0:<12}{0:<6}{0:<6}{'100644':8}{len(signature):<10}`\n".encode()
    package.write_bytes(content + head + signature + b"\n" * (len(signature) % 2))


def build(kind: str, out: Path, wanted: Build, keys: Path) -> Path:
    """Build an `rpm` or a `deb` at `out`, making the keys first where they are missing."""
    make_keys(keys)
    return (build_rpm if kind == "rpm" else build_deb)(out, wanted, keys)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--kind", choices=("rpm", "deb"), required=True)
    parser.add_argument("--version", default="1.26.0")
    parser.add_argument("--fault", choices=FAULTS, default="none")
    parser.add_argument("--signer", choices=(*SIGNERS, ""), default="vendor")
    parser.add_argument("--architecture", choices=("x86_64", "aarch64"), default="x86_64")
    parser.add_argument("--group-guid", default="")
    parser.add_argument("--padding-mb", type=int, default=0)
    parser.add_argument("--compression", choices=("gzip", "xz", "zstd"), default="gzip", help="of a DEB")
    parser.add_argument("--keys", type=Path, required=True)
    options = vars(parser.parse_args())
    build(options.pop("kind"), options.pop("out"), keys=options.pop("keys"), wanted=Build(**options))


if __name__ == "__main__":
    main()
