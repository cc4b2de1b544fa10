# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for ansible.windows.win_service_info: services by name (* is a wildcard), with the answer's main keys."""

from __future__ import annotations

import contextlib
import fnmatch
import glob

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ansible.windows.plugins.module_utils.wine import read_key, service_state

SERVICES = r"HKLM:\SYSTEM\CurrentControlSet\Services"
START = {0: "boot", 1: "system", 2: "auto", 3: "manual", 4: "disabled"}


def process_of(image: str) -> int:
    """Return the process that runs this command line, as the pretend host's own kernel counts; 0 for none."""
    for file in glob.glob("/proc/[0-9]*/cmdline"):
        with contextlib.suppress(OSError), open(file, encoding="utf-8", errors="replace") as opened:
            if opened.read().strip("\0") == image.strip('"'):
                return int(file.split("/")[2])
    return 0


def main() -> None:
    module = AnsibleModule({"name": {"type": "str"}}, supports_check_mode=True)
    wanted = (module.params["name"] or "*").lower()
    services = []
    for name in (read_key(SERVICES) or {"sub_keys": []})["sub_keys"]:
        if not fnmatch.fnmatchcase(name.lower(), wanted):
            continue
        state = service_state(name)
        values = (read_key(SERVICES + "\\" + name) or {"values": {}})["values"]
        if state is None or "ImagePath" not in values:
            continue
        services.append({
            "name": name,
            "display_name": values.get("DisplayName", {}).get("value", name),
            "path": values["ImagePath"]["value"],
            "start_mode": START.get(values["Start"]["value"], "manual"),
            "process_id": process_of(values["ImagePath"]["value"]),
            "state": "started" if state == "RUNNING" else state.lower(),
        })  # fmt: skip
    module.exit_json(changed=False, exists=bool(services), services=services)


main()
