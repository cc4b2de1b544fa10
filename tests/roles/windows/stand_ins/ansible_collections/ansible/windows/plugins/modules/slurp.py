# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for ansible.windows.slurp."""

from __future__ import annotations

import base64

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ansible.windows.plugins.module_utils.wine import unix_path


def main() -> None:
    module = AnsibleModule({"src": {"type": "path", "required": True, "aliases": ["path"]}}, supports_check_mode=True)
    try:
        with open(unix_path(module.params["src"]), "rb") as file:
            content = file.read()
    except OSError:
        module.fail_json(msg=f"Path {module.params['src']} is not found")
    module.exit_json(changed=False, content=base64.b64encode(content).decode(), encoding="base64")


main()
