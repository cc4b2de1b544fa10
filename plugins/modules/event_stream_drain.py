#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: event_stream_drain
short_description: Consume what waits in event streams, store it and group it into incidents
version_added: 0.1.0
description:
  - Takes the events that wait in one or more event streams of Cisco Secure Endpoint over AMQPS until the queues are
    empty or a bound is reached, stores each event exactly once, correlates the events into detections and groups
    these into incidents.
  - An event is acknowledged only after it is durable in the state folder. What cannot be read as an event is kept in
    C(dead_letters.jsonl) there, with its reason, and is acknowledged after that.
  - Needs the credentials of the streams only, and no API credentials. It is not part of the action group V(api).
  - A run that is interrupted at any point loses nothing and writes nothing twice; the next run carries on.
  - Consume a stream in one place only. The cloud splits the events of a queue between its consumers, so that each
    of two sees a part of them; the module warns when it finds another one.
author:
  - The ampops.secure_endpoint contributors (@ampops)
requirements:
  - pika
  - requests, for O(sinks)
options:
  streams:
    description:
      - The streams to consume; they are drained at the same time.
    type: list
    elements: dict
    required: true
    suboptions:
      credentials_path:
        description:
          - The credentials file that M(ampops.secure_endpoint.event_stream) wrote. Instead of O(streams[].host),
            O(streams[].port), O(streams[].vhost), O(streams[].queue_name), O(streams[].user_name) and
            O(streams[].password).
        type: path
      host:
        description:
          - The broker. Its certificate is checked against this name.
        type: str
      port:
        description:
          - The broker's port for AMQP over TLS. Default is V(443).
        type: int
      vhost:
        description:
          - The virtual host. Default is V(/).
        type: str
      queue_name:
        description:
          - The queue of the stream.
        type: str
      user_name:
        description:
          - The user of the stream.
        type: str
      password:
        description:
          - The password of the stream's user, which the cloud shows only when the stream is created.
        type: str
      ca_path:
        description:
          - A PEM file with the certificate authorities to trust, for a private cloud. By default those of the system.
        type: path
      source:
        description:
          - What the events of this stream are called. Two streams with the same source store an event that both
            deliver once.
          - By default the GUID of the business, from the routing key of each event, else host and queue.
        type: str
      region:
        description:
          - Which console the pivot URLs lead to. By default known from Cisco's host names.
        type: str
        choices: [na, eu, apjc]
      console_host:
        description:
          - The console of a private cloud, as host or host:port. Goes before O(streams[].region). By default the
            host of the API that the credentials file names.
          - With neither region nor console known, records have no pivot URLs.
        type: str
  state_dir:
    description:
      - The folder that keeps the stored events and the position in every output. It is created if need be, for its
        owner only, and belongs to one consumer at a time.
      - Must be on a local disk. Network file systems are refused.
    type: path
    required: true
  output_path:
    description:
      - A file to append each stored event to, exactly once, as one line of JSON with C(kind), C(source), C(key),
        C(time), C(received), C(connector_guid) and C(event). Ids are text.
      - Must not hold anything from elsewhere, and nobody else may write, cut or move it.
    type: path
  output_kinds:
    description:
      - What goes into O(output_path). Detections and incidents are written whenever they change, as their records
        with C(kind) in front; incidents have a revision that grows.
    type: list
    elements: str
    choices: [event, detection, incident]
    default: [event]
  sinks:
    description:
      - HTTP destinations for records, such as Splunk's HTTP Event Collector or Elasticsearch. Each gets every record
        that it wants at least once, with an id that stays the same. Needs the Python library requests.
      - Records that a destination refuses for good (status 400, 413 and 422) are kept in
        C(dead_letters_of_NAME.jsonl) in O(state_dir). Everything else is sent again, after a pause that grows.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - By which its place in O(state_dir) is known; letters, digits, C(-) and C(_).
        type: str
        required: true
      url:
        description:
          - Where to. Must be https, or http on the host that drains. Holds no login.
        type: str
        required: true
      format:
        description:
          - The format of a request.
        type: str
        choices: [json_lines, json_array, splunk_hec, elasticsearch]
        default: json_lines
      kinds:
        description:
          - What is sent.
        type: list
        elements: str
        choices: [event, detection, incident]
        default: [event]
      event_types:
        description:
          - Only events of these ids. Default is all.
        type: list
        elements: int
      severities:
        description:
          - Only what has one of these severities. Default is all.
        type: list
        elements: str
        choices: [Low, Medium, High, Critical]
      groups:
        description:
          - Only events of computers in these groups, by GUID. Default is all.
        type: list
        elements: str
      from:
        description:
          - Where a new sink begins, with what comes from V(now) on, or with the V(oldest) record in O(state_dir).
        type: str
        choices: [now, oldest]
        default: now
      headers:
        description:
          - More headers. Not for secrets, which belong into O(sinks[].token_path).
        type: dict
      fields:
        description:
          - More fields of each record, as the format takes them.
        type: dict
      token_path:
        description:
          - A file of mode 0600 that holds the token. It is read for every request, so a new token is used at once.
        type: path
      token_prefix:
        description:
          - What stands before the token in the header C(Authorization).
        type: str
        default: "Bearer "
      ca_path:
        description:
          - A PEM file with the certificate authorities to trust. By default those of the system.
        type: path
      batch_records:
        description:
          - Records of one request.
        type: int
        default: 500
      request_timeout:
        description:
          - How many seconds a request may take, from connecting to the last byte of the answer.
        type: int
        default: 30
      required:
        description:
          - Keep records in O(state_dir) until this sink has delivered them, and wait for it where O(ack=after_sinks).
          - With V(false), records are dropped for this sink once it is O(sinks[].max_lag) records behind, which gives a
            warning; a destination that takes nothing is no failure then.
        type: bool
        default: true
      max_lag:
        description:
          - How many records a sink that is not O(sinks[].required) may fall behind.
        type: int
        default: 1000000
  sinks_timeout:
    description:
      - How many seconds a destination of O(sinks) may take nothing.
      - With O(ack=after_sinks) the run fails then, and what was not acknowledged stays in its queue. Otherwise the run
        ends with a warning, and the next run sends the rest.
    type: int
    default: 60
  max_events:
    description:
      - Take at most this many messages from all streams together. The others stay in their queues.
    type: int
  max_seconds:
    description:
      - Stop taking messages after this time.
    type: int
  rules:
    description:
      - How detections are grouped into incidents.
      - V(same_hash) joins detections of the same file on any computer, V(same_hash_same_computer) of the same file
        on the same computer, V(same_computer) of anything on the same computer.
    type: list
    elements: str
    choices: [same_hash, same_hash_same_computer, same_computer]
    default: [same_hash, same_hash_same_computer, same_computer]
  window_seconds:
    description:
      - How long an incident is. The first detection opens it, those within this time join it, the next one opens
        another.
    type: int
    default: 300
  lateness_seconds:
    description:
      - How long to wait, in the time of the events, for events that come out of order before an incident is opened or
        closed. What comes later still is grouped, and its incident is marked as late.
      - So the incidents of the last events of a run come with the next one, unless O(flush) is set.
    type: int
    default: 60
  flush:
    description:
      - Whether what was drained is taken for complete, so that no incident waits for events that may still come.
    type: bool
    default: false
  ack:
    description:
      - When events are acknowledged. V(after_store) as soon as they are durable in O(state_dir), V(after_sinks)
        after they are durable in O(output_path) and all O(sinks) have taken them too.
      - With V(after_sinks), O(sinks) and no O(output_path), nothing needs to outlive the run, so O(state_dir) may end
        with a job container. Each run then correlates what it drained by itself.
    type: str
    choices: [after_store, after_sinks]
    default: after_store
  retention:
    description:
      - How long O(state_dir) keeps what it stores. Each run lets go of what is due.
    type: dict
    default: {}
    suboptions:
      days:
        description:
          - How long records of events, detections and incidents stay that every output of the run has.
        type: int
        default: 30
      max_bytes:
        description:
          - The most that the store may hold. Above it the oldest records go first, then the oldest detections and
            incidents, but none that changed within O(retention.key_days). Default is no bound.
        type: int
      key_days:
        description:
          - How long an event that comes again is known. At least 12, for the cloud keeps events for 10 days.
        type: int
        default: 12
      finding_days:
        description:
          - How long detections and incidents stay after their last change. What comes later for one that is gone makes
            a new one.
        type: int
        default: 365
  limit:
    description:
      - Return at most this many detections and incidents each; all of them are in RV(report_path) if there are more.
    type: int
    default: 1000
  allow_ephemeral:
    description:
      - Whether O(state_dir) and O(output_path) may lie in a job container of AWX or Automation Platform, where they
        end with the job. An event that is drained there is lost afterwards, unless O(sinks) had it.
      - Not needed where O(ack=after_sinks) waits for O(sinks) and there is no O(output_path).
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description:
      - Looks how many messages wait, consumes nothing and writes nothing. RV(ignore:changed) then says whether any
        wait.
  diff_mode:
    support: none
    description:
      - Does not show differences; it consumes.
  idempotent:
    support: partial
    description:
      - A second run changes nothing if no event came in between.
