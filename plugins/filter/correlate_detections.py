# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
name: correlate_detections
short_description: Joins events into detections and tells what became of each
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Secure Endpoint tells of one threat in several events, such as Threat Detected, Threat Quarantined and Quarantine
    Failure, in any order. This filter joins those of one connector and detection id and judges the outcome.
  - The last event that tells of a quarantine, its failure or a restore decides; events are ordered by time and id.
    Where their order cannot be known, the worse outcome counts.
  - Events that tell of no threat (scans, updates, isolation) are left out. An event that is given twice counts once.
positional: source
options:
  _input:
    description:
      - The events, as M(ampops.secure_endpoint.event_info) returns them, as they came from a stream, or as the lines
        that M(ampops.secure_endpoint.event_stream_drain) writes.
    type: list
    elements: dict
    required: true
  source:
    description:
      - A label of where the events come from; it becomes part of the keys of the detections. With the label of an event
        stream the keys (and ids of incidents) are those that the stream's consumer gives.
      - Without it, lines of a stream's consumer keep the label they bear; for other events it is V(events).
    type: str
  region:
    description:
      - The region of the console that RV(_value[].pivot_urls) lead to.
      - Without it and O(console_host) no links are made.
    type: str
    choices: [na, eu, apjc]
  console_host:
    description: The console of a private cloud as C(host) or C(host:port). Goes before O(region).
    type: str
seealso:
  - plugin: ampops.secure_endpoint.group_incidents
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Read the events since a day
  ampops.secure_endpoint.event_info:
    start_date: 2026-11-23T00:00:00Z
  register: day

- name: Show what needs a person
  ansible.builtin.debug:
    msg: "{{ item.hostname }}: {{ item.name }} ({{ item.outcome }}), see {{ item.pivot_urls.events }}"
  loop: "{{ day.events | ampops.secure_endpoint.correlate_detections(region='eu') | selectattr('needs_person') }}"
  loop_control:
    label: "{{ item.key }}"
"""

RETURN = r"""
---
_value:
  description: The detections, earliest first.
  type: list
  elements: dict
  contains:
    key:
      description:
        - What identifies the detection everywhere, made from source, connector and detection id.
      type: str
    source:
      description: The label of where its events come from.
      type: str
    connector_guid:
      description: The connector on which it was seen.
      type: str
    hostname:
      description: The name of the computer. Text from outside.
      type: str
    detection_id:
      description: The product's id of the detection, unique on one connector only; null where its events have none.
      type: str
    class:
      description: V(detection), V(prevented) (stopped on the spot) or V(indicator) (a behaviour was seen).
      type: str
    name:
      description: What was detected; the name of the event type where no event has a name for it. Text from outside.
      type: str
    event_types:
      description: The types of its events, each with C(id) and C(name).
      type: list
      elements: dict
    unknown_type:
      description: Whether the collection does not know the type of one of its events.
      type: bool
    sha256:
      description: The SHA-256 of the file.
      type: str
    archived_sha256:
      description: The SHA-256 of the file within an archive.
      type: str
    disposition:
      description: The latest verdict about the file, such as V(Malicious), V(Clean) or V(Unknown).
      type: str
    file_name:
      description: The name of the file. Text from outside.
      type: str
    file_path:
      description: The path of the file as the event spells it. Text from outside.
      type: str
    parent:
      description: The program that made or started the file, with C(file_name), C(sha256) and C(disposition).
      type: dict
    user:
      description: The user who was logged on. Text from outside.
      type: str
    command_line:
      description: The command line of the program. Text from outside.
      type: str
    network:
      description:
        - Where a connection went, with C(direction) (V(incoming) or V(outgoing)), C(remote_ip), C(remote_port) and
          C(url).
      type: dict
    error:
      description: Why a quarantine failed, with C(code) and C(description).
      type: dict
    tactics:
      description: The ids of MITRE ATT&CK tactics.
      type: list
      elements: str
    techniques:
      description: The ids of MITRE ATT&CK techniques.
      type: list
      elements: str
    cves:
      description: The vulnerabilities that its events name.
      type: list
      elements: str
    computer:
      description: The computer, with C(hostname), C(ips) and C(group_guids).
      type: dict
    time:
      description: The time of its earliest event.
      type: str
    last_time:
      description: The time of its latest event.
      type: str
    outcome:
      description:
        - V(detected) (nothing was done about it), V(quarantined), V(quarantine_failed), V(restored), V(blocked)
          (stopped on the spot), V(indicated) (a behaviour, nothing to quarantine) or V(cleared) (the cloud took its
          verdict back).
      type: str
    still_dangerous:
      description:
        - Whether the file may still be there, which is so for V(detected), V(quarantine_failed) and V(restored).
      type: bool
    needs_person:
      description:
        - Whether somebody has to look at it. It is still dangerous, or an indicator of severity High or Critical, or
          one whose file or parent is malicious.
      type: bool
    attempts:
      description: How many quarantines worked (C(ok)) and how many did not (C(failed)).
      type: dict
    evidence:
      description: The event that decided the outcome, with C(event_id), C(event_type_id), C(event_type) and C(time).
      type: dict
    severity:
      description: The highest severity of its events.
      type: str
    event_ids:
      description: The ids of its events as text, in the order of the events.
      type: list
      elements: str
    pivot_urls:
      description: Links into the console by view, as far as they can be made.
      type: dict
"""

from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._event_lists import (
    detections_of,
    links_to,
    text_option,
)

NAME = "correlate_detections"


def correlate_detections(
    events: object, source: str | None = None, region: str | None = None, console_host: str | None = None
) -> object:
    """Return the records of the detections in `events`, earliest first."""
    links = links_to(region, console_host, NAME)
    return wrap_var(
        [detection.record(links) for detection in detections_of(events, text_option(source, "source", NAME), NAME)]
    )


class FilterModule:
    def filters(self) -> dict[str, object]:
        return {NAME: correlate_detections}
