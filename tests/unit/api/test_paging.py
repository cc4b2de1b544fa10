# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists that change while they are read (R27)."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.client import Client
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.errors import ProtocolError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.options import ConnectionOptions
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.paging import Listing, read_list
from unit.scripted_cloud import API_KEY, CLIENT_ID, GET, Expected, ScriptedCloud


@pytest.fixture
def client(cloud: ScriptedCloud) -> Client:
    options = {"region": "na", "client_id": CLIENT_ID, "api_key": API_KEY}
    return Client(ConnectionOptions.parse(options, {}), sleep=cloud.sleep)


def rows(*names: str) -> list[dict[str, Any]]:
    return [{"guid": name} for name in names]


def page(offset: int, total: int, *names: str, limit: int = 2) -> Expected:
    query = {"limit": limit} | ({"offset": offset} if offset else {})
    return GET("/v1/things", **query).answers(rows(*names), total=total, offset=offset)


def read(client: Client, **options: Any) -> Listing:
    return read_list(client, "/v1/things", page=2, **options)


def names(listing: Listing) -> list[str]:
    return [record["guid"] for record in listing.records]


def test_pages_follow_each_other_to_the_last(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(page(0, 5, "a", "b"), page(2, 5, "c", "d"), page(4, 5, "e"))
    listing = read(client)
    assert (names(listing), listing.complete, listing.total) == (["a", "b", "c", "d", "e"], True, 5)


def test_a_page_that_fits_is_one_request_of_five_hundred(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(GET("/v1/things", limit=500).answers(rows("a")))
    assert names(read_list(client, "/v1/things")) == ["a"]


def test_what_slides_onto_the_next_page_is_not_listed_twice(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(page(0, 3, "a", "b"), page(2, 4, "b", "c"))
    assert names(read(client)) == ["a", "b", "c"]


def test_the_next_page_begins_where_this_one_really_ended(cloud: ScriptedCloud, client: Client) -> None:
    """A server may give fewer items than asked for."""
    cloud.expects(page(0, 3, "a"), page(1, 3, "b", "c"))
    assert names(read(client)) == ["a", "b", "c"]


def test_a_total_that_falls_means_reading_again(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(page(0, 4, "a", "b"), page(2, 3, "d"), page(0, 3, "b", "c"), page(2, 3, "d"))
    listing = read(client)
    assert (names(listing), listing.complete, listing.warning) == (["b", "c", "d"], True, None)


def test_the_rest_of_a_reading_that_is_spoilt_already_is_not_read(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(page(0, 6, "a", "b"), page(2, 5, "d", "e"))
    cloud.expects(page(0, 5, "b", "c"), page(2, 5, "d", "e"), page(4, 5, "f"))
    assert names(read(client)) == ["b", "c", "d", "e", "f"]


def test_a_removal_hidden_by_an_arrival_is_noticed_by_the_count(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(page(0, 3, "a", "b"), page(2, 3, "b"), page(0, 3, "b", "c"), page(2, 3, "d"))
    assert names(read(client)) == ["b", "c", "d"]


def test_after_three_unquiet_readings_the_list_says_that_it_is_not_complete(
    cloud: ScriptedCloud, client: Client
) -> None:
    cloud.expects(*[page(0, 4, "a", "b"), page(2, 3, "d")] * 3)
    listing = read(client)
    assert not listing.complete
    assert "3 times in a row" in (listing.warning or "")


def test_a_server_that_ignores_the_offset_does_not_make_a_loop(cloud: ScriptedCloud, client: Client) -> None:
    stuck = GET("/v1/things", limit=2, offset=2).answers(rows("a", "b"), total=9, offset=0)
    cloud.expects(*[page(0, 9, "a", "b"), stuck] * 3)
    listing = read(client)
    assert (names(listing), listing.complete) == (["a", "b"], False)


def test_an_empty_page_ends_the_reading(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(*[page(0, 4, "a", "b"), page(2, 4)] * 3)
    assert not read(client).complete


def test_newer_than_the_first_pages_first_item_is_left_out(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(page(0, 3, "m", "k"), page(2, 4, "z", "a"))
    listing = read(client, newer=lambda one, other: one["guid"] > other["guid"])
    assert names(listing) == ["m", "k", "a"]
    assert listing.complete


def test_a_limit_stops_as_soon_as_it_is_reached(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(page(0, 9, "a", "b"), page(2, 9, "c", "d"))
    assert names(read(client, limit=3)) == ["a", "b", "c"]


def test_a_small_limit_asks_for_no_more(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(page(0, 9, "a", limit=1))
    assert names(read(client, limit=1)) == ["a"]


def test_filters_stay_on_every_page(cloud: ScriptedCloud, client: Client) -> None:
    first = GET("/v1/things", **{"limit": 2, "hostname[]": ["x", "y"]}).answers(rows("a", "b"), total=3)
    second = GET("/v1/things", **{"limit": 2, "offset": 2, "hostname[]": ["x", "y"]})
    cloud.expects(first, second.answers(rows("c"), total=3, offset=2))
    assert names(read(client, query={"hostname[]": ["x", "y"]})) == ["a", "b", "c"]


def test_records_without_the_key_are_all_kept(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(GET("/v1/things", limit=2).answers([{"x": 1}, {"x": 1}]))
    assert len(read(client).records) == 2


@pytest.mark.parametrize(
    "link",
    ["https://evil.example/v1/things?offset=2", "http://api.amp.cisco.com/v1/things?offset=2", "//evil.example/"],
)
def test_a_next_page_on_another_host_is_refused_and_never_called(
    cloud: ScriptedCloud, client: Client, link: str
) -> None:
    document = '{"metadata": {"links": {"next": "%s"}, "results": {"total": 9, "current_item_count": 1, "index": 0}},'
    cloud.expects(GET("/v1/things", limit=2).answers(document % link + ' "data": [{"guid": "a"}]}'))
    with pytest.raises(ProtocolError, match="another host"):
        read(client)


@pytest.mark.parametrize(
    "results", ["5", '{"total": -1}', '{"total": true, "current_item_count": 1, "index": 0}', "{}"]
)
def test_a_list_without_usable_numbers_is_one_page(cloud: ScriptedCloud, client: Client, results: str) -> None:
    document = '{"metadata": {"results": %s}, "data": [{"guid": "a"}]}'
    cloud.expects(GET("/v1/things", limit=2).answers(document % results))
    assert names(read(client)) == ["a"]


def test_a_next_page_that_says_not_where_it_is_is_refused(cloud: ScriptedCloud, client: Client) -> None:
    document = '{"metadata": {"links": {"next": "https://api.amp.cisco.com/v1/things?offset=2"}}, "data": []}'
    cloud.expects(GET("/v1/things", limit=2).answers(document))
    with pytest.raises(ProtocolError, match="not where in the list"):
        read(client)


def test_only_what_is_kept_stays_and_counts_for_the_limit(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(page(0, 6, "a", "b"), page(2, 6, "c", "d"))
    seen: list[str] = []

    def keep(record: dict[str, Any]) -> bool:
        seen.append(record["guid"])
        return record["guid"] in "bd"

    assert names(read(client, keep=keep, limit=2)) == ["b", "d"]
    assert seen == ["a", "b", "c", "d"]


def test_a_reader_may_stop_where_other_requests_are_cheaper(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(page(0, 9, "a", "b"), page(2, 9, "c", "d"))
    told: list[int] = []

    def until(pages_left: int) -> bool:
        told.append(pages_left)
        return pages_left == 3

    listing = read(client, until=until)

    assert told == [4, 3]
    assert (names(listing), listing.complete, listing.stopped) == (["a", "b", "c", "d"], False, True)


def test_the_last_page_is_not_a_place_to_stop(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(page(0, 2, "a", "b"))
    listing = read(client, until=lambda _left: True)
    assert (listing.complete, listing.stopped) == (True, False)


def test_an_exact_reading_does_not_take_a_growing_list_for_complete(cloud: ScriptedCloud, client: Client) -> None:
    growing = [page(0, 3, "a", "b"), page(2, 4, "b", "c")]
    cloud.expects(*growing)
    assert read(client).complete
    cloud.expects(*growing, page(0, 4, "n", "a"), page(2, 4, "b", "c"))
    listing = read(client, exact=True)
    assert (names(listing), listing.complete) == (["n", "a", "b", "c"], True)
