# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine of the console links (api-contract.md section 12, items 13 to 17)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._pivot import (
    BY,
    CONSOLE_HOSTS,
    PivotError,
    pivot_url,
    record_links,
)
from hypothesis import given
from hypothesis import strategies as st

SHA = "ed01ebfbc9eb5bbea545af4d01bf5f1071661840480439c6e5babe8e080e41aa"
OTHER_SHA = "55666eb6728a4e81bd4d12eee7f085a83adc8cb1a1570b70ed2ffb508b064fc3"
COMPUTER = "d821e2d9-9280-489c-a6c3-be02d85ba8a0"
GROUP = "5cdf70dd-1b14-46a0-be90-e08da14172d8"
CONSOLE = "https://console.amp.cisco.com"
SHOW = f"{CONSOLE}/dashboard/overview#/events/show/"
SORT = '"sort_by":"ts","sort_order":"desc","name":""'


def link(value: object = None, view: str = "events", by: str | None = None, **options: Any) -> str:
    return pivot_url(value, view=view, by=by, **({"region": "na"} | options))


def filters(url: str) -> Any:
    head, _mark, fragment = url.partition("#/events/show/")
    assert head == f"{CONSOLE}/dashboard/overview"
    return json.loads(unquote(fragment))["filters"]


# Every example of the workflows document, as it stands there but for item 14's stray quote.
GUIDE: list[tuple[dict[str, Any], str]] = [
    (
        {"value": SHA, "view": "dashboard", "by": "sha256"},
        f"{CONSOLE}/dashboard?duration=720&artifact_type=sha&artifact={SHA}",
    ),
    (
        {"value": "82.165.37.127", "view": "dashboard", "by": "ip"},
        f"{CONSOLE}/dashboard?duration=720&artifact_type=ip&artifact=82.165.37.127",
    ),
    (
        {"value": 553648130, "view": "dashboard", "by": "event_type"},
        f"{CONSOLE}/dashboard?duration=720&event_type=553648130",
    ),
    (
        {"value": 553648130, "view": "events", "by": "event_type"},
        SHOW + '{"filters":{"agg":[],"time":"all","tid":[553648130]},' + SORT + "}",
    ),
    (
        {"value": COMPUTER, "view": "events", "by": "connector_guid"},
        SHOW + '{"filters":{"agg":[],"time":"all","tid":[],"ag":["' + COMPUTER + '"]},' + SORT + "}",
    ),
    (
        {"value": GROUP, "view": "events", "by": "group_guid"},
        SHOW + '{"filters":{"time":["all"],"agg":["' + GROUP + '"]},' + SORT + "}",
    ),
    (
        {"value": OTHER_SHA, "view": "events", "by": "sha256"},
        SHOW + '{"filters":{"agg":[],"time":"all","tid":[],"sha":["' + OTHER_SHA + '"]},' + SORT + "}",
    ),
    (
        {"value": "W32.File.MalParent", "view": "events", "by": "detection"},
        SHOW + '{"filters":{"agg":[],"time":"all","tid":[],"det_name":["W32.File.MalParent"]},' + SORT + "}",
    ),
    (
        {"value": OTHER_SHA, "view": "file_trajectory", "by": "sha256"},
        f"{CONSOLE}/file/trajectory/{OTHER_SHA}",
    ),
    (
        {"connector_guid": COMPUTER, "view": "device_trajectory", "by": "latest"},
        f"{CONSOLE}/computers/{COMPUTER}/trajectory2",
    ),
    (
        {"value": 553648130, "connector_guid": COMPUTER, "view": "device_trajectory", "by": "event_id"},
        f"{CONSOLE}/computers/{COMPUTER}/trajectory2?id=553648130",
    ),
    *(
        (
            {"value": query, "connector_guid": COMPUTER, "view": "device_trajectory", "by": "query"},
            f"{CONSOLE}/computers/{COMPUTER}/trajectory?q={query}",
        )
        for query in (SHA, "tasksche.exe", "82.165.37.127", "propay24.ru", "http://propay24.ru/4/pict.jpg")
    ),
]


