# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a collection's folder holds for users, as (type, name), read from its files alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

EVENT_SOURCES = "eda/plugins/event_source"


def contents(collection: Path) -> set[tuple[str, str]]:
    """Return every plugin, role and playbook, private ones included."""
    roles = (("role", path.name) for path in (collection / "roles").iterdir() if (path / "meta").is_dir())
    playbooks = (("playbook", path.name) for path in (collection / "playbooks").glob("*.yml"))
    return {*plugins(collection), *event_sources(collection), *roles, *playbooks}


def plugins(collection: Path) -> Iterator[tuple[str, str]]:
    """Yield the plugins; those in folders have dotted names."""
    for path in (collection / "plugins").rglob("*.py"):
        kind, *folders = path.parent.relative_to(collection / "plugins").parts
        if path.name != "__init__.py":
            yield kind.replace("modules", "module"), ".".join([*folders, path.stem])


def event_sources(collection: Path) -> Iterator[tuple[str, str]]:
    """Yield the plugins of Event-Driven Ansible."""
    for path in (collection / "extensions" / EVENT_SOURCES).glob("*.py"):
        yield EVENT_SOURCES, path.stem
