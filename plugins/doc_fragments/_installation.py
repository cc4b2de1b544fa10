# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that all modules have which install a package on Linux. Private to the collection."""

from __future__ import annotations


class ModuleDocFragment:
    # Their argument spec is SHARED_SPEC in plugin_utils/_installation.py.
    DOCUMENTATION = r"""
options:
  plan:
    description:
      - What is done, as M(ampops.secure_endpoint.connector_plan) returns it.
    type: dict
    required: true
  host:
    description:
      - What M(ampops.secure_endpoint.connector_probe) found of the host, such as its package manager.
    type: dict
    required: true
  install_timeout:
    description:
      - Seconds after which a package manager that hangs is stopped.
    type: int
    default: 900
  lock_timeout:
    description:
      - Seconds to wait for another package manager to finish.
    type: int
    default: 120
  ampcli_timeout:
    description:
      - Seconds after which C(ampcli) is given up.
    type: int
    default: 10
"""
