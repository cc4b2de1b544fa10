# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pack the consumer's code into one file that Python runs: pack.py MODULE_UTILS FOLDER.

The same code gives the same bytes, so the name, version and a part of the digest, says whether a host has it already.
Prints {"path", "name"} as JSON.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import sys
import zipfile
from pathlib import Path

PARTS = ("_credentials_file.py", "_pivot.py", "_events", "_stream")
PACKAGE = "secure_endpoint_consumer"
MAIN = f"from {PACKAGE}._stream.service.cli import run_from_command_line\n\nrun_from_command_line()\n"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file knows


def modules(source: Path) -> dict[str, bytes]:
    """Name in the archive to content."""
    files = {"__main__.py": MAIN.encode(), f"{PACKAGE}/__init__.py": b""}
    for part in PARTS:
        found = sorted((source / part).rglob("*.py")) if (source / part).is_dir() else [source / part]
        files.update({f"{PACKAGE}/{path.relative_to(source).as_posix()}": path.read_bytes() for path in found})
    return files


def archive(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in sorted(files):
            packed.writestr(zipfile.ZipInfo(name, LONG_AGO), files[name])
    return out.getvalue()


def version_of(collection: Path) -> str:
    """From MANIFEST.json of an installed collection, else from galaxy.yml of a checkout."""
    manifest = collection / "MANIFEST.json"
    if manifest.exists():
        return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
    galaxy = (collection / "galaxy.yml").read_text(encoding="utf-8")
    found = re.search(r"^version: *([0-9A-Za-z.+-]+)$", galaxy, re.MULTILINE)
    return found[1] if found else "0"


def main() -> None:
    """The command line."""
    source, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    content = archive(modules(source))
    collection = Path(__file__).resolve().parents[3]
    name = f"{version_of(collection)}-{hashlib.sha256(content).hexdigest()[:12]}"
    path = folder / f"secure-endpoint-consumer-{name}.pyz"
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.rename(path)
    print(json.dumps({"path": str(path), "name": name}))


if __name__ == "__main__":
    main()
