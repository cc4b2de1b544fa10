# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: csv
short_description: Writes a list of dictionaries as CSV that a spreadsheet opens without running anything
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Returns the text of a CSV file with a line of titles.
  - Texts are untrusted. A cell that a spreadsheet would take for a formula, because it begins with V(=), V(+), V(-) or
    V(@), gets a quote before it, and control characters are escaped.
positional: columns
options:
  _input:
    description: The rows.
    type: list
    elements: dict
    required: true
  columns:
    description: The fields to write, in their order.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
---
- name: Write rows into a file
  ansible.builtin.copy:
    content: "{{ [{'host': 'web1', 'outcome': 'upgraded'}] | ampops.secure_endpoint.csv(['host', 'outcome']) }}"
    dest: ./rows.csv
    mode: "0600"
"""

RETURN = r"""
---
_value:
  description: The text of the file.
  type: str
"""

from collections.abc import Mapping, Sequence

from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.spreadsheet import csv_text
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._event_lists import plain
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_mappings


def csv(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> object:
    """Return `rows` as the text of a CSV file with these `columns`."""
    check_mappings("csv: the input", rows)
    return wrap_var(csv_text(plain(rows), plain(columns)))


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"csv": csv}
