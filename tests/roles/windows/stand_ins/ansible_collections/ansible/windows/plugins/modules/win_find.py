# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for ansible.windows.win_find: the regular files right below the given folders."""

from __future__ import annotations

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ansible.windows.plugins.module_utils.wine import expanded, unix_path


def main() -> None:
    module = AnsibleModule(
        {
            "paths": {"type": "list", "elements": "str", "required": True},
            "get_checksum": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    files = []
    for path in module.params["paths"]:
        here = unix_path(path)
        if not os.path.isdir(here):
            module.warn(f"Argument path '{path}' does not exist, skipping")
            continue
        for name in sorted(os.listdir(here)):
            entry = {"path": expanded(path).rstrip("\\") + "\\" + name, "filename": name, "isdir": False, "isreg": True}
            if os.path.isfile(os.path.join(here, name)):
                files.append(entry | {"size": os.path.getsize(os.path.join(here, name))})
    module.exit_json(changed=False, files=files, matched=len(files), examined=len(files))


main()
