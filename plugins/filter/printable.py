# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: printable
short_description: Makes text from an endpoint safe to show on a terminal
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Escapes what could forge or hide output, such as control characters, ANSI sequences, line breaks, marks that turn
    the direction of writing and invisible characters. An endpoint chooses its host name, users and file names freely.
  - Use it where a text is shown, not where it is compared or stored.
options:
  _input:
    description: The text. Anything else is written as text first.
    type: raw
    required: true
  longest:
    description: The most characters to return. A longer text ends in C(...).
    type: int
    default: 300
"""

EXAMPLES = r"""
---
- name: Show a host name
  ansible.builtin.debug:
    msg: "{{ computer.hostname | ampops.secure_endpoint.printable }}"
"""

RETURN = r"""
---
_value:
  description: The text on one line.
  type: str
"""

from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.text import LONGEST
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.text import printable as escaped


def printable(text: object, longest: int = LONGEST) -> object:
    """Return `text` as one line without anything that a terminal acts on."""
    return wrap_var(escaped("" if text is None else text, longest))


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Return the filter by its name."""
        return {"printable": printable}
