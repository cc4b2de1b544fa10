# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small stories told in events: what a connector sends when something happens on it.

Every scenario is a function (factory, computer, time, options) -> events in the order in which they arrive. Options
that all understand: sha256, file_name, detection, user, severity.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..tenant import words
from ..tenant.computers import Computer
from ..tenant.events import Event
from ..tenant.vulnerabilities import VULNERABLE
from . import factory as types
from .factory import EventFactory

Scenario = Callable[[EventFactory, Computer, float, dict[str, Any]], list[Event]]
SCENARIOS: dict[str, Scenario] = {}


def scenario(function: Scenario) -> Scenario:
    """Register a scenario under its function's name."""
    SCENARIOS[function.__name__] = function
    return function


def play(factory: EventFactory, name: str, computer: Computer, at: float, **options: Any) -> list[Event]:
    """The events of a scenario. Raises ValueError for an unknown name."""
    if name not in SCENARIOS:
        raise ValueError(f"unknown scenario {name!r}; there are: {', '.join(sorted(SCENARIOS))}")
    return SCENARIOS[name](factory, computer, at, options)


class _Detection:
    """What the events of one detection share: its id, file, name, severity and user."""

    def __init__(self, factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> None:
        self._factory = factory
        self._computer = computer
        self.at = at
        self.id = str(factory.next_id(at))
        self.name = options.get("detection") or factory.detection_name()
        self.severity = options.get("severity") or factory.severity()
        self.user = options.get("user") or factory.user()
        self.file = factory.file(computer, options.get("sha256"), options.get("file_name"))
        self.only_hash = {"disposition": "Malicious", "identity": {"sha256": self.file["identity"]["sha256"]}}

    def full(self, type_id: int, after: float = 0.0, **more: Any) -> Event:
        """An event with everything: name, user, whole file."""
        return self._event(type_id, after, detection=self.name, user=self.user, file=self.file, **more)

    def bare(self, type_id: int, after: float = 0.0, **more: Any) -> Event:
        """An event as quarantines are: the hash and nothing else of the file, no user, no name."""
        return self._event(type_id, after, file=self.only_hash, **more)

    def _event(self, type_id: int, after: float, **more: Any) -> Event:
        return self._factory.event(
            type_id, self._computer, self.at + after, detection_id=self.id, severity=self.severity, **more
        )


@scenario
def detected_quarantined(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """The usual pair, both with the same time."""
    one = _Detection(factory, computer, at, options)
    return [one.full(types.THREAT_DETECTED), one.bare(types.THREAT_QUARANTINED)]


@scenario
def quarantined_first(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """The pair in the wrong order of arrival."""
    return detected_quarantined(factory, computer, at, options)[::-1]


@scenario
def detected(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Seen, and nothing done (an audit policy)."""
    return [_Detection(factory, computer, at, options).full(types.THREAT_DETECTED)]


@scenario
def failure(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Seen, and the quarantine failed."""
    one = _Detection(factory, computer, at, options)
    return [one.full(types.THREAT_DETECTED), one.bare(types.QUARANTINE_FAILURE, error=factory.error())]


@scenario
def failed_then_quarantined(
    factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]
) -> list[Event]:
    """The first attempt fails, the second succeeds."""
    one = _Detection(factory, computer, at, options)
    return [
        one.full(types.THREAT_DETECTED),
        one.bare(types.QUARANTINE_FAILURE, error=factory.error()),
        one.bare(types.THREAT_QUARANTINED, after=2.0),
    ]


@scenario
def recall(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """The cloud changes its mind about a file that was let in: found and quarantined later."""
    one = _Detection(factory, computer, at, options)
    return [one.full(types.RECALL_DETECTION), one.bare(types.RECALL_QUARANTINE, after=1.0)]


@scenario
def recall_failed(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """The recall finds the file, and its quarantine fails."""
    one = _Detection(factory, computer, at, options)
    failed = one.bare(types.RECALL_QUARANTINE_FAILED, after=1.0, error=factory.error())
    return [one.full(types.RECALL_DETECTION), failed]


@scenario
def restored(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Quarantined, and taken out again by somebody."""
    one = _Detection(factory, computer, at, options)
    return [
        one.full(types.THREAT_DETECTED),
        one.bare(types.THREAT_QUARANTINED),
        one.bare(types.RESTORED, after=60.0),
    ]


@scenario
def executed(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Malware ran; such an event has no detection id."""
    one = _Detection(factory, computer, at, options)
    return [factory.event(types.EXECUTED_MALWARE, computer, at, severity="High", user=one.user, file=one.file)]


@scenario
def cloud_ioc(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """An indicator matched a command line; tactics and techniques are strings here."""
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
        )
    ]


def _tool(factory: EventFactory, computer: Computer, options: dict[str, Any]) -> dict[str, Any]:
    """The file of a Cloud IOC is a tool of the system, and Clean; what is Malicious is its parent (api-contract 18)."""
    name = options.get("file_name") or words.of_product(words.TOOLS, computer.product)[0]
    file = factory.file(computer, options.get("sha256"), name)
    return {**file, "disposition": "Clean", "parent": {**file["parent"], "disposition": "Malicious"}}


@scenario
def threat_hunting(factory: EventFactory, computer: Computer, at: float, _options: dict[str, Any]) -> list[Event]:
    """An incident of the hunting team: no id, no groups; tactics and techniques are objects here."""
    tactic = {
        "name": "Execution",
        "description": "Runs code",
        "external_id": "TA0002",
        "mitre_url": "https://attack.example/TA0002",
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
            "techniques": [{**tactic, "name": "Scripting", "external_id": "T1059"}],
            "severity": "critical",
        },
        tactics=[tactic],
        techniques=[],
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
def network(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Device flow correlation saw a bad address."""
    info = {
        "dirty_url": "http://bad.example/drop?x=1&y=2",
        "remote_ip": "203.0.113.66",
        "remote_port": 443,
        "local_ip": computer.internal_ip,
        "local_port": 51432,
        "nfm": {"direction": "Outgoing connection from", "protocol": "TCP"},
        "parent": {"file_name": "explorer.exe", "identity": {"sha256": factory.random_sha256()}},
    }
    one = _Detection(factory, computer, at, options)
    return [
        factory.event(
            types.NETWORK_THREAT,
            computer,
            at,
            detection=one.name,
            detection_id=one.id,
            severity=one.severity,
            network_info=info,
        )
    ]


@scenario
def exploit(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Exploit prevention stopped a process."""
    one = _Detection(factory, computer, at, options)
    attacked = {
        **one.file,
        "attack_details": {
            "application": "winword.exe",
            "attacked_module": "C:\\Windows\\System32\\ntdll.dll",
            "base_address": "0x7FFE0000",
            "suspicious_files": [],
            "indicators": [],
        },
    }
    return [factory.event(types.EXPLOIT_PREVENTION, computer, at, severity="High", user=one.user, file=attacked)]


@scenario
def archive(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """A detection inside an archive: the inner file stands in archived_file."""
    one = _Detection(factory, computer, at, options)
    one.file = {
        **one.file,
        "archived_file": {"disposition": "Malicious", "identity": {"sha256": factory.random_sha256()}},
    }
    return [one.full(types.THREAT_DETECTED), one.bare(types.THREAT_QUARANTINED)]


@scenario
def vulnerable(factory: EventFactory, computer: Computer, at: float, _options: dict[str, Any]) -> list[Event]:
    """A vulnerable application ran; its hash is the one that /v1/vulnerabilities tells."""
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
        )
    ]


@scenario
def scan(factory: EventFactory, computer: Computer, at: float, _options: dict[str, Any]) -> list[Event]:
    """A flash scan begins and ends; informational events have no severity."""
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
def policy_update(factory: EventFactory, computer: Computer, at: float, _options: dict[str, Any]) -> list[Event]:
    """The connector fetched a policy."""
    return [factory.event(553648130, computer, at)]


@scenario
def isolation_started(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """The connector cut its computer off."""
    return [factory.event(553648202, computer, at, isolation={"user": options.get("user")})]


@scenario
def isolation_failed(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """It could not."""
    return [factory.event(2164260939, computer, at, isolation={"user": options.get("user"), "error_code": 3221225473})]


@scenario
def isolation_stopped(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """The computer is back."""
    told = {"duration": options.get("duration", 0), "user": options.get("user")}
    return [factory.event(553648204, computer, at, isolation=told)]


@scenario
def isolation_not_stopped(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """The computer could not be let back."""
    return [factory.event(2164260941, computer, at, isolation={"user": options.get("user"), "error_code": 3221225473})]


@scenario
def execution_blocked(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """A program on a blocking list was started, and stopped."""
    one = _Detection(factory, computer, at, options)
    return [factory.event(553648168, computer, at, severity="Medium", user=one.user, file=one.file)]


@scenario
def fault_raised(factory: EventFactory, computer: Computer, at: float, _options: dict[str, Any]) -> list[Event]:
    """A part of the connector does not work; somebody has to do something (api-contract 15)."""
    title = computer.faults[0] if computer.faults else "Definitions outdated"
    return [factory.event(1090519107, computer, at, fault_event_title=title, intervention_required="yes")]


@scenario
def fault_cleared(factory: EventFactory, computer: Computer, at: float, _options: dict[str, Any]) -> list[Event]:
    """It works again."""
    title = computer.faults[0] if computer.faults else "Definitions outdated"
    return [factory.event(553648196, computer, at, fault_event_title=title)]


@scenario
def product_update(factory: EventFactory, computer: Computer, at: float, _options: dict[str, Any]) -> list[Event]:
    """The connector was upgraded."""
    return [factory.event(553648136, computer, at)]


@scenario
def uninstall(factory: EventFactory, computer: Computer, at: float, _options: dict[str, Any]) -> list[Event]:
    """The connector was removed."""
    return [factory.event(553648166, computer, at)]


@scenario
def install(factory: EventFactory, computer: Computer, at: float, _options: dict[str, Any]) -> list[Event]:
    """The connector registered."""
    return [factory.event(50331649, computer, at)]
