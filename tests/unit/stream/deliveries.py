# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events and deliveries for the tests of this folder, in the shape of api-contract.md sections 6 and 8."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.broker.settings import StreamSettings
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving.inbox import Delivery
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving.messages import Properties

BUSINESS = "11111111-2222-4333-8444-555555555555"
CONNECTOR = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
DETECTED = 1090519054
QUARANTINED = 553648143
START = 1_568_916_000
FIRST_ID = 1_503_580_638_684_881_251
NOW = 1_600_000_000 * 10**9
PASSWORD = "a-password-that-nobody-may-see"
ROUTING_KEY = f"{BUSINESS}.{CONNECTOR}.{DETECTED}"


def fields(number: int, type_id: int = DETECTED, *, detection: int | None = None, **more: Any) -> dict[str, Any]:
    """The object of event `number`; events of one `detection` (by default its own) belong together."""
    return {
        "id": FIRST_ID + number,
        "timestamp": START + number,
        "timestamp_nanoseconds": 0,
        "event_type_id": type_id,
        "detection": "Eicar-Test-Signature",
        "detection_id": str(7000 + (number if detection is None else detection)),
        "connector_guid": CONNECTOR,
        "severity": "Medium",
        "computer": {"connector_guid": CONNECTOR, "hostname": "alpha"},
        "file": {"identity": {"sha256": f"{number if detection is None else detection:064x}"}},
        **more,
    }


def body(number: int, type_id: int = DETECTED, **more: Any) -> bytes:
    """Event `number` as the cloud sends it."""
    return json.dumps(fields(number, type_id, **more), separators=(",", ":")).encode()


def settings(**more: Any) -> StreamSettings:
    return StreamSettings(
        **{"host": "broker.example", "queue_name": "event_stream_1", "user_name": "1-abc", "password": PASSWORD, **more}
    )


class Session:
    """What a delivery needs of its channel."""

    def __init__(self, stream: StreamSettings | None = None) -> None:
        self.subscription = SimpleNamespace(settings=stream or settings())


def delivery(
    raw: bytes, session: Session | None = None, *, tag: int = 1, key: str = ROUTING_KEY, **headers: Any
) -> Delivery:
    properties = Properties(headers or {"CC": [key + ".group"]}, "application/octet-stream")
    return Delivery(session or Session(), tag, key, properties, raw)


def lines(path: Any) -> list[dict[str, Any]]:
    """The records of a file of JSON lines, every one of them whole."""
    content = path.read_bytes()
    assert not content or content.endswith(b"\n")
    return [json.loads(line) for line in content.splitlines()]
