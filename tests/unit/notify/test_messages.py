# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a message says, what never leaves, and how each type of target takes it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._notify.notification import (
    MAY_BE_LEFT_OUT,
    Notification,
    health_of,
    incident_of,
    notification_of,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._notify.registry import TYPES, parse_targets
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._notify.target import NotSent

from .making import COMPUTER, incident, target


def message(*, update: bool = False, include: tuple[str, ...] = (), exclude: tuple[str, ...] = (), **more: Any) -> Any:
    return notification_of(incident_of(incident(**more)), update=update, told={}, include=include, exclude=exclude)


def test_a_message_says_what_happened_where_and_how_many_more() -> None:
    many = [f"PC-{number:04}" for number in range(20)]
    made = message(hostnames=many, totals={"hostnames": 412, "detections": 500}, severity="High")
    assert made.headline == "High: quarantine failed, W32.Generic on PC-0000 and 411 more"
    assert made.text.splitlines()[1:] == [
        "Outcome: quarantine failed; needs a person",
        "Hosts: PC-0000, PC-0001, PC-0002, PC-0003, PC-0004 and 407 more",
        "Detections: W32.Generic",
        "Time: 2026-11-28 22:15:00 to 2026-11-28 22:20:00 UTC",
        "Incident: a, revision 1",
    ]


def test_users_leave_only_where_they_are_asked_for_and_what_is_excluded_does_not_leave_in_a_link_either() -> None:
    assert "anna" not in json.dumps(message())
    assert "anna" in json.dumps(message(include=("users",)))
    assert "anna" not in json.dumps(message(include=("users",), exclude=("users",)))
    made = message(exclude=("computers", "hostnames"))
    assert COMPUTER not in json.dumps(made)
    assert "PC-0001" not in json.dumps(made)
    assert made.links == []
    assert set(made.record["totals"]) & {"computers", "hostnames"} == set()


def test_what_is_no_field_of_ours_and_what_ansible_holds_of_events_never_leaves() -> None:
    made = message(command_line="secret.exe --password x", network={"remote_ip": "192.0.2.7"}, key=COMPUTER)
    assert "secret.exe" not in json.dumps(made)
    assert "192.0.2.7" not in json.dumps(made)


@pytest.mark.parametrize("field", MAY_BE_LEFT_OUT)
def test_every_type_makes_a_message_without_any_one_field(field: str) -> None:
    for kind in TYPES.values():
        assert kind.arguments(message(exclude=(field,)), options_of(kind.NAME))


def options_of(kind: str) -> dict[str, Any]:
    return {name: option.get("default", f"the {name}") for name, option in TYPES[kind].OPTIONS.items()} | (
        {"headers": {}} if kind == "webhook" else {"fields": {}} if kind == "jira" else {}
    )


def test_only_a_link_that_no_markup_gives_a_meaning_is_a_link() -> None:
    good = "https://console.eu.amp.cisco.com/computers/x?q=a%20b"
    bad = ("http://a.example/", "https://a.example/|<!channel>", "https://u:p@a.example/", "javascript:x", 7)
    assert message(pivot_urls={"a": good, **{str(n): url for n, url in enumerate(bad)}}).links == [("a", good)]


def test_control_characters_and_marks_of_direction_are_escaped_everywhere() -> None:
    made = message(hostnames=["PC\r\nBcc: x@example.com\u202e"], names=["a\x1b[31m"])
    assert made.headline.isprintable()
    assert len(made.text.splitlines()) == 6
    subject = TYPES["mail"].arguments(made, options_of("mail"))["subject"]
    assert subject.isprintable()


@pytest.mark.parametrize("wrong", [{}, {"id": "a|b=c"}, {"id": "a", "revision": True}, {"id": "a", "revision": 0}])
def test_what_is_no_incident_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="has no"):
        incident_of(wrong)


