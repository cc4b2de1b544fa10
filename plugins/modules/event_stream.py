#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module event_stream."""

from __future__ import annotations

DOCUMENTATION = r"""
module: event_stream
short_description: Manage an event stream and keep its credentials
description:
  - Creates, changes and deletes an event stream, and saves its AMQP credentials for a consumer.
  - The cloud shows the password of a stream only once, when the stream is created. The module therefore first checks
    that the credentials can be saved. If saving them fails nevertheless, it deletes the stream again.
  - A change keeps the stream's queue and password.
  - A tenant may have five event streams. Events wait in a queue for ten days at most.
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
    details: The diff shows that credentials are written, but never the credentials.
  idempotent:
    support: full
options:
  name:
    description:
      - The name of the stream. The cloud allows several streams with the same name. In this case use O(stream_id).
      - Together with O(stream_id), the new name of the stream.
    type: str
  stream_id:
    description:
      - The id of an existing stream.
    type: str
  state:
    description:
      - V(present) creates or changes the stream, V(absent) deletes it and its credentials file. Events that wait in
        the queue of a deleted stream are lost.
    type: str
    choices: [present, absent]
    default: present
  event_types:
    description:
      - Names (in any case) or ids of the event types of the stream, as M(ampops.secure_endpoint.event_type_info) lists
        them.
      - An empty list means all event types. By default a new stream has all of them, and an existing one is not
        changed.
    type: list
    elements: str
  groups:
    description:
      - Names or GUIDs of the groups whose events are in the stream, as M(ampops.secure_endpoint.group_info) lists them.
      - An empty list means all groups. By default a new stream has all of them, and an existing one is not changed.
    type: list
    elements: str
  credentials_path:
    description:
      - The file for the credentials of the stream, JSON with mode 0600, on the host where the module runs. Its folder
        must exist.
      - The file names O(ca_path). Where that is a file that is deleted together with the job, as AWX injects it, it
        holds the text of the certificates instead.
      - A file that belongs to another stream, or that is encrypted with Ansible Vault, is never overwritten.
      - While a stream is created, there is a second file with C(.pending) appended to the name. If the run is killed,
        the next one finds this file, deletes the stream whose password is lost, and creates a new one.
      - To create a stream, this option or O(return_credentials) is required.
    type: path
  return_credentials:
    description:
      - Return the credentials of a new stream in RV(credentials), which hold the text of the certificates of O(ca_path)
        for whoever reads them elsewhere. Set C(no_log) on the task.
    type: bool
    default: false
  on_missing_credentials:
    description:
      - What to do if the stream exists, but O(credentials_path) does not, or belongs to a stream that was deleted.
      - V(fail) changes nothing. V(warn) continues without the file.
      - V(recreate) creates a new stream with the same settings, saves its credentials and deletes the old stream, with
        the events that wait in its queue. If the tenant already has five streams, the old one is deleted first, with a
        warning.
    type: str
    choices: [fail, warn, recreate]
    default: fail
  allow_ephemeral:
    description:
      - Allow a O(credentials_path) that is deleted together with the job. In a job container of AWX or Automation
        Platform a file outside of mounted volumes is lost when the job ends, and the password of the stream with it.
    type: bool
    default: false
seealso:
  - module: ampops.secure_endpoint.event_stream_info
  - module: ampops.secure_endpoint.event_stream_drain
"""

EXAMPLES = r"""
- name: Create a stream of all events of all groups
  ampops.secure_endpoint.event_stream:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
    name: soc
    credentials_path: /etc/secure-endpoint/soc.json

- name: Keep a stream to some event types of one group
  ampops.secure_endpoint.event_stream:
    name: soc
    event_types:
      - Threat Detected
      - Threat Quarantined
      - "2164260880"
    groups:
      - Protect
    credentials_path: /etc/secure-endpoint/soc.json

- name: Widen it to all groups again and rename it
  ampops.secure_endpoint.event_stream:
    stream_id: "1474"
    name: soc-all
    groups: []

- name: Delete a stream and its credentials file
  ampops.secure_endpoint.event_stream:
    name: soc-all
    credentials_path: /etc/secure-endpoint/soc.json
    state: absent

- name: Create a stream and hand its credentials to another store
  no_log: true
  block:
    - name: Create the stream
      ampops.secure_endpoint.event_stream:
        name: siem
        return_credentials: true
      register: siem

    - name: Store the credentials if the stream is new
      ansible.builtin.include_tasks: store_credentials.yml
      vars:
        credentials: "{{ siem.credentials }}"
      when: siem.credentials is defined
"""

