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
          - A PEM file with the certificate authorities to trust, for a private cloud. By default those that the file of
            credentials names or holds, else those of the system.
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
      - The line of an event about a computer whose protection stopped (see RV(health)) also has C(health), which is
        true.
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
      exclude_fields:
        description:
          - Fields to leave out of each record, wherever they stand in it, such as V(command_line), V(user), V(users)
            and V(external_ip). What a record is known by cannot be left out.
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
      - How detections are grouped into incidents. Several rules are alternatives; each of them groups all detections.
      - V(same_computer) joins detections of anything on the same computer, which makes one alert for a computer and a
        window. V(same_hash) joins detections of the same file on any computer, V(same_hash_same_computer) of the same
        file on the same computer.
      - The two rules about hashes do not take a file that is clean, nor the tool that an indicator of compromise names.
    type: list
    elements: str
    choices: [same_computer, same_hash, same_hash_same_computer]
    default: [same_computer]
  window_seconds:
    description:
      - How long an incident is. The first detection opens it, those within this time join it, the next one opens
        another.
    type: int
    default: 300
  lateness_seconds:
    description:
      - How far events may come out of order, in their own time. A detection of a later run that began up to this time
        before the first one of an open incident still joins it. What comes later still opens an incident of its own,
        marked as late.
      - With O(flush=false), how long to wait before an incident is opened.
    type: int
    default: 60
  flush:
    description:
      - Group everything that was drained at once, whatever the order in which it came. An incident of the last events
        is in the result of the run that drained them.
      - Where a stream was not read to its end, because of O(max_events), O(max_seconds) or an error, the detections of
        its source within O(lateness_seconds) of the last event wait for a later run. RV(held) counts them.
      - With V(false), the last detections of a run wait until events that are O(lateness_seconds) later have come.
    type: bool
    default: true
  tell_final:
    description:
      - Write a record of an incident with C(state=final) when its window has closed, although nothing else changed.
        By default an incident is written only when a detection joins it or changes.
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
      - Return at most this many detections and incidents each, those that need a person first. If more of them need
        one, all of those are in RV(report_path). O(output_kinds) writes every detection and incident to O(output_path).
      - RV(counts) counts all of them, whatever the limit.
      - A controller (AWX, Automation Platform) keeps no result of a task that has more than 700 kB. A thousand
        detections and their incidents have about 3 MB, so raise this only where a playbook reads them.
    type: int
    default: 100
  allow_ephemeral:
    description:
      - Whether O(state_dir) and O(output_path) may lie in a job container of AWX or Automation Platform, where they
        end with the job. An event that is drained there is lost afterwards, unless O(sinks) had it.
      - Not needed where O(ack=after_sinks) waits for O(sinks) and there is no O(output_path).
    type: bool
    default: false
attributes:
  action:
    description:
      - Has an action plugin, which runs the module in the process of Ansible where the result is the same. See
        R(How tasks run,ansible_collections.ampops.secure_endpoint.docsite.guide_direct_tasks).
    support: full
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

- name: Show which detections need a person
  ansible.builtin.debug:
    msg: "{{ item.hostname }}: {{ item.name }} in {{ item.file_name }} ({{ item.outcome }})"
  loop: "{{ drained.detections | default([]) | selectattr('needs_person') }}"
  loop_control:
    label: "{{ item.key }}"

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
    window_seconds: 3600

