# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The identity of an event: one rule for stream, filter and `event_info` (R1). Pure.

An event is known by its source, id, type, stated time and detection_id. None of them depends on what came before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b, sha256
from struct import Struct
from typing import Any, TypeAlias

MAX_ID = 2**64 - 1
MAX_INTEGER = 2**63 - 1  # of SQLite

_integer = Struct(">q").unpack
_new_hash = blake2b(digest_size=8).copy  # a copy takes two thirds of the time of a new one


Identity: TypeAlias = "tuple[str, int | str, int]"
"""What makes an event another one within its source: key, number, digest.

The key is text: the id and a digest of the rest, or "sha256:" and the digest of its canonical JSON where it has no id.
Number and digest are the same for the store: the id as SQLite keeps it (an int up to 2^63-1, decimal text beyond that,
the key where there is no id) and a 64-bit digest of the rest.
"""


def identity_of(
    fields: Mapping[str, Any], event_id: int | None, type_id: int | None, stated: object, detection_id: str | None
) -> Identity:
    """Return the identity of an event from its parts; `stated` is its time as it says it."""
    if event_id is None:
        key = "sha256:" + sha256(_canonical(fields)).hexdigest()
        return key, key, 0
    hashing = _new_hash()
    hashing.update(f"{type_id or ''}/{stated}/{detection_id or ''}".encode())
    rest = hashing.digest()
    number = event_id if event_id <= MAX_INTEGER else str(event_id)
    return f"{event_id}-{rest.hex()}", number, _integer(rest)[0]


def id_of(value: object) -> int | None:
    """Return an id, also from decimal text (Jinja and JSON output hold ids as strings), or None for all else."""
    if isinstance(value, str) and len(value) <= 20 and value.isascii() and value.isdigit():
        value = int(value)
    return value if value.__class__ is int and 0 < value <= MAX_ID else None


def event_source(label: str | None, routing_key: str | None, queue: str) -> str:
    """Return the source of a stream's events: its label, else the business GUID, else `queue` (host/queue).

    A routing key reads `<business_guid>.<connector_guid>.<event_type_id>` (api-contract.md section 8).
    """
    if label:
        return label
    business, _dot, rest = (routing_key or "").partition(".")
    return business.lower() if business and "." in rest else queue


def _canonical(fields: Mapping[str, Any]) -> bytes:
    """Return the object with sorted names, the same wherever it comes from."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), default=str).encode()
