# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""API clients and HTTP Basic authentication (api-contract 1)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from flask import request


@dataclass(frozen=True)
class ApiClient:
    """A third-party API client: 20 hex characters and a UUID."""

    client_id: str
    api_key: str
    read_only: bool = False


def authenticate(clients: list[ApiClient]) -> ApiClient | None:
    """Return the client that the request proves to be, if any."""
    sent = request.authorization
    if sent is not None and sent.type == "basic":
        for client in clients:
            if client.client_id == sent.username and hmac.compare_digest(client.api_key, sent.password or ""):
                return client
    return None
