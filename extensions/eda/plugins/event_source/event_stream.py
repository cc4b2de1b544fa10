# SPDX-FileCopyrightText: Copyright 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Event source event_stream: Cisco Secure Endpoint's event streams for Event-Driven Ansible.

ansible-rulebook runs this file by its path, without the loader that makes collections importable.
PyPI's `ansible` holds the name ansible_collections with other collections. So the code is imported
from where it is, under a name of its own.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

DOCUMENTATION = r"""
short_description: Receive events, detections and incidents of Cisco Secure Endpoint
description:
  - Consumes one or several event streams over AMQP with TLS and hands what they bear to the rule engine. A lost
    connection is tried again for ever, with growing pauses.
  - Only values of known shape are handed on (GUIDs, hashes, integers, addresses, words of a fixed list), for
    ansible-rulebook makes an event an extra variable of the playbooks that it starts, and Ansible renders those.
  - With O(feedback) nothing is lost when ansible-rulebook dies, and something may come twice, with the same
    C(meta.uuid). Without it, a message is acknowledged as soon as it was handed over, and what the engine has not
    worked on is lost with it.
  - The first thing that it hands on is of the kind V(started), with C(start) (an id), C(act), C(respond) and
    C(unfinished) (the ids of responses that were claimed or failed). Rules check with it that they could act.
  - With O(respond) a record that asks for an automatic response bears C(response), with C(id), C(action), C(verdict),
    C(start), C(connector_guid), C(sha256), C(class), C(severity) and C(disposition). The verdict is V(act),
    V(would_act) (O(act) is false), V(excluded), V(capped) or V(already).
  - Needs the Python library pika in the environment of ansible-rulebook.
options:
  credentials_path:
    description:
      - A file that the module M(ampops.secure_endpoint.event_stream) wrote. Instead of it, O(host), O(queue_name),
        O(user_name) and O(password) name the stream.
    type: str
  host:
    description: The broker's host name or address.
    type: str
  port:
    description: The broker's port.
    type: int
    default: 443
  vhost:
    description: The virtual host.
    type: str
    default: /
  queue_name:
    description: The stream's queue.
    type: str
  user_name:
    description: The stream's user.
    type: str
  password:
    description: The password of that user.
    type: str
  ca_path:
    description: A PEM file of the authorities to trust, instead of the system's.
    type: str
  heartbeat:
    description: Seconds between two heartbeats of AMQP.
    type: int
    default: 60
  connect_timeout:
    description: Seconds that a connection may take.
    type: int
    default: 15
  source:
    description:
      - What the events of this stream are called, in C(source). By default the GUID of the business. Events of several
        streams with the same label are known as one.
    type: str
  region:
    description: The region of the console. By default that of the host. Not used by this source.
    type: str
    choices: [na, eu, apjc]
  console_host:
    description: The console of a private cloud. Not used by this source.
    type: str
  streams:
    description:
      - Several streams, each with the options above. Excludes them.
    type: list
    elements: dict
  kinds:
    description:
      - What is handed on. V(event) is an event as it came; V(detection) is what several events say together, again each
        time it changes; V(incident) is a group of detections, O(lateness_seconds) after it began and
        again when it changes.
      - With V(detection) or V(incident) everything is stored in O(state_dir) first.
    type: list
    elements: str
    choices: [event, detection, incident]
    default: [event]
  event_types:
    description: Hand on events of these types only, by id or by the product's name. Empty means all. Concerns V(event).
    type: list
    elements: str
    default: []
  severities:
    description: Hand on what has one of these severities. Empty means all, also what has none.
    type: list
    elements: str
    choices: [Low, Medium, High, Critical]
    default: []
  groups:
    description: Hand on events of computers in one of these groups, by GUID. Empty means all. Concerns V(event).
    type: list
    elements: str
    default: []
  skip_backlog:
    description: Let go of what waited in the queues when the source starts.
    type: bool
    default: false
  untrusted:
    description:
      - Adds host name, user, detection name, file name and path under C(untrusted). They are chosen by whoever attacks.
        Their template marks are broken and control characters escaped, and they are cut to 300 characters.
    type: bool
    default: false
  feedback:
    description:
      - Wait until the rule engine has said that it has an event, before the next one. Needs ansible-rulebook with
        C(--persistence-id), or an activation with persistence.
    type: bool
    default: false
  feedback_timeout:
    description:
      - Seconds to wait for the engine's word. Then the event goes back to its queue; after the third time it becomes a
        dead letter in O(state_dir).
    type: int
    default: 60
  state_dir:
    description:
      - A folder for the store, for dead letters and, in its folder C(responses), for the record of responses. It lies
        on a disk that outlives the process and belongs to one source only. Needed with O(feedback) and for detections
        and incidents.
      - Without it, a message that is no event is told of in the log and let go.
    type: str
  respond:
    description:
      - The automatic responses that the source proposes. V(isolate) isolates a computer, V(block_hash) blocks a file.
      - Only a detection that may still be dangerous asks for one, whose file is Malicious by its latest disposition, of
        O(respond_severity) or above. Indicators, prevented and cleared detections never do.
      - V(isolate) needs V(detection) and V(incident) in O(kinds) and V(same_computer) in O(rules); V(block_hash) needs
        V(incident) and V(same_hash).
    type: list
    elements: str
    choices: [isolate, block_hash]
    default: []
  act:
    description:
      - Propose to act. With V(false) the source tells and records in O(state_dir) what it would propose.
      - An incident has at most one response.
    type: bool
    default: false
  respond_severity:
    description: The lowest severity of a detection that asks for a response.
    type: str
    choices: [Low, Medium, High, Critical]
    default: Medium
  exclude_groups:
    description:
      - Groups whose computers are never isolated and do not count for O(block_computers), by GUID. A computer whose
        event names no group is excluded, too.
      - Events may name only the group of a computer. The playbooks exclude the groups below these, too.
    type: list
    elements: str
    default: []
  exclude_hosts:
    description:
      - Host names of computers that are never isolated and do not count for O(block_computers), as regular expressions
        that match from the beginning of a name, in any case.
      - A user of a computer can change its name. O(exclude_groups) is the stronger exclusion.
    type: list
    elements: str
    default: []
  max_actions_per_hour:
    description:
      - How many responses the source proposes within an hour. What is above it is recorded and logged, and a person has
        to act on it.
    type: int
    default: 10
  block_computers:
    description: On how many computers a file must have been detected before V(block_hash) is proposed.
    type: int
    default: 3
  rules:
    description: How detections are grouped into incidents.
    type: list
    elements: str
    choices: [same_hash, same_hash_same_computer, same_computer]
    default: [same_computer]
  window_seconds:
    description: How long a window of an incident is.
    type: int
    default: 300
  lateness_seconds:
    description: How long an incident waits for events that come late.
    type: int
    default: 60
  idle_after_seconds:
    description:
      - After how long a stream from which nothing comes no longer holds incidents back. In a quiet tenant an incident
        comes that much later.
    type: int
    default: 120
"""

