#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module event_stream_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: event_stream_info
short_description: List the event streams of the tenant
description:
  - Reads the event streams of the tenant with their event types, groups and AMQP settings. The cloud shows the password
    only when a stream is created.
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
  - ampops.secure_endpoint._attributes.info
options:
  name:
    description:
      - Only streams with exactly this name. Several streams may have it.
    type: str
  stream_id:
    description:
      - Only the stream with this id.
    type: str
  resolve_names:
    description:
      - Also return the names of event types and groups, with one more request each.
    type: bool
    default: false
seealso:
  - module: ampops.secure_endpoint.event_stream
"""

EXAMPLES = r"""
- name: Read all event streams with the names of their event types and groups
  ampops.secure_endpoint.event_stream_info:
    region: na
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
    resolve_names: true
  register: streams

- name: Look whether a stream is there
  ampops.secure_endpoint.event_stream_info:
    name: soc
  register: soc
"""

RETURN = r"""
event_streams:
  description: The streams.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id, as a string.
      type: str
      sample: "1474"
    name:
      description: The name.
      type: str
      sample: soc
    event_types:
      description: Ids of the event types; empty for all of them.
      type: list
      elements: str
      sample: ["553648143", "1090519054"]
    event_type_names:
      description: Their names, in the same order; an id that has none stays.
      returned: when O(resolve_names) is true
      type: list
      elements: str
      sample: ["Threat Quarantined", "Threat Detected"]
    group_guids:
      description: GUIDs of the groups; empty for all of them.
      type: list
      elements: str
      sample: ["fedd82f8-c74f-49f4-a463-e576d3beee92"]
    group_names:
      description: Their names, in the same order; a GUID that has none stays.
      returned: when O(resolve_names) is true
      type: list
      elements: str
      sample: ["Audit"]
    amqp_credentials:
      description: What a consumer needs, but for the password.
      type: dict
      sample:
        user_name: 1474-00000000000000000000
        queue_name: event_stream_1474
        host: export-streaming.amp.cisco.com
        port: "443"
        proto: https
"""

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._module import (
    ArgumentSpec,
    connection_spec,
    run_module,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.event_stream.read import list_streams


def main() -> None:
    spec = ArgumentSpec(
        name={"type": "str"},
        stream_id={"type": "str"},
        resolve_names={"type": "bool", "default": False},
    ).merge(connection_spec())
    run_module(spec, list_streams)


if __name__ == "__main__":
    main()