RAW = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/%?=&")


@pytest.mark.parametrize(("options", "guide"), GUIDE, ids=lambda value: "" if isinstance(value, dict) else value[29:60])
def test_the_guides_examples_open_the_same_page_and_hold_nothing_raw(options: dict[str, Any], guide: str) -> None:
    url = link(**options)

    parts = urlsplit(url)
    assert set(parts.path + parts.query + parts.fragment) <= RAW
    assert unquote(url) == guide
    _page, _mark, ours = unquote(url).partition("#/events/show/")
    _page, _mark, theirs = guide.partition("#/events/show/")
    assert (json.loads(ours) if ours else None) == (json.loads(theirs) if theirs else None)


# The console


@pytest.mark.parametrize(("region", "host"), CONSOLE_HOSTS.items())
def test_each_region_has_its_console(region: str, host: str) -> None:
    assert link(SHA, "file_trajectory", region=region) == f"https://{host}/file/trajectory/{SHA}"


def test_the_regions_are_those_of_the_contract() -> None:
    assert CONSOLE_HOSTS == {
        "na": "console.amp.cisco.com",
        "eu": "console.eu.amp.cisco.com",
        "apjc": "console.apjc.amp.cisco.com",
    }


@pytest.mark.parametrize("host", ["console.amp.example.com", "console:8443", "10.1.2.3:443", "Console.Example"])
def test_a_private_clouds_console_goes_before_the_region(host: str) -> None:
    assert link(SHA, "file_trajectory", console_host=host) == f"https://{host.lower()}/file/trajectory/{SHA}"


@pytest.mark.parametrize(
    "host",
    [
        *("https://console.example", "user:secret@console.example", "console.example/path", "console.example:", "a b"),
        *("console.example:0", "console.example:65536", "console.example:443443", "-a.example", "a..b", "a\n"),
        *("console.example#", "console.example?x", "a" * 64, ".".join(["a" * 50] * 6), "[::1]", "%63onsole.example"),
        "b\u00fccher.example",
    ],
)
def test_a_console_host_is_a_host_and_perhaps_a_port_and_is_not_echoed(host: str) -> None:
    with pytest.raises(PivotError, match="console_host must be a host name or host:port") as caught:
        link(SHA, "file_trajectory", console_host=host)

    assert host not in str(caught.value)


def test_without_a_console_there_is_no_link() -> None:
    with pytest.raises(PivotError, match=r"give region \(na, eu, apjc\) or console_host"):
        pivot_url(SHA, view="file_trajectory")
    with pytest.raises(PivotError, match="region must be one of na, eu, apjc, not 'us'"):
        pivot_url(SHA, view="file_trajectory", region="us")


# What is opened by what


KINDS = {by for choices in BY.values() for by in choices} | {"sha1"}


@pytest.mark.parametrize(("view", "by"), [(view, by) for view in BY for by in sorted(KINDS - set(BY[view]))])
def test_a_view_is_opened_by_its_own_kinds_only(view: str, by: str) -> None:
    with pytest.raises(PivotError, match=rf"the view {view} is opened by .*, not by '{by}'"):
        link(SHA, view, by, connector_guid=COMPUTER)


def test_an_unknown_view_is_told_with_the_known_ones() -> None:
    with pytest.raises(PivotError, match="view must be one of dashboard, events, file_trajectory, device_trajectory"):
        link(SHA, "trajectory")


def test_the_trajectories_have_a_default_and_the_others_ask() -> None:
    assert link(SHA, "file_trajectory").endswith(f"/file/trajectory/{SHA}")
    assert link(COMPUTER, "device_trajectory").endswith(f"/computers/{COMPUTER}/trajectory2")
    for view in ("dashboard", "events"):
        with pytest.raises(PivotError, match="is opened by"):
            link(SHA, view)


