# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of what modules support. Private to the collection."""

from __future__ import annotations


class ModuleDocFragment:
    # Every module of the API.
    DOCUMENTATION = r"""
options: {}
attributes:
  action:
    description:
      - Has an action plugin, which runs the module in the process of Ansible where the result is the same. See
        R(How tasks run,ansible_collections.ampops.secure_endpoint.docsite.guide_direct_tasks).
    support: full
  action_group:
    description: Use C(group/ampops.secure_endpoint.api) in C(module_defaults) to set the connection once.
    support: full
    membership:
      - ampops.secure_endpoint.api
  check_mode:
    description: Can run in C(check_mode) and predict exactly what a run would do, without changing anything.
  diff_mode:
    description: Returns what has changed, or would have, in diff format when in diff mode.
  idempotent:
    description: A second run with the same options changes nothing.
  platform:
    description: Where the module runs.
    support: full
    platforms: posix
"""

    # Modules that only read.
    INFO = r"""
options: {}
attributes:
  action:
    description:
      - Has an action plugin, which runs the module in the process of Ansible where the result is the same. See
        R(How tasks run,ansible_collections.ampops.secure_endpoint.docsite.guide_direct_tasks).
    support: full
  action_group:
    description: Use C(group/ampops.secure_endpoint.api) in C(module_defaults) to set the connection once.
    support: full
    membership:
      - ampops.secure_endpoint.api
  check_mode:
    description: Can run in C(check_mode) and predict exactly what a run would do, without changing anything.
    support: full
    details: This module changes nothing.
  diff_mode:
    description: Returns what has changed, or would have, in diff format when in diff mode.
    support: N/A
    details: This module changes nothing.
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
    details: This module changes nothing.
  platform:
    description: Where the module runs.
    support: full
    platforms: posix
"""

    # Modules whose action plugin is all there is of them.
    ACTION = r"""
options: {}
attributes:
  action:
    description: Has an action plugin, which does all of the work.
    support: full
  async:
    description: Supports being used with the C(async) keyword.
    support: none
  check_mode:
    description: Can run in C(check_mode) and predict what a run would do, without changing anything.
    support: full
  diff_mode:
    description: Returns what has changed, or would have, in diff format when in diff mode.
    support: full
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
  platform:
    description: Where the module runs.
    support: full
    platforms: posix
"""
