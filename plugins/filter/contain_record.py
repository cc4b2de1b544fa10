# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
name: contain_record
short_description: Makes the record of a run of the playbook contain
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Returns what a run of the playbook C(contain) sets out to do and what it has done, so that C(contain_undo) reverses
    exactly that run, also one that was cut off.
positional: previous
options:
  _input:
    description: The results of the playbook by name.
    type: dict
    required: true
  previous:
    description: The record of the same run where it is continued. What it holds stays.
    type: dict
    default: {}
"""

EXAMPLES = r"""
---
- name: Show the record of a run
  ansible.builtin.debug:
    msg: "{{ {'run_id': '20261129T101500Z-3fa9c1', 'hashes': []} | ampops.secure_endpoint.contain_record }}"
"""

RETURN = r"""
---
_value:
  description: The record.
  type: dict
  sample:
    version: 1
    run_id: 20261129T101500Z-3fa9c1
    tenant: api.eu.amp.cisco.com
    mark: Contained (contain 20261129T101500Z-3fa9c1)
    started: "2026-11-29T10:15:00Z"
    finished: null
    files: [814a37d89a79aa3975308e723bc1a3a67360323b7e3584de00896fe7c59bbb8e]
    lists: [{guid: e773a9eb-296c-40df-98d8-bed46322589d, name: Blocked, type: simple_custom_detections}]
    computers: [{connector_guid: d821e2d9-9280-489c-a6c3-be02d85ba8a0, hostname: PC-0001, outcome: planned}]
"""

from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._event_lists import plain
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_mapping
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.contain_record import (
    contain_record as record,
)
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.results import Job

NAME = "contain_record"


def contain_record(results: object, previous: object = None) -> object:
    """Return the record of a run."""
    check_mapping(NAME, results)
    before = plain(previous or {})
    check_mapping(f"{NAME}: previous", before)
    return wrap_var(record(Job(plain(results), False, {}), before))


class FilterModule:
    def filters(self) -> dict[str, object]:
        return {NAME: contain_record}