- name: Group by file on any computer
  ampops.secure_endpoint.event_stream_drain:
    streams:
      - credentials_path: /etc/secure_endpoint/soc.json
    state_dir: /var/lib/secure_endpoint
    rules: [same_hash]
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
rounded_ids:
  description:
    - How many ids turned out to be those of several events, because a program on the way had rounded them to floating
      point numbers. All the events are kept.
  type: int
  returned: success, except in check mode
  sample: 0
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
    rounded_ids:
      description: How many ids turned out to be those of several events.
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
    - The detections that changed in this run, with everything that is stored about them. What needs a person stands
      first, then by severity and time.
  type: list
  elements: dict
  returned: success, except in check mode
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
incidents:
  description:
    - The incidents that changed in this run. What needs a person stands first, then by severity and time.
  type: list
  elements: dict
  returned: success, except in check mode
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
    detections_need_person:
      description: Detections that need a person.
      type: int
    incidents_need_person:
      description: Incidents that need a person.
      type: int
    protection_stopped:
      description: New events about computers whose protection stopped, whether RV(health) has them or not.
      type: int
  sample:
    detections: 12
    incidents: 7
    detections_need_person: 2
    incidents_need_person: 1
    protection_stopped: 0
unknown_event_types:
  description:
    - How many new events were of a type that the collection does not know, by the id of the type. Such an event is
      taken for a detection if it has a detection id, or a severity of Medium or more together with a file hash or a
      name.
    - At most 100 ids are counted on their own, all others together as C(more). C(none) stands for events without a
      type.
  type: dict
  returned: success, except in check mode
  sample:
    "1090519999": 1
health:
  description:
    - New events that report that a computer is no longer protected (the connector was uninstalled, a critical fault,
      isolation that failed or whose unlock limit was reached), at most O(limit) of them. They are not detections.
  type: list
  elements: dict
  returned: success, except in check mode
  contains:
    event_type_id:
      description: The id of the event's type.
      type: int
    event_type:
      description: The name of the event's type.
      type: str
    source:
      description: The label of where the event comes from.
      type: str
    connector_guid:
      description: The connector.
      type: str
    hostname:
      description: The name of the computer. Text from outside.
      type: str
    time:
      description: The time of the event.
      type: str
    event_id:
      description: The id of the event as text.
      type: str
held:
  description:
    - How many detections of each source wait to be grouped, because one of its streams was not read to its end, or
      because of O(flush=false).
  type: dict
  returned: success, except in check mode
  sample: {}
report_path:
  description:
    - A file with every detection and incident of this run that needs a person, as a JSON object.
  type: str
  returned: when more than O(limit) need a person
  sample: /var/lib/secure_endpoint/report.json
"""

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.garbage import garbage_collected_rarely
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.text import Secrets
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
        "exclude_fields": texts,
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
    rules = ["same_computer", "same_hash", "same_hash_same_computer"]
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
        "rules": {"type": "list", "elements": "str", "choices": rules, "default": ["same_computer"]},
        "window_seconds": {"type": "int", "default": 300},
        "lateness_seconds": {"type": "int", "default": 60},
        "flush": {"type": "bool", "default": True},
        "tell_final": {"type": "bool", "default": False},
        "ack": {"type": "str", "choices": ["after_store", "after_sinks"], "default": "after_store"},
        "retention": {"type": "dict", "default": {}, "options": _retention_options()},
        "limit": {"type": "int", "default": 100},
        "allow_ephemeral": {"type": "bool", "default": False},
    }


def main() -> None:
    """Options in, record out; everything between is `_stream`."""
    module = AnsibleModule(argument_spec=_argument_spec(), supports_check_mode=True)
    if PIKA_MISSING is not None:
        module.fail_json(msg=missing_required_lib("pika"), exception=str(PIKA_MISSING))
    with garbage_collected_rarely():
        _run(module)


def _run(module: AnsibleModule) -> None:
    try:
        run = IntervalRun(module.params)
        result = run.look() if module.check_mode else run.drain()
    except LibraryMissing as error:
        module.fail_json(msg=missing_required_lib(error.library), exception=str(error.cause))
    except StreamError as error:
        module.fail_json(msg=str(error))
    mask = Secrets(module.no_log_values).mask  # ansible-core 2.19 and later do not mask warnings
    for warning in run.warnings:
        module.warn(mask(warning))
    if run.failures:
        module.fail_json(msg="; ".join(run.failures), **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