def test_stopped_protection_has_a_message_of_its_own() -> None:
    stopped = {"event_id": "7", "event_type": "Uninstall", "hostname": "PC-0009", "time": "2026-11-28T22:15:00Z"}
    made = notification_of(health_of(stopped), update=False, told={}, include=(), exclude=())
    assert made.headline == "Protection stopped: Uninstall on PC-0009"
    assert made.id == "health-7"
    with pytest.raises(ValueError, match="has no event_id"):
        health_of({"event_type": "Uninstall"})


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"url": None}, 'target "x": set url'),
        ({"url": "http://a.example"}, 'target "x": url must begin with https://'),
        ({"to": ["a"]}, 'target "x": to is no option of the type webhook'),
        ({"type": "jira", "url": None, "server": "https://j.example", "project": "P"}, "set token, or username"),
        ({"type": "mail", "url": None, "host": "m", "sender": "s", "to": ["t"], "username": "u"}, "or neither"),
        (
            {
                "type": "mail",
                "url": None,
                "host": "m",
                "sender": "s",
                "to": ["t"],
                "username": "u",
                "password": "p",
                "secure": "try",
            },
            "a password is sent with secure=always or secure=starttls only",
        ),
    ],
)
def test_a_wrong_target_is_named(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match="target") as caught:
        parse_targets([target("x", **wrong)])
    assert sentence in str(caught.value)


def test_two_targets_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match='two targets are named "x"'):
        parse_targets([target("x"), target("x")])


@pytest.mark.parametrize(
    ("kind", "result", "reference"),
    [
        ("slack", {"channel": "C1", "ts": "17.1"}, {"channel": "C1", "ts": "17.1"}),
        ("slack", {"msg": "OK"}, {}),
        ("slack", {"failed": True, "msg": "Slack API error", "error": "channel_not_found"}, "channel_not_found"),
        ("jira", {"meta": {"key": "SOC-7"}}, {"key": "SOC-7"}),
        ("jira", {"meta": {"id": "1", "body": "x"}}, {}),
        ("jira", {"meta": {}}, "names neither"),
        ("mail", {"result": {}}, {}),
        ("mail", {"result": {"a@example.com": [550, "no"]}}, {"refused": "a@example.com"}),
        (
            "mail",
            {"msg": "MODULE FAILURE: see", "failed": True, "exception": "Trace\nOSError: down\n"},
            "OSError: down",
        ),
        ("teams", {"status": 202, "content": ""}, {}),
        ("teams", {"status": 200, "content": "1"}, {}),
        ("teams", {"status": 200, "content": "throttled"}, "HTTP 200 and throttled"),
        ("webhook", {"status": -1, "failed": True, "msg": "Request failed: refused"}, "Request failed: refused"),
        ("webhook", {"status": 200, "content": " <html>", "content_type": "text/html; charset=x"}, "an HTML page"),
        ("webhook", {"status": 302, "failed": True, "msg": "Status code was 302 and not [200]"}, "HTTP 302 and not"),
    ],
)
def test_the_result_of_a_module_is_judged(kind: str, result: dict[str, Any], reference: dict[str, str] | str) -> None:
    if isinstance(reference, dict):
        assert TYPES[kind].accepted(result) == reference
        return
    with pytest.raises(NotSent, match=reference):
        TYPES[kind].accepted(result)


def test_a_long_incident_fits_into_what_each_target_takes() -> None:
    long = ["x" * 500] * 20
    made: Notification = message(hostnames=long, names=long, file_names=long, techniques=long, hashes=["a" * 64] * 20)
    slack = TYPES["slack"].arguments(made, options_of("slack"))
    assert all(len(block["text"]["text"]) <= 3000 for block in slack["blocks"])
    assert len(json.dumps(TYPES["teams"].arguments(made, options_of("teams"))["body"])) < 28 * 1024
    assert len(TYPES["jira"].arguments(made, options_of("jira"))["summary"]) <= 255
