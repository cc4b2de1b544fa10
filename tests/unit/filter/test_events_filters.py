# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""correlate_detections, group_incidents and pivot_url as templates use them, wrapped as Ansible wraps values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.utils.unsafe_proxy import wrap_var

try:
    from ansible.template import trust_as_template  # ansible-core 2.19 and later
except ImportError:

    def trust_as_template(value: str) -> str:
        return value


COMPUTER = "00000000-0000-4000-8000-00616c706861"
SHA = "ab" * 32
FIRST, SECOND = "6533241145273614339", "6533241145273614340"
C = "ampops.secure_endpoint"


def api_event(event_id: Any, type_id: int, **more: Any) -> dict[str, Any]:
    return {
        "id": event_id,
        "timestamp": 1593079552,
        "timestamp_nanoseconds": 619000000,
        "event_type_id": type_id,
        "detection_id": "6533241145273614338",
        "connector_guid": COMPUTER,
        "severity": "Medium",
        "computer": {"connector_guid": COMPUTER, "hostname": "alpha"},
        "file": {"identity": {"sha256": SHA}},
    } | more


PAIR = [api_event(SECOND, 553648143), api_event(FIRST, 1090519054, detection="W32.Overdrive.RET")]


def templated(expression: str, **variables: Any) -> Any:
    """The value of an expression, its variables wrapped as a task's registered result is (tagged or unsafe types)."""
    loader = DataLoader()
    read = {name: wrap_var(loader.load(json.dumps(value))) for name, value in variables.items()}
    return Templar(loader=loader, variables=read).template(trust_as_template("{{ " + expression + " }}"))


def test_events_become_one_detection_with_links() -> None:
    (found,) = templated(f"events | {C}.correlate_detections(region='eu')", events=PAIR)

    assert found["key"] == f"events/{COMPUTER}/6533241145273614338"
    assert (found["outcome"], found["name"], found["event_ids"]) == (
        "quarantined",
        "W32.Overdrive.RET",
        [FIRST, SECOND],
    )
    assert found["pivot_urls"]["device_trajectory"] == (
        f"https://console.eu.amp.cisco.com/computers/{COMPUTER}/trajectory2?id={SECOND}"
    )


def test_ids_as_integers_are_the_same_as_ids_as_text() -> None:
    numbers = [event | {"id": int(event["id"])} for event in PAIR]

    text, integers = (templated(f"events | {C}.correlate_detections", events=events) for events in (PAIR, numbers))
    assert text == integers


def test_a_true_or_a_float_is_no_id_even_when_it_is_wrapped() -> None:
    events = [api_event(True, 1090519054), api_event(6.5e18, 1090519054, severity="Low")]

    (found,) = templated(f"events | {C}.correlate_detections", events=events)

    assert all(event_id.startswith("sha256:") for event_id in found["event_ids"])
    assert len(found["event_ids"]) == 2


def test_lines_of_the_consumer_keep_their_source_and_connector() -> None:
    bare = api_event(None, 1107296344, connector_guid=None, computer=None, detection_id=None)
    line = {"kind": "event", "source": "soc", "connector_guid": COMPUTER, "event": bare}

    (found,) = templated(f"events | {C}.correlate_detections", events=[line])
    (alone,) = templated(f"events | {C}.correlate_detections", events=[bare])
    assert (found["source"], found["connector_guid"], found["event_ids"]) == ("soc", COMPUTER, alone["event_ids"])
    (named,) = templated(f"events | {C}.correlate_detections('lab')", events=[line])
    assert named["source"] == "lab"


@pytest.mark.parametrize("rule", ["same_hash", "same_hash_same_computer", "same_computer"])
def test_events_and_their_detections_give_the_same_incidents(rule: str) -> None:
    events = [*PAIR, api_event("7", 1090519054, detection_id="d7", timestamp=1593079852)]

    direct = templated(f"events | {C}.group_incidents('{rule}', 300, region='na')", events=events)
    chained = templated(
        f"events | {C}.correlate_detections | {C}.group_incidents('{rule}', window_seconds='300', region='na')",
        events=events,
    )
    assert direct == chained
    assert [(item["still_dangerous"], item["event_ids"]) for item in direct] == [
        (True, ["7"]),
        (False, [FIRST, SECOND]),
    ]
    assert all(
        url.startswith("https://console.amp.cisco.com/") for item in direct for url in item["pivot_urls"].values()
    )


