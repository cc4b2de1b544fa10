# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Administering a node over the HTTP API of its management plugin, on loopback.

A call takes milliseconds, where rabbitmqctl takes two seconds.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

import requests

from .rabbit_node import RabbitNode
from .rabbit_password import password_hash

LISTED_SECONDS = 10


class RabbitAdmin:
    """One node's administrator. Every method raises requests.HTTPError where the node refuses."""

    def __init__(self, node: RabbitNode) -> None:
        self._node = node

    def _call(self, method: str, *path: str, json: Any = None, missing_is_fine: bool = False) -> Any:
        url = f"http://127.0.0.1:{self._node.admin_port}/api/" + "/".join(quote(part, safe="") for part in path)
        login = (self._node.admin_user, self._node.admin_password)
        answered = requests.request(method, url, auth=login, json=json, timeout=60)
        if not (missing_is_fine and answered.status_code == 404):
            answered.raise_for_status()
        return answered.json() if answered.content and answered.ok else None

    @staticmethod
    def user(name: str, password: str) -> dict[str, Any]:
        """Return a user without tags, for `import_definitions`."""
        return {
            "name": name,
            "password_hash": password_hash(password),
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": "",
        }

    def import_definitions(self, definitions: dict[str, Any]) -> None:
        """Make what is not there yet of users, permissions, queues and bindings, in one call."""
        self._call("POST", "definitions", json=definitions)

    def unbind(self, exchange: str, queue: str, keys: set[str]) -> None:
        """Remove bindings by key."""
        if not keys:
            return
        for binding in self._call("GET", "bindings", "/", "e", exchange, "q", queue):
            if binding["routing_key"] in keys:
                self._call("DELETE", "bindings", "/", "e", exchange, "q", queue, binding["properties_key"])

    def bindings(self, exchange: str, queue: str) -> set[str]:
        """Return the keys that lead to a queue."""
        return {one["routing_key"] for one in self._call("GET", "bindings", "/", "e", exchange, "q", queue)}

    def queue(self, name: str) -> dict[str, Any]:
        """How a queue was declared."""
        found: dict[str, Any] = self._call("GET", "queues", "/", name)
        return found

    def delete_user(self, name: str) -> None:
        """Remove a user; RabbitMQ closes its connections then."""
        self._call("DELETE", "users", name, missing_is_fine=True)

    def set_password(self, name: str, password: str) -> None:
        """Change a user's password; open connections stay."""
        self.import_definitions({"users": [self.user(name, password)]})

    def delete_queue(self, name: str) -> None:
        """Remove a queue with what is in it."""
        self._call("DELETE", "queues", "/", name, missing_is_fine=True)

    def delete_exchange(self, name: str) -> None:
        """Remove an exchange with its bindings."""
        self._call("DELETE", "exchanges", "/", name)

    def purge_queue(self, name: str) -> None:
        """Empty a queue, as another consumer would."""
        self._call("DELETE", "queues", "/", name, "contents")

    def close_connections(self, user: str) -> None:
        """Close every connection of a user. Raises RuntimeError where there is none.

        RabbitMQ lists a connection a moment after it was opened, so this waits for one to be listed.
        """
        deadline = time.monotonic() + LISTED_SECONDS
        while not self._call("GET", "connections", "username", user):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{user} is not connected")
            time.sleep(0.02)
        self._call("DELETE", "connections", "username", user)
