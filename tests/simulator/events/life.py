# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenarios of the life of a connector: installed, updated, scanned, isolated, faulty, gone."""

from __future__ import annotations

from typing import Any

from ..tenant.computers import Computer
from ..tenant.events import Event
from .factory import EventFactory
from .stories import scenario


@scenario
def install(factory: EventFactory, computer: Computer, at: float, _options: dict[str, Any]) -> list[Event]:
    """Make events: the connector registered."""
    return [factory.event(50331649, computer, at)]


@scenario
def policy_update(factory: EventFactory, computer: Computer, at: float, _options: dict[str, Any]) -> list[Event]:
    """Make events: the connector fetched a policy."""
    return [factory.event(553648130, computer, at)]


@scenario
def product_update(factory: EventFactory, computer: Computer, at: float, _options: dict[str, Any]) -> list[Event]:
    """Make events: the connector was upgraded."""
    return [factory.event(553648136, computer, at)]


@scenario
def scan(factory: EventFactory, computer: Computer, at: float, _options: dict[str, Any]) -> list[Event]:
    """Make events: a flash scan begins and ends; informational events have no severity."""
    result = {
        "description": "Flash Scan",
        "clean": True,
        "scanned_files": 2872,
        "scanned_processes": 49,
        "scanned_paths": 0,
        "malicious_detections": 0,
    }
    return [
        factory.event(554696714, computer, at, scan={"description": "Flash Scan"}),
        factory.event(554696715, computer, at + 90, scan=result),
    ]


@scenario
def scan_found(factory: EventFactory, computer: Computer, at: float, _options: dict[str, Any]) -> list[Event]:
    """Make events: a scan of a folder ends with a detection."""
    result = {
        "description": "C:\\Users\\Public" if computer.product == "windows" else "/home",
        "clean": False,
        "scanned_files": 9,
        "scanned_processes": 0,
        "scanned_paths": 2,
        "malicious_detections": 1,
    }
    return [factory.event(1091567628, computer, at, severity="Medium", user=factory.user(), scan=result)]


@scenario
def file_fetched(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Somebody asked for a file, and the connector sent it."""
    file = factory.file(computer, options.get("sha256"), options.get("file_name"))
    sent = {name: file[name] for name in ("disposition", "file_name", "file_path", "identity")}
    return [factory.event(553648173, computer, at, file=sent)]


@scenario
def isolation_started(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Make events: the connector cut its computer off."""
    return [factory.event(553648202, computer, at, isolation={"user": options.get("user")})]


@scenario
def isolation_failed(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Make events: the computer could not be cut off."""
    return [factory.event(2164260939, computer, at, isolation={"user": options.get("user"), "error_code": 3221225473})]


@scenario
def isolation_stopped(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Make events: the computer is back."""
    told = {"duration": options.get("duration", 0), "user": options.get("user")}
    return [factory.event(553648204, computer, at, isolation=told)]


@scenario
def isolation_not_stopped(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Make events: the computer could not be let back."""
    return [factory.event(2164260941, computer, at, isolation={"user": options.get("user"), "error_code": 3221225473})]


@scenario
def fault_raised(factory: EventFactory, computer: Computer, at: float, _options: dict[str, Any]) -> list[Event]:
    """Make events: a part of the connector does not work; somebody has to do something (api-contract 15)."""
    title = computer.faults[0] if computer.faults else "Definitions outdated"
    return [factory.event(1090519107, computer, at, fault_event_title=title, intervention_required="yes")]


@scenario
def fault_cleared(factory: EventFactory, computer: Computer, at: float, _options: dict[str, Any]) -> list[Event]:
    """Make events: that part works again."""
    title = computer.faults[0] if computer.faults else "Definitions outdated"
    return [factory.event(553648196, computer, at, fault_event_title=title)]


@scenario
def uninstall(factory: EventFactory, computer: Computer, at: float, _options: dict[str, Any]) -> list[Event]:
    """Make events: the connector was removed."""
    return [factory.event(553648166, computer, at)]
