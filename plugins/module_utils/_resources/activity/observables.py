# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be looked for on computers, and where an event names it. Pure. This file is private to the collection."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from ..._api.errors import Refused
from ..._common.ids import is_sha256
from ..._common.text import printable

Kind = Literal["sha256", "ip", "text"]


class Observable(NamedTuple):
    """A SHA-256 in lower case, an IPv4 address, or text: a file name or a part of a URL (api-contract 4)."""

    value: str
    kind: Kind


def observable(text: str) -> Observable:
    """Return what the activity and trajectory endpoints take as q. Raises Refused for anything else."""
    text = text.strip()
    if not text:
        raise Refused("An observable is empty. Give a SHA-256, an IPv4 address, a file name or a part of a URL.")
    if is_sha256(text):
        return Observable(text.lower(), "sha256")
    if _is_network(text):
        raise Refused(f"{printable(text, 60)} is a network: the cloud looks for single IPv4 addresses only.")
    try:
        return Observable(str(ipaddress.IPv4Address(text)), "ip")
    except ValueError:
        return Observable(text, "text")


def is_named_in(event: Mapping[str, Any], wanted: Observable) -> bool:
    """Return whether an event of GET /v1/events is about the observable."""
    if wanted.kind == "sha256":
        return any(str(digest).lower() == wanted.value for digest in _hashes(event))
    if wanted.kind == "ip":
        network = _part(event, "network_info")
        return wanted.value in (network.get("remote_ip"), network.get("local_ip"))
    text = wanted.value.casefold()
    names = {str(_part(event, "file").get("file_name") or "").casefold()}
    return text in names or text in str(_part(event, "network_info").get("dirty_url") or "").casefold()


def hashes_of(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the distinct SHA-256s of files and parents, in lower case, in their order."""
    found = (str(digest).lower() for event in events for digest in _hashes(event))
    return list(dict.fromkeys(digest for digest in found if is_sha256(digest)))


def _hashes(event: Mapping[str, Any]) -> Iterator[Any]:
    file = _part(event, "file")
    for part in (file, _part(file, "parent")):
        digest = _part(part, "identity").get("sha256")
        if digest:
            yield digest


def _part(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = record.get(name)
    return part if isinstance(part, dict) else {}


def _is_network(text: str) -> bool:
    if "/" not in text:
        return False
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
