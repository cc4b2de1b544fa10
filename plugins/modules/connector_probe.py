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
  - Changes nothing. The host needs a shell and no Python.
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
  system:
    description:
      - The system of the host, which decides where the connector is looked for.
    type: str
    choices: [linux, macos]
    required: true
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
"""

EXAMPLES = r"""
- name: Look at the connector
  ampops.secure_endpoint.connector_probe:
    system: linux
  become: true
  register: probed

- name: Show the version
  ansible.builtin.debug:
    msg: "{{ probed.status.version }}"
"""

RETURN = r"""
root:
  description: Whether the host could be looked at, as root.
  returned: success
  type: bool
status:
  description: The status, as the role P(ampops.secure_endpoint.connector_status#role) documents it.
  returned: if RV(root) is V(true)
  type: dict
host:
  description: What was found of the host itself, such as free space, kernel and package manager.
  returned: if RV(root) is V(true)
  type: dict
"""