EXAMPLES = r"""
- ampops.secure_endpoint.event_stream:
    credentials_path: /etc/secure_endpoint/soc.json
    event_types: [Quarantine Failure, Executed malware]

- ampops.secure_endpoint.event_stream:
    streams:
      - credentials_path: /etc/secure_endpoint/soc.json
      - credentials_path: /etc/secure_endpoint/branch.json
    kinds: [detection, incident]
    state_dir: /var/lib/secure_endpoint/rulebook
    feedback: true

- ampops.secure_endpoint.event_stream:
    credentials_path: /etc/secure_endpoint/soc.json
    kinds: [detection, incident]
    state_dir: /var/lib/secure_endpoint/rulebook
    respond: [isolate]
    act: false
    exclude_groups: [5b1857e3-ba49-46cf-9bf1-0cad6b5ecd18]
    exclude_hosts: [dc-, "srv-(db|mail)"]
    max_actions_per_hour: 5
"""

PACKAGE = "_ampops_secure_endpoint"


def _package() -> str:
    """Make the collection's module_utils importable as a package, and return its name."""
    if PACKAGE not in sys.modules:
        package = ModuleType(PACKAGE)
        package.__path__ = [str(Path(__file__).resolve().parents[4] / "plugins" / "module_utils")]
        sys.modules[PACKAGE] = package
    return PACKAGE


async def main(queue: asyncio.Queue[dict[str, Any]], args: dict[str, Any]) -> None:
    """Put events into the queue of ansible-rulebook until cancelled.

    Raises StreamError for wrong arguments.
    """
    source = importlib.import_module(f"{_package()}._stream.rulebook.source")
    await source.serve(queue, args)
