# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the arguments of filters, so that the error for a wrong one names it. Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from jinja2 import Undefined


def check_mapping(name: str, value: Any) -> None:
    """Raise AnsibleFilterError unless the argument `name`, such as `connector_failure: the status`, is a dictionary."""
    if not isinstance(value, Mapping):
        raise wrong(f"{name} must be a dictionary", value)


def check_mappings(name: str, value: Any) -> None:
    """Raise AnsibleFilterError unless the argument `name` is a list of dictionaries."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        raise wrong(f"{name} must be a list of dictionaries", value)
    for place, item in enumerate(value):
        check_mapping(f"{name}[{place}]", item)


def check_text(name: str, value: Any) -> None:
    """Raise AnsibleFilterError unless the argument `name` is a text."""
    if not isinstance(value, str):
        raise wrong(f"{name} must be a text", value)


def wrong(wanted: str, value: Any) -> AnsibleFilterError:
    """Return the error for a value of another kind than wanted.

    Before ansible-core 2.19 a filter is also given variables that are not defined. Raises jinja2's UndefinedError for
    one, which names it; ansible-lint, which defines no variable, knows that error and passes over it.
    """
    if isinstance(value, Undefined):
        str(value)
    return AnsibleFilterError(f"{wanted}, not {kind_of(value)}")


def kind_of(value: object) -> str:
    """Return what a value is in the words of YAML."""
    if isinstance(value, (bool, float, int)):
        return "true or false" if isinstance(value, bool) else "a number"
    if isinstance(value, (str, bytes)):
        return "a text"
    return "nothing" if value is None else "a dictionary" if isinstance(value, Mapping) else "a list"
