# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
name: entries_of
short_description: Returns the entries of a list, of a text with commas, or of the lines of a file
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Returns what a person wrote as a list, whichever way it was written. A survey gives a text with commas or lines, a
    file has one entry on each line, a variables file has a list.
  - Blank entries, duplicates and lines that begin with C(#) are left out.
  - Invalid entries are all reported at once, each with its line or position.
positional: kind
options:
  _input:
    description: A list of texts, or a text whose entries are separated by commas or line breaks.
    type: raw
    required: true
  kind:
    description:
      - V(sha256) accepts SHA-256s of 64 hexadecimal digits only, and returns them in lower case.
      - V(text) accepts any text. A line is one entry here where the text has several lines, since a URL may have a
        comma.
    type: str
    choices: [sha256, text]
    default: text
  name:
    description: What the entries are called in an error, such as the name of a variable.
    type: str
    default: entries
"""

EXAMPLES = r"""
---
- name: Read the SHA-256s of a file
  ansible.builtin.set_fact:
    hashes: "{{ lookup('ansible.builtin.file', 'hashes.txt') | ampops.secure_endpoint.entries_of('sha256') }}"

- name: Accept a list as well as a text from a survey
  ansible.builtin.debug:
    msg: "{{ 'pc-0001, pc-0002' | ampops.secure_endpoint.entries_of(name='release_computers') }}"
"""

RETURN = r"""
---
_value:
  description: The entries, each once, in their order.
  type: list
  elements: str
"""

from collections.abc import Iterator

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.ids import is_sha256
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.text import quoted
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._event_lists import plain
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import wrong

NAME = "entries_of"
KINDS = ("sha256", "text")
MOST_PROBLEMS = 10


def entries_of(value: object, kind: str = "text", name: str = "entries") -> object:
    """Return the entries of a list or a text."""
    if kind not in KINDS:
        raise AnsibleFilterError(f"{NAME}: kind must be one of {', '.join(KINDS)}")
    found: dict[str, None] = {}
    problems: list[str] = []
    for place, entry in _places(value, kind, str(plain(name))):
        if not isinstance(entry, str):
            problems.append(f"{place}: {quoted(str(entry))} is not text; put it in quotes")
        elif kind == "sha256" and not is_sha256(entry.strip()):
            problems.append(f"{place}: {quoted(entry.strip(), 80)} is not a SHA-256 of 64 hexadecimal digits")
        else:
            found[entry.strip().lower() if kind == "sha256" else entry.strip()] = None
    if problems:
        more = f"; and {len(problems) - MOST_PROBLEMS} more" if len(problems) > MOST_PROBLEMS else ""
        some = "entry is" if len(problems) == 1 else "entries are"
        raise AnsibleFilterError(
            f"{name}: {len(problems)} {some} wrong: {'; '.join(problems[:MOST_PROBLEMS])}{more}. Nothing was changed."
        )
    return wrap_var(list(found))


def _places(value: object, kind: str, name: str) -> Iterator[tuple[str, object]]:
    """Yield each entry with where it stands; blank ones and comments are left out."""
    given = plain(value)
    if isinstance(given, list):
        for number, entry in enumerate(given, 1):
            if not isinstance(entry, str) or entry.strip():
                yield f"entry {number}", entry
        return
    if not isinstance(given, str):
        raise wrong(f"{name} must be a list or a text", value)
    lines = given.lstrip("\ufeff").splitlines()
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("#"):
            continue
        whole = kind == "text" and len(lines) > 1
        for place, entry in enumerate([line] if whole else line.split(","), 1):
            if entry.strip():
                yield (f"line {number}" if len(lines) > 1 else f"entry {place}"), entry


class FilterModule:
    def filters(self) -> dict[str, object]:
        return {NAME: entries_of}
