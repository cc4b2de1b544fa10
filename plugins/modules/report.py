#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module report."""

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Write a report of incidents and of the fleet as HTML, CSV and JSON
description:
  - Writes what happened since a time as one HTML file that needs no network, and all records as CSV and JSON beside it.
    The role P(ampops.secure_endpoint.endpoint_report#role) runs it on the controller.
  - Reads the events from the API (no event stream is needed), from the state folder of an event stream's consumer, or
    from files of JSON Lines. A consumer's state folder is read as it is; its consumer may go on running.
  - Texts of events are untrusted. They are escaped in the page, and a CSV cell that begins with C(=), C(+), C(-) or
    C(@) is quoted.
  - The charts need the Python library pygal. Without it the page has the numbers in tables only, and says so.
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
requirements:
  - jinja2 (which comes with Ansible)
  - pygal (optional, for charts)
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
  - ampops.secure_endpoint._attributes
attributes:
  check_mode:
    support: full
    details: Reads everything and writes nothing.
  diff_mode:
    support: none
    details: A report is of its own moment; the difference to the last one says nothing.
  idempotent:
    support: none
    details: Each run writes a report of its own moment, so each run is a change.
options:
  path:
    description:
      - The HTML file, which ends in C(.html). The CSV and the JSON get the same name with C(.csv) and C(.json).
      - All three are written before the first one replaces what is there. They are readable by their owner only; files
        that are there keep their permissions.
    type: path
    required: true
  since:
    description: When the report begins. A time ago such as V(30m), V(12h), V(7d) or V(2w), or a date in ISO 8601.
    type: str
    default: 24h
  title:
    description: The title of the page.
    type: str
    default: Incident report
  state_dir:
    description:
      - The state folder of an event stream's consumer (M(ampops.secure_endpoint.event_stream_drain), or the role
        P(ampops.secure_endpoint.event_consumer#role)). It is read without a lock and without changing anything in it.
      - It keeps detections and incidents but no other events, so the report has no volume by hour and no health then.
    type: path
  events_paths:
    description:
      - Files of JSON Lines. A line is an event as M(ampops.secure_endpoint.event_info) returns it, or what a consumer
        of an event stream wrote.
    type: list
    elements: path
  fleet:
    description:
      - Whether to read the computers from the API. V(auto) does it where the events come from the API, too.
    type: str
    choices: [auto, read, skip]
    default: auto
  computers_path:
    description:
      - A file of JSON Lines with a computer on each line, as M(ampops.secure_endpoint.computer_info) returns them.
        It is read instead of the API.
    type: path
  stale_after:
    description: A computer that was not seen for this many days is stale.
    type: int
    default: 7
  rule:
    description:
      - What the detections of an incident have in common, as in P(ampops.secure_endpoint.group_incidents#filter).
    type: str
    choices: [same_computer, same_hash, same_hash_same_computer]
    default: same_computer
  window_seconds:
    description: How long an incident takes in what belongs to it. The incidents of O(state_dir) have a window already.
    type: int
    default: 300
  coverage:
    description:
      - Hosts of an inventory with what the tenant knows of them, each with C(hostname), C(outcome) and C(detail).
    type: list
    elements: dict
    default: []
  exclude_fields:
    description:
      - Fields of detections and incidents that are in none of the files, such as V(user), V(users) or V(command_line).
      - A field is left out wherever in a record it stands. Those that a report is made of are refused.
    type: list
    elements: str
    default: []
  console_host:
    description: The console of a private cloud as C(host) or C(host:port), for the links. Goes before O(region).
    type: str
  allow_ephemeral:
    description: Write the report even into a folder that ends with the job (AWX), for another task to take it on.
    type: bool
    default: false
seealso:
  - ref: From alert to answer <ansible_collections.ampops.secure_endpoint.docsite.guide_alert_to_answer>
    description: The guide, with a report and what stands in it.
"""

EXAMPLES = r"""
- name: Report the incidents of last night from the API
  ampops.secure_endpoint.report:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
    since: 12h
    path: /srv/reports/night.html
  register: night

- name: Report what a consumer of an event stream has found this week, without asking the cloud
  ampops.secure_endpoint.report:
    state_dir: /var/lib/secure-endpoint/soc
    region: eu
    since: 7d
    path: /srv/reports/week.html
    exclude_fields: [user, users, command_line]
"""

RETURN = r"""
html_path:
  description: The page.
  returned: success
  type: str
  sample: /srv/reports/night.html
csv_path:
  description: The CSV.
  returned: success
  type: str
  sample: /srv/reports/night.csv
json_path:
  description: The JSON.
  returned: success
  type: str
  sample: /srv/reports/night.json
since:
  description: When the report begins.
  returned: success
  type: str
  sample: "2026-11-28T20:00:00.000000000Z"
origin:
  description: Where the events came from.
  returned: success
  type: str
  sample: the API
counts:
  description: How many events, detections, incidents and computers of each kind there are.
  returned: success
  type: dict
  sample: {events: 812, detections: 41, detections_need_person: 3, incidents: 17, incidents_need_person: 2, health: 1}
incidents:
  description: The incidents that need a person, the worst first, at most 100.
  returned: success
  type: list
  elements: dict
  sample: []
health:
  description: Computers on which protection stopped, at most 100.
  returned: success
  type: list
  elements: dict
  sample: []
computers:
  description: Faulty, stale and unprotected computers, those with the most problems first, at most 100.
  returned: success
  type: list
  elements: dict
  sample: []
charts:
  description: Whether the page has charts.
  returned: success
  type: bool
  sample: true
notes:
  description: What the page says about gaps in what was read.
  returned: success
  type: list
  elements: str
  sample: []
"""

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._module import (
    ArgumentSpec,
    connection_spec,
    run_module,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._report.write import connection_of, make_report


def main() -> None:
    spec = (
        ArgumentSpec(
            path={"type": "path", "required": True},
            since={"type": "str", "default": "24h"},
            title={"type": "str", "default": "Incident report"},
            state_dir={"type": "path"},
            events_paths={"type": "list", "elements": "path"},
            fleet={"type": "str", "choices": ["auto", "read", "skip"], "default": "auto"},
            computers_path={"type": "path"},
            stale_after={"type": "int", "default": 7},
            rule={
                "type": "str",
                "choices": ["same_computer", "same_hash", "same_hash_same_computer"],
                "default": "same_computer",
            },
            window_seconds={"type": "int", "default": 300},
            coverage={"type": "list", "elements": "dict", "default": []},
            exclude_fields={"type": "list", "elements": "str", "default": []},
            console_host={"type": "str"},
            allow_ephemeral={"type": "bool", "default": False},
        )
        .mutually_exclusive("state_dir", "events_paths")
        .merge(connection_spec())
    )
    run_module(spec, make_report, connection=connection_of)


if __name__ == "__main__":
    main()
