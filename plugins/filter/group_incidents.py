# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
name: group_incidents
short_description: Groups detections that fall within one window of time into incidents
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Joins events into detections as P(ampops.secure_endpoint.correlate_detections#filter) does, then groups them.
  - The earliest detection that no incident covers yet opens one; it covers everything of the same kind from that moment
    up to, and without, O(window_seconds) later.
  - Incidents never cross sources. A detection without a SHA-256 is grouped by V(same_computer) only.
  - The two rules about hashes do not take a file that is clean, nor the tool that an indicator of compromise names.
positional: rule, window_seconds
options:
  _input:
    description:
      - The events, as M(ampops.secure_endpoint.event_info) returns them, as they came from a stream, or as the lines
        that M(ampops.secure_endpoint.event_stream_drain) writes.
      - Or detections, as P(ampops.secure_endpoint.correlate_detections#filter) makes them.
    type: list
    elements: dict
    required: true
  rule:
    description:
      - What the detections of an incident have in common.
      - V(same_hash) is the file, on any number of computers.
      - V(same_hash_same_computer) is the file and the computer.
      - V(same_computer) is the computer, whatever was detected on it.
    type: str
    required: true
    choices: [same_computer, same_hash, same_hash_same_computer]
  window_seconds:
    description: The length of the window.
    type: int
    default: 300
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
  - plugin: ampops.secure_endpoint.correlate_detections
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: Group what an event stream holds by file, ten minutes at a time
  ansible.builtin.debug:
    msg: "{{ item.hostnames | join(', ') }}: {{ item.outcome }}, see {{ item.pivot_urls.file_trajectory }}"
  loop: "{{ events | ampops.secure_endpoint.group_incidents('same_hash', 600, region='na') }}"
  loop_control:
    label: "{{ item.id }}"

- name: Correlate once, group twice
  ansible.builtin.set_fact:
    by_file: "{{ detections | ampops.secure_endpoint.group_incidents('same_hash') }}"
    by_computer: "{{ detections | ampops.secure_endpoint.group_incidents('same_computer') }}"
  vars:
    detections: "{{ events | ampops.secure_endpoint.correlate_detections }}"
"""

RETURN = r"""
---
_value:
  description: The incidents. What needs a person stands first, then by severity and time.
  type: list
  elements: dict
  contains:
    id:
      description: The same for ever, whatever joins the incident.
      type: str
    revision:
      description: Grows with each change of the incident.
      type: int
    state:
      description:
        - V(open) while more detections may join it, else V(final). It can change after that, too, when a detection of
          it does.
      type: str
    rule:
      description: The rule that grouped it.
      type: str
    window_seconds:
      description: The length of its window.
      type: int
    source:
      description: The label of where its events come from.
      type: str
    key:
      description: What its detections have in common, the connector's GUID, the SHA-256, or both.
      type: str
    anchor:
      description: The key of the detection that opened it.
      type: str
    first_time:
      description: The time of its first detection.
      type: str
    last_time:
      description: The time of its last detection.
      type: str
    outcome:
      description: The worst outcome of its detections.
      type: str
    still_dangerous:
      description: Whether a file of it may still be there.
      type: bool
    needs_person:
      description: Whether somebody has to look at one of its detections.
      type: bool
    severity:
      description: The highest severity of its detections.
      type: str
    names:
      description: What was detected, at most 20 names. Text from outside.
      type: list
      elements: str
    file_names:
      description: The names of the files, at most 20. Text from outside.
      type: list
      elements: str
    users:
      description: The users, at most 20. Text from outside.
      type: list
      elements: str
    hostnames:
      description: The names of the computers, at most 20. Text from outside.
      type: list
      elements: str
    dispositions:
      description: The verdicts about the files, at most 20.
      type: list
      elements: str
    techniques:
      description: The ids of MITRE ATT&CK techniques, at most 20.
      type: list
      elements: str
    computers:
      description: The GUIDs of the connectors, those of detections that need a person first.
      type: list
      elements: str
    hashes:
      description: The SHA-256s of the files.
      type: list
      elements: str
    detections:
      description: The keys of its detections, those that need a person first.
      type: list
      elements: str
    event_ids:
      description: The ids of all their events as text.
      type: list
      elements: str
    totals:
      description:
        - How many distinct names, file_names, users, hostnames, dispositions, techniques, computers, hashes and
          detections there are; 1001 means more than 1000.
      type: dict
    late:
      description: Whether it was opened by a detection that came after its time had been closed.
      type: bool
    pivot_urls:
      description: Links into the console by view, as far as they can be made.
      type: dict
"""

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.text import quoted
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.incidents import RULES
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.incidents import (
    group_incidents as group,
)
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._event_lists import (
    links_to,
    members_of,
    plain,
    text_option,
)

NAME = "group_incidents"


def group_incidents(
    items: object,
    rule: object = None,
    window_seconds: int = 300,
    source: str | None = None,
    region: str | None = None,
    console_host: str | None = None,
) -> object:
    """Return the records of the incidents in `items`, what needs a person first."""
    chosen, seconds = text_option(rule, "rule", NAME), plain(window_seconds)
    if chosen not in RULES:
        given = "" if chosen is None else f", not {quoted(chosen)}"
        raise AnsibleFilterError(f"{NAME}: rule must be one of {', '.join(RULES)}{given}")
    if isinstance(seconds, str) and seconds.isascii() and seconds.isdigit():
        seconds = int(seconds)
    if seconds.__class__ is not int or seconds < 1:
        raise AnsibleFilterError(
            f"{NAME}: window_seconds must be a whole number of seconds from 1, not {quoted(seconds)}"
        )
    links = links_to(region, console_host, NAME)
    incidents = group(members_of(items, text_option(source, "source", NAME), NAME), chosen, seconds)
    return wrap_var([incident.record(links) for incident in incidents])


class FilterModule:
    def filters(self) -> dict[str, object]:
        return {NAME: group_incidents}
