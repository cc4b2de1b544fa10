# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for ansible.windows.win_powershell: there is no PowerShell on the pretend host, and it says so."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    module = AnsibleModule({"script": {"type": "str"}, "parameters": {"type": "dict"}}, supports_check_mode=True)
    module.fail_json(msg="this pretend Windows host has no PowerShell")


main()
