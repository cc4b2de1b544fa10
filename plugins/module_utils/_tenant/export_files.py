# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put the files of an export in place: all of them, or a mark that says that some are missing.

A single file is renamed into place. Several cannot be renamed at once: a mark is written before the first and removed
after the last, and a folder with that mark is refused as a tree. This file is private to the collection.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Mapping

from .documents import INCOMPLETE

STAGING = ".tenant_export.new"
SNAPSHOTS = "policies"

Files = Mapping[str, str]
"""Texts by relative path."""


def current_files(dest: str, names: Collection[str]) -> dict[str, str]:
    """Return the files of an earlier export: those of `names`, and all snapshots of policies. Raises OSError."""
    found = {}
    for name in sorted({*names, *_snapshots(dest)}):
        path = os.path.join(dest, name)
        if os.path.isfile(path):
            with open(path, encoding="utf-8", errors="surrogateescape", newline="") as source:
                found[name] = source.read()
    return found


def strange_files(dest: str, names: Collection[str]) -> list[str]:
    """Return the YAML files of a folder that an export does not write: with them the tree would say things twice."""
    found = []
    for folder, folders, files in os.walk(dest):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            relative = os.path.relpath(os.path.join(folder, name), dest)
            if name.endswith((".yml", ".yaml")) and not name.startswith(".") and relative not in names:
                found.append(relative)
    return sorted(found)


def is_interrupted(dest: str) -> bool:
    return os.path.exists(os.path.join(dest, INCOMPLETE))


def put_file(path: str, text: str) -> None:
    """Write one file beside its place and rename it. Raises OSError."""
    staged = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.new")
    _write(staged, text)
    os.replace(staged, path)
    _sync_folder(os.path.dirname(path))


def put_files(dest: str, files: Files, removed: Collection[str]) -> None:
    """Write all files into a folder, and remove those that the new export does not have. Raises OSError."""
    os.makedirs(dest, exist_ok=True)
    staging, mark = os.path.join(dest, STAGING), os.path.join(dest, INCOMPLETE)
    shutil.rmtree(staging, ignore_errors=True)
    for name, text in files.items():
        _write(os.path.join(staging, name), text)
    _write(mark, "An export was interrupted here. Run tenant_export again.\n")
    _sync_folder(dest)
    for name in files:
        os.makedirs(os.path.dirname(os.path.join(dest, name)), exist_ok=True)
        os.replace(os.path.join(staging, name), os.path.join(dest, name))
    for name in removed:
        os.remove(os.path.join(dest, name))
    shutil.rmtree(staging, ignore_errors=True)
    _sync_folder(dest)
    os.remove(mark)
    _sync_folder(dest)


def _snapshots(dest: str) -> list[str]:
    found = []
    for folder, _folders, files in os.walk(os.path.join(dest, SNAPSHOTS)):
        found += [os.path.relpath(os.path.join(folder, name), dest) for name in files if name.endswith(".xml")]
    return found


def _write(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as target:
        target.write(text)
        target.flush()
        os.fsync(target.fileno())


def _sync_folder(path: str) -> None:
    descriptor = os.open(path or ".", os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
