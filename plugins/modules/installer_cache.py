#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: installer_cache
short_description: Find or download the installers of a manifest on the controller and verify them
version_added: 0.1.0
description:
  - Verifies the installers of a manifest on the controller, and downloads those that are given by URL and are not yet
    in the cache folder. The role P(ampops.secure_endpoint.connector_deploy#role) uses it.
  - Always runs in the process of Ansible on the controller, as the user who started Ansible. C(delegate_to), C(become)
    and the connection of the host change nothing.
  - The whole manifest is checked first. The task fails at once if an entry is wrong.
  - A download is written beside its place, checked while it comes, and renamed when it is complete, so a file of the
    cache is never half of one. If several plays or hosts want the same file at the same time, one downloads it and the
    others wait for it.
  - A download URL enrols hosts, so it is in no result and in no message.
  - Needs no API credentials. It is not part of the action group V(api).
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._attributes.action
attributes:
  check_mode:
    details: Asks no server. What a download ends with is only known after it.
options:
  installers:
    description:
      - The manifest, one entry for each installer.
    type: list
    elements: dict
    required: true
    suboptions:
      os:
        description:
          - V(windows), V(macos), or a Linux distribution or family as Ansible's facts name it, in lower case, such as
            V(redhat), V(suse), V(debian) or V(ubuntu).
        type: str
      os_versions:
        description:
          - The major versions that the installer is for. By default all.
        type: list
        elements: str
      arch:
        description:
          - V(x86_64), V(aarch64) or V(any). Default is V(x86_64).
        type: str
      path:
        description:
          - The file on the controller. Give either this or O(installers[].url).
        type: path
      url:
        description:
          - The https URL to download the file from.
        type: str
      fetch_on:
        description:
          - V(controller) or V(target), the host that downloads the URL. Default is V(controller).
        type: str
      version:
        description:
          - The version of the connector inside, as text of at least two numbers. Required for EXE and DMG.
        type: raw
      sha256:
        description:
          - The SHA-256 of the file, or V(waived).
        type: str
      signer:
        description:
          - Who signed the file. The signature is verified on the host, not by this module.
        type: dict
      signature:
        description:
          - V(required) or V(waived). Default is V(required).
        type: str
  wanted:
    description:
      - The places of the entries to find or download, counted from 0.
      - By default every entry that is not downloaded by the target.
    type: list
    elements: int
  cache_dir:
    description:
      - The folder for downloads. It is created if it is missing. Only its owner can read it.
    type: path
    default: ~/.cache/ampops.secure_endpoint/installers
  allowed_hosts:
    description:
      - The hosts that a URL may redirect to, besides its own. One redirect is followed, to https only.
    type: list
    elements: str
    default: []
  proxy:
    description:
      - The URL of the proxy for downloads. By default as the environment says, for example E(HTTPS_PROXY).
    type: str
  ca_path:
    description:
      - A PEM file with the certificate authorities to trust. By default those of the system.
    type: path
  timeout:
    description:
      - Seconds to wait for a connection and for each piece of an answer.
    type: int
    default: 60
  download_timeout:
    description:
      - Seconds that one download may take, and that the module waits for another process that downloads the file.
    type: int
    default: 3600
  max_size_mb:
    description:
      - Refuse a download that is larger than this many megabytes.
    type: int
    default: 2048
  concurrency:
    description:
      - How many files to read or download at the same time.
    type: int
    default: 4
seealso:
  - name: Deploy the connector
    description: What uses the installers.
    link: https://galaxy.ansible.com/ui/repo/published/ampops/secure_endpoint/content/role/connector_deploy/
"""

EXAMPLES = r"""
- name: Fill the cache before a maintenance window
  ampops.secure_endpoint.installer_cache:
    installers: "{{ connector_deploy_installers }}"
    cache_dir: /srv/installers
    allowed_hosts:
      - download.example.com
  register: cached

- name: Show which files are in the cache
  ansible.builtin.debug:
    msg: "{{ item.item }}: {{ item.path }}"
  loop: "{{ cached.installers }}"
  loop_control:
    label: "{{ item.item }}"
"""

RETURN = r"""
installers:
  description: A record for each of the wanted entries, in the order of the manifest.
  returned: if the manifest is valid, also when the module fails
  type: list
  elements: dict
  contains:
    index:
      description: The place of the entry in the manifest.
      type: int
    item:
      description: Its operating system, architecture and version.
      type: str
      sample: debian x86_64 1.26.0
    outcome:
      description: V(found) if the file was there, V(fetched) if it was downloaded or would be, or V(failed).
      type: str
    detail:
      description: What failed, or why RV(installers[].package) is null.
      type: str
    path:
      description: The file on the controller. Empty if it failed or was not downloaded in check mode.
      type: str
    sha256:
      description: The SHA-256 of the file.
      type: str
    size:
      description: The size of the file in bytes.
      type: int
    package:
      description: The C(name), C(version) and C(arch) that an RPM or DEB states. Null for other files.
      type: dict
counts:
  description: The number of entries for each outcome.
  returned: if the manifest is valid, also when the module fails
  type: dict
  sample: {found: 3, fetched: 1}
"""
