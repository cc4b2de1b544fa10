# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_version
short_description: Returns the version that a host is to have, where each system may have one of its own
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Reads one version for all hosts, or one for each system, as a dictionary or as text.
options:
  _input:
    description:
      - A version, a dictionary of systems to versions, or such a dictionary as text,
        C(windows=8.2.3.30119 linux=1.27.0).
      - The systems are those of the manifest (V(windows), V(macos), V(redhat), V(ubuntu) and so on), and V(linux) for
        every distribution. The most exact one decides.
    type: raw
    required: true
  facts:
    description:
      - The host's C(ansible_facts). A host that has none counts as Linux, for RHEL 6 is driven without facts.
    type: dict
    required: true
"""

EXAMPLES = r"""
---
- name: Show which version this host is to have
  ansible.builtin.debug:
    msg: "{{ 'windows=8.2.3.30119 linux=1.27.0' | ampops.secure_endpoint.connector_version(ansible_facts) }}"
"""

RETURN = r"""
---
_value:
  description: The version. Empty where none is named for the host's system.
  type: str
  sample: 1.27.0
"""

from collections.abc import Mapping

from ansible.errors import AnsibleFilterError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.installers import host_from_facts
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.rollout import (
    AnswerError,
    read_versions,
    version_for,
)
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._event_lists import plain
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_mapping


def connector_version(given: object, facts: Mapping[str, object]) -> str:
    """Return the version that the host with these `facts` is to have."""
    check_mapping("connector_version: facts", facts)
    try:
        versions = read_versions(plain(given))
    except AnswerError as error:
        raise AnsibleFilterError(f"connector_version: {error}") from None
    return version_for(versions, host_from_facts(facts))


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"connector_version": connector_version}
