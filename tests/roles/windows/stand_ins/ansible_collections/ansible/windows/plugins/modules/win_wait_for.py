# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for ansible.windows.win_wait_for: with a timeout alone it waits for that long."""

from __future__ import annotations

import time

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    module = AnsibleModule({"timeout": {"type": "int", "default": 300}}, supports_check_mode=True)
    time.sleep(module.params["timeout"])
    module.exit_json(changed=False, wait_attempts=0, elapsed=module.params["timeout"])


main()
