# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenarios of a behaviour: indications of compromise, threat hunting, vulnerable programs (api-contract 18)."""

from __future__ import annotations

from typing import Any

from ..clock import offset_date
from ..tenant import words
from ..tenant.computers import Computer
from ..tenant.events import Event
from ..tenant.vulnerabilities import VULNERABLE
from . import factory as types
from .factory import EventFactory
from .stories import Detection, scenario


@scenario
def executed(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Malware ran; such an event has no detection id."""
    one = Detection(factory, computer, at, options)
    return [
        factory.event(
            types.EXECUTED_MALWARE,
            computer,
            at,
            detection=one.name,
            severity="High",
            user=one.user,
            file=one.file,
            **_began(at),
        )
    ]


@scenario
def multiple_infected(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Several files of one kind; the hash is all that is said of them."""
    one = Detection(factory, computer, at, options)
    parent = {"disposition": "Malicious", "identity": {"sha256": factory.random_sha256()}}
    file = {**one.only_hash, "parent": parent}
    return [
        factory.event(1107296258, computer, at, detection=one.name, severity="High", file=file, **_began(at)),
    ]


@scenario
def low_prevalence(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Make events: a program that few computers have; no detection id either."""
    file = factory.file(computer, options.get("sha256"), options.get("file_name"))
    seen = {name: file[name] for name in ("disposition", "file_name", "identity")}
    return [factory.event(1107296278, computer, at, severity="Medium", file=seen)]


def _began(at: float) -> dict[str, Any]:
    """When what an event tells of began: indicators have it."""
    return {"start_timestamp": int(at), "start_date": offset_date(at)}


@scenario
def cloud_ioc(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Make events: an indicator matched a command line; tactics and techniques are strings here."""
    return [
        factory.event(
            types.CLOUD_IOC,
            computer,
            at,
            severity="Medium",
            user=options.get("user") or factory.user(),
            file=_tool(factory, computer, options),
            cloud_ioc={
                "description": "A script host fetched and ran a script.",
                "short_description": "W32.ScriptFetch.ioc",
            },
            command_line={"arguments": words.of_product(words.TOOLS, computer.product)[1], "environment": {}},
            tactics=["TA0002", "TA0005"],
            techniques=["T1059.001", "T1027"],
            **_began(at),
        )
    ]


def _tool(factory: EventFactory, computer: Computer, options: dict[str, Any]) -> dict[str, Any]:
    """Make the file of a Cloud IOC: a Clean tool of the system; what is Malicious is its parent (api-contract 18)."""
    name = options.get("file_name") or words.of_product(words.TOOLS, computer.product)[0]
    file = factory.file(computer, options.get("sha256"), name)
    return {**file, "disposition": "Clean", "parent": {**file["parent"], "disposition": "Malicious"}}


@scenario
def threat_hunting(factory: EventFactory, computer: Computer, at: float, _options: dict[str, Any]) -> list[Event]:
    """Make an incident of the hunting team: no id, no groups; tactics and techniques are objects here."""
    tactic = {
        "name": "Execution",
        "description": "Runs code",
        "external_id": "TA0002",
        "mitre_name": "tactic",
        "mitre_url": "https://attack.example/TA0002",
    }
    technique = {
        "name": "Scripting",
        "description": "Runs scripts",
        "external_id": "T1059",
        "mitre_name": "technique",
        "mitre_url": "https://attack.example/T1059",
        "tactics_names": "Execution",
        "platforms": "Linux, macOS, Windows",
        "system_requirements": None,
        "permissions": "User",
        "data_sources": "Process monitoring",
    }
    event = factory.event(
        types.THREAT_HUNTING,
        computer,
        at,
        severity="Critical",
        threat_hunting={
            "incident_report_guid": "6e5292d5-248c-49dc-839d-201bcba64562",
            "incident_hunt_guid": "4bdbaf20-020f-4bb5-9da9-585da0e07817",
            "incident_title": "Suspicious remote administration",
            "incident_summary": "A remote administration tool was started by a script host.",
            "incident_remediation": "Isolate the computer.",
            "incident_id": 7,
            "incident_start_time": int(at) - 600,
            "incident_end_time": int(at),
            "tactics": [tactic],
            "techniques": [technique],
            "severity": "critical",
        },
        tactics=[tactic],
        techniques=[technique],
    )
    del event["id"], event["group_guids"]
    return [event]


@scenario
def behavioural(factory: EventFactory, computer: Computer, at: float, _options: dict[str, Any]) -> list[Event]:
    """Behavioural protection: bp_data, and no file."""
    bp_data = {
        "package_manager_serial_number": 12,
        "package_manager_current_version": 1034,
        "package_manager_pending_version": 0,
        "sts": int(at),
        "details": {"matched_activity": {"events": [{"type": "process_create", "pid": 4711}]}},
    }
    return [factory.event(types.BEHAVIOURAL, computer, at, severity="High", user=factory.user(), bp_data=bp_data)]


@scenario
def vulnerable(factory: EventFactory, computer: Computer, at: float, _options: dict[str, Any]) -> list[Event]:
    """Make events: a vulnerable application ran; its hash is the one that /v1/vulnerabilities tells."""
    application, version, file_name, cves = factory.choose(list(VULNERABLE))
    found = [
        {"name": application, "version": version, "cve": cve, "score": str(score), "url": f"https://cve.example/{cve}"}
        for cve, score in cves
    ]
    file = factory.file(computer, factory.program_sha256(application), file_name)
    return [
        factory.event(
            types.VULNERABLE_APPLICATION,
            computer,
            at,
            severity="Medium",
            file={**file, "disposition": "Clean"},
            vulnerabilities=found,
            **_began(at),
        )
    ]
