# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which computers are meant, found with the fewest requests and never by guessing."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.client import Client
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.errors import Refused, Unavailable
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.options import ConnectionOptions
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.computer.read import (
    ComputerFilter,
    read_computers,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.computer.resolve import (
    resolve_computers,
)
from unit.scripted_cloud import API_KEY, CLIENT_ID, GET, Expected, ScriptedCloud

ALL = "/v1/computers"


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def computer(number: int, hostname: str | None = None, **more: Any) -> dict[str, Any]:
    name = hostname or f"PC-{number:04d}"
    return {"connector_guid": guid(number), "hostname": name, "last_seen": "2026-11-20T08:00:00Z", **more}


def page(numbers: range, total: int) -> Expected:
    query = {"offset": numbers.start} if numbers.start else {}
    return GET(ALL, limit=500, **query).answers([computer(n) for n in numbers], total=total, offset=numbers.start)


@pytest.fixture
def client(cloud: ScriptedCloud) -> Client:
    options = {"region": "na", "client_id": CLIENT_ID, "api_key": API_KEY, "concurrency": 1}
    return Client(ConnectionOptions.parse(options, {}), clock=cloud.clock, sleep=cloud.sleep)


def test_one_guid_is_one_read_of_it(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(GET(f"{ALL}/{guid(7)}").answers(computer(7)))

    resolved = resolve_computers(client, [guid(7).upper()])

    assert {text: found.hostname for text, found in resolved.found.items()} == {guid(7).upper(): "PC-0007"}


def test_one_name_is_one_filtered_read_and_what_matches_loosely_is_left_out(
    cloud: ScriptedCloud, client: Client
) -> None:
    loosely = [
        computer(1, "pc-1.corp.example"),
        computer(2, "xPC-1.corp.example"),
        computer(3, "PC-1.corp.example.org"),
    ]
    cloud.expects(GET(ALL, **{"hostname[]": "PC-1.corp.example", "limit": 500}).answers(loosely))

    assert resolve_computers(client, ["PC-1.corp.example"]).found["PC-1.corp.example"].guid == guid(1)


def test_many_in_a_small_tenant_are_one_page(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(page(range(400), 400))

    wanted = [guid(3), "PC-0007", guid(399), "pc-0007"]
    resolved = resolve_computers(client, wanted)

    assert [found.hostname for found in resolved.found.values()] == ["PC-0003", "PC-0007", "PC-0399", "PC-0007"]


def test_few_in_a_large_tenant_are_read_one_by_one_and_names_together(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(
        page(range(500), 5000),
        GET(f"{ALL}/{guid(4000)}").answers(computer(4000)),
        GET(ALL, **{"hostname[]": ["PC-0007", "PC-4001"], "limit": 500}).answers([computer(7), computer(4001)]),
    )

    resolved = resolve_computers(client, [guid(3), guid(4000), "PC-0007", "PC-4001"])

    assert len(resolved.found) == 4


def test_more_than_there_are_pages_are_read_by_pages(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(page(range(500), 1200), page(range(500, 1000), 1200), page(range(1000, 1200), 1200))

    assert len(resolve_computers(client, [guid(number) for number in range(0, 1200, 10)]).found) == 120


def test_a_name_of_several_records_is_refused_with_what_tells_them_apart(cloud: ScriptedCloud, client: Client) -> None:
    old = computer(1, "PC-RE", last_seen="2026-01-02T03:04:05Z", operating_system="Windows 7")
    new = computer(2, "pc-re", last_seen="2026-11-20T08:00:00Z", operating_system="Windows 11")
    names = ["PC-RE", "PC-0003", "nobody", "no\none"]
    cloud.expects(GET(ALL, **{"hostname[]": names, "limit": 500}).answers([old, new, computer(3)]))

    with pytest.raises(Refused) as refused:
        resolve_computers(client, names)

    text = str(refused.value)
    assert '2 computers are named "PC-RE": give one of the ids ' in text
    newest, oldest = text.index(f"{guid(2)} (last seen 2026-11-20T08:00:00Z, Windows 11)"), text.index(guid(1))
    assert newest < oldest
    assert 'no computers are named "nobody"' in text
    assert r'no computers are named "no\none"' in text
    assert text.endswith("Nothing was changed.")


def test_unknown_host_names_come_with_names_like_them(cloud: ScriptedCloud, client: Client) -> None:
    """Where nothing else was read, the first pages of the list are, for the refusal."""
    cloud.expects(
        GET(ALL, **{"hostname[]": ["PC-O003"], "limit": 500}).answers([]),
        GET(ALL, limit=500).answers([computer(3), computer(4), computer(5, "SRV-LDAP")]),
    )
    with pytest.raises(Refused) as refused:
        resolve_computers(client, ["PC-O003"])
    assert f'No computers are named "PC-O003" (names like it: "PC-0003" ({guid(3)}), "PC-0004" ({guid(4)}))' in str(
        refused.value
    )


def test_a_refusal_comes_without_suggestions_where_the_list_cannot_be_read(
    cloud: ScriptedCloud, client: Client
) -> None:
    cloud.expects(
        GET(ALL, **{"hostname[]": ["nobody"], "limit": 500}).answers([]), GET(ALL, limit=500).refuses(403, "no")
    )
    with pytest.raises(Refused, match=r'^No computers are named "nobody"\. Nothing was changed\.$'):
        resolve_computers(client, ["nobody"])


def test_missing_ones_may_be_told_instead(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(GET(f"{ALL}/{guid(9)}").refuses(404, "Computer not found"))

    assert resolve_computers(client, [guid(9)], missing_ok=True) == ({}, (guid(9),))


def test_a_403_that_says_not_found_means_that(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(GET(f"{ALL}/{guid(9)}").refuses(403, "Computer not found"))

    assert resolve_computers(client, [guid(9)], missing_ok=True).missing == (guid(9),)


def test_a_failed_read_is_never_taken_for_missing(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(*[GET(f"{ALL}/{guid(9)}").refuses(503)] * 4)

    with pytest.raises(Unavailable):
        resolve_computers(client, [guid(9)], missing_ok=True)


def test_pages_that_keep_shifting_prove_nothing_so_each_is_asked_for(cloud: ScriptedCloud, client: Client) -> None:
    shifting = [page(range(500), 1001), page(range(500, 1000), 999)]
    cloud.expects(*shifting * 3)
    cloud.expects(*(GET(f"{ALL}/{guid(number)}").answers(computer(number)) for number in (1000, 2000, 3000)))

    known = [guid(number) for number in (1, 2, 3, 1000, 2000, 3000)]
    assert len(resolve_computers(client, known).found) == 6


def test_names_in_a_list_that_keeps_shifting_are_refused(cloud: ScriptedCloud, client: Client) -> None:
    names = {"hostname[]": "PC-0001", "limit": 500}
    shifting = [
        GET(ALL, **names).answers([computer(n) for n in range(500)], total=700),
        GET(ALL, **names, offset=500).answers([computer(600)], total=501, offset=500),
    ]
    cloud.expects(*shifting * 3)

    with pytest.raises(Refused, match="not certain"):
        resolve_computers(client, ["PC-0001"])


def test_an_empty_text_is_refused_before_anything_is_read(client: Client) -> None:
    with pytest.raises(Refused, match="empty text"):
        resolve_computers(client, ["  ", guid(1)])


def test_every_filter_is_sent_and_checked(cloud: ScriptedCloud, client: Client) -> None:
    group = guid(900)
    right = computer(1, internal_ips=[" 10.0.0.1"], external_ip="192.0.2.1", group_guid=group)
    wrong = [{**right, "connector_guid": guid(2), "internal_ips": ["10.0.0.10"]}]
    wrong += [{**right, "connector_guid": guid(3), "external_ip": "192.0.2.10"}]
    wrong += [{**right, "connector_guid": guid(4), "group_guid": guid(901)}]
    wrong += [{**right, "connector_guid": guid(5), "hostname": "PC-00011"}]
    query = {"hostname[]": ["PC-0001", "x"], "group_guid[]": [group], "internal_ip": "10.0.0.1"}
    query |= {"external_ip": "192.0.2.1", "last_seen_within": 7, "last_seen_over": 0, "limit": 500}
    cloud.expects(GET(ALL, **query).answers([*wrong, right]))

    wanted = ComputerFilter(["PC-0001", "x"], "10.0.0.1", "192.0.2.1", {group}, 7, 0)

    assert read_computers(client, wanted).records == [right]


def test_more_names_than_a_url_takes_are_asked_for_in_parts(cloud: ScriptedCloud, client: Client) -> None:
    names = [f"PC-{number:04d}" for number in range(120)]
    for start in (0, 50, 100):
        part = names[start : start + 50]
        answer = [computer(number) for number in range(start, min(start + 50, 120))]
        cloud.expects(GET(ALL, **{"hostname[]": part, "limit": 500}).answers(answer))

    assert len(read_computers(client, ComputerFilter(hostnames=names)).records) == 120


def test_very_many_groups_are_sorted_out_here(cloud: ScriptedCloud, client: Client) -> None:
    groups = {guid(number) for number in range(900, 960)}
    records = [computer(1, group_guid=guid(901)), computer(2, group_guid=guid(899))]
    cloud.expects(GET(ALL, limit=500).answers(records))

    assert read_computers(client, ComputerFilter(group_guids=groups)).records == records[:1]


def test_a_limit_counts_what_matches_and_stops_there(cloud: ScriptedCloud, client: Client) -> None:
    records = [computer(n, "PC" if n % 2 else "PC-other") for n in range(500)]
    cloud.expects(GET(ALL, **{"hostname[]": "PC", "limit": 500}).answers(records, total=5000))

    assert len(read_computers(client, ComputerFilter(hostnames=["PC"]), limit=3).records) == 3


@pytest.mark.parametrize("nothing", [ComputerFilter(hostnames=[]), ComputerFilter(group_guids=frozenset())])
def test_an_empty_choice_is_empty_and_asks_nothing(client: Client, nothing: ComputerFilter) -> None:
    assert read_computers(client, nothing).records == []