RETURN = r"""
before:
  description: The stream as it was; null where it was not there.
  returned: success
  type: dict
  sample:
    id: "1474"
    name: soc
    event_types: ["553648143", "1090519054"]
    group_guids: ["fedd82f8-c74f-49f4-a463-e576d3beee92"]
    credentials: present
after:
  description:
    - The stream as it is now, or would be; null where it is gone.
    - In check mode the C(id) of a stream that would be created is absent.
  returned: success
  type: dict
  contains:
    id:
      description: The id of the stream.
      type: str
      sample: "1474"
    name:
      description: The name of the stream.
      type: str
      sample: soc
    event_types:
      description: Ids of its event types; empty for all of them.
      type: list
      elements: str
      sample: ["553648143", "1090519054"]
    group_guids:
      description: GUIDs of its groups; empty for all of them.
      type: list
      elements: str
      sample: ["fedd82f8-c74f-49f4-a463-e576d3beee92"]
    credentials:
      description: What has become of O(credentials_path); only with that option.
      type: str
      sample: written
diff:
  description: The differences, with names where they were read.
  returned: success
  type: dict
  sample:
    before: {name: soc, event_types: all, groups: [Audit], credentials: present}
    after: {name: soc, event_types: all, groups: [Protect], credentials: present}
calls:
  description: The requests that change something.
  returned: success
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
credentials:
  description: The credentials of the stream that was created, in the layout of O(credentials_path).
  returned: when a stream was created and O(return_credentials) is true
  type: dict
  contains:
    version:
      description: The version of this layout.
      type: int
      sample: 1
    api_host:
      description: The host of the API that created the stream.
      type: str
      sample: api.eu.amp.cisco.com
    stream_id:
      description: The id of the stream.
      type: str
      sample: "1474"
    name:
      description: The name of the stream.
      type: str
      sample: soc
    host:
      description: The host of the message broker.
      type: str
      sample: export-streaming.eu.amp.cisco.com
    port:
      description: The port of the message broker, for AMQP over TLS.
      type: int
      sample: 443
    vhost:
      description: The virtual host.
      type: str
      sample: /
    user_name:
      description: The user.
      type: str
      sample: 1474-00000000000000000000
    password:
      description: The password, which nobody can read again.
      type: str
      sample: "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    queue_name:
      description: The queue.
      type: str
      sample: event_stream_1474
    ca_path:
      description: The folder that O(ca_path) named for the API, else null.
      type: str
      sample: null
    ca:
      description: The certificates of the file that O(ca_path) named for the API, as PEM; absent where there are none.
      type: str
      sample: "-----BEGIN CERTIFICATE-----..."
"""

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._module import (
    ArgumentSpec,
    connection_spec,
    run_module,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.event_stream.reconcile import reconcile


def main() -> None:
    spec = (
        ArgumentSpec(
            name={"type": "str"},
            stream_id={"type": "str"},
            state={"type": "str", "choices": ["present", "absent"], "default": "present"},
            event_types={"type": "list", "elements": "str"},
            groups={"type": "list", "elements": "str"},
            credentials_path={"type": "path"},
            return_credentials={"type": "bool", "default": False},
            on_missing_credentials={"type": "str", "choices": ["fail", "warn", "recreate"], "default": "fail"},
            allow_ephemeral={"type": "bool", "default": False},
        )
        .required_one_of("name", "stream_id")
        .merge(connection_spec())
    )
    run_module(spec, reconcile)


if __name__ == "__main__":
    main()
