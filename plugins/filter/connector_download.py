# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_download
short_description: Judges the download of a target and says where a redirect leads
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - One redirect to an allowed host is followed, by the same rule as that of
    M(ampops.secure_endpoint.installer_cache).
options:
  _input:
    description:
      - The results of the requests, one or two, of M(ansible.builtin.uri), M(ansible.windows.win_uri) or
        M(ansible.windows.win_get_url).
    type: list
    elements: dict
    required: true
  url:
    description: The URL of the first request.
    type: str
    required: true
  allowed_hosts:
    description: The hosts that it may redirect to, besides its own.
    type: list
    elements: str
    required: true
  stat:
    description: The state of the file that came, C(stat) of M(ansible.builtin.stat), once it is there.
    type: dict
  sha256:
    description: The SHA-256 of the manifest, or V(waived).
    type: str
    default: ""
"""

EXAMPLES = r"""
---
- name: Request the installer where the server redirects to
  ansible.builtin.uri:
    url: "{{ ([asked] | ampops.secure_endpoint.connector_download(url, ['download.example.com'])).url }}"
    dest: /root/connector.rpm
    mode: "0600"
    follow_redirects: none
  no_log: true
"""

RETURN = r"""
---
_value:
  description: C(url), where the file is, and C(problem), which completes "The installer ...". One of them is empty.
  type: dict
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.redirects import downloaded
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_mappings


def connector_download(
    answers: Sequence[Mapping[str, Any]],
    url: str,
    allowed_hosts: Sequence[str],
    stat: Mapping[str, Any] | None = None,
    sha256: str = "",
) -> object:
    """Return where the file is, or why it did not come."""
    check_mappings("connector_download: the answers", answers)
    return wrap_var(asdict(downloaded(answers, str(url), allowed_hosts, stat, sha256)))


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"connector_download": connector_download}
