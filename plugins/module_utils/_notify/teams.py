# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft Teams: an adaptive card to the URL of a workflow ("when a Teams webhook request is received").

ansible.builtin.uri sends it, for community.general.office_365_connector_card writes cards of the connectors that
Microsoft retires, takes the 202 of a workflow for a failure, and the 200 with which a connector tells that it was
throttled for a success. Untrusted text stands in text runs, in which Teams does not read Markdown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .notification import Notification, Reference
from .target import NotSent, Options
from .webhook import check_answer, request

NAME = "teams"
MODULE = "ansible.builtin.uri"
OPTIONS: dict[str, dict[str, Any]] = {
    "url": {"type": "str", "no_log": True},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
}
REQUIRED = ("url",)
SECRETS = ("url",)

_LONGEST = 8000  # of 28 KiB in a card


def arguments(message: Notification, options: Options) -> dict[str, Any]:
    """Return the arguments of ansible.builtin.uri."""
    runs = [_run(f"{message.headline}\n", weight="Bolder")]
    runs.append(_run(message.text.partition("\n")[2][:_LONGEST]))
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": "An incident. This program cannot show its card.",
        "body": [{"type": "RichTextBlock", "inlines": runs}],
        "actions": [{"type": "Action.OpenUrl", "title": label, "url": url} for label, url in message.links[:4]],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return request(options, {"type": "message", "attachments": [attachment]}, {})


def accepted(result: Mapping[str, Any]) -> Reference:
    """Return nothing: a workflow does not say where the message is."""
    check_answer(result)
    content = str(result.get("content") or "").strip()
    if result.get("status") == 200 and content not in ("", "1"):
        raise NotSent(f"Teams answered HTTP 200 and {content}")
    return {}


def _run(text: str, **style: str) -> dict[str, Any]:
    return {"type": "TextRun", "text": text, **style}
