# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup pivot_url as Ansible runs it."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from ansible.errors import AnsibleError
from ansible.plugins.loader import lookup_loader

SHA = "ed01ebfbc9eb5bbea545af4d01bf5f1071661840480439c6e5babe8e080e41aa"
COMPUTER = "d821e2d9-9280-489c-a6c3-be02d85ba8a0"
NAME = "ampops.secure_endpoint.pivot_url"


@pytest.fixture(autouse=True)
def no_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECURE_ENDPOINT_REGION", raising=False)


def look_up(*terms: Any, **options: Any) -> list[str]:
    found: list[str] = lookup_loader.get(NAME).run(list(terms), variables={}, **options)
    return found


def test_one_link_for_each_term() -> None:
    links = look_up(SHA, SHA.upper(), view="file_trajectory", region="eu")

    assert links == [f"https://console.eu.amp.cisco.com/file/trajectory/{SHA}"] * 2


def test_a_list_as_a_term_is_one_link() -> None:
    (link,) = look_up([1090519054, "553648143"], view="events", by="event_type", region="na")

    assert '"tid":[1090519054,553648143]' in unquote(link)


def test_the_latest_event_needs_no_term() -> None:
    expected = [f"https://console.amp.cisco.com/computers/{COMPUTER}/trajectory2"]

    assert look_up(view="device_trajectory", by="latest", connector_guid=COMPUTER, region="na") == expected
    assert look_up(COMPUTER, view="device_trajectory", by="latest", region="na") == expected


def test_the_region_comes_from_the_environment_unless_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECURE_ENDPOINT_REGION", "apjc")

    assert look_up(SHA, view="file_trajectory")[0].startswith("https://console.apjc.amp.cisco.com/")
    assert look_up(SHA, view="file_trajectory", region="eu")[0].startswith("https://console.eu.amp.cisco.com/")
    private = look_up(SHA, view="file_trajectory", console_host="console.example:8443")
    assert private[0].startswith("https://console.example:8443/")


def test_days_and_duration_may_come_as_text_from_a_template() -> None:
    (link,) = look_up(SHA, view="dashboard", by="sha256", days="7", region="na")

    assert "?duration=168&" in link


@pytest.mark.parametrize(
    ("terms", "options", "message"),
    [
        ([SHA], {"view": "file_trajectory"}, "region"),
        ([SHA], {"view": "file_trajectory", "region": "na", "days": 7}, "only the dashboard takes days"),
        ([SHA], {"view": "dashboard", "region": "na"}, "is opened by"),
        (
            [6.5e18],
            {"view": "device_trajectory", "by": "event_id", "connector_guid": COMPUTER, "region": "na"},
            "whole",
        ),
        (["x"], {"view": "nowhere", "region": "na"}, "nowhere"),
        (["x"], {"view": "events", "by": "sha1", "region": "na"}, "sha1"),
        ([], {"view": "file_trajectory", "region": "na"}, "64 hexadecimal"),
        ([SHA], {"region": "na"}, "view"),
    ],
)
def test_what_is_wrong_is_said(terms: list[Any], options: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleError, match=message):
        look_up(*terms, **options)
