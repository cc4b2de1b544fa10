# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: installer_switches
short_description: Makes the arguments of the Windows installer
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - C(/R) is first, as every connector since 5.1.13 wants it, then C(/S).
  - For an upgrade, exactly the seven switches that Cisco's guide names are carried over from local.xml, in its
    order, with the
    values 0 and 1 that the previous installation had. Others are passed only when they are listed.
options:
  _input:
    description: For an upgrade the switches of local.xml; V(none) for a fresh installation.
    type: raw
    required: true
  profile:
    description: V(server) leaves the TETRA and DFC drivers out.
    type: str
    choices: [desktop, server]
    default: desktop
  ui:
    description: Whether desktop icon, start menu and context menu are made.
    type: bool
    default: true
  switches:
    description: Documented switches and their value, which win.
    type: dict
    default: {}
  extra:
    description:
      - Arguments as they are, one list item an argument, after all others.
      - C(/D=PATH), the folder of an NSIS installer, is moved to the end of the line and stays without quotes, as NSIS
        requires.
    type: list
    elements: str
    default: []
  golden_image:
    description: Prepare an image that is cloned, with C(/goldenimage 1).
    type: bool
    default: false
  command_line:
    description: Whether one quoted command line is returned instead of the list of arguments.
    type: bool
    default: false
"""

EXAMPLES = r"""
---
- name: Show the arguments of a fresh installation on a server without user interface
  ansible.builtin.debug:
    msg: "{{ none | ampops.secure_endpoint.installer_switches(profile='server', ui=false) }}"

- name: Show the arguments of an upgrade
  ansible.builtin.debug:
    msg: "{{ connector_status_result.switches | ampops.secure_endpoint.installer_switches }}"
"""

RETURN = r"""
---
_value:
  description:
    - The arguments, or one command line that Windows splits into exactly these arguments.
    - C(/D=PATH) stays bare, see O(extra).
  type: raw
  sample: [/R, /S, /skiptetra, "1", /skipdfc, "1"]
"""

from collections.abc import Mapping, Sequence

from ansible.errors import AnsibleFilterError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.switches import (
    SwitchError,
    installer_arguments,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.switches import command_line as joined
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_mapping, wrong


def installer_switches(
    carried: Mapping[str, object] | None,
    profile: str = "desktop",
    ui: bool = True,
    switches: Mapping[str, object] | None = None,
    extra: Sequence[str] = (),
    command_line: bool = False,
    golden_image: bool = False,
) -> list[str] | str:
    """Return the installer's arguments as a list, or as one command line."""
    check_mapping("installer_switches: the switches of local.xml", {} if carried is None else carried)
    check_mapping("installer_switches: switches", switches or {})
    if not isinstance(extra, (list, tuple, str)):
        raise wrong("installer_switches: extra must be a list of texts", extra)
    try:
        arguments = installer_arguments(
            carried, profile=profile, ui=ui, chosen=switches, extra=extra, golden_image=golden_image
        )
        return joined(arguments) if command_line else arguments
    except SwitchError as error:
        raise AnsibleFilterError(f"installer_switches: {error}") from None


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Name to function."""
        return {"installer_switches": installer_switches}
