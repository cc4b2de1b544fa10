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

- name: Show what is still dangerous
  ansible.builtin.debug:
    msg: "{{ item.hostname }}: {{ item.detection }} ({{ item.outcome }}), see {{ item.pivot_urls.events }}"
  loop: "{{ day.events | ampops.secure_endpoint.correlate_detections(region='eu') | selectattr('still_dangerous') }}"
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
      description: What identifies the detection everywhere.
      type: str
    source:
      description: The label of where its events come from.
      type: str
    connector_guid:
      description: The connector on which it was seen.
      type: str
    hostname:
      description: The computer's name.
      type: str
    detection_id:
      description: The product's id of the detection, unique on one connector only; null for an event that has none.
      type: str
    detection:
      description: The name of what was detected.
      type: str
    sha256:
      description: The SHA-256 of the file.
      type: str
    time:
      description: The time of its earliest event.
      type: str
      sample: "2026-11-24T10:05:52.619000000Z"
    outcome:
      description: V(quarantined), V(detected) (nothing was done about it), V(quarantine_failed) or V(restored).
      type: str
    still_dangerous:
      description: Whether the threat may still be on the computer.
      type: bool
    attempts:
      description: How many quarantines worked (C(ok)) and how many did not (C(failed)).
      type: dict
    evidence:
      description: The event that decided the outcome.
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
