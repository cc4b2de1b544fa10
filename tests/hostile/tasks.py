# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What meets the hostile cloud: each module of the API, reading and writing, inventory and lookup."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulator import Simulator

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
NOT_OF_THE_API = {
    "connector_installation",
    "connector_package",
    "connector_plan",
    "connector_prediction",
    "connector_probe",
    "controller_objects",
    "event_stream_drain",
    "installer_cache",
    "notify",
}
MODULES = sorted({path.stem for path in (PLUGINS / "modules").glob("[!_]*.py")} - NOT_OF_THE_API)
INVENTORY, LOOKUP = "inventory computers", "lookup computer_guids"
SHA256 = "ab" * 32
TREE = """
groups: {{New: {{policies: {{windows: Observe}}}}, New/Below: {{}}}}
file_lists: {{{file_list}: {{entries: [{sha256}]}}}}
computers: {{Protect/Audit: {{at_least: [PC-*]}}}}
event_streams: {{}}
"""


def tasks_of(simulator: Simulator, folder: Path) -> dict[str, list[Mapping[str, Any]]]:
    """The options of the tasks of each entry point."""
    guid = simulator.control.computer("PC-0000").guid
    other = simulator.control.computer("NB-0002").guid
    tenant = simulator.cloud.tenant
    file_list = next(iter(tenant.file_lists.values())).name
    saved = str(folder / "stream.json")
    tree = folder / "tenant.yml"
    tree.write_text(TREE.format(file_list=file_list, sha256=SHA256), encoding="utf-8")
    return {
        "api_info": [{}],
        "audit_log_info": [{}],
        "computer": [{"computers": [other], "state": "absent"}],
        "computer_activity_info": [{"q": SHA256}],
        "computer_group": [{"computers": [guid], "group": "Audit"}],
        "computer_info": [{}, {"hostnames": ["PC-0000"]}, {"groups": ["Protect"]}],
        "computer_trajectory_info": [{"computer": guid}],
        "event_info": [{"limit": 10}, {"computers": ["PC-0000"], "event_types": ["Threat Detected"]}],
        "event_stream": [{"name": "soc", "credentials_path": saved}, {"name": "soc", "state": "absent"}],
        "event_stream_info": [{"resolve_names": True}],
        "event_type_info": [{}],
        "file_list_entry": [{"file_list": file_list, "entries": [{"sha256": SHA256, "description": "x"}]}],
        "file_list_info": [{"files": True}],
        "group": [{"name": "New", "parent": "Protect"}, {"name": "Audit", "state": "absent"}],
        "group_info": [{"details": True}],
        "hunt_info": [{"observables": [SHA256]}],
        "indicator_info": [{}],
        "isolation": [{"computers": [guid, other], "wait_timeout": 1}],
        "isolation_info": [{"computers": [guid]}, {}],
        "policy_info": [{"details": True}, {"xml": True, "products": ["linux"]}],
        "tenant_config": [{"src": str(tree)}],
        "tenant_export": [{"dest": str(folder / "exported")}],
        "report": [{"path": str(folder / "night.html")}],
        "vulnerability_info": [{}, {"computer": guid}],
        INVENTORY: [{}],
        LOOKUP: [{"terms": ["PC-0000"]}, {"terms": [], "groups": ["Protect"]}],
    }