seealso:
  - module: ampops.secure_endpoint.event_stream
"""

EXAMPLES = r"""
- name: Drain a stream whose credentials were saved when it was created
  ampops.secure_endpoint.event_stream_drain:
    streams:
      - credentials_path: /etc/secure_endpoint/soc.json
    state_dir: /var/lib/secure_endpoint
    output_path: /var/log/secure_endpoint/events.jsonl
  register: drained

- name: Show which incidents are still dangerous
  ansible.builtin.debug:
    msg: "{{ item.rule }} on {{ item.computers | join(', ') }} since {{ item.first_time }}"
  loop: "{{ drained.incidents | default([]) | selectattr('still_dangerous') }}"
  loop_control:
    label: "{{ item.id }}"

- name: Drain two tenants at the same time, without API credentials
  ampops.secure_endpoint.event_stream_drain:
    streams:
      - source: europe
        region: eu
        host: export-streaming.eu.amp.cisco.com
        queue_name: event_stream_1474
        user_name: 1474-92a4d13197b6bbeb40f0
        password: "{{ europe_stream_password }}"
      - source: private
        console_host: console.amp.example.com
        host: amqp.amp.example.com
        port: 5671
        queue_name: event_stream_7
        user_name: 7-0123456789abcdef0123
        password: "{{ private_stream_password }}"
        ca_path: /etc/ssl/private-cloud-ca.pem
    state_dir: /var/lib/secure_endpoint
    max_seconds: 600

