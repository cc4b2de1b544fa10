#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: notify
short_description: Send incidents to Slack, Teams, e-mail, Jira or a web hook, each once
version_added: 0.1.0
description:
  - Sends one message for each incident, and its later revisions as a reply, a comment or a message of their own. What a
    target was told is recorded, so a second run sends nothing twice.
  - Uses modules that you have. For Slack, e-mail and Jira these are C(community.general.slack),
    C(community.general.mail) and C(community.general.jira); Teams and web hooks need nothing but
    M(ansible.builtin.uri). A missing module ends the task before anything is sent.
  - What a target does not take is kept in the record and sent by the next run. The task fails and says why.
  - A run that is killed does not know whether its last message arrived. The next run sends it once more and returns
    V(sent_again) for it.
  - Names of hosts, users and files come from the endpoints. They are shown as text, mention nobody and format nothing.
  - Always runs on the controller. Needs no API credentials. It is not part of the action group V(api).
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._attributes.action
attributes:
  check_mode:
    details: Asks no target, sends nothing and records nothing.
  diff_mode:
    support: none
options:
  targets:
    description:
      - Where to send the incidents. Keep the secrets in a vault, or take them from the environment of a credential.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: A name of your own. The record goes by it; a new name is told everything anew.
        type: str
        required: true
      type:
        description: The type of the target. It says which of the options below apply.
        type: str
        required: true
        choices: [slack, teams, mail, jira, webhook]
      severity:
        description:
          - The least severity of a first message. Without it, incidents of any severity and of none are sent.
        type: str
        choices: [Low, Medium, High, Critical]
      only_needs_person:
        description:
          - Send only incidents that need a person. The later revisions of an incident that was sent always follow.
        type: bool
        default: true
      health:
        description: Also send computers on which protection stopped.
        type: bool
        default: true
      include_fields:
        description: Fields that are in no message unless you ask for them.
        type: list
        elements: str
        choices: [users]
        default: []
      exclude_fields:
        description: Fields that are left out of every message, and links that hold one of their values with them.
        type: list
        elements: str
        choices:
          - hostnames
          - file_names
          - names
          - users
          - techniques
          - dispositions
          - hashes
          - computers
          - event_ids
          - detections
          - source
          - pivot_urls
        default: []
      token:
        description:
          - The token of a Slack app (V(xoxb-...)), with which revisions are replies in a thread, or the last part of
            the URL of an incoming webhook of Slack (V(T.../B.../...)), which has no threads.
          - For Jira, a personal access token.
        type: str
      channel:
        description: The channel in Slack, by name or ID. An incoming webhook has a channel of its own.
        type: str
      url:
        description:
          - The URL of a workflow in Teams that starts when a webhook request is received, or of any web hook. It must
            begin with C(https://).
        type: str
      headers:
        description: Headers for a web hook, such as C(Authorization). Each request also has an C(Idempotency-Key).
        type: dict
      ca_path:
        description: A file of certificate authorities to trust for O(targets[].url).
        type: path
      validate_certs:
        description:
          - Whether to check the certificate of a server. It is checked by default. It does not apply to e-mail, for the
            module C(community.general.mail) checks none.
        type: bool
      host:
        description: The mail server.
        type: str
      port:
        description: The port of the mail server, 25 by default.
        type: int
      secure:
        description:
          - How to encrypt the connection to the mail server. By default V(starttls), which fails where the server has
            no STARTTLS. A password is sent with V(starttls) and V(always) only.
        type: str
        choices: [always, never, starttls, try]
      username:
        description: Who logs in to the mail server or to Jira.
        type: str
      password:
        description: The password of O(targets[].username), or an API token of Jira Cloud.
        type: str
      sender:
        description: The sender of an e-mail.
        type: str
      to:
        description: The recipients of an e-mail.
        type: list
        elements: str
      server:
        description: The URL of Jira. It must begin with C(https://).
        type: str
      project:
        description: The key of the project in Jira.
        type: str
      issue_type:
        description: The type of the issues, V(Task) by default.
        type: str
      fields:
        description: More fields of a new issue, such as C(priority).
        type: dict
  incidents:
    description:
      - Incidents, as M(ampops.secure_endpoint.event_stream_drain) and M(ampops.secure_endpoint.report) return them.
    type: list
    elements: dict
    default: []
  health:
    description: Computers on which protection stopped, as the same modules return them.
    type: list
    elements: dict
    default: []
  state_dir:
    description:
      - The state folder of an event stream's consumer. It is read without a lock and without changing anything in it.
      - It has every incident until it is too old for O(since), so nothing is lost if a run did not take place.
    type: path
  report_path:
    description: The JSON of a report, as M(ampops.secure_endpoint.report) writes it.
    type: path
  since:
    description: How far back to read O(state_dir). A time ago such as V(12h) or V(7d), or a date in ISO 8601.
    type: str
    default: 7d
  rule:
    description: Which incidents of O(state_dir) to send, by what their detections have in common.
    type: str
    choices: [same_computer, same_hash, same_hash_same_computer]
    default: same_computer
  region:
    description:
      - The region whose console the links of O(state_dir) lead to. By default that of the environment
        (E(SECURE_ENDPOINT_REGION), E(SECURE_ENDPOINT_API_HOST)).
    type: str
    choices: [na, eu, apjc]
  console_host:
    description: The console of a private cloud as C(host) or C(host:port). Goes before O(region).
    type: str
  record_dir:
    description:
      - The folder on the controller that records what was sent and keeps what was not. It is made where it is missing,
        for its owner only. One run at a time uses it; others wait.
      - An incident of which nothing new was heard for 90 days is forgotten.
    type: path
    default: ~/.secure_endpoint/notify
  max_messages:
    description:
      - How many messages a run sends to each target, the worst first. The others are kept for the next run.
    type: int
    default: 20
  allow_ephemeral:
    description: Record what was sent even in a folder that ends with the job (AWX). The next job sends all again.
    type: bool
    default: false
seealso:
  - module: ampops.secure_endpoint.event_stream_drain
  - module: ampops.secure_endpoint.report
  - ref: From alert to answer <ansible_collections.ampops.secure_endpoint.docsite.guide_alert_to_answer>
    description: The guide, with messages as they look.
"""

EXAMPLES = r"""
- name: Tell a channel and the ticket system what the consumer of an event stream has found
  ampops.secure_endpoint.notify:
    state_dir: /var/lib/secure-endpoint/soc
    targets:
      - name: channel
        type: slack
        token: "{{ vaulted_slack_token }}"
        channel: soc-alerts
        severity: High
      - name: tickets
        type: jira
        server: https://jira.example.com
        project: SOC
        issue_type: Incident
        token: "{{ vaulted_jira_token }}"

- name: Send the incidents of a report to a web hook, without names of machines
  ampops.secure_endpoint.notify:
    report_path: /srv/reports/night.json
    targets:
      - name: partner
        type: webhook
        url: https://hooks.example.com/incidents
        headers:
          Authorization: "Bearer {{ vaulted_partner_token }}"
        exclude_fields: [hostnames, computers]
"""

RETURN = r"""
notifications:
  description: What became of each message, the worst incident first, at most 200.
  returned: success, or if a message was not sent
  type: list
  elements: dict
  contains:
    target:
      description: The name of the target.
      type: str
    type:
      description: Its type.
      type: str
    id:
      description: The incident.
      type: str
    revision:
      description: The revision of the incident.
      type: int
    headline:
      description: The first line of the message.
      type: str
    outcome:
      description:
        - V(sent); V(updated) where the target was told of the incident before; V(sent_again) where an earlier run was
          killed before it knew; V(waiting) for the next run; V(not_sent).
        - In check mode, what a run would do if every target took everything.
      type: str
    detail:
      description: Why it waits or was not sent.
      type: str
counts:
  description: How many messages there are of each outcome.
  returned: success, or if a message was not sent
  type: dict
  sample: {sent: 2, updated: 1, sent_again: 0, waiting: 0, not_sent: 0}
"""
