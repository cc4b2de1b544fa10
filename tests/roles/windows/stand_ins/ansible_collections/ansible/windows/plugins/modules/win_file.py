# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for ansible.windows.win_file: folders made, anything removed."""

from __future__ import annotations

import os
import shutil

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ansible.windows.plugins.module_utils.wine import unix_path


def main() -> None:
    module = AnsibleModule(
        {"path": {"type": "path", "required": True, "aliases": ["dest", "name"]},
         "state": {"type": "str", "choices": ["absent", "directory"]}},
        supports_check_mode=True,
    )  # fmt: skip
    if "\0" in module.params["path"]:
        module.fail_json(msg="Illegal characters in path.")
    path, absent = unix_path(module.params["path"]), module.params["state"] == "absent"
    changed = os.path.exists(path) if absent else not os.path.isdir(path)
    if changed and not module.check_mode:
        if not absent:
            os.makedirs(path)
        elif os.path.isdir(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)
    module.exit_json(changed=changed)


main()
