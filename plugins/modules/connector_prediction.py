#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: connector_prediction
short_description: Predict in check mode what a command would change
version_added: 0.1.0
description:
  - Check mode skips a command, so a role that has to use one predicts its change with this module, with a diff.
  - Does nothing outside of check mode. It works on the controller and never reaches the host.
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._attributes.action
attributes:
  diff_mode:
    details: In check mode only.
options:
  what:
    description:
      - What changes, for the head of the diff.
    type: str
    required: true
  before:
    description:
      - What it is now.
    type: str
    required: true
  after:
    description:
      - What the command makes of it.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Predict the removal
  ampops.secure_endpoint.connector_prediction:
    what: connector
    before: 1.26.0
    after: absent
"""

RETURN = r"""
prediction:
  description: What it is now, and what the command makes of it.
  returned: in check mode
  type: str
  sample: 1.26.0 -> absent
"""
