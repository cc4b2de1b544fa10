# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pack the consumer's code into one file that Python runs: pack.py MODULE_UTILS FOLDER.

What is packed follows from the imports of the service's command line. The same code gives the same bytes, so the name,
version and a part of the digest, says whether a host has it already.
Prints {"path", "name"} as JSON.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import os
import re
import sys
import zipfile
from pathlib import Path

PACKAGE = "secure_endpoint_consumer"
ENTRY = "_stream/service/cli.py"
MAIN = f"from {PACKAGE}._stream.service.cli import run_from_command_line\n\nrun_from_command_line({{version!r}})\n"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file knows


def modules(source: Path, version: str) -> dict[str, bytes]:
    """Return what goes into the archive: name to content, of the entry and everything that it imports."""
    files = {"__main__.py": MAIN.format(version=version).encode(), f"{PACKAGE}/__init__.py": b""}
    found: set[Path] = set()
    waiting = [source / ENTRY]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += imported(path, source)
    files.update({f"{PACKAGE}/{path.relative_to(source).as_posix()}": path.read_bytes() for path in found})
    return files


def imported(path: Path, source: Path) -> list[Path]:
    """Return the files that a module imports from our code, with the packages around them.

    All such imports are relative. An import of ansible is refused: there is none where the service runs.
    """
    files = [folder / "__init__.py" for folder in path.parents if source in folder.parents]
    for node in ast.walk(ast.parse(path.read_bytes(), str(path))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        else:
            names = []
        if any(name.partition(".")[0] in ("ansible", "ansible_collections") for name in names):
            raise SystemExit(f"{path}: line {node.lineno} imports ansible, which is not there where the service runs")
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
            files += [
                found for place in (folder, *(folder / alias.name for alias in node.names)) for found in _file(place)
            ]
    return files


def _file(place: Path) -> list[Path]:
    """Return the file of a module or of a package; none for a name that is something inside of a module."""
    return [path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()]


def archive(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in sorted(files):
            packed.writestr(zipfile.ZipInfo(name, LONG_AGO), files[name])
    return out.getvalue()


def version_of(collection: Path) -> str:
    """Return the version in MANIFEST.json of an installed collection, else in galaxy.yml of a checkout."""
    manifest = collection / "MANIFEST.json"
    if manifest.exists():
        return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
    galaxy = (collection / "galaxy.yml").read_text(encoding="utf-8")
    found = re.search(r"^version: *([0-9A-Za-z.+-]+)$", galaxy, re.MULTILINE)
    return found[1] if found else "0"


def main() -> None:
    """The command line."""
    source, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    version = version_of(Path(__file__).resolve().parents[3])
    content = archive(modules(source, version))
    name = f"{version}-{hashlib.sha256(content).hexdigest()[:12]}"
    path = folder / f"secure-endpoint-consumer-{name}.pyz"
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.rename(path)
    print(json.dumps({"path": str(path), "name": name}))


if __name__ == "__main__":
    main()
