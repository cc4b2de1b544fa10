#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module event_type_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: event_type_info
short_description: List the event types of the tenant
description:
  - Reads the event types that the cloud knows, with the ids and names that
    M(ampops.secure_endpoint.event_stream) takes.
  - The name of an event type is not always the text in its events. Compare by id.
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
  - ampops.secure_endpoint._attributes.info
options:
  names:
    description:
      - Only event types with these names, in any case. Unknown names are ignored.
    type: list
    elements: str
  ids:
    description:
      - Only event types with these ids. Together with O(names), those that match either.
    type: list
    elements: str
seealso:
  - module: ampops.secure_endpoint.event_stream
"""

EXAMPLES = r"""
- name: Read all event types
  ampops.secure_endpoint.event_type_info:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
  register: all_types

- name: Read two event types by name
  ampops.secure_endpoint.event_type_info:
    names:
      - Threat Detected
      - Threat Quarantined
"""

RETURN = r"""
event_types:
  description: The event types, ordered by id.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id, a 64-bit integer, as a string.
      type: str
      sample: "1090519054"
    name:
      description: The name that O(ampops.secure_endpoint.event_stream#module:event_types) takes.
      type: str
      sample: Threat Detected
    description:
      description: What such an event means, in the cloud's words.
      type: str
      sample: A threat was detected
"""

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._module import (
    ArgumentSpec,
    connection_spec,
    run_module,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.event_type.read import list_event_types


def main() -> None:
    spec = ArgumentSpec(
        names={"type": "list", "elements": "str"},
        ids={"type": "list", "elements": "str"},
    ).merge(connection_spec())
    run_module(spec, list_event_types)


if __name__ == "__main__":
    main()
