#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: connector_package
short_description: Copy a package of the connector to a Linux host and check who signed it
version_added: 0.1.0
description:
  - Copies an RPM or DEB into a new folder that only root can read, and checks there with the host's own tools that the
    signer of the manifest signed it, and nobody else. The role P(ampops.secure_endpoint.connector_deploy#role) uses it.
  - Fails with the reason if it is not so. The folder stays; the caller removes it.
  - The task has to run as root. The host needs a shell and no Python.
  - Needs no API credentials. It is not part of the action group V(api).
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._attributes.action
attributes:
  check_mode:
    support: none
    details: It is skipped.
  diff_mode:
    support: N/A
    details: It makes a temporary folder and changes nothing else.
  idempotent:
    support: N/A
    details: Each run makes a folder of its own.
  platform:
    platforms: linux
options:
  src:
    description:
      - The package, on the controller. Exactly one of O(src) and O(folder) is given.
    type: path
  sha256:
    description:
      - The SHA-256 that the package must have when it has come to the host. By default that of the file on the
        controller.
    type: str
    default: ""
  folder:
    description:
      - A folder of the host that only root can read and that holds the package already, as C(connector.rpm) or
        C(connector.deb).
    type: path
  kind:
    description:
      - The kind of the package.
    type: str
    choices: [rpm, deb]
    required: true
  signature:
    description:
      - With V(waived) it is only copied.
    type: str
    choices: [required, waived]
    default: required
  signer:
    description:
      - Who must have signed it, with C(key) and, for a DEB, C(debsig_policy), files of the controller.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Copy the package and check who signed it
  ampops.secure_endpoint.connector_package:
    src: /srv/installers/ciscoampconnector.rpm
    kind: rpm
    signer:
      key: /srv/installers/cisco.gpg
  become: true
  register: copied

- name: Install it
  ansible.builtin.dnf:
    name: "{{ copied.path }}/connector.rpm"
    disable_gpg_check: true
  become: true
"""

RETURN = r"""
path:
  description: The folder on the host, with the package as C(connector.rpm) or C(connector.deb) in it.
  returned: if the host has one, also if the check failed
  type: str
  sample: /tmp/ampops.u8Wq1xZb
"""
