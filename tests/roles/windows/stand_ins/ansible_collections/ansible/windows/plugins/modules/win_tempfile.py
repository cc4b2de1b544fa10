# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for ansible.windows.win_tempfile."""

from __future__ import annotations

import os
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ansible.windows.plugins.module_utils.wine import expanded, unix_path


def main() -> None:
    module = AnsibleModule(
        {"path": {"type": "path", "default": "%TEMP%", "aliases": ["dest"]},
         "state": {"type": "str", "default": "file", "choices": ["directory", "file"]},
         "prefix": {"type": "str", "default": "ansible."}, "suffix": {"type": "str"}},
        supports_check_mode=True,
    )  # fmt: skip
    options = module.params
    parent, suffix = unix_path(options["path"]), options["suffix"] or ""
    if module.check_mode:
        name = f"{options['prefix']}check{suffix}"
    elif options["state"] == "directory":
        name = os.path.basename(tempfile.mkdtemp(suffix, options["prefix"], parent))
    else:
        handle, made = tempfile.mkstemp(suffix, options["prefix"], parent)
        os.close(handle)
        name = os.path.basename(made)
    module.exit_json(changed=True, state=options["state"], path=expanded(options["path"]) + "\\" + name)


main()
