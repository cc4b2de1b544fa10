# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_fetch_problem
short_description: Says why an installer on the controller cannot be used
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - The role that deploys reads, fetches and checks the distinct installers of a play with a few looped tasks. This
    tells one
    host from their results what became of its own, and never repeats a URL.
options:
  _input:
    description: The file that the host wants, with C(file), C(cached) and C(sha256).
    type: dict
    required: true
  found:
    description: Results of M(ansible.builtin.stat) over the files.
    type: list
    elements: dict
    required: true
  asked:
    description: Results of the first M(ansible.builtin.uri).
    type: list
    elements: dict
    required: true
  followed:
    description: Results of the M(ansible.builtin.uri) that followed a redirect.
    type: list
    elements: dict
    required: true
  came:
    description: Results of M(ansible.builtin.stat) over what came.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
---
- name: Show what is wrong
  ansible.builtin.debug:
    msg: >-
      {{ wanted | ampops.secure_endpoint.connector_fetch_problem(
           found=found.results, asked=asked.results, followed=followed.results, came=came.results) }}
"""

RETURN = r"""
---
_value:
  description: The reason, or nothing where the file may be used.
  type: str
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.fetching import problem
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import (
    check_mapping,
    check_mappings,
)

Results = Sequence[Mapping[str, Any]]


def connector_fetch_problem(
    wanted: Mapping[str, Any], found: Results, asked: Results, followed: Results, came: Results
) -> object:
    """Return why the wanted file cannot be used."""
    check_mapping("connector_fetch_problem: the wanted file", wanted)
    for name, results in (("found", found), ("asked", asked), ("followed", followed), ("came", came)):
        check_mappings(f"connector_fetch_problem: {name}", results)
    return wrap_var(problem(wanted, found, asked, followed, came))


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Name to function."""
        return {"connector_fetch_problem": connector_fetch_problem}
