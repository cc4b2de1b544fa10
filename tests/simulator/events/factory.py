# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events as the cloud makes them, odd but real shapes included (api-contract 6).

An event is kept without its links: they follow the host that asks, and are added when the event is shown or sent.
"""

from __future__ import annotations

from random import Random
from typing import Any

from _events.event_types import name_of

from ..clock import offset_date
from ..tenant import words
from ..tenant.computers import Computer
from ..tenant.events import Event
from ..tenant.seeds import make_sha256
from ..tenant.tenant import Tenant
from ..tenant.vulnerabilities import program_sha256

THREAT_DETECTED = 1090519054
THREAT_QUARANTINED = 553648143
QUARANTINE_FAILURE = 2164260880
RECALL_DETECTION = 553648147
RECALL_QUARANTINE = 553648155
RECALL_QUARANTINE_FAILED = 2164260893
RECALL_RESTORE = 553648154
RESTORED = 553648149
EXECUTED_MALWARE = 1107296272
CLOUD_IOC = 1107296274
VULNERABLE_APPLICATION = 1107296279
THREAT_HUNTING = 1107296344
BEHAVIOURAL = 553648222
NETWORK_THREAT = 1090519084
EXPLOIT_PREVENTION = 1090519103

# The text of an event is not always the name of its type (api-contract 6: match on the id).
TEXTS = {RECALL_DETECTION: "Retrospective Detection", THREAT_HUNTING: "SecureX Threat Hunting Incident"}

# NTSTATUS as an unsigned number
ERRORS = (
    {"error_code": 3221225524, "description": "Object name not found"},
    {"error_code": 3221225558, "description": "Delete pending"},
    {"error_code": 3221225761, "description": "Cannot delete"},
)


class EventFactory:
    """Makes the events of one tenant; ids are unique, 64 bit, and grow with time."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._random = Random(f"events {tenant.seed}")
        self._last_id = 0

    def next_id(self, at: float) -> int:
        """Make an id from the connector's time, as real ones are: seconds in the upper half."""
        self._last_id = max(self._last_id + 1, (int(at) << 32) + self._random.getrandbits(20))
        return self._last_id

    def event(self, type_id: int, computer: Computer, at: float, **fields: Any) -> Event:
        """One event of any type. `fields` join it, None leaves a key out; `user` goes into its computer."""
        seconds = int(at)
        event: Event = {
            "id": fields.pop("id", None) or self.next_id(at),
            "timestamp": seconds,
            "timestamp_nanoseconds": int((at - seconds) * 1000) * 1_000_000,
            "date": offset_date(at),
            "event_type": TEXTS.get(type_id, name_of(type_id)),
            "event_type_id": type_id,
            "detection": fields.pop("detection", None),
            "detection_id": fields.pop("detection_id", None),
            "connector_guid": computer.guid,
            "group_guids": [computer.group_guid],
            "severity": fields.pop("severity", None),
            "computer": _computer_of_event(computer, fields.pop("user", None)),
            **fields,
        }
        return {key: value for key, value in event.items() if value is not None}

    def file(self, computer: Computer, sha256: str | None = None, file_name: str | None = None) -> dict[str, Any]:
        """Make a whole `file` as detected events have it: path in one of three spellings, hash sometimes upper-case."""
        random = self._random
        name = file_name or random.choice(words.of_product(words.FILES, computer.product))
        digest = sha256 or make_sha256(random)
        return {
            "disposition": "Malicious",
            "file_name": name,
            "file_path": _path(random, computer.product, name),
            "identity": {
                "sha256": digest.upper() if random.random() < 0.2 else digest,
                "sha1": random.randbytes(20).hex(),
                "md5": random.randbytes(16).hex(),
            },
            "parent": {
                "process_id": random.randint(300, 60000),
                "disposition": random.choice(("Clean", "Unknown")),
                "file_name": random.choice(words.of_product(words.PARENTS, computer.product)),
                "identity": {
                    "sha256": make_sha256(random),
                    "sha1": random.randbytes(20).hex(),
                    "md5": random.randbytes(16).hex(),
                },
            },
        }

    def user(self) -> str:
        """Somebody; sometimes the literal text "Not Available"."""
        return self._random.choice(words.USERS)

    def detection_name(self) -> str:
        """Make a name as engines give it, some with quotes and colons."""
        return self._random.choice(words.DETECTIONS)

    def severity(self) -> str:
        """Low, Medium, High or Critical."""
        return self._random.choices(("Low", "Medium", "High", "Critical"), (2, 5, 2, 1))[0]

    def program_sha256(self, application: str) -> str:
        """Make the hash of a vulnerable program, as /v1/vulnerabilities tells it."""
        return program_sha256(self._tenant.seed, application)

    def random_sha256(self) -> str:
        """Make a hash that nothing has seen yet."""
        return make_sha256(self._random)

    def error(self) -> dict[str, Any]:
        """Why a quarantine failed."""
        return dict(self._random.choice(ERRORS))

    def choose(self, options: list[Any], weights: list[int] | None = None) -> Any:
        """One of the options, from the tenant's own generator."""
        return self._random.choices(options, weights)[0]


def _computer_of_event(computer: Computer, user: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "connector_guid": computer.guid,
        "hostname": computer.hostname,
        "external_ip": computer.external_ip,
        "user": user,
        "active": computer.active,
        "network_addresses": [{"ip": ip, "mac": mac} for mac, ip in computer.addresses],  # some without an address
    }
    return {key: value for key, value in found.items() if value is not None}


def _path(random: Random, product: str, name: str) -> str:
    """Return a path in one of the spellings that were recorded (api-contract 6)."""
    folder = random.choice(words.of_product(words.FOLDERS, product))
    if folder.startswith("file:"):
        return folder + name.replace(" ", "%20")
    return folder + (name.lower() if folder == folder.lower() and product == "windows" else name)


def with_links(event: Event, host_url: str) -> Event:
    """Make the event as it is shown to whoever called `host_url`."""
    computer = dict(event["computer"])
    guid = computer["connector_guid"]
    links = {
        "computer": f"{host_url}/v1/computers/{guid}",
        "trajectory": f"{host_url}/v1/computers/{guid}/trajectory",
    }
    if event.get("group_guids"):
        links["group"] = f"{host_url}/v1/groups/{event['group_guids'][0]}"
    computer["links"] = links
    return {**event, "computer": computer}
