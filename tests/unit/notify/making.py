# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Incidents and targets as users have them."""

from __future__ import annotations

from typing import Any

COMPUTER = "d821e2d9-9280-489c-a6c3-be02d85ba8a0"


def incident(name: str = "a", **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "revision": 1,
        "outcome": "quarantine_failed",
        "needs_person": True,
        "severity": "Medium",
        "first_time": "2026-11-28T22:15:00.000000000Z",
        "last_time": "2026-11-28T22:20:00.000000000Z",
        "hostnames": ["PC-0001"],
        "users": ["anna"],
        "names": ["W32.Generic"],
        "computers": [COMPUTER],
        "totals": {"detections": 1, "hostnames": 1},
        "pivot_urls": {"device_trajectory": f"https://console.eu.amp.cisco.com/computers/{COMPUTER}/trajectory2"},
        **more,
    }


def target(name: str, **more: Any) -> dict[str, Any]:
    """A target as the module's argument spec leaves it."""
    return {
        "name": name,
        "type": "webhook",
        "url": "https://hooks.example.com/x",
        "severity": None,
        "only_needs_person": True,
        "health": True,
        "include_fields": [],
        "exclude_fields": [],
        **more,
    }
