#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module file_list_entry."""

from __future__ import annotations

DOCUMENTATION = r"""
module: file_list_entry
short_description: Add SHA-256s to a file list and remove them
description:
  - Blocks or allows files by their SHA-256. Pass a list instead of looping over this module, since a loop reads the
    file list again for each file.
  - Reads no more of the file list than is needed, then writes what differs, with several requests at a time.
  - An entry that somebody else adds or removes during the task counts as done.
  - All invalid entries are reported at once, before anything is written.
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
  - ampops.secure_endpoint._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: The first 200 changes and the number of entries.
  idempotent:
    support: full
options:
  file_list:
    description:
      - The name or the GUID of the list.
    type: str
    required: true
  file_list_type:
    description:
      - The type of the list. It saves one request if O(file_list) is a name, and distinguishes lists of the same name.
      - The API cannot list V(allowed_applications). The module finds such a list by name through the policies that use
        it, which takes one request for each policy of the tenant. A GUID takes no further request.
    type: str
    choices: [simple_custom_detections, application_blocking, allowed_applications]
  entries:
    description:
      - SHA-256s, or dictionaries of C(sha256) and an optional C(description). Upper and lower case are the same. Blank
        entries and duplicates are ignored.
      - An entry without C(description) keeps the description that it has.
    type: list
    elements: raw
  src:
    description:
      - A text file with a SHA-256 on each line, on the host where the module runs. Blank lines and lines that begin
        with C(#) are ignored.
    type: path
  state:
    description:
      - V(present) adds the SHA-256s to the list, V(absent) removes them.
    type: str
    choices: [present, absent]
    default: present
  exclusive:
    description:
      - Remove every other entry from the list. Requires O(state=present).
      - Entries are added before others are removed. After a failure nothing is removed.
    type: bool
    default: false
  allow_empty:
    description:
      - Allow O(exclusive) without any SHA-256, which empties the list.
    type: bool
    default: false
  max_removals:
    description:
      - The maximum number of entries that O(exclusive) may remove. If there are more, the task fails before anything
        is changed.
    type: int
    default: 100
  update_description:
    description:
      - Change descriptions that differ. Otherwise RV(entries) reports them as V(description_differs).
      - The API cannot change a description, so the entry is removed and added again at once. For that moment the file
        is not in the list. If the entry cannot be added again, the task fails and reports it as V(gone).
    type: bool
    default: false
  match_description:
    description:
      - Remove only entries that have exactly the description that O(entries) gives for them. RV(entries) reports the
        others as V(description_differs). Requires O(state=absent). This undoes what one task added, and leaves what
        somebody else has added since.
    type: bool
    default: false
  check_enforcement:
    description:
      - Read the policies that use the list, and report those in audit mode, which block nothing. This takes one request
        for each policy and needs the Python library lxml.
    type: bool
    default: false
notes:
  - A list has an effect only if a policy uses it. The module warns of a list that no policy uses.
  - A list of blocked applications affects binaries only, and nothing if the policy is in audit mode for files.
seealso:
  - module: ampops.secure_endpoint.file_list_info
"""

EXAMPLES = r"""
- name: Block two files everywhere
  ampops.secure_endpoint.file_list_entry:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
    file_list: Simple Custom Detection List
    file_list_type: simple_custom_detections
    entries:
      - 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
      - sha256: 60303AE22B998861BCE3B28F33EEC1BE758A213C86C93C076DBE9F558C11C752
        description: Seen in incident 123
  register: blocked

- name: Show what was not blocked before
  ansible.builtin.debug:
    msg: "{{ blocked.entries | selectattr('outcome', 'equalto', 'added') | map(attribute='item') }}"

- name: Unblock one of them
  ampops.secure_endpoint.file_list_entry:
    file_list: Simple Custom Detection List
    entries:
      - 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    state: absent

- name: Unblock a file, but only if the entry is that of incident 123
  ampops.secure_endpoint.file_list_entry:
    file_list: Simple Custom Detection List
    entries:
      - sha256: 60303AE22B998861BCE3B28F33EEC1BE758A213C86C93C076DBE9F558C11C752
        description: Seen in incident 123
    state: absent
    match_description: true

- name: Keep a list as a file in version control says
  ampops.secure_endpoint.file_list_entry:
    file_list: Simple Custom Detection List
    src: "{{ playbook_dir }}/blocked.txt"
    exclusive: true
    max_removals: 20
"""

