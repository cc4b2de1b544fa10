# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_rollout
short_description: Checks what a roll-out of connectors needs, before the first host is touched
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Checks the manifest of each host, every distinct one once, and the answers about batches, versions, channel and
    faults. A variable that begins with C(connector_) and that nothing knows is a problem, too.
  - Returns the problems as sentences instead of failing, so that a play can fail with them.
options:
  _input:
    description: The magic variable C(hostvars).
    type: dict
    required: true
  hosts:
    description: The hosts of the roll-out, such as C(ansible_play_hosts_all).
    type: list
    elements: str
    required: true
  manifest:
    description: The name of the variable that holds a host's manifest. Empty where the run needs none.
    type: str
    default: connector_deploy_installers
"""

EXAMPLES = r"""
---
- name: Check every manifest and the answers before the first host
  ansible.builtin.assert:
    that: connector_planned.problems | length == 0
    fail_msg: "{{ connector_planned.problems | join(' ') }}"
  vars:
    connector_planned: "{{ hostvars | ampops.secure_endpoint.connector_rollout(ansible_play_hosts_all) }}"
  run_once: true
"""

RETURN = r"""
---
_value:
  description:
    - C(problems), a sentence each; C(hosts), how many; C(manifests), how many distinct ones; C(batches).
  type: dict
  sample: {"problems": [], "hosts": 500, "manifests": 3, "batches": [1, 5, "20%"]}
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.installers import ManifestError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.rollout import (
    check_channel,
    check_manifests,
    read_batches,
    read_severities,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.variables import (
    AnswerError,
    check_names,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.wanted_versions import (
    check_versions_are_there,
    read_versions,
)
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._event_lists import plain
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_mapping

NAME = "connector_rollout"


def connector_rollout(
    hostvars: Mapping[str, Any], hosts: Sequence[str], manifest: str = "connector_deploy_installers"
) -> dict[str, object]:
    """Return the plan of a roll-out over `hosts`, with its problems."""
    check_mapping(f"{NAME}: hostvars", hostvars)
    problems: list[str] = []
    answers = [_answers(hostvars[host], manifest) for host in hosts]
    manifests: list[Any] = []
    try:
        if manifest:
            named = {host: answer[manifest] for host, answer in zip(hosts, answers, strict=True)}
            manifests = check_manifests(named, manifest)
    except ManifestError as error:
        problems.append(f"{error}.")
    try:
        check_names(sorted({str(name) for host in hosts for name in hostvars[host]}))
    except AnswerError as error:
        problems.append(str(error))
    batches: list[int | str] = []
    for answer in _distinct([{**answer, manifest: None} for answer in answers]):
        try:
            batches = read_batches(answer["connector_batch"])
            check_channel(answer["connector_deploy_channel"])
            read_severities(answer["connector_fail_on_faults"])
            versions = read_versions(answer["connector_deploy_version"])
            if manifests:
                check_versions_are_there(versions, manifests)
        except AnswerError as error:
            problems.append(f"{error}.")
    return {"problems": problems, "hosts": len(hosts), "manifests": len(manifests), "batches": batches}


def _answers(variables: Mapping[str, Any], manifest: str) -> dict[str, Any]:
    names = (
        *filter(None, [manifest]),
        "connector_batch",
        "connector_deploy_channel",
        "connector_fail_on_faults",
        "connector_deploy_version",
    )
    return {name: plain(variables.get(name)) for name in names}


def _distinct(answers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for answer in answers:
        if answer not in found:
            found.append(answer)
    return found


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {NAME: connector_rollout}
