# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for ansible.windows.win_stat."""

from __future__ import annotations

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ansible.windows.plugins.module_utils.wine import expanded, unix_path

ALGORITHMS = ["md5", "sha1", "sha256", "sha384", "sha512"]


def main() -> None:
    module = AnsibleModule(
        {"path": {"type": "path", "required": True, "aliases": ["dest", "name"]},
         "get_checksum": {"type": "bool", "default": True}, "get_size": {"type": "bool", "default": True},
         "checksum_algorithm": {"type": "str", "default": "sha1", "choices": ALGORITHMS}},
        supports_check_mode=True,
    )  # fmt: skip
    path = unix_path(module.params["path"])
    if not os.path.exists(path):
        module.exit_json(changed=False, stat={"exists": False})
    stat = {"exists": True, "isdir": os.path.isdir(path), "isreg": os.path.isfile(path)}
    stat["path"] = expanded(module.params["path"])
    stat["filename"] = os.path.basename(path)
    if module.params["get_size"]:
        stat["size"] = os.path.getsize(path)
    if module.params["get_checksum"] and stat["isreg"]:
        stat["checksum"] = module.digest_from_file(path, module.params["checksum_algorithm"])
    module.exit_json(changed=False, stat=stat)


main()
