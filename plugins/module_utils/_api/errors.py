# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong between us and the cloud: one family of errors, worded for the person who must act.

They are raised where they are understood and turned into a module's failure at the edge (`module_utils/_module.py`).
This file is private to the collection.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar, NamedTuple

from .._common.ids import API_HOSTS

MOST_DETAILS = 10


class SecureEndpointError(Exception):
    """Anything that ends a task. `result` is what was done before; a module's failure carries it."""

    kind: ClassVar[str] = "error"

    def __init__(self, message: str, result: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.result: dict[str, Any] = dict(result or {})

    def as_result(self) -> dict[str, Any]:
        """Return the error as a task's result shows it."""
        return {"kind": self.kind, "method": None, "path": None, "status": None, "details": [], "request_id": None}


class Refused(SecureEndpointError):
    """What was asked for cannot be done; nothing was changed."""

    kind = "refused"


class Exchange(NamedTuple):
    """One request and what is known of its answer."""

    method: str
    path: str
    host: str
    status: int | None = None
    details: tuple[str, ...] = ()
    request_id: str | None = None


class ApiError(SecureEndpointError):
    """A request that did not do what it should."""

    kind = "api"

    def __init__(self, exchange: Exchange, problem: str, advice: str = "") -> None:
        self.exchange = exchange
        super().__init__(_sentence(exchange, problem, advice))

    @property
    def status(self) -> int | None:
        return self.exchange.status

    @property
    def details(self) -> tuple[str, ...]:
        return self.exchange.details

    def as_result(self) -> dict[str, Any]:
        method, path, _host, status, details, request_id = self.exchange
        return {
            "kind": self.kind,
            "method": method,
            "path": path,
            "status": status,
            "details": list(details),
            "request_id": request_id,
        }


class AuthError(ApiError):
    """401 or 403."""

    kind = "auth"


class NotFound(ApiError):
    """404, or a 403 whose text says so."""

    kind = "not_found"


class Conflict(ApiError):
    """409."""

    kind = "conflict"


class BadRequest(ApiError):
    """400, 422 and every other 4xx."""

    kind = "bad_request"


class RateLimited(ApiError):
    """429, or a limit that bulk work must not use up. `reset_seconds`: when it resets, where the cloud said so."""

    kind = "rate_limited"

    def __init__(self, exchange: Exchange, problem: str, advice: str = "", reset_seconds: int | None = None) -> None:
        super().__init__(exchange, problem, advice)
        self.reset_seconds = reset_seconds

    def as_result(self) -> dict[str, Any]:
        return {**super().as_result(), "reset_seconds": self.reset_seconds}


class Unavailable(ApiError):
    """Not reached, or out of order; trying again later may help. Nothing was changed."""

    kind = "unavailable"


class ProtocolError(ApiError):
    """An answer that this API does not give: HTML, broken JSON, a redirect, another shape."""

    kind = "protocol"


class LostAnswer(ApiError):
    """A write was sent and its answer was lost: whether it was done is not known, a read must decide (R20)."""

    kind = "lost_answer"


def answer_error(exchange: Exchange) -> ApiError:
    """Return the error that an answer with status 4xx or 5xx to a read means."""
    status = exchange.status or 0
    if status == 401:
        return AuthError(
            exchange,
            f"{exchange.host} does not know this client ID and API key",
            "Check client_id and api_key. "
            + (
                "A key belongs to one region: api_info with probe_regions=true says which"
                if exchange.host in API_HOSTS.values()
                else "A private cloud knows only the API clients that its own console has made"
            ),
        )
    # Which of the two the cloud answers where something is unknown is not documented: its words tell (R31).
    if status == 404 or (status == 403 and any("not found" in detail.lower() for detail in exchange.details)):
        return NotFound(exchange, "there is no such thing in this tenant")
    if status == 403:
        return AuthError(
            exchange,
            "the cloud does not allow this to the API client",
            "Changes need an API client with the scope Read & Write",
        )
    if status == 409:
        return Conflict(exchange, "it conflicts with what is there")
    if status >= 500:
        return Unavailable(exchange, "the cloud is out of order", "Try again later")
    return BadRequest(exchange, "the cloud refused the request")


def says_not_found(error: ApiError) -> bool:
    """Is it a 404, or the 400 with which the API answers for an unknown event stream (api-contract 1)?"""
    return isinstance(error, NotFound) or (
        isinstance(error, BadRequest) and any("not found" in detail.lower() for detail in error.details)
    )


def details_of(document: object) -> tuple[str, ...]:
    """Return the cloud's own words in an error envelope, or in a gateway's `{"error": {"message": ...}}`, as they are.

    They are not masked, escaped or cut yet.
    """
    if not isinstance(document, Mapping):
        return ()
    errors = document.get("errors")
    found: list[object] = []
    for error in errors if isinstance(errors, list) else [document.get("error")]:
        if isinstance(error, Mapping):
            details = error.get("details") or error.get("message") or error.get("description") or []
            found.extend(details if isinstance(details, list) else [details])
        elif isinstance(error, str):
            found.append(error)
    return tuple(detail if isinstance(detail, str) else _compact(detail) for detail in found[:MOST_DETAILS])


def _compact(detail: object) -> str:
    try:
        return json.dumps(detail)
    except RecursionError:
        return "details that are nested too deeply to show"


def _phrase(status: int) -> str:
    """Return what people search for beside the number, such as " Too Many Requests"."""
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""


def _sentence(exchange: Exchange, problem: str, advice: str) -> str:
    """`GET /v1/groups: problem (HTTP 401 Unauthorized: the cloud's words; request id ...). Advice.`"""
    facts = []
    if exchange.status is not None:
        details = f": {'; '.join(exchange.details)}" if exchange.details else ""
        facts.append(f"HTTP {exchange.status}{_phrase(exchange.status)}{details}")
    if exchange.request_id:
        facts.append(f"request id {exchange.request_id}")
    return (
        f"{exchange.method} {exchange.path}: {problem}"
        + (f" ({'; '.join(facts)})" if facts else "")
        + "."
        + (f" {advice}." if advice else "")
    )
