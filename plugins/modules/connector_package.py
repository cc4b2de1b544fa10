#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: connector_package
short_description: Copy a package of the connector to a Linux host and start its installation
version_added: 0.1.0
description:
  - Copies an RPM or DEB into a new folder that only root can read, checks there with the host's own tools that the
    signer of the manifest signed it, and nobody else, and starts its installation. The role
    P(ampops.secure_endpoint.connector_deploy#role) uses it, and M(ampops.secure_endpoint.connector_installation) behind
    it. All hosts of a play install at the same time then, not as many as Ansible has forks.
  - The package is installed by M(ansible.builtin.apt) or M(ansible.builtin.dnf) where their bindings exist on the host,
    else by a command of the package manager. It goes on where the connection to the host is lost.
  - Fails with the reason, and with what is left on the host. Removes the folder then.
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
    details: It installs the package whatever is installed. The plan says whether that is needed.
  platform:
    platforms: linux
options:
  src:
    description:
      - The package, on the controller. Exactly one of O(src) and O(folder) is given.
    type: path
  folder:
    description:
      - A folder of the host that only root can read and that holds the package already, as C(connector.rpm) or
        C(connector.deb). It is removed.
    type: path
"""

EXAMPLES = r"""
- name: Look at the connector
  ampops.secure_endpoint.connector_probe:
  become: true
  register: probed

- name: Plan the upgrade
  ampops.secure_endpoint.connector_plan:
    installers: "{{ connector_deploy_installers }}"
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
path:
  description: The folder on the host, with the package as C(connector.rpm) or C(connector.deb) in it.
  returned: success
  type: str
  sample: /tmp/ampops.u8Wq1xZb
job:
  description: What M(ampops.secure_endpoint.connector_installation) waits for.
  returned: success
  type: dict
  contains:
    file:
      description: The file on the host that gets the result.
      type: str
    began:
      description: When it was started, in seconds since 1970 by the controller's clock.
      type: int
    seconds:
      description: Seconds after which it is stopped.
      type: int
    mark:
      description: What marks its processes, which are killed then.
      type: str
status:
  description: The status afterwards, as the role P(ampops.secure_endpoint.connector_status#role) documents it.
  returned: if it failed and the connector could be looked at
  type: dict
host:
  description: What was found of the host itself.
  returned: if it failed and the connector could be looked at
  type: dict
"""
