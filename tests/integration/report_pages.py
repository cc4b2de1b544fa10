# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report's page with everything in it, for the tests in a browser and for the pictures of the guide."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.options import ConnectionOptions
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._report.write import make_report
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources._shared.tenant import Tenant

START = 1_794_996_000  # 2026-11-18T10:00:00Z
DETECTED, QUARANTINED, FAILED, UNINSTALLED, ISOLATED = 1090519054, 553648143, 2164260880, 553648166, 553648202
LONG = "A name that goes on and on " * 12


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


def event(number: int, type_id: int, computer: int, **more: Any) -> dict[str, Any]:
    return {
        "id": 6_500_000_000_000_000_000 + number,
        "timestamp": START + number * 600,
        "event_type_id": type_id,
        "severity": ("Low", "Medium", "High", "Critical")[number % 4],
        "connector_guid": guid(computer),
        "computer": {"connector_guid": guid(computer), "hostname": f"PC-{computer:04d}", "user": "ann@CORP"},
        **more,
    }


def threat(number: int, type_id: int, computer: int, **more: Any) -> dict[str, Any]:
    file = {"disposition": "Malicious", "file_name": "invoice.exe", "identity": {"sha256": f"{number:064x}"}}
    fields = {"detection_id": str(number), "detection": "W32.Auto:Trojan", "file": file, "techniques": ["T1059.001"]}
    return event(number, type_id, computer, **fields, **more)


def events(*, hostile: bool) -> list[dict[str, Any]]:
    """Thirty incidents that need a person, some that do not, stopped protection and isolation."""
    made = [threat(number, DETECTED if number % 3 else FAILED, number) for number in range(1, 31)]
    made += [threat(number, QUARANTINED, number) for number in range(31, 331)]
    made += [event(number, UNINSTALLED, number) for number in range(331, 334)]
    made += [event(number, ISOLATED, number) for number in range(334, 337)]
    if hostile:
        made[2]["computer"]["hostname"] = '<img src=x onerror="window.hacked = 1">'
        made[2]["detection"] = LONG
        made[2]["severity"] = "Critical"
        made[3]["file"]["file_name"] = "</script><script>window.hacked = 2</script>\u202egpj.exe"
    return made


def computers() -> list[dict[str, Any]]:
    """A hundred computers, each tenth with a problem."""
    systems = (("Windows 11", "8.4.5.30483"), ("Ubuntu 22.04", "1.26.1.1003"), ("macOS 15", "1.26.0.994"))
    return [
        {
            "connector_guid": guid(number),
            "hostname": f"PC-{number:04d}",
            "active": True,
            "operating_system": systems[number % 3][0],
            "connector_version": systems[number % 3][1],
            "policy": {"name": "Audit" if number % 7 == 0 else "Protect"},
            "groups": [{"name": "Office"}],
            "last_seen": "2026-10-01T00:00:00Z" if number % 20 == 0 else "2100-01-01T00:00:00Z",
            "faults": ["Fault 7: the driver is not loaded"] if number % 10 == 0 else [],
            "isolation": {"available": True, "status": "isolated" if number in (3, 6) else "not_isolated"},
        }
        for number in range(1, 101)
    ]


def write_page(folder: Path, *, hostile: bool = True) -> Path:
    """Write a report of these and return its page."""
    paths = {}
    for name, records in (("events", events(hostile=hostile)), ("computers", computers())):
        paths[name] = folder / f"{name}.jsonl"
        paths[name].write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    client = SimpleNamespace(options=ConnectionOptions(api_host="", client_id="", api_key=""))
    options = {
        "path": str(folder / "night.html"),
        "since": "2026-11-18",
        "title": "Incident report",
        "state_dir": None,
        "events_paths": [str(paths["events"])],
        "computers_path": str(paths["computers"]),
        "fleet": "auto",
        "stale_after": 7,
        "rule": "same_computer",
        "window_seconds": 300,
        "exclude_fields": [],
        "region": "eu",
        "coverage": [{"hostname": "srv-7", "outcome": "no_connector", "detail": ""}],
        "console_host": None,
        "allow_ephemeral": True,
        "api_host": None,
    }
    tenant = Tenant(client, False, False, lambda _warning: None)  # type: ignore[arg-type]
    return Path(make_report(tenant, options)["html_path"])
