#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module event_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: event_info
short_description: Read events of the tenant
description:
  - Reads the events that match all given filters, newest first.
  - Events that arrive while the list is read are ignored, so that the list is consistent.
  - To receive events continuously, use an event stream (M(ampops.secure_endpoint.event_stream)). It takes no requests.
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
  - ampops.secure_endpoint._attributes.info
options:
  detection_sha256:
    description: Only events about the file with this SHA-256.
    type: str
  application_sha256:
    description: Only events about the application with this SHA-256.
    type: str
  computers:
    description:
      - Only events of these computers, by GUID or host name. The task fails if no computer or several have the host
        name. A GUID is not looked up, since events remain after the record of their computer is removed.
    type: list
    elements: str
    aliases: [connector_guids]
  groups:
    description: Only events of computers in these groups, by name or GUID.
    type: list
    elements: str
    aliases: [group_guids]
  event_types:
    description:
      - Only events of these types, by id or by the name that M(ampops.secure_endpoint.event_type_info)
        returns, in any case.
    type: list
    elements: str
  start_date:
    description:
      - Only events since this time, such as V(2026-01-31) or V(2026-01-31T12:00:00Z). The cloud keeps events for a
        limited time.
    type: str
  end_date:
    description:
      - Only events until this time. A date without a time means its beginning in UTC. The API has no such filter, so
        newer events are read and ignored.
    type: str
  limit:
    description: The maximum number of events to return, the newest ones. By default all are returned.
    type: int
seealso:
  - module: ampops.secure_endpoint.event_stream
  - module: ampops.secure_endpoint.event_type_info
"""

EXAMPLES = r"""
- name: Read the last hundred detections
  ampops.secure_endpoint.event_info:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
    event_types: [Threat Detected]
    limit: 100
  register: found

- name: Correlate what happened on one computer since yesterday
  ampops.secure_endpoint.event_info:
    computers: [pc-0001]
    start_date: "{{ '%Y-%m-%d' | strftime(now().timestamp() - 86400) }}"
  register: found

- name: Show its detections
  ansible.builtin.debug:
    msg: "{{ found.events | ampops.secure_endpoint.correlate_detections }}"
"""

RETURN = r"""
events:
  description: The events as the cloud gives them, but for C(id) as a string.
  returned: success
  type: list
  elements: dict
  sample:
    - id: "6533241145273614339"
      event_type_id: 1090519054
      connector_guid: 0b4883d4-8ecf-4404-9453-13cba0ee7662
      detection: W32.Overdrive.RET
complete:
  description: Whether all of them were read; V(false) where the list changed under every reading.
  returned: success
  type: bool
  sample: true
"""

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._module import (
    ArgumentSpec,
    connection_spec,
    run_module,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.event.read import list_events


def main() -> None:
    spec = ArgumentSpec(
        detection_sha256={"type": "str"},
        application_sha256={"type": "str"},
        computers={"type": "list", "elements": "str", "aliases": ["connector_guids"]},
        groups={"type": "list", "elements": "str", "aliases": ["group_guids"]},
        event_types={"type": "list", "elements": "str"},
        start_date={"type": "str"},
        end_date={"type": "str"},
        limit={"type": "int"},
    ).merge(connection_spec())
    run_module(spec, list_events)


if __name__ == "__main__":
    main()
