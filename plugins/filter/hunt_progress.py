# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
name: hunt_progress
short_description: Reads what earlier runs of a hunt have found
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Returns the progress file of the playbook C(hunt), so that a hunt that ended at the hourly limit is continued.
  - The texts of the file come from the cloud and are untrusted. None of them is used as a template.
positional: wanted
options:
  _input:
    description: The text of the file; empty where there is none yet.
    type: str
    required: true
  wanted:
    description: The observables of the whole hunt.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
---
- name: Show what is left to look for
  ansible.builtin.debug:
    msg: "{{ (progress | ampops.secure_endpoint.hunt_progress(['evil.exe', 'worse.exe'])).left }}"
  vars:
    progress: '{"observables": [{"observable": "evil.exe"}], "computers": []}'
"""

RETURN = r"""
---
_value:
  description: What was found, and what is left.
  type: dict
  contains:
    observables:
      description: As M(ampops.secure_endpoint.hunt_info) returns them.
      type: list
      elements: dict
    computers:
      description: As M(ampops.secure_endpoint.hunt_info) returns them.
      type: list
      elements: dict
    left:
      description: The observables that were not looked for yet.
      type: list
      elements: str
"""

import json
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.ids import is_sha256
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._event_lists import plain
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_text

NAME = "hunt_progress"
FIELDS = ("observables", "computers")


def hunt_progress(text: object, wanted: object) -> object:
    """Return what was found so far, and what is left."""
    check_text(NAME, text)
    found = _parsed(plain(text))
    done = {one.get("observable") for one in found["observables"]}
    left = [one for one in plain(wanted) if (one.lower() if is_sha256(one) else one) not in done]
    return wrap_var({**found, "left": left})


def _parsed(text: str) -> dict[str, list[dict[str, Any]]]:
    if not text.strip():
        return {name: [] for name in FIELDS}
    try:
        progress = json.loads(text)
        return {name: [dict(one) for one in progress[name]] for name in FIELDS}
    except (ValueError, KeyError, TypeError):
        raise AnsibleFilterError(
            f"{NAME}: this is not the progress of a hunt. Delete the file to begin again. Nothing was asked yet."
        ) from None


class FilterModule:
    def filters(self) -> dict[str, object]:
        return {NAME: hunt_progress}
