# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events and computers for the tests of this folder, and the report that is made of them."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.options import ConnectionOptions
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._report.write import make_report
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources._shared.tenant import Tenant

DETECTED, QUARANTINED, FAILED = 1090519054, 553648143, 2164260880
UNINSTALLED, ISOLATED = 553648166, 553648202
START = 1_794_996_000  # 2026-11-18T10:00:00Z
HOSTILE = "{{ 7 * 7 }}<script>alert(1)</script>\u202egpj.exe"


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


def event(number: int, type_id: int = DETECTED, *, computer: int = 1, at: float = 0, **more: Any) -> dict[str, Any]:
    """One event, a minute apart from the next number's."""
    return {
        "id": 6_500_000_000_000_000_000 + number,
        "timestamp": START + int(at or number * 60),
        "timestamp_nanoseconds": 0,
        "event_type_id": type_id,
        "detection_id": str(number),
        "severity": "Medium",
        "connector_guid": guid(computer),
        "computer": {"connector_guid": guid(computer), "hostname": f"PC-{computer:04d}", "user": "ann@CORP"},
        "file": {"disposition": "Malicious", "file_name": "invoice.exe", "identity": {"sha256": f"{number:064x}"}},
        "detection": "W32.Test",
        **more,
    }


def computer(number: int, **more: Any) -> dict[str, Any]:
    """One computer that nothing is wrong with."""
    return {
        "connector_guid": guid(number),
        "hostname": f"PC-{number:04d}",
        "active": True,
        "connector_version": "8.4.5.30483",
        "operating_system": "Windows 11",
        "policy": {"name": "Protect", "guid": guid(99)},
        "groups": [{"name": "Office", "guid": guid(98)}],
        "last_seen": "2100-01-01T00:00:00Z",
        "faults": [],
        "isolation": {"available": True, "status": "not_isolated"},
        **more,
    }


def lines(path: Path, records: list[dict[str, Any]]) -> str:
    """Write JSON Lines and return the path."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return str(path)


def options_of(folder: Path, **more: Any) -> dict[str, Any]:
    """The options of the module with their defaults."""
    return {
        "path": str(folder / "night.html"),
        "since": "2026-11-18",
        "title": "Night",
        "state_dir": None,
        "events_paths": None,
        "fleet": "auto",
        "computers_path": None,
        "stale_after": 7,
        "rule": "same_computer",
        "window_seconds": 300,
        "coverage": [],
        "exclude_fields": [],
        "region": "eu",
        "api_host": None,
        "console_host": None,
        "allow_ephemeral": False,
        **more,
    }


def offline(check: bool = False) -> Tenant:
    """A tenant that nothing may be asked of."""
    client = SimpleNamespace(options=ConnectionOptions(api_host="", client_id="", api_key=""))
    return Tenant(client, check, False, lambda _warning: None)  # type: ignore[arg-type]


def report_of(folder: Path, events: list[dict[str, Any]], computers: Any = None, **more: Any) -> dict[str, Any]:
    """Make a report of files; return the module's result with its files as texts, without line breaks in the page."""
    given = {"events_paths": [lines(folder / "events.jsonl", events)]}
    if computers is not None:
        given["computers_path"] = lines(folder / "computers.jsonl", computers)  # type: ignore[assignment]
    result = make_report(offline(), options_of(folder, **(given | more)))
    texts = {kind: Path(result[f"{kind}_path"]).read_text(encoding="utf-8") for kind in ("html", "csv", "json")}
    return result | texts | {"html": " ".join(texts["html"].split())}