def test_a_window_of_other_length_groups_otherwise() -> None:
    events = [*PAIR, api_event("7", 1090519054, detection_id="d7", timestamp=1593079852)]

    assert len(templated(f"events | {C}.group_incidents('same_hash', 301)", events=events)) == 1


def test_hostile_names_are_never_run_as_templates() -> None:
    hostile = "{{ 7 * 191 }}"
    event = api_event("1", 1090519054, detection=hostile, computer={"hostname": hostile})

    detections = templated(f"events | {C}.correlate_detections", events=[event])
    incidents = templated(f"events | {C}.group_incidents('same_hash')", events=[event])

    assert detections[0]["name"] == hostile
    templar = Templar(loader=DataLoader(), variables={"detections": detections, "incidents": incidents})
    again = templar.template(trust_as_template("{{ detections[0].hostname ~ incidents[0].hostnames[0] }}"))
    assert again == hostile * 2


def test_nothing_gives_nothing() -> None:
    assert templated(f"events | {C}.correlate_detections", events=[]) == []
    assert templated(f"events | {C}.group_incidents('same_hash')", events=[]) == []


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("'text' | correlate_detections", "a list of events is needed"),
        ("{'id': 1} | correlate_detections", "a list of events is needed"),
        ("5 | group_incidents('same_hash')", "a list of events is needed"),
        ("[1] | correlate_detections", "item 0 is not an event but a number"),
        ("[] | correlate_detections(region='us')", "region must be one of"),
        ("{'events': [{'id': 1}]} | correlate_detections", "not a dictionary; give the list under its key events"),
        ("[{'data': {'id': 1}}] | correlate_detections", "item 0 is not an event.*give what stands under its key data"),
        ("[{}] | group_incidents('same_hash')", "item 0 is not an event: it has none of the fields"),
        ("[] | correlate_detections(source=['a'])", "source must be a text, not a list"),
        ("[] | correlate_detections(region=['na'])", "region must be a text, not a list"),
        ("[] | group_incidents('same_hash', console_host=5)", "console_host must be a text, not a number"),
        ("[] | group_incidents(['same_hash'])", "rule must be a text, not a list"),
        ("[] | group_incidents", "rule must be one of same_computer, same_hash, same_hash_same_computer$"),
        ("'x' | pivot_url(region='na')", "view must be one of"),
        ("[] | group_incidents('by_moon')", "rule must be one of same_computer"),
        ("[] | group_incidents('same_hash', 0)", "window_seconds must be a whole number"),
        ("[] | group_incidents('same_hash', 1.5)", "window_seconds must be a whole number"),
        ("[] | group_incidents('same_hash', true)", "window_seconds must be a whole number"),
        ("[] | group_incidents('same_hash', console_host='https://x')", "console_host must be a host"),
        ("[{'outcome': 'detected', 'event_ids': []}, {'id': 1}] | group_incidents('same_hash')", "not a mixture"),
        ("[{'outcome': 'detected', 'event_ids': []}] | group_incidents('same_hash')", "item 0: the field key"),
        ("'x' | pivot_url('events', 'detection')", "a console is needed"),
        ("'x' | pivot_url('events', 'detection', region='na', colour='red')", "unknown option: colour"),
        ("6.5e18 | pivot_url('dashboard', 'event_type', region='na')", "whole number"),
    ],
)
def test_what_is_wrong_is_said(expression: str, message: str) -> None:
    left, _bar, right = expression.rpartition("| ")

    with pytest.raises(AnsibleError, match=message):
        templated(f"{left}| {C}.{right}")


def test_pivot_url_works_in_a_template_and_in_map() -> None:
    expected = f"https://console.amp.cisco.com/file/trajectory/{SHA}"

    assert templated(f"sha | {C}.pivot_url('file_trajectory', region='na')", sha=SHA) == expected
    assert templated(f"[sha] | map('{C}.pivot_url', 'file_trajectory', region='na') | list", sha=SHA) == [expected]
    assert templated(f"types | {C}.pivot_url('events', 'event_type', region='na')", types=[1, 2]).count("%2C") > 1
    assert templated(
        f"id | {C}.pivot_url('device_trajectory', 'event_id', connector_guid=guid, region='na')",
        id=2**64 - 1,
        guid=COMPUTER,
    ).endswith(f"?id={2**64 - 1}")
    assert "duration=168&" in templated(f"sha | {C}.pivot_url('dashboard', 'sha256', days=7, region='na')", sha=SHA)
