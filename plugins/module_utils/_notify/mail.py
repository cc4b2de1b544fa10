# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""E-mail: plain text. All messages of an incident name one reference, by which mail programs put them together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .notification import Notification, Reference
from .target import NotSent, Options, check_success

NAME = "mail"
MODULE = "community.general.mail"
OPTIONS: dict[str, dict[str, Any]] = {
    "host": {"type": "str"},
    "port": {"type": "int", "default": 25},
    "secure": {"type": "str", "choices": ["always", "never", "starttls", "try"], "default": "starttls"},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "sender": {"type": "str"},
    "to": {"type": "list", "elements": "str"},
}
REQUIRED = ("host", "sender", "to")
SECRETS = ("password",)


def arguments(message: Notification, options: Options) -> dict[str, Any]:
    """Return the arguments of community.general.mail."""
    thread = f"<{message.id}@secure-endpoint.invalid>"
    links = [f"{label}: {url}" for label, url in message.links]
    made = {
        **{name: options[name] for name in ("host", "port", "secure", "username", "password", "sender", "to")},
        "subject": message.headline,
        "body": "\n".join([message.text, "", *links]),
        "headers": [f"References={thread}", f"In-Reply-To={thread}", "Auto-Submitted=auto-generated"],
    }
    return {name: value for name, value in made.items() if value is not None}


def accepted(result: Mapping[str, Any]) -> Reference:
    """Return nothing. A message that some recipients may not get counts as sent: the others have it."""
    check_success(result)
    refused = result.get("result")
    if isinstance(refused, Mapping) and refused:
        return {"refused": ", ".join(map(str, refused))}
    if refused is None:
        raise NotSent("the module did not say what became of the message")
    return {}
