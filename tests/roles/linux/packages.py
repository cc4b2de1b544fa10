# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test connector's packages, built when they are first asked for and kept while what builds them stays the same."""

from __future__ import annotations

import hashlib
import sys
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import Any

from roles.images import one_at_a_time

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "connector"))

from build import Build, build, make_keys  # noqa: E402 - a script beside the package that it builds

CACHE = HERE.parents[2] / ".cache" / "roles"
KINDS = {"debian": "deb", "ubuntu": "deb", "el": "rpm", "suse": "rpm", "el6": "rpm"}
# What the manifest calls each family.
NAMES = {"debian": "debian", "ubuntu": "ubuntu", "el": "redhat", "suse": "suse", "el6": "redhat"}


def keys() -> Path:
    """The folder of the vendor's and the impostor's keys: NAME.gpg, NAME.asc and NAME.pol each."""
    with one_at_a_time("keys"):
        make_keys(CACHE / "keys")
    return CACHE / "keys"


def package(family: str, version: str, **settings: Any) -> Path:
    """The package of one `version` for a `family`; `settings` are those of connector/build.py."""
    wanted, kind = Build(version, **settings), KINDS[family]
    sources = b"".join(path.read_bytes() for path in sorted((HERE / "connector").rglob("*")) if path.is_file())
    public = (keys() / "vendor.gpg").read_bytes()
    name = hashlib.sha256(repr(sorted(asdict(wanted).items())).encode() + sources + public).hexdigest()[:16]
    file = CACHE / "packages" / f"{version}-{name}.{kind}"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{uuid.uuid4().hex}")
        build(kind, part, wanted, keys())
        part.rename(file)
    return file


def installer(family: str, version: str, **settings: Any) -> dict[str, Any]:
    """The manifest entry of a package, complete and checked in every way."""
    file = package(family, version, **settings)
    return {
        "os": NAMES[family],
        "path": str(file),
        "version": version,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "signer": signer(family),
    }


def signer(family: str, name: str = "vendor") -> dict[str, str]:
    """Who must have signed a package for `family`."""
    if KINDS[family] == "rpm":
        return {"key": str(keys() / f"{name}.asc")}
    return {"key": str(keys() / f"{name}.gpg"), "debsig_policy": str(keys() / f"{name}.pol")}
