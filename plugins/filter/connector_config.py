# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_config
short_description: Reads a connector's local.xml or global.xml
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Reads the file on the controller with a hardened parser, so a target needs no Python library.
  - The file is not trusted. It may not be larger than 1 MiB, a document type is refused, no entity is expanded,
    nothing is
    loaded from anywhere, and each value is checked against its pattern. UTF-8 and UTF-16, as Windows writes it, are
    understood.
requirements:
  - lxml (Python library, on the controller)
options:
  _input:
    description: The file in base64, as M(ansible.builtin.slurp) returns it.
    type: str
    required: true
  file:
    description: Which of the two files it is.
    type: str
    choices: [local, global]
    default: local
"""

EXAMPLES = r"""
---
- name: Read the file
  ansible.builtin.slurp:
    src: /opt/cisco/amp/etc/local.xml
  register: local_xml

- name: Show the GUID of the connector
  ansible.builtin.debug:
    msg: "{{ (local_xml.content | ampops.secure_endpoint.connector_config).connector_guid }}"
"""

RETURN = r"""
---
_value:
  description:
    - For V(local), C(connector_guid) and C(business_guid) (null where the file has none), C(switches) (name to V(0)
      or V(1)) and
      C(problems), the values that could not be used.
    - For V(global), C(version).
  type: dict
  sample:
    connector_guid: 3b9d1c5e-8f0a-4d55-9a3e-6f2b1c0d7e88
    business_guid: 0c2f7a46-51d3-4f0e-8b1a-2d9e4c7b6a10
    switches:
      skipdfc: "1"
    problems: []
"""

from dataclasses import asdict

from ansible.errors import AnsibleFilterError
from ansible.module_utils.basic import missing_required_lib
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.global_xml import read_global_xml
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.local_xml import read_local_xml
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.xml_document import ConnectorFileError
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_text


def connector_config(content: str, file: str = "local") -> object:
    """The values of the base64 `content` of local.xml or global.xml."""
    check_text("connector_config: the content in base64, as slurp returns it,", content)
    try:
        if file == "local":
            config = read_local_xml(content)
            return wrap_var({**asdict(config), "problems": list(config.problems)})
        if file == "global":
            return wrap_var({"version": read_global_xml(content)})
    except ImportError:
        raise AnsibleFilterError(missing_required_lib("lxml")) from None
    except ConnectorFileError as error:
        raise AnsibleFilterError(f"connector_config: {error}") from None
    raise AnsibleFilterError(f"connector_config: file is local or global, not {file!a}")


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Name to function."""
        return {"connector_config": connector_config}