- name: Pass events on from a job container, where no file stays
  ampops.secure_endpoint.event_stream_drain:
    streams:
      - credentials_path: /etc/secure_endpoint/soc.json
    state_dir: /tmp/secure_endpoint
    ack: after_sinks
    sinks:
      - name: splunk
        url: https://splunk.example.com:8088/services/collector/event
        format: splunk_hec
        token_path: /etc/secure_endpoint/splunk.token
        token_prefix: "Splunk "

- name: Group what one computer saw within an hour
  ampops.secure_endpoint.event_stream_drain:
    streams:
      - credentials_path: /etc/secure_endpoint/soc.json
    state_dir: /var/lib/secure_endpoint
    rules: [same_computer]
    window_seconds: 3600
    flush: true
"""

RETURN = r"""
received:
  description: How many messages were taken from all streams.
  type: int
  returned: success, except in check mode
  sample: 1250
events:
  description: How many events were new, so stored in this run.
  type: int
  returned: success, except in check mode
  sample: 1248
duplicates:
  description: How many events had been stored before.
  type: int
  returned: success, except in check mode
  sample: 1
conflicts:
  description: How many of the duplicates had another content than the event that was stored first, which stays.
  type: int
  returned: success, except in check mode
  sample: 0
dead_letters:
  description: How many messages could not be read as an event.
  type: int
  returned: success, except in check mode
  sample: 1
dead_letters_path:
  description: The file that keeps them, one JSON object in each line.
  type: str
  returned: when there were dead letters
  sample: /var/lib/secure_endpoint/dead_letters.jsonl
dead_letter_records:
  description: What the file of dead letters got in this run, for it may end with the job. The C(body) is in base64.
  type: list
  elements: dict
  returned: when there were dead letters, O(ack=after_sinks), and O(sinks) is the only output
  sample: []
