# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of a detection and of an incident are documented where they are returned, each in the same words."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.ampops.secure_endpoint.plugins.filter import correlate_detections, group_incidents
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.detections import correlate
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event import event_from_object
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.incidents import (
    group_incidents as group,
)
from ansible_collections.ampops.secure_endpoint.plugins.modules import event_stream_drain

FIELDS = {"id": 1, "event_type_id": 1090519054, "detection_id": "d", "connector_guid": "c", "timestamp": 1}
DETECTIONS = correlate([event_from_object(FIELDS, source="soc", received_ns=10**18)])
RECORDS = {
    "detections": (correlate_detections, DETECTIONS[0].record()),
    "incidents": (group_incidents, group(DETECTIONS, "same_computer", 300)[0].record()),
}


@pytest.mark.parametrize("kind", RECORDS)
def test_module_and_filter_document_exactly_the_fields_of_a_record(kind: str) -> None:
    plugin, record = RECORDS[kind]
    returned: dict[str, Any] = yaml.safe_load(event_stream_drain.RETURN)[kind]["contains"]

    assert list(returned) == list(record)
    assert yaml.safe_load(plugin.RETURN)["_value"]["contains"] == returned
