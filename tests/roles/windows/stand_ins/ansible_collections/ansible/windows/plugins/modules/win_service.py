# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for ansible.windows.win_service: start, stop and restart of a service that exists."""

from __future__ import annotations

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ansible.windows.plugins.module_utils.wine import run, service_state


def bring(module: AnsibleModule, name: str, verb: str, state: str) -> None:
    rc, out, err = run(["sc", verb, name])
    if rc:
        module.fail_json(msg=f"Failed to {verb} service: {(out + err).strip()}")
    for _turn in range(200):
        if service_state(name) in (state, "STOPPED"):
            return
        time.sleep(0.1)
    module.fail_json(msg=f"Service '{name}' did not become {state} within 20 seconds")


def main() -> None:
    module = AnsibleModule(
        {"name": {"type": "str", "required": True},
         "state": {"type": "str", "choices": ["started", "stopped", "restarted"]}},
        supports_check_mode=True,
    )  # fmt: skip
    name, wanted = module.params["name"], module.params["state"]
    before = service_state(name)
    if before is None:
        module.fail_json(msg=f"Service '{name}' is not installed, need to set 'path' to create a new service")
    running = before == "RUNNING"
    stop = running and wanted in ("stopped", "restarted")
    start = wanted == "restarted" or (wanted == "started" and not running)
    if not module.check_mode:
        if stop:
            bring(module, name, "stop", "STOPPED")
        if start:
            bring(module, name, "start", "RUNNING")
    module.exit_json(
        changed=stop or start, exists=True, name=name, state="stopped" if wanted == "stopped" else "started"
    )


main()
