# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test connector's installers for macOS, as entries of a manifest; built when first asked for and kept."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path
from typing import Any

from roles.macos.connector.build import build

HERE = Path(__file__).resolve().parent
CACHE = HERE.parents[2] / ".cache" / "roles" / "macos"


def image(version: str, **settings: Any) -> Path:
    """The installer of one `version`; `settings` are those of connector/build.py."""
    sources = b"".join(path.read_bytes() for path in sorted((HERE / "connector").iterdir()) if path.is_file())
    name = hashlib.sha256(repr(sorted(settings.items())).encode() + sources).hexdigest()[:16]
    file = CACHE / f"{version}-{name}.dmg"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{uuid.uuid4().hex}")
        build(part, version, **settings)
        part.rename(file)
    return file


def installer(version: str, **settings: Any) -> dict[str, Any]:
    """The manifest entry of an installer, complete."""
    file = image(version, **settings)
    checksum = hashlib.sha256(file.read_bytes()).hexdigest()
    entry = {"os": "macos", "arch": "any", "version": version, "path": str(file), "sha256": checksum}
    return {**entry, "signer": {"team_id": "DE8Y96K9QP"}}
