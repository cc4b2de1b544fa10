# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of target, and the user's targets as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any, cast

from .._common.text import quoted
from .._events.judgement import SEVERITIES
from . import jira, mail, slack, teams, webhook
from .notification import ASKED_FOR, MAY_BE_LEFT_OUT
from .target import Options, Target, TargetType, texts_in

_FILES: tuple[ModuleType, ...] = (slack, teams, mail, jira, webhook)
TYPES: Mapping[str, TargetType] = {str(file.NAME): cast(TargetType, file) for file in _FILES}

COMMON_OPTIONS: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "type": {"type": "str", "required": True, "choices": list(TYPES)},
    "severity": {"type": "str", "choices": list(SEVERITIES)},
    "only_needs_person": {"type": "bool", "default": True},
    "health": {"type": "bool", "default": True},
    "include_fields": {"type": "list", "elements": "str", "choices": list(ASKED_FOR), "default": []},
    "exclude_fields": {"type": "list", "elements": "str", "choices": list(MAY_BE_LEFT_OUT), "default": []},
}


def target_options() -> dict[str, dict[str, Any]]:
    """Return the argument spec of a target of any type. An option of a type has its default where that is used."""
    spec = {name: dict(option) for name, option in COMMON_OPTIONS.items()}
    for kind in TYPES.values():
        for name, option in kind.OPTIONS.items():
            spec[name] = {key: value for key, value in option.items() if key != "default"}
    return spec


def parse_targets(given: Iterable[Options]) -> list[Target]:
    """Return the targets. Raises ValueError naming the target and what is wrong."""
    targets = [_target(options) for options in given]
    names = [target.name for target in targets]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two targets are named {quoted(name)}; each needs a name of its own")
    return targets


def _target(given: Options) -> Target:
    kind, where = TYPES[given["type"]], f"target {quoted(given['name'])}"
    known = {*COMMON_OPTIONS, *kind.OPTIONS}
    unknown = sorted(name for name, value in given.items() if value is not None and name not in known)
    if unknown:
        raise ValueError(f"{where}: {', '.join(unknown)} is no option of the type {kind.NAME}")
    options = {
        name: option.get("default") if given.get(name) is None else given[name] for name, option in kind.OPTIONS.items()
    }
    missing = [name for name in kind.REQUIRED if options[name] in (None, "", [])]
    if missing:
        raise ValueError(f"{where}: set {', '.join(missing)}")
    _check_login(kind.NAME, options, where)
    return Target(
        name=given["name"],
        type=kind,
        options=options,
        severity=given["severity"],
        only_needs_person=given["only_needs_person"],
        health=given["health"],
        include_fields=tuple(given["include_fields"]),
        exclude_fields=tuple(given["exclude_fields"]),
        secrets=tuple(text for name in kind.SECRETS for text in texts_in(options[name])),
    )


def _check_login(kind: str, options: Options, where: str) -> None:
    """Raise ValueError where the user's module would refuse the login, or would send it in clear."""
    url = options.get("url") or options.get("server")
    if url is not None and not str(url).startswith("https://"):
        raise ValueError(f"{where}: {'server' if kind == 'jira' else 'url'} must begin with https://")
    if bool(options.get("username")) != bool(options.get("password")):
        raise ValueError(f"{where}: set username and password, or neither")
    if kind == "jira" and bool(options["username"]) == bool(options["token"]):
        raise ValueError(f"{where}: set token, or username and password")
    if kind == "mail" and options["password"] and options["secure"] not in ("always", "starttls"):
        raise ValueError(f"{where}: a password is sent with secure=always or secure=starttls only")
