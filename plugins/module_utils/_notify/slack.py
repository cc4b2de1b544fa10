# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slack: with a bot's token later revisions are replies in the thread; a webhook's token has no threads.

Untrusted text stands in objects of type plain_text, which Slack does not parse. The text that a phone shows is
escaped as Slack asks for, and neither names nor channels are looked up in it (`parse`, `link_names`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .notification import Notification, Reference
from .target import NotSent, Options, check_success

NAME = "slack"
MODULE = "community.general.slack"
OPTIONS: dict[str, dict[str, Any]] = {
    "token": {"type": "str", "no_log": True},
    "channel": {"type": "str"},
    "validate_certs": {"type": "bool", "default": True},
}
REQUIRED = ("token",)
SECRETS = ("token",)

_LONGEST = 2900  # of 3,000 in a section


def arguments(message: Notification, options: Options) -> dict[str, Any]:
    """Return the arguments of community.general.slack."""
    blocks: list[dict[str, Any]] = [_section(message.headline), _section(message.text.partition("\n")[2])]
    if message.links:
        links = " | ".join(f"<{url}|{label}>" for label, url in message.links)
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": links}})
    made = {
        "token": options["token"],
        "channel": message.told.get("channel") or options["channel"],
        "thread_id": message.told.get("ts"),
        "msg": escaped(message.headline),
        "blocks": blocks,
        "parse": "none",
        "link_names": 0,
        "prepend_hash": "never",
        "username": "Secure Endpoint",
        "validate_certs": options["validate_certs"],
    }
    return {name: value for name, value in made.items() if value is not None}


def accepted(result: Mapping[str, Any]) -> Reference:
    """Return channel and time stamp, by which Slack names a message."""
    try:
        check_success(result)
    except NotSent as error:
        # The module quotes the whole message before the address and the reason.
        raise NotSent(str(error).rpartition(" to https://")[2]) from None
    return {name: str(result[name]) for name in ("channel", "ts") if result.get("channel") and result.get("ts")}


def escaped(text: str) -> str:
    """Escape the three characters with a meaning for Slack."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "plain_text", "text": text[:_LONGEST] or "-", "emoji": False}}