stopped_by:
  description: Why the run ended, V(empty), V(max_events), V(max_seconds) or V(error).
  type: str
  returned: success, except in check mode
  sample: empty
streams:
  description: What became of each stream, in the order of O(streams).
  type: list
  elements: dict
  returned: always, once the options were found right
  contains:
    name:
      description: Queue, host and port.
      type: str
      sample: event_stream_1474 on export-streaming.amp.cisco.com:443
    messages:
      description: How many messages waited when the stream was opened; none if it could not be opened.
      type: int
      sample: 1250
    other_consumers:
      description: How many other consumers the queue had.
      type: int
      sample: 0
    received:
      description: How many messages were taken.
      type: int
      sample: 1250
    events:
      description: How many events were new.
      type: int
      sample: 1248
    duplicates:
      description: How many events had been stored before.
      type: int
      sample: 1
    conflicts:
      description: How many of those had another content.
      type: int
      sample: 0
    dead_letters:
      description: How many messages could not be read.
      type: int
      sample: 1
    error:
      description: What went wrong, else nothing.
      type: str
      sample: null
detections:
  description:
    - The detections that this run's events belong to, with everything that is stored about them. What is still
      dangerous stands first.
  type: list
  elements: dict
  returned: success, except in check mode
  contains:
    key:
      description: Source, connector and detection id.
      type: str
    source:
      description: What the stream's events are called.
      type: str
    connector_guid:
      description: The connector.
      type: str
    hostname:
      description: The computer's name, as its events say. Text from outside.
      type: str
    detection_id:
      description: The id that joins the events.
      type: str
    detection:
      description: The name of what was detected. Text from outside.
      type: str
    sha256:
      description: The file.
      type: str
    time:
      description: When it was first seen.
      type: str
    outcome:
      description: V(quarantined), V(detected), V(quarantine_failed) or V(restored).
      type: str
    still_dangerous:
      description: Whether the threat is not in quarantine.
      type: bool
    attempts:
      description: How often quarantine succeeded and failed.
      type: dict
      contains:
        ok:
          description: Successes.
          type: int
        failed:
          description: Failures.
          type: int
    severity:
      description: The highest severity of its events.
      type: str
    event_ids:
      description: The ids of its events, as text.
      type: list
      elements: str
    pivot_urls:
      description: Links into the console, by what they show.
      type: dict
incidents:
  description: The incidents that hold these detections. What is still dangerous stands first.
  type: list
  elements: dict
  returned: success, except in check mode
  contains:
    id:
      description: The same for ever, whatever joins the incident.
      type: str
    revision:
      description: Grows when the incident changes.
      type: int
    state:
      description: V(open) or V(final).
      type: str
    rule:
      description: The rule that grouped it.
      type: str
    source:
      description: What the stream's events are called.
      type: str
    key:
      description: What its detections have in common.
      type: str
    anchor:
      description: The key of the detection that opened it.
      type: str
    first_time:
      description: When its first detection was seen.
      type: str
    last_time:
      description: When its last detection was seen.
      type: str
    outcome:
      description: The worst outcome of its detections.
      type: str
    still_dangerous:
      description: Whether any of its threats is not in quarantine.
      type: bool
    severity:
      description: The highest severity.
      type: str
    computers:
      description: The connectors.
      type: list
      elements: str
    hashes:
      description: The files.
      type: list
      elements: str
    detections:
      description: The keys of its detections.
      type: list
      elements: str
    event_ids:
      description: The ids of its events, as text.
      type: list
      elements: str
    pivot_urls:
      description: Links into the console, by what they show.
      type: dict
    late:
      description: Whether it was opened by a detection that came after its time had been closed.
      type: bool
counts:
  description: How many detections and incidents there are, returned or not.
  type: dict
  returned: success, except in check mode
  contains:
    detections:
      description: Detections.
      type: int
    incidents:
      description: Incidents.
      type: int
  sample:
    detections: 12
    incidents: 7
report_path:
  description: A file with all detections and incidents of this run, as a JSON object.
  type: str
  returned: when there are more than O(limit)
  sample: /var/lib/secure_endpoint/report.json
