# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_status
short_description: Judges what was found on a host and makes the status of its connector
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - The role P(ampops.secure_endpoint.connector_status#role) uses it; it turns evidence into C(connector_status_result).
requirements:
  - lxml (Python library, on the controller)
options:
  _input:
    description:
      - The output of the role's probe, or a dictionary of evidence with the keys C(installed), C(running),
        C(reboot_pending),
        C(install_dir), C(service), C(generation) (V(legacy) or V(current)), C(versions) (source to version, the
        first decides),
        C(local_xml) and C(global_xml) (base64, empty where there is no file, or a dictionary with C(error)),
        C(ampcli_status)
        and C(problems).
    type: raw
    required: true
"""

EXAMPLES = r"""
---
- name: Judge evidence
  ansible.builtin.debug:
    msg: "{{ {'installed': true, 'running': false, 'versions': {'sfc.exe': '8.2.3.30119'}} |
      ampops.secure_endpoint.connector_status }}"
"""

RETURN = r"""
---
_value:
  description: The status.
  type: dict
"""

from collections.abc import Mapping

from ansible.errors import AnsibleFilterError
from ansible.module_utils.basic import missing_required_lib
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.probe import ProbeError, read_probe
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.status import judge
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import wrong


def connector_status(evidence: object) -> object:
    """The status that `evidence`, a mapping or the probe's output, amounts to."""
    try:
        if isinstance(evidence, str):
            return wrap_var(judge(read_probe(evidence)))
        if isinstance(evidence, Mapping):
            return wrap_var(judge(evidence))
    except ImportError:
        raise AnsibleFilterError(missing_required_lib("lxml")) from None
    except ProbeError as error:
        raise AnsibleFilterError(f"connector_status: {error}") from None
    raise wrong("connector_status: the evidence must be the probe's output or a dictionary", evidence)


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Name to function."""
        return {"connector_status": connector_status}
