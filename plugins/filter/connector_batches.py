# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_batches
short_description: Reads the batches of a roll-out for the keyword serial
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Makes the value of the keyword C(serial) from what a survey or the command line gives as text.
options:
  _input:
    description:
      - A number of hosts, a percentage, a list of them, or such a list as text. The last one is repeated until no host
        is left.
      - Nothing means all hosts at once.
    type: raw
    required: true
"""

EXAMPLES = r"""
---
- name: Show the batches
  ansible.builtin.debug:
    msg: "{{ '1,5,20%' | ampops.secure_endpoint.connector_batches }}"
"""

RETURN = r"""
---
_value:
  description: The batches, numbers and percentages.
  type: list
  elements: raw
  sample: [1, 5, "20%"]
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.rollout import read_batches
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.variables import AnswerError
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._event_lists import plain


def connector_batches(given: object) -> list[int | str]:
    """Return the batches that `given` names."""
    try:
        return read_batches(plain(given))
    except AnswerError as error:
        raise AnsibleFilterError(f"connector_batches: {error}") from None


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"connector_batches": connector_batches}
