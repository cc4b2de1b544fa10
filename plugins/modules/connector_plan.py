#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: connector_plan
short_description: Plan what a deployment of the connector does to a host, or refuse it
version_added: 0.1.0
description:
  - Chooses the installer of a manifest for a host, decides whether it is installed, upgraded, started or left alone,
    and checks what the host needs for it. The role P(ampops.secure_endpoint.connector_deploy#role) uses it.
  - Fails with the reason if the deployment is refused. Nothing was touched on the host then.
  - Works on the controller with what O(status), O(found) and the facts say. It never reaches the host.
  - Gets the installer that is needed, as M(ampops.secure_endpoint.installer_cache) does, where O(cache_dir) is given.
  - Needs no API credentials. It is not part of the action group V(api).
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._attributes.action
attributes:
  check_mode:
    details: In check mode RV(ignore:changed) says whether a run would change the host, else whether the cache changed.
  diff_mode:
    details:
      - In check mode it shows the version, whether the connector runs, and the installer's arguments.
      - It shows what came into the cache.
options:
  installers:
    description:
      - The manifest. The role P(ampops.secure_endpoint.connector_deploy#role) describes it as its option
        C(connector_deploy_installers).
    type: list
    elements: dict
    required: true
  status:
    description:
      - The fact C(connector_status_result) of the host.
    type: dict
    required: true
  facts:
    description:
      - The facts of the host. By default those that Ansible has gathered; where it has gathered none, what O(found)
        says of the system.
    type: dict
  found:
    description:
      - The fact C(connector_status_host) of a Linux or macOS host, with its system, free space, kernel and package
        manager.
    type: dict
    default: {}
  cache_dir:
    description:
      - The folder for downloaded installers on the controller, as in M(ampops.secure_endpoint.installer_cache). An
        installer that is needed on the controller is found or downloaded, and checked against manifest and host. By
        default the deployment is planned without looking at it.
    type: path
  allowed_hosts:
    description:
      - The hosts that a URL may redirect to, besides its own.
    type: list
    elements: str
    default: []
  proxy:
    description:
      - The URL of the proxy for downloads. By default as the environment says, for example E(HTTPS_PROXY).
    type: str
  channel:
    description:
      - V(n) for the newest version of the manifest, V(n-1) for the one before.
    type: str
    choices: [n, n-1]
    default: n
  version:
    description:
      - Choose exactly this version, whatever the channel says. V(7.2.7) fits V(7.2.7.11687).
      - One for all hosts, or one for each system, as a dictionary or as text, such as
        V(windows=8.2.3.30119 linux=1.27.0). The systems are those of the manifest, and V(linux) for every distribution.
        The most exact one decides. A system that is not named gets what the channel says.
    type: raw
    default: ""
  newer:
    description:
      - Accept, refuse or replace a connector that is newer than the manifest.
    type: str
    choices: [accept, fail, downgrade]
    default: accept
  upgrade_only:
    description:
      - Refuse a host that has no connector.
    type: bool
    default: false
  golden_image:
    description:
      - Leave the host ready to be cloned. A connector that is stopped is not started.
    type: bool
    default: false
  profile:
    description:
      - The installer's profile on Windows. Over an installed connector the switches of that one are kept instead.
    type: str
    choices: [auto, desktop, server]
    default: auto
  ui:
    description:
      - Install desktop icon, start menu and context menu on Windows.
    type: bool
    default: true
  switches:
    description:
      - Documented installer switches with their value, 0 or 1. They win over all others.
    type: dict
    default: {}
  extra_switches:
    description:
      - More arguments for the Windows installer, one list item an argument.
    type: list
    elements: str
    default: []
  minimum_free_mb:
    description:
      - Megabytes that must be free on a Linux or macOS host.
    type: int
    default: 2048
  preflight:
    description:
      - Fail, warn or ignore if the kernel of a Linux host does not let the connector protect it. Missing profiles of
        device management on macOS are warned of, unless it is V(skip).
    type: str
    choices: [fail, warn, skip]
    default: fail
  without_python:
    description:
      - The host has no Python that Ansible can use.
    type: bool
    default: false
seealso:
  - module: ampops.secure_endpoint.installer_cache
"""

EXAMPLES = r"""
- name: Plan the deployment
  ampops.secure_endpoint.connector_plan:
    installers: "{{ connector_deploy_installers }}"
    status: "{{ connector_status_result }}"
    found: "{{ connector_status_host | default({}) }}"
  register: planned

- name: Show what would be done
  ansible.builtin.debug:
    msg: "{{ planned.plan.action }}: {{ planned.plan.installer.label }}"
"""

RETURN = r"""
file:
  description: The path of the installer on the controller. Empty if none was needed, or O(cache_dir) was not given.
  returned: if the deployment is not refused
  type: str
plan:
  description: What the deployment does.
  returned: if the deployment is not refused
  type: dict
  contains:
    action:
      description:
        - V(none), V(start), V(install), V(upgrade), V(downgrade) or V(repair), which installs over a connector that is
          half installed.
        - V(unknown) if only the file says its version and O(cache_dir) is not given.
      type: str
    installs:
      description: Whether an installer runs.
      type: bool
    needs_file:
      description: Whether the file is needed on the controller.
      type: bool
    kind:
      description: V(exe), V(dmg), V(rpm) or V(deb).
      type: str
    installer:
      description: The chosen entry of the manifest with its place, C(index), and its C(label). Without the URL.
      type: dict
    version_before:
      description: The version on the host. Null if there is none.
      type: str
    arguments:
      description: The arguments of the Windows installer.
      type: str
    note:
      description: Says that a newer version is kept. Empty otherwise.
      type: str
    warnings:
      description: What may make the connector faulty.
      type: list
      elements: str
"""
