# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A web hook: the record as JSON, with a key by which the receiver sees that it had the message already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .notification import Notification, Reference
from .target import NotSent, Options

NAME = "webhook"
MODULE = "ansible.builtin.uri"
OPTIONS: dict[str, dict[str, Any]] = {
    "url": {"type": "str", "no_log": True},
    "headers": {"type": "dict", "no_log": True},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
}
REQUIRED = ("url",)
SECRETS = ("url", "headers")

SUCCESSES = (200, 201, 202, 204)


def arguments(message: Notification, options: Options) -> dict[str, Any]:
    """Return the arguments of ansible.builtin.uri."""
    body = {
        **message.record,
        "headline": message.headline,
        "text": message.text,
    }
    key = {"Idempotency-Key": f"{message.id}/{message.revision}"}
    return request(options, body, key)


def accepted(result: Mapping[str, Any]) -> Reference:
    """Return nothing: a web hook has no messages of its own."""
    check_answer(result)
    return {}


def request(options: Options, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    """Return the arguments of a POST."""
    made = {
        "url": options["url"],
        "method": "POST",
        "body": body,
        "body_format": "json",
        "headers": {**headers, **(options.get("headers") or {})},
        "status_code": list(SUCCESSES),
        "follow_redirects": "none",
        "return_content": True,
        "validate_certs": options["validate_certs"],
        "ca_path": options["ca_path"],
    }
    return {name: value for name, value in made.items() if value is not None}


def check_answer(result: Mapping[str, Any]) -> None:
    """Raise NotSent for an error, and for a page where an answer of a program belongs: a proxy's or a login's."""
    status = result.get("status")
    if result.get("failed") or status not in SUCCESSES:
        reason = str(result.get("msg") or "").removeprefix("Status code was ")
        raise NotSent(f"HTTP {reason}" if isinstance(status, int) and status > 0 else reason or "no answer")
    page = str(result.get("content") or "").lstrip().startswith("<")
    if page and str(result.get("content_type") or "").startswith("text/html"):
        raise NotSent(f"HTTP {status} with an HTML page, which no web hook answers")