RETURN = r"""
entries:
  description: What became of each SHA-256, in the order of O(entries), then what O(exclusive) removed.
  returned: success, or when some of them failed
  type: list
  elements: dict
  contains:
    item:
      description: The SHA-256 in lower case.
      type: str
      sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    outcome:
      description:
        - V(added), V(removed) or V(description_updated), in check mode what would be; V(present) or V(absent) where
          nothing was to do; V(description_differs) where that is left alone.
        - Where the task fails V(failed), V(not_tried), or V(gone) for one that was removed for its description and
          could not be added again.
      type: str
      sample: added
    detail:
      description: More about it, or the error; null mostly.
      type: str
      sample: null
counts:
  description: How many there are of each outcome.
  returned: success, or when some of them failed
  type: dict
  sample: {added: 1, present: 1}
file_list:
  description: The list, with the policies that use it.
  returned: success, or when some of them failed
  type: dict
  sample:
    guid: e773a9eb-296c-40df-98d8-bed46322589d
    name: Simple Custom Detection List
    type: simple_custom_detections
    policies: [{guid: be84e169-0830-4b95-915b-1e203a82ed58, name: Protect}]
audit_policies:
  description: The policies that use the list and are in audit mode.
  returned: with O(check_enforcement)
  type: list
  elements: dict
  sample: [{guid: be84e169-0830-4b95-915b-1e203a82ed58, name: Observe}]
before:
  description: The list as it was. C(entries) holds only those of the first 200 changes.
  returned: success, or when some of them failed
  type: dict
  sample:
    guid: e773a9eb-296c-40df-98d8-bed46322589d
    name: Simple Custom Detection List
    entries_count: 4
    entries: []
after:
  description: The list as it is now, or would be.
  returned: success, or when some of them failed
  type: dict
  contains:
    guid:
      description: The GUID of the list.
      type: str
      sample: e773a9eb-296c-40df-98d8-bed46322589d
    name:
      description: Its name.
      type: str
      sample: Simple Custom Detection List
    entries_count:
      description: How many entries it has.
      type: int
      sample: 5
    entries:
      description: Those of the first 200 changes, each with C(sha256) and C(description).
      type: list
      elements: dict
      sample: [{sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, description: null}]
diff:
  description: The differences, each entry as one line.
  returned: success, or when some of them failed
  type: dict
  sample:
    before: {file_list: Simple Custom Detection List, entries_count: 4, entries: []}
    after:
      file_list: Simple Custom Detection List
      entries_count: 5
      entries: [9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08]
calls:
  description: The requests that change something.
  returned: success, or when some of them failed
  type: dict
  contains:
    planned:
      description: How many are needed.
      type: int
      sample: 1
    made:
      description: How many were sent; none in check mode, more than planned where answers were lost.
      type: int
      sample: 1
"""

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._module import (
    ArgumentSpec,
    connection_spec,
    run_module,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.file_list.read import TYPES
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.file_list.reconcile import reconcile


def main() -> None:
    spec = (
        ArgumentSpec(
            file_list={"type": "str", "required": True},
            file_list_type={"type": "str", "choices": list(TYPES)},
            entries={"type": "list", "elements": "raw"},
            src={"type": "path"},
            state={"type": "str", "choices": ["present", "absent"], "default": "present"},
            exclusive={"type": "bool", "default": False},
            allow_empty={"type": "bool", "default": False},
            max_removals={"type": "int", "default": 100},
            update_description={"type": "bool", "default": False},
            match_description={"type": "bool", "default": False},
            check_enforcement={"type": "bool", "default": False},
        )
        .required_one_of("entries", "src")
        .mutually_exclusive("entries", "src")
        .merge(connection_spec())
    )
    run_module(spec, reconcile)


if __name__ == "__main__":
    main()
