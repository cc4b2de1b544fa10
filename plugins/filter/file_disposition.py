# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
name: file_disposition
short_description: Returns the latest verdict about a file from the events about it
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Returns the disposition that the newest event about a file has, whatever the order of the list. An event by which
    the cloud took its verdict back means V(Clean).
  - Ask for it before something acts on a file by itself, since a verdict can change between an event and the action.
positional: sha256
options:
  _input:
    description: The events, as M(ampops.secure_endpoint.event_info) returns them. Events about other files are ignored.
    type: list
    elements: dict
    required: true
  sha256:
    description: The SHA-256 of the file, in any case.
    type: str
    required: true
seealso:
  - module: ampops.secure_endpoint.event_info
"""

EXAMPLES = r"""
---
- name: Read the latest events about a file
  ampops.secure_endpoint.event_info:
    detection_sha256: "{{ suspect }}"
    limit: 100
  register: about

- name: Show the latest verdict
  ansible.builtin.debug:
    msg: "{{ about.events | ampops.secure_endpoint.file_disposition(suspect) }}"
"""

RETURN = r"""
---
_value:
  description:
    - The verdict, such as V(Malicious), V(Clean) or V(Unknown). An empty text where no event about the file has one.
  type: str
"""

from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.text import printable
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.dispositions import latest_disposition
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._event_lists import events_of, text_option

NAME = "file_disposition"


def file_disposition(events: object, sha256: object) -> object:
    """Return the latest verdict about a file."""
    digest = text_option(sha256, "sha256", NAME) or ""
    return wrap_var(printable(latest_disposition(events_of(events, NAME), digest) or "", 40))


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Return the filter by its name."""
        return {NAME: file_disposition}
