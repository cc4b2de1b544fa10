# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find secrets in a tree, which is in git for everybody to read, and say where each belongs. Pure.

This file is private to the collection.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .documents import Node, Problem

_CONNECTION = (
    "the credentials of the API belong in a vaulted variable of the inventory or a credential of the controller"
)
_STREAM = "the password of an event stream belongs in the file that credentials_path names, outside of this tree"
_OTHER = "a secret belongs in a vaulted variable of the inventory or a credential of the controller"
_KEYS = {
    "api_key": _CONNECTION,
    "apikey": _CONNECTION,
    "client_id": _CONNECTION,
    "client_secret": _CONNECTION,
    "oauth_client_secret": _CONNECTION,
    "amqp_credentials": _STREAM,
    "password": _STREAM,
    "user_name": _STREAM,
}
_NAMES = {"groups", "file_lists", "computers", "event_streams"}  # their keys are names, which may be any words
_KEY = re.compile("secret|passw|passphrase|token|private_?key|unlock_code|credential(?!s_path)", re.IGNORECASE)
_VALUE = re.compile("-----BEGIN [A-Z ]*PRIVATE KEY|://[^/@\\s:]+:[^/@\\s]+@|^\\$ANSIBLE_VAULT;")


def find_secrets(node: Node, is_secret: Callable[[str], bool]) -> Iterator[Problem]:
    """Yield a problem for each secret, never with its value. `is_secret` knows those of this task."""
    if node.kind == "object":
        for name, inner in node.value.items():
            place = None if node.place.key in _NAMES else _belongs(name)
            if place:
                yield Problem(inner.place, f"a secret in git is no secret: {place}")
            else:
                yield from find_secrets(inner, is_secret)
    elif node.kind == "array":
        for inner in node.value:
            yield from find_secrets(inner, is_secret)
    elif node.kind == "tagged" and node.value.lstrip("!") in ("vault", "vault-encrypted"):
        yield Problem(node.place, f"a secret in git is no secret, not even vaulted: {_OTHER}")
    elif node.kind == "string" and (is_secret(node.value) or _looks_secret(node)):
        yield Problem(node.place, f"the value holds a secret: {_OTHER}")


def _looks_secret(node: Node) -> bool:
    """Say so for a key, a vaulted text or a URL with a password. A description may quote the URL of an attacker."""
    return not node.place.key.endswith(".description") and _VALUE.search(node.value) is not None


def _belongs(key: str) -> str | None:
    return _KEYS.get(key.lower()) or (_OTHER if _KEY.search(key) else None)
