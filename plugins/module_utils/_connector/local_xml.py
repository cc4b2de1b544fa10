# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""local.xml: who this connector is and which switches its installer got."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .._common.ids import is_guid
from .._common.text import quoted
from .xml_document import ConnectorFileError, local_name, parse_document, text_at

_SWITCH_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
MOST_SWITCHES = 100


@dataclass(frozen=True)
class LocalConfig:
    """What local.xml says. `problems` are single values that could not be used; the rest still counts."""

    connector_guid: str | None = None
    business_guid: str | None = None
    switches: dict[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def read_local_xml(content: str, name: str = "local.xml") -> LocalConfig:
    """Read the base64 `content` of a local.xml (api-contract 13: agent/uuid, janus/business/uuid, install/switches).

    Raises ConnectorFileError where the file as a whole cannot be used.
    """
    root = parse_document(content, name)
    if local_name(root) != "config":
        raise ConnectorFileError(name, "other_file", f"is no local.xml: it begins with {quoted(local_name(root))}")
    problems: list[str] = []

    def guid(*path: str) -> str | None:
        text = text_at(root, *path)
        bare = (text or "").removeprefix("{").removesuffix("}")
        if text and not is_guid(bare):
            problems.append(f"{name}: {'/'.join(('config', *path))} is no GUID: {quoted(text)}")
            return None
        return bare.lower() or None

    switches: dict[str, str] = {}
    listed = root.find("{*}install/{*}switches")
    for element in list(listed if listed is not None else ())[:MOST_SWITCHES]:
        switch, value = local_name(element), (element.text or "").strip()
        if not _SWITCH_NAME.fullmatch(switch) or value not in ("0", "1"):
            problems.append(f"{name}: switch {quoted(switch)} is {quoted(value)}, not 0 or 1")
        elif switches.setdefault(switch, value) != value:
            problems.append(f"{name}: switch {switch} stands there twice with different values")
    return LocalConfig(guid("agent", "uuid"), guid("janus", "business", "uuid"), switches, tuple(problems))
