# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""file_disposition: the newest event about a file decides, and what took a verdict back means Clean (R18)."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.ampops.secure_endpoint.plugins.filter.file_disposition import file_disposition

DIGEST, OTHER = "ab" * 32, "cd" * 32
DETECTED, QUARANTINED, CLEARED = 1090519054, 553648143, 553648154


def event(
    at: int, disposition: str | None, type_id: int = DETECTED, sha256: str = DIGEST, **more: Any
) -> dict[str, Any]:
    file = {"identity": {"sha256": sha256}, **({"disposition": disposition} if disposition else {})}
    return {"id": 100 + at, "event_type_id": type_id, "timestamp": 1_790_000_000 + at, "file": file, **more}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([event(1, "Malicious")], "Malicious"),
        ([event(1, "Malicious"), event(2, "Clean")], "Clean"),
        ([event(1, "Clean"), event(2, "Malicious", QUARANTINED)], "Malicious"),
        ([event(1, "Malicious"), event(2, None)], "Malicious"),
        ([event(1, "Malicious"), event(2, "Malicious", CLEARED)], "Clean"),
        ([event(1, "Malicious"), event(2, None, CLEARED), event(3, "Malicious")], "Malicious"),
        ([event(1, "Malicious", sha256=OTHER)], ""),
        ([event(1, None)], ""),
        ([{"event_type_id": DETECTED, "id": 1, "file": "none"}], ""),
        ([], ""),
    ],
)
def test_the_newest_event_decides_in_any_order(events: list[dict[str, Any]], expected: str) -> None:
    for order in permutations(events):
        assert file_disposition(list(order), DIGEST.upper()) == expected


def test_of_events_that_cannot_be_ordered_the_doubtful_verdict_counts() -> None:
    both = [event(1, "Malicious"), event(1, "Clean")]
    assert file_disposition(both, DIGEST) == file_disposition(both[::-1], DIGEST) == "Clean"


@pytest.mark.parametrize("wrong", ["text", {"events": []}, 5, None])
def test_anything_else_than_a_list_of_events_is_an_error(wrong: object) -> None:
    with pytest.raises(AnsibleFilterError, match="file_disposition"):
        file_disposition(wrong, DIGEST)


def test_a_hostile_disposition_is_shown_escaped() -> None:
    assert str(file_disposition([event(1, "\x1b[2J")], DIGEST)).isprintable()
