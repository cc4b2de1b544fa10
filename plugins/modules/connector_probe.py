#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: connector_probe
short_description: Look at the connector of a Linux or macOS host
version_added: 0.1.0
description:
  - Runs the probe of the role P(ampops.secure_endpoint.connector_status#role) on the host, in one round trip, and
    returns the status of the connector and what was found of the host itself. The role uses it.
  - Where the play has no facts and the script cannot tell the system, it gathers them. Of a Windows host it says
    nothing else.
  - Changes nothing. The script needs a shell and no Python.
  - Needs no API credentials. It is not part of the action group V(api).
author:
  - The ampops.secure_endpoint contributors (@ampops)
requirements:
  - lxml on the controller
extends_documentation_fragment:
  - ampops.secure_endpoint._attributes.action
attributes:
  check_mode:
    details: Looks in check mode, too.
  diff_mode:
    support: N/A
    details: It changes nothing.
options:
  ampcli_timeout:
    description:
      - Seconds after which C(ampcli) is given up.
    type: int
    default: 10
  await:
    description:
      - Wait until the connector is in this state. By default it is looked at as it is.
    type: str
    choices: ["", running, stopped, registered]
    default: ""
  await_timeout:
    description:
      - Wait for so many seconds at most.
    type: int
    default: 120
  root_required:
    description:
      - Fail if the task does not run as root, who alone can look at the connector. If V(false), RV(root) says so.
    type: bool
    default: true
  without_python:
    description:
      - The host has no Python that Ansible can use, so no facts are gathered.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Look at the connector
  ampops.secure_endpoint.connector_probe:
    await: running
  become: true
  register: probed

- name: Show the version
  ansible.builtin.debug:
    msg: "{{ probed.status.version }}"
"""

RETURN = r"""
root:
  description: Whether the host could be looked at, as root.
  returned: on Linux and macOS
  type: bool
system:
  description: V(linux), V(macos) or V(windows).
  returned: success
  type: str
status:
  description: The status, as the role P(ampops.secure_endpoint.connector_status#role) documents it.
  returned: if RV(root) is V(true)
  type: dict
host:
  description: What was found of the host itself, such as system, free space, kernel and package manager.
  returned: if RV(root) is V(true)
  type: dict
"""