"""

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.live import collect_garbage_rarely
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.broker.connection import PIKA_MISSING
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.drain.interval import IntervalRun
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import LibraryMissing, StreamError


def _stream_options() -> dict[str, object]:
    return {
        "credentials_path": {"type": "path"},
        "host": {"type": "str"},
        "port": {"type": "int"},
        "vhost": {"type": "str"},
        "queue_name": {"type": "str"},
        "user_name": {"type": "str"},
        "password": {"type": "str", "no_log": True},
        "ca_path": {"type": "path"},
        "source": {"type": "str"},
        "region": {"type": "str", "choices": ["na", "eu", "apjc"]},
        "console_host": {"type": "str"},
    }


def _sink_options() -> dict[str, object]:
    texts = {"type": "list", "elements": "str"}
    formats = ["json_lines", "json_array", "splunk_hec", "elasticsearch"]
    return {
        "name": {"type": "str", "required": True},
        "url": {"type": "str", "required": True},
        "format": {"type": "str", "choices": formats, "default": "json_lines"},
        "kinds": {**texts, "choices": ["event", "detection", "incident"], "default": ["event"]},
        "event_types": {"type": "list", "elements": "int"},
        "severities": {**texts, "choices": ["Low", "Medium", "High", "Critical"]},
        "groups": texts,
        "from": {"type": "str", "choices": ["now", "oldest"], "default": "now"},
        "headers": {"type": "dict"},
        "fields": {"type": "dict"},
        "token_path": {"type": "path", "no_log": False},
        "token_prefix": {"type": "str", "default": "Bearer ", "no_log": False},
        "ca_path": {"type": "path"},
        "batch_records": {"type": "int", "default": 500},
        "request_timeout": {"type": "int", "default": 30},
        "required": {"type": "bool", "default": True},
        "max_lag": {"type": "int", "default": 1_000_000},
    }


def _retention_options() -> dict[str, object]:
    return {
        "days": {"type": "int", "default": 30},
        "max_bytes": {"type": "int"},
        "key_days": {"type": "int", "default": 12, "no_log": False},
        "finding_days": {"type": "int", "default": 365},
    }


def _argument_spec() -> dict[str, object]:
    rules = ["same_hash", "same_hash_same_computer", "same_computer"]
    return {
        "streams": {"type": "list", "elements": "dict", "required": True, "options": _stream_options()},
        "state_dir": {"type": "path", "required": True},
        "output_path": {"type": "path"},
        "output_kinds": {
            "type": "list",
            "elements": "str",
            "choices": ["event", "detection", "incident"],
            "default": ["event"],
        },
        "sinks": {"type": "list", "elements": "dict", "default": [], "options": _sink_options()},
        "sinks_timeout": {"type": "int", "default": 60},
        "max_events": {"type": "int"},
        "max_seconds": {"type": "int"},
        "rules": {"type": "list", "elements": "str", "choices": rules, "default": rules},
        "window_seconds": {"type": "int", "default": 300},
        "lateness_seconds": {"type": "int", "default": 60},
        "flush": {"type": "bool", "default": False},
        "ack": {"type": "str", "choices": ["after_store", "after_sinks"], "default": "after_store"},
        "retention": {"type": "dict", "default": {}, "options": _retention_options()},
        "limit": {"type": "int", "default": 1000},
        "allow_ephemeral": {"type": "bool", "default": False},
    }


def main() -> None:
    """Options in, record out; everything between is `_stream`."""
    module = AnsibleModule(argument_spec=_argument_spec(), supports_check_mode=True)
    if PIKA_MISSING is not None:
        module.fail_json(msg=missing_required_lib("pika"), exception=str(PIKA_MISSING))
    try:
        run = IntervalRun(module.params)
        result = run.look() if module.check_mode else run.drain()
    except LibraryMissing as error:
        module.fail_json(msg=missing_required_lib(error.library), exception=str(error.cause))
    except StreamError as error:
        module.fail_json(msg=str(error))
    for warning in run.warnings:
        module.warn(warning)
    if run.failures:
        module.fail_json(msg="; ".join(run.failures), **result)
    module.exit_json(**result)


if __name__ == "__main__":
    collect_garbage_rarely()
    main()
