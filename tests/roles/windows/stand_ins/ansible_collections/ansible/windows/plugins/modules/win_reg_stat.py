# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for ansible.windows.win_reg_stat."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ansible.windows.plugins.module_utils.wine import read_key


def main() -> None:
    module = AnsibleModule(
        {"path": {"type": "str", "required": True, "aliases": ["key"]},
         "name": {"type": "str", "aliases": ["entry", "value"]}},
        supports_check_mode=True,
    )  # fmt: skip
    key = read_key(module.params["path"])
    if key is None:
        module.exit_json(changed=False, exists=False)
    if module.params["name"] is None:
        module.exit_json(changed=False, exists=True, properties=key["values"], sub_keys=key["sub_keys"])
    value = key["values"].get(module.params["name"])
    module.exit_json(changed=False, exists=value is not None, **(value or {}))


main()
