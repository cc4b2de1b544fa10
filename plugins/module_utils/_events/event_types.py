# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event types of the product that are known, and what each means for a detection (R4).

This is the only place that lists them. `_events` is pure: no I/O, no ansible, relative imports only; it holds event
types, events, correlation into detections and grouping into incidents.

The ids are type codes above 2^31, and the text of an event is not the name of its type (api-contract.md section 6), so
everything here goes by id. A tenant may know more types than these: what an event of an unknown type means is read from
the event itself (`event.py`).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

EventClass = Literal[
    "detection", "prevented", "indicator", "quarantined", "quarantine_failed", "restored", "cleared", "other"
]
"""What an event of a type means:

- `detection`: something hostile was seen on a computer. What became of it is told by the other classes.
- `prevented`: stopped on the spot by the connector, so that nothing is left to quarantine.
- `indicator`: a behaviour was seen. Its file is a tool as a rule, and no quarantine follows.
- `quarantined`, `quarantine_failed`, `restored`: what became of the file.
- `cleared`: the cloud took its verdict back.
- `other`: stored and sent, never grouped.
"""


class EventType(NamedTuple):
    """One type: its 64-bit id, the name that the product gives it, and its class."""

    id: int
    name: str
    event_class: EventClass


_DETECTIONS = {
    553648145: "Threat Detected in Exclusion",
    553648147: "Cloud Recall Detection",
    553648222: "Threat Detection",
    553648225: "",  # no name is known; integrations ask for it together with 553648222 (api-contract.md section 18)
    1090519054: "Threat Detected",
    1090519081: "Rootkit Detection",
    1090519084: "DFC Threat Detected",
    1090519089: "Endpoint IOC Scan Detection Summary",
    1090519102: "iOS Network Detection",
    1090519105: "Malicious Activity Detection",
    1090524040: "APK Threat Detected",
    1090524041: "APK Custom Threat Detected",
    1107296278: "Threat Detected in Low Prevalence Executable",
}

# The connector stopped it: nothing is left to quarantine (api-contract.md section 18).
_PREVENTED = {
    553648168: "Execution Blocked",
    553648199: "Malicious Activity Block",
    1090519103: "Exploit Prevention",
    1090519112: "System Process Protection",
}

# A behaviour. Every id of INDICATOR_IDS that is not listed elsewhere is one, also those that have no name here.
_INDICATORS = {
    1107296257: "Potential Dropper Infection",
    1107296258: "Multiple Infected Files",
    1107296260: "Java Compromise",
    1107296261: "Adobe Reader compromise",
    1107296262: "Microsoft Word compromise",
    1107296263: "Microsoft Excel compromise",
    1107296264: "Microsoft PowerPoint compromise",
    1107296265: "Java Launched a Shell",
    1107296266: "Adobe Reader launched a shell",
    1107296267: "Microsoft Word launched a shell",
    1107296268: "Microsoft Excel launched a shell",
    1107296269: "Microsoft PowerPoint launched a shell",
    1107296270: "Apple QuickTime compromise",
    1107296271: "Apple QuickTime launched a shell",
    1107296272: "Executed malware",
    1107296273: "Suspected botnet connection",
    1107296274: "Cloud IOC",
    1107296275: "Microsoft Calculator compromise",
    1107296276: "Microsoft Notepad compromise",
    1107296277: "Connection to suspicious domain",
    1107296280: "Suspicious Download",
    1107296281: "Microsoft CHM Compromise",
    1107296282: "Suspicious Cscript Launch",
    1107296283: "Possible Webshell",
    1107296284: "Potential Ransomware",
    1107296285: "Cognitive Incident",
    1107296344: "SecureX Threat Hunting Incident",
}

# The decisive classes: exactly the ids of R5.
_QUARANTINED = {
    553648143: "Threat Quarantined",
    553648152: "Quarantined Item Deleted",
    553648155: "Cloud Recall Quarantine Successful",
}
_QUARANTINE_FAILED = {
    2164260880: "Quarantine Failure",
    2164260893: "Cloud Recall Quarantine Attempt Failed",
    2181038130: "Quarantine Request Failed to be Delivered",
}
_RESTORED = {
    553648149: "Quarantined Item Restored",
}
_CLEARED = {
    553648146: "Cloud Recall Restore of False Positive",
    553648154: "Cloud Recall Restore from Quarantine",
}