@pytest.mark.parametrize(
    ("options", "hours"),
    [({}, 720), ({"days": 7}, 168), ({"days": "1"}, 24), ({"duration": 5}, 5), ({"duration": "48"}, 48)],
)
def test_the_dashboard_takes_days_or_hours(options: dict[str, Any], hours: int) -> None:
    assert f"?duration={hours}&" in link(SHA, "dashboard", "sha256", **options)


@pytest.mark.parametrize(
    "options", [{"days": 0}, {"days": -1}, {"days": 1.5}, {"duration": True}, {"duration": "soon"}]
)
def test_a_time_that_is_no_whole_number_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(PivotError, match=r"(days|duration) is a whole number"):
        link(SHA, "dashboard", "sha256", **options)


def test_days_and_duration_exclude_each_other() -> None:
    with pytest.raises(PivotError, match=r"days or duration \(hours\), not both"):
        link(SHA, "dashboard", "sha256", days=1, duration=24)


@pytest.mark.parametrize("view", ["events", "file_trajectory", "device_trajectory"])
@pytest.mark.parametrize("options", [{"days": 7}, {"duration": 24}])
def test_days_and_duration_are_refused_where_the_page_does_not_take_them(view: str, options: dict[str, int]) -> None:
    with pytest.raises(PivotError, match=f"only the dashboard takes days or duration, the view {view}"):
        link(SHA, view, "sha256", connector_guid=COMPUTER, **options)


# Kinds of values


def test_a_hash_is_lower_case_in_a_link() -> None:
    assert link(SHA.upper(), "file_trajectory") == link(SHA, "file_trajectory")


@pytest.mark.parametrize("value", ["", SHA[:-1], SHA + "0", "g" * 64, SHA + "\n", f" {SHA}", None, 5, [SHA], {"a": 1}])
@pytest.mark.parametrize(("view", "by"), [(v, "sha256") for v in BY])
def test_what_is_no_sha256_is_refused(view: str, by: str, value: object) -> None:
    with pytest.raises(PivotError, match="64 hexadecimal digits"):
        link(value, view, by, connector_guid=COMPUTER)


@pytest.mark.parametrize(
    "value", ["", "alpha", COMPUTER[:-1], COMPUTER + "\n", "{" + COMPUTER + "}", 5, COMPUTER.replace("-", "")]
)
def test_what_is_no_guid_is_refused(value: object) -> None:
    for options in (
        {"value": value, "view": "events", "by": "connector_guid"},
        {"value": value, "view": "events", "by": "group_guid"},
        {"value": value, "view": "device_trajectory", "by": "latest"},
        {"value": 5, "view": "device_trajectory", "by": "event_id", "connector_guid": value},
        {"value": "x", "view": "device_trajectory", "by": "query", "connector_guid": value},
    ):
        with pytest.raises(PivotError, match="must be a GUID"):
            link(**options)  # type: ignore[arg-type]


def test_a_guid_is_lower_case_in_a_link_and_may_come_as_the_option() -> None:
    expected = link(COMPUTER, "events", "connector_guid")

    assert link(COMPUTER.upper(), "events", "connector_guid") == expected
    assert link(None, "events", "connector_guid", connector_guid=COMPUTER) == expected


@pytest.mark.parametrize("by", ["event_id", "query", "sha256", "ip", "latest"])
def test_a_device_trajectory_needs_its_computer(by: str) -> None:
    with pytest.raises(PivotError, match="connector_guid is needed here"):
        link(None if by == "latest" else SHA, "device_trajectory", by)


def test_the_latest_event_takes_one_computer() -> None:
    assert link(COMPUTER, "device_trajectory", "latest", connector_guid=COMPUTER)
    with pytest.raises(PivotError, match="takes the connector_guid only"):
        link(GROUP, "device_trajectory", "latest", connector_guid=COMPUTER)


