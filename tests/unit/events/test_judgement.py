# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What decides about a detection, at its edges (R5, R6); the rules themselves are in test_against_oracle."""

from __future__ import annotations

from itertools import permutations

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.judgement import admits_hash, judge

from .making import QUARANTINED


def test_of_events_that_cannot_be_ordered_and_say_the_same_the_last_key_is_the_evidence() -> None:
    entries = [(5, 0, f"sha256:{letter}", QUARANTINED, "") for letter in "abc"]

    for order in permutations(entries):
        assert judge(order).evidence == entries[2]


def test_a_disposition_is_compared_by_its_text() -> None:
    malicious, clean = "".join(["Mal", "icious"]), "".join(["Cl", "ean"])  # as read from an event: another object

    assert admits_hash("indicated", malicious)
    assert not admits_hash("detected", clean)