# Everything else: the connector's own life, scans (their detections come as events of their own), requests whose result
# is another event, and weaknesses rather than threats (1107296279).
_OTHERS = {
    1003: "Email Confirmation",
    1004: "Forgotten Password Reset",
    1005: "Password Has Been Reset",
    50331649: "Initial Agent Registration",
    553648130: "Policy Update",
    553648135: "Product Update Started",
    553648136: "Product Update Completed",
    553648137: "Product Update Failed",
    553648150: "Quarantine Restore Started",
    553648151: "Attempting Quarantine Delete",
    553648158: "Install Started",
    553648166: "Uninstall",
    553648170: "Reboot Pending",
    553648171: "Reboot Completed",
    553648173: "File Fetch Completed",
    553648176: "Endpoint IOC Configuration Update Success",
    553648179: "Endpoint IOC Definition Update Success",
    553648195: "Minor Fault Raised",
    553648196: "Fault Cleared",
    553648197: "All Fault Cleared",
    553648202: "Endpoint Isolation Start Success",
    553648204: "Endpoint Isolation Stop Success",
    553648206: "Endpoint Isolation Update Success",
    553648208: "Orbital Install Success",
    553648210: "Orbital Update Success",
    553648215: "Endpoint Isolation Unlock Limit Reached",
    554696714: "Scan Started",
    554696715: "Scan Completed, No Detections",
    554696756: "Endpoint IOC Scan Started",
    554696757: "Endpoint IOC Scan Completed, No Detections",
    570425394: "Quarantine Restore Requested",
    570425396: "Application Registered",
    570425397: "Application Deregistered",
    570425398: "Application Authorized",
    570425399: "Application Deauthorized",
    1090519096: "Update: Reboot Required",
    1090519097: "Update: Reboot Advised",
    1090519107: "Major Fault Raised",
    1091567628: "Scan Completed With Detections",
    1091567670: "Endpoint IOC Scan Completed With Detections",
    1107296279: "Vulnerable Application Detected",
    2164260866: "Policy Update Failure",
    2164260884: "Quarantine Restore Failed",
    2164260889: "Failed to Delete From Quarantine",
    2164260892: "Cloud Recall Restore from Quarantine Failed",
    2164260895: "Install Failure",
    2164260903: "Uninstall Failure",
    2164260910: "File Fetch Failed",
    2164260911: "Endpoint IOC Configuration Update Failure",
    2164260914: "Endpoint IOC Definition Update Failure",
    2164260922: "Update: Unexpected Reboot Required",
    2164260931: "Critical Fault Raised",
    2164260939: "Endpoint Isolation Start Failure",
    2164260941: "Endpoint Isolation Stop Failure",
    2164260943: "Endpoint Isolation Update Failure",
    2164260945: "Orbital Install Failure",
    2164260947: "Orbital Update Failure",
    2165309453: "Scan Failed",
    2165309495: "Endpoint IOC Scan Failed",
    # Informational, without a known name (api-contract.md section 18).
    **dict.fromkeys(
        (
            *(2001, 553648131, 553648133, 553648134, 553648160, 553648161, 553648163, 553648164),
            *(570425395, 2164260868, 2164260898, 2164260901),
        ),
        "",
    ),
}

_TABLE: tuple[tuple[EventClass, dict[int, str]], ...] = (
    ("detection", _DETECTIONS),
    ("prevented", _PREVENTED),
    ("indicator", _INDICATORS),
    ("quarantined", _QUARANTINED),
    ("quarantine_failed", _QUARANTINE_FAILED),
    ("restored", _RESTORED),
    ("cleared", _CLEARED),
    ("other", _OTHERS),
)

EVENT_TYPES: dict[int, EventType] = {
    type_id: EventType(type_id, name or str(type_id), event_class)
    for event_class, names in _TABLE
    for type_id, name in sorted(names.items())
}
"""Every known event type by its id. A type without a known name bears its id as name."""

CLASS_OF: dict[int, EventClass] = {event_type.id: event_type.event_class for event_type in EVENT_TYPES.values()}
"""The class by id, for loops that need nothing else."""

INDICATOR_IDS = range(0x42000000, 0x42010000)
"""The product's ids of indications of compromise: listed or not, each is one unless EVENT_TYPES says otherwise."""

HUNTING = 1107296344
"""A threat hunting incident: it has no id, and its updates name it by `incident_report_guid`."""

ALIASES: dict[str, int] = {
    "Retrospective Detection": 553648147,
    "Retrospective Quarantine": 553648155,
    "Retrospective Quarantine Attempt Failed": 2164260893,
}
"""Names that events bear and the product's list of event types does not have (api-contract.md section 18)."""

PROTECTION_STOPPED = frozenset({553648166, 553648215, 2164260931, 2164260939, 2164260941, 2164260943})
"""The health of protection: uninstalled, critical fault, isolation failed or its unlock limit reached (R4)."""

_IDS_BY_NAME = {
    name.casefold(): type_id
    for name, type_id in [*((known.name, known.id) for known in EVENT_TYPES.values()), *ALIASES.items()]
}


def class_of_type(type_id: int | None) -> EventClass | None:
    """Return the class of a type, or None for a type that is not known."""
    known = CLASS_OF.get(type_id)  # type: ignore[arg-type]
    return "indicator" if known is None and type_id in INDICATOR_IDS else known


def name_of(type_id: int) -> str:
    """Return the product's name of an event type, or the id as text where the type is unknown."""
    event_type = EVENT_TYPES.get(type_id)
    return event_type.name if event_type else str(type_id)


def id_of_name(name: str) -> int | None:
    """Return the id of a type by its name in any case: that of the product's list, or one that events bear."""
    return _IDS_BY_NAME.get(name.strip().casefold())
