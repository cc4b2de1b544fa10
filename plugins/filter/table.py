# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
name: table
short_description: Lays out a list of dictionaries as a table that a person reads
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Returns the lines of a table of plain text, to be printed with M(ansible.builtin.debug) or written into a file. It
    has no colour.
  - Texts are untrusted. Control characters, marks that turn the direction of writing and other characters that a
    terminal would act on are shown as escapes.
  - Columns that are empty in each row are left out. Where there is too little room, the least important columns are
    left out until each of the others has 16 places at least; then these are cut.
positional: columns
options:
  _input:
    description: The rows.
    type: list
    elements: dict
    required: true
  columns:
    description: The columns, in their order.
    type: list
    elements: dict
    required: true
    suboptions:
      field:
        description: The field to show. A dotted name, such as C(error.description), goes into dictionaries.
        type: str
      fields:
        description: Several fields instead, joined with a colon. Those that have no value are left out.
        type: list
        elements: str
      title:
        description: The title of the column. By default the name of the field, with spaces for underscores.
        type: str
      kind:
        description:
          - How to show the field. V(text) as it is, V(words) with spaces for underscores, V(time) as date and time to
            the second in the time zone of the controller.
        type: str
        choices: [text, words, time]
        default: text
      importance:
        description: Columns with a larger number are left out first where there is too little room.
        type: int
        default: 1
      line:
        description:
          - With V(2) the text stands on a line of its own below the row, after its title, together with the other texts
            of that line. Use it for long texts, such as names of files and users.
        type: int
        choices: [1, 2]
        default: 1
  below:
    description:
      - A field with a link, or with a dictionary of links of which the first is taken. It stands on a line of its own
        below the row.
    type: str
  nothing:
    description: The only line where there are no rows.
    type: str
    default: none
  width:
    description:
      - How many characters a line has. By default as many as the terminal has, less what Ansible puts around the lines;
        100 columns without a terminal.
    type: int
"""

EXAMPLES = r"""
---
- name: Show what needs a person
  ansible.builtin.debug:
    msg: "{{ urgent | ampops.secure_endpoint.table(columns, below='pivot_urls') }}"
  vars:
    urgent: "{{ drained.detections | selectattr('needs_person') }}"
    columns:
      - {field: time, kind: time, title: seen, importance: 3}
      - {field: hostname, title: host}
      - {fields: [outcome, error.description], kind: words, title: outcome}
      - {field: file_name, title: file, line: 2}
      - {field: user, line: 2, importance: 3}
      - {field: name, title: detection, line: 2, importance: 2}
"""

RETURN = r"""
---
_value:
  description: The lines of the table.
  type: list
  elements: str
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._event_lists import plain
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._table import Column, lay_out, width_of_screen

NAME = "table"
KINDS = ("text", "words", "time")


def table(
    rows: object,
    columns: object,
    below: str | None = None,
    nothing: str = "none",
    width: int | None = None,
) -> object:
    """Return the lines of a table of `rows`."""
    found, wanted = plain(rows), plain(columns)
    if not isinstance(found, list) or not all(isinstance(row, Mapping) for row in found):
        raise AnsibleFilterError(f"{NAME}: a list of dictionaries is needed")
    if not isinstance(wanted, list) or not wanted:
        raise AnsibleFilterError(f"{NAME}: columns must be a list with one column at least")
    laid = [_column(place, column) for place, column in enumerate(wanted)]
    room = width_of_screen() if width is None else int(plain(width))
    return wrap_var(lay_out(found, laid, width=room, below=plain(below), nothing=plain(nothing)))


def _column(place: int, given: Any) -> Column:
    where = f"{NAME}: columns[{place}]"
    if not isinstance(given, Mapping):
        raise AnsibleFilterError(f"{where} must be a dictionary with a field")
    unknown = sorted(set(given) - {"field", "fields", "title", "kind", "importance", "line"})
    if unknown:
        raise AnsibleFilterError(
            f"{where}: unknown key {unknown[0]!a}; a column has field or fields, title, kind, importance, line"
        )
    fields = given.get("fields") or ([given["field"]] if given.get("field") else [])
    if not isinstance(fields, list) or not fields or not all(isinstance(name, str) for name in fields):
        raise AnsibleFilterError(f"{where}: give field, a text, or fields, a list of texts")
    kind = given.get("kind", "text")
    if kind not in KINDS:
        raise AnsibleFilterError(f"{where}: kind must be one of {', '.join(KINDS)}, not {kind!a}")
    line = given.get("line", 1)
    if line not in (1, 2):
        raise AnsibleFilterError(f"{where}: line must be 1 or 2, not {line!a}")
    title = given.get("title") or fields[0].rpartition(".")[2].replace("_", " ")
    return Column(str(title), tuple(fields), kind, int(given.get("importance", 1)), int(line))


class FilterModule:
    def filters(self) -> dict[str, object]:
        return {NAME: table}
