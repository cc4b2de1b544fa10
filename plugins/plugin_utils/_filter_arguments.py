# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the arguments of filters, so that the error for a wrong one names it. Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError


def check_mapping(name: str, value: Any) -> None:
    """Raise AnsibleFilterError unless the argument `name`, such as `connector_action: status`, is a dictionary."""
    if not isinstance(value, Mapping):
        raise AnsibleFilterError(f"{name} must be a dictionary, not {type(value).__name__}")


def check_mappings(name: str, value: Any) -> None:
    """Raise AnsibleFilterError unless the argument `name` is a list of dictionaries."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        raise AnsibleFilterError(f"{name} must be a list of dictionaries, not {type(value).__name__}")
    for place, item in enumerate(value):
        check_mapping(f"{name}[{place}]", item)


def check_text(name: str, value: Any) -> None:
    """Raise AnsibleFilterError unless the argument `name` is a text."""
    if not isinstance(value, str):
        raise AnsibleFilterError(f"{name} must be a text, not {type(value).__name__}")