@pytest.mark.parametrize(
    ("address", "shown"),
    [("192.0.2.7", "192.0.2.7"), (" 192.0.2.7", "192.0.2.7"), ("2001:DB8:0:0::7", "2001%3Adb8%3A%3A7")],
)
def test_an_address_is_ipv4_or_ipv6(address: str, shown: str) -> None:
    assert link(address, "dashboard", "ip").endswith(f"&artifact={shown}")
    assert link(address, "device_trajectory", "ip", connector_guid=COMPUTER).endswith(f"/trajectory?q={shown}")


@pytest.mark.parametrize(
    "value",
    ["", "192.0.2", "192.0.2.0/24", "192.0.2.256", "fe80::1%eth0", "localhost", 3221225991, None, "1.2.3.4&x=1"],
)
def test_what_is_no_address_is_refused(value: object) -> None:
    for view in ("dashboard", "device_trajectory"):
        with pytest.raises(PivotError, match="an IPv4 or IPv6 address is needed"):
            link(value, view, "ip", connector_guid=COMPUTER)


@pytest.mark.parametrize("value", [1, 6533241145273614339, "6533241145273614339", 2**64 - 1, str(2**64 - 1)])
def test_an_event_id_keeps_all_of_its_64_bits(value: int | str) -> None:
    assert link(value, "device_trajectory", "event_id", connector_guid=COMPUTER).endswith(f"?id={value}")


@pytest.mark.parametrize(
    "value",
    [0, -1, 2**64, str(2**64), 6.533241145273614e18, 5.0, True, None, "", "6.5e18", "0x10", "1_0", " 1", "\u0663", [1]],
)
def test_what_is_no_whole_64_bit_number_is_refused(value: object) -> None:
    for view, by in (("device_trajectory", "event_id"), ("dashboard", "event_type")):
        with pytest.raises(PivotError, match=r"is a whole number from 1 to 2\^64-1"):
            link(value, view, by, connector_guid=COMPUTER)


def test_several_event_types_are_one_link_and_none_is_an_error() -> None:
    assert filters(link([1090519054, "553648143"], "events", "event_type"))["tid"] == [1090519054, 553648143]
    with pytest.raises(PivotError, match="at least one id"):
        link([], "events", "event_type")
    with pytest.raises(PivotError, match="whole number"):
        link([1090519054, 1.5], "events", "event_type")
    with pytest.raises(PivotError, match="whole number"):
        link([1090519054], "dashboard", "event_type")


@pytest.mark.parametrize("value", ["", None, 5, ["a"]])
def test_a_name_or_a_query_is_text(value: object) -> None:
    for view, by in (("events", "detection"), ("device_trajectory", "query")):
        with pytest.raises(PivotError, match="is a text that is not empty"):
            link(value, view, by, connector_guid=COMPUTER)


def test_half_a_surrogate_pair_is_refused_rather_than_changed() -> None:
    for view, by in (("events", "detection"), ("device_trajectory", "query")):
        with pytest.raises(PivotError, match="surrogate"):
            link("a\ud800", view, by, connector_guid=COMPUTER)


def test_a_message_quotes_hostile_input_short_and_escaped() -> None:
    with pytest.raises(PivotError) as caught:
        link("\x1b[31m\u202e" + "x" * 1000, "file_trajectory")

    assert str(caught.value).isascii()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


@given(st.text(min_size=1))
def test_any_name_of_a_detection_comes_back_out_of_the_url(name: str) -> None:
    url = link(name, "events", "detection")

    assert filters(url)["det_name"] == [name]
    assert urlsplit(url).fragment == url.partition("#")[2]
    assert url.isascii()
    assert url.isprintable()


@given(st.text(min_size=1))
def test_any_query_comes_back_out_of_the_url(query: str) -> None:
    parts = urlsplit(link(query, "device_trajectory", "query", connector_guid=COMPUTER))

    assert parts.path == f"/computers/{COMPUTER}/trajectory"
    assert parts.fragment == ""
    assert parse_qs(parts.query, strict_parsing=True, keep_blank_values=True) == {"q": [query]}


