# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jira: an issue for each incident, a comment for each later revision.

Untrusted text stands in a block without formatting. What would end the block or name somebody is broken by a blank.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .notification import Notification, Reference
from .target import NotSent, Options, check_success

NAME = "jira"
MODULE = "community.general.jira"
OPTIONS: dict[str, dict[str, Any]] = {
    "server": {"type": "str"},
    "project": {"type": "str"},
    "issue_type": {"type": "str", "default": "Task"},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "token": {"type": "str", "no_log": True},
    "fields": {"type": "dict"},
    "validate_certs": {"type": "bool", "default": True},
}
REQUIRED = ("server", "project")
SECRETS = ("password", "token")

LABEL = "secure-endpoint"
_LONGEST_SUMMARY = 250  # of 255
_ENDS_BLOCK = re.compile(r"\{(?=\s*noformat)", re.IGNORECASE)
_KEY = re.compile(r"[A-Z][A-Z0-9_]*-[0-9]+").fullmatch


def arguments(message: Notification, options: Options) -> dict[str, Any]:
    """Return the arguments of community.general.jira."""
    links = "\n".join(f"[{label}|{url}]" for label, url in message.links)
    body = f"{{noformat}}\n{unformatted(message.text)}\n{{noformat}}\n{links}".rstrip()
    made: dict[str, Any] = {
        "uri": options["server"],
        **{name: options[name] for name in ("username", "password", "token", "validate_certs")},
    }
    if "key" in message.told:
        made |= {"operation": "comment", "issue": message.told["key"], "comment": body}
    else:
        made |= {
            "operation": "create",
            "project": options["project"],
            "issuetype": options["issue_type"],
            "summary": message.headline[:_LONGEST_SUMMARY],
            "description": body,
            "fields": {"labels": [LABEL], **(options["fields"] or {})},
        }
    return {name: value for name, value in made.items() if value is not None}


def accepted(result: Mapping[str, Any]) -> Reference:
    """Return the key of an issue that was created."""
    check_success(result)
    meta = result.get("meta")
    meta = meta if isinstance(meta, Mapping) else {}
    key = meta.get("key")
    if isinstance(key, str) and _KEY(key):
        return {"key": key}
    if "body" in meta:  # of a comment
        return {}
    raise NotSent("the answer names neither an issue nor a comment")


def unformatted(text: str) -> str:
    """Return a text for a block without formatting: it does not end the block and mentions nobody."""
    return _ENDS_BLOCK.sub("{ ", text).replace("[~", "[ ~")
