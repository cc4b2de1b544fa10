# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for ansible.windows.setup: the facts that the roles read."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ansible.windows.plugins.module_utils.wine import read_key

HOST = r"HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
ROLES = {
    "server": "Stand-alone server",
    "domain_controller": "Primary domain controller",
    "workstation": "Stand-alone workstation",
}


def main() -> None:
    module = AnsibleModule(
        {"gather_subset": {"type": "list", "elements": "str", "default": ["all"]},
         "gather_timeout": {"type": "int", "default": 10}, "fact_path": {"type": "path"}},
        supports_check_mode=True,
    )  # fmt: skip
    values = {name: value["value"] for name, value in (read_key(HOST) or {"values": {}})["values"].items()}
    product = values.get("TestProductType", "server")
    facts = {
        "os_family": "Windows",
        "system": "Win32NT",
        "distribution": "Microsoft " + values["ProductName"],
        "distribution_version": f"{values['CurrentVersion']}.{values['CurrentBuildNumber']}.0",
        "distribution_major_version": values["CurrentVersion"].split(".")[0],
        "os_name": "Microsoft " + values["ProductName"],
        "os_product_type": product,
        "windows_domain_role": ROLES[product],
        "os_installation_type": "Client" if product == "workstation" else "Server",
        "architecture": values.get("TestArchitecture", "64-bit"),
        "user_id": "root",
        "env": {"ProgramFiles": r"C:\Program Files", "TEMP": r"C:\users\root\Temp"},
    }
    module.exit_json(changed=False, ansible_facts={"ansible_" + name: value for name, value in facts.items()})


main()