# Links of records


def detection(**more: Any) -> dict[str, Any]:
    return {"connector_guid": COMPUTER, "sha256": SHA, "evidence": {"event_id": "77"}} | more


def incident(rule: str, **more: Any) -> dict[str, Any]:
    return {"rule": rule, "computers": [COMPUTER, GROUP], "hashes": [SHA, OTHER_SHA]} | more


def pages(record: dict[str, Any]) -> dict[str, str]:
    return {view: unquote(url).removeprefix(CONSOLE) for view, url in record_links("na")(record).items()}


def test_a_detection_links_to_its_event_and_its_file() -> None:
    found = pages(detection())

    assert found["device_trajectory"] == f"/computers/{COMPUTER}/trajectory2?id=77"
    assert found["file_trajectory"] == f"/file/trajectory/{SHA}"
    assert f'"sha":["{SHA}"]' in found["events"]
    assert found["dashboard"] == f"/dashboard?duration=720&artifact_type=sha&artifact={SHA}"


@pytest.mark.parametrize(
    ("record", "views"),
    [
        (detection(sha256=None), {"device_trajectory", "events"}),
        (detection(connector_guid=None), {"file_trajectory", "events", "dashboard"}),
        (detection(connector_guid=None, sha256=None), set()),
        (detection(connector_guid="not a guid", sha256="no hash"), set()),
    ],
)
def test_what_an_event_does_not_rightly_tell_has_no_link(record: dict[str, Any], views: set[str]) -> None:
    assert set(pages(record)) == views


def test_an_event_without_an_id_leads_to_its_file_or_the_latest_event() -> None:
    digest = {"event_id": "sha256:ab"}

    assert pages(detection(evidence=digest))["device_trajectory"].endswith(f"/trajectory?q={SHA}")
    assert pages(detection(evidence=digest, sha256=None))["device_trajectory"].endswith("/trajectory2")


def test_an_incident_links_to_what_its_detections_have_in_common() -> None:
    assert set(pages(incident("same_hash"))) == {"file_trajectory", "events", "dashboard"}
    both = pages(incident("same_hash_same_computer"))
    assert both["device_trajectory"] == f"/computers/{COMPUTER}/trajectory?q={SHA}"
    assert both["file_trajectory"] == f"/file/trajectory/{SHA}"
    computer = pages(incident("same_computer"))
    assert set(computer) == {"device_trajectory", "events"}
    assert computer["device_trajectory"] == f"/computers/{COMPUTER}/trajectory2"
    assert f'"ag":["{COMPUTER}"]' in computer["events"]


def test_a_stream_without_a_console_has_no_links_and_a_private_cloud_has_its_own() -> None:
    assert record_links()(detection()) == {}
    private = record_links("eu", "console.example:8443")(detection())
    assert all(url.startswith("https://console.example:8443/") for url in private.values())
    with pytest.raises(PivotError):
        record_links("mars")


@given(st.from_regex("[0-9a-f]{64}", fullmatch=True), st.uuids().map(str), st.integers(1, 2**64 - 1).map(str))
def test_the_links_of_records_are_those_of_the_engine(digest: str, computer: str, event_id: str) -> None:
    found = record_links("eu")(detection(connector_guid=computer, sha256=digest, evidence={"event_id": event_id}))

    of_event = {"by": "event_id", "connector_guid": computer}
    assert found == {
        "device_trajectory": link(event_id, "device_trajectory", region="eu", **of_event),
        "file_trajectory": link(digest, "file_trajectory", region="eu"),
        "events": link(digest, "events", "sha256", region="eu"),
        "dashboard": link(digest, "dashboard", "sha256", region="eu"),
    }
    alone = record_links("eu")(incident("same_computer", computers=[computer]))
    assert alone["events"] == link(computer, "events", "connector_guid", region="eu")
