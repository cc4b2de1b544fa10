#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: connector_installation
short_description: Wait for the installation of a package on a Linux host and look at the connector
version_added: 0.1.0
description:
  - Waits for what M(ampops.secure_endpoint.connector_package) has started, does what else the installation needs,
    removes the folder of the package, and looks at the connector until it runs. The role
    P(ampops.secure_endpoint.connector_deploy#role) uses it.
  - One command waits on the host. Where the connection is lost it is made anew, until the time of the installation is
    over.
  - Fails with the reason, and with what is left on the host, unless the planned version runs then.
  - The task has to run as root. Its C(environment), such as a proxy, is that of the package manager.
  - Needs no API credentials. It is not part of the action group V(api).
author:
  - The ampops.secure_endpoint contributors (@ampops)
requirements:
  - lxml on the controller
extends_documentation_fragment:
  - ampops.secure_endpoint._attributes.action
  - ampops.secure_endpoint._installation
attributes:
  check_mode:
    support: none
    details: It is skipped. M(ampops.secure_endpoint.connector_plan) predicts the change.
  diff_mode:
    support: none
    details: M(ampops.secure_endpoint.connector_plan) shows the change.
  idempotent:
    support: none
    details: Each installation can be waited for once.
  platform:
    platforms: linux
options:
  path:
    description:
      - The folder of the package, as M(ampops.secure_endpoint.connector_package) returns it.
    type: path
    required: true
  job:
    description:
      - What is waited for, as M(ampops.secure_endpoint.connector_package) returns it.
    type: dict
    required: true
  newer:
    description:
      - With V(accept), a newer version than the planned one is right, too.
    type: str
    choices: [accept, fail, downgrade]
    default: accept
  golden_image:
    description:
      - The connector does not have to run.
    type: bool
    default: false
  start_timeout:
    description:
      - Seconds within which the service must be running after the installation.
    type: int
    default: 120
"""

EXAMPLES = r"""
- name: Look at the connector
  ampops.secure_endpoint.connector_probe:
  become: true
  register: probed

- name: Plan the upgrade
  ampops.secure_endpoint.connector_plan:
    installers: "{{ connector_installers }}"
    status: "{{ probed.status }}"
    found: "{{ probed.host }}"
    cache_dir: ~/installers
  register: planned

- name: Copy the package and start its installation
  ampops.secure_endpoint.connector_package:
    src: "{{ planned.file }}"
    plan: "{{ planned.plan }}"
    host: "{{ probed.host }}"
  become: true
  when: planned.plan.installs
  register: started

- name: Wait for the installation
  ampops.secure_endpoint.connector_installation:
    path: "{{ started.path }}"
    job: "{{ started.job }}"
    plan: "{{ planned.plan }}"
    host: "{{ probed.host }}"
  become: true
  when: planned.plan.installs
"""

RETURN = r"""
status:
  description: The status afterwards, as the role P(ampops.secure_endpoint.connector_status#role) documents it.
  returned: if the connector could be looked at
  type: dict
host:
  description: What was found of the host itself.
  returned: if the connector could be looked at
  type: dict
stdout:
  description: What the package manager said.
  returned: if it said something
  type: str
stderr:
  description: What the package manager said of errors.
  returned: if it said something
  type: str
"""
