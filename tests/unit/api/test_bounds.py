# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time-outs and bounds of the client (R30a): whatever a server does, a request ends, and the error names the bound."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api import client as client_module
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api import paging, transport
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.client import Client
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.errors import (
    LostAnswer,
    ProtocolError,
    Unavailable,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.options import ConnectionOptions
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.session import RawAnswer
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.transport import TimeBudget
from unit.api.raw_cloud import serving
from unit.scripted_cloud import API_KEY, CLIENT_ID, GET, ScriptedCloud

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BOUND = 0.6  # seconds in place of LEAST_ANSWER_TIME
PATIENCE = 30.0  # far beyond BOUND and far below what the drips would take


def drip(parts: Iterable[bytes]) -> Callable[[socket.socket], None]:
    """Answer with these bytes, some every 20 ms: no single wait comes near a time-out."""

    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        for part in parts:
            connection.sendall(part)
            time.sleep(0.02)

    return answer


def each(text: bytes) -> Iterable[bytes]:
    return (bytes([byte]) for byte in text)


DRIPS = {
    "status line": lambda: each(b"HTTP/1.1 200 " + b"O" * 60_000),
    "headers": lambda: each(HEAD + b"X-Long: " + b"a" * 60_000),
    "many headers": lambda: itertools.chain([HEAD], (b"X-%d: a\r\n" % number for number in range(10_000))),
    "continues": lambda: itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": lambda: itertools.chain([HEAD + b"Content-Length: 100000\r\n\r\n"], itertools.repeat(b" ")),
    "chunks": lambda: itertools.chain([HEAD + b"Transfer-Encoding: chunked\r\n\r\n"], itertools.repeat(b"1\r\n \r\n")),
    "chunk size": lambda: itertools.chain([HEAD + b"Transfer-Encoding: chunked\r\n\r\n"], itertools.repeat(b"0")),
}


@pytest.fixture
def short_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LEAST_ANSWER_TIME", BOUND)
    monkeypatch.setattr(transport, "ANSWER_TIMEOUTS", 0)


@pytest.mark.usefixtures("short_bound")
@pytest.mark.parametrize("kind", DRIPS)
def test_an_answer_that_drips_ends_with_an_error_that_names_the_bound(tmp_path: Path, kind: str) -> None:
    threads = threading.active_count()
    with serving(tmp_path, drip(DRIPS[kind]()), timeout=10) as options:
        began = time.monotonic()
        # http.client itself ends some of them, after 64 KiB of a line or 100 headers; never later than the bound.
        with pytest.raises(Unavailable, match=r"not complete after 0\.6 seconds, the bound for an answer|cut") as ended:
            Client(options, sleep=lambda _seconds: None).get("/v1/version")
        assert time.monotonic() - began < PATIENCE
    if kind in ("headers", "body", "chunks"):
        assert "times timeout, at least" in str(ended.value)
    assert threading.active_count() <= threads + 2  # those of the server here


@pytest.mark.usefixtures("short_bound")
def test_the_answer_to_a_write_that_drips_is_a_lost_one(tmp_path: Path) -> None:
    with serving(tmp_path, drip(DRIPS["body"]()), timeout=10) as options, pytest.raises(LostAnswer, match="bound"):
        Client(options).post("/v1/event_streams", {"name": "soc"})


@pytest.mark.usefixtures("short_bound")
def test_a_proxy_that_drips_is_given_up_too(monkeypatch: pytest.MonkeyPatch) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    text = each(b"HTTP/1.1 200 Connection" + b" established" * 10_000)

    def proxy() -> None:
        connection, _address = listener.accept()
        with contextlib.suppress(OSError), connection:
            drip(text)(connection)

    threading.Thread(target=proxy, daemon=True).start()
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{listener.getsockname()[1]}")
    monkeypatch.setenv("no_proxy", "")
    options = ConnectionOptions("api.amp.cisco.com", CLIENT_ID, API_KEY, timeout=10)
    with pytest.raises(Unavailable, match="the bound for an answer"):
        Client(options).get("/v1/version")
    listener.close()


def test_the_bound_holds_over_all_tries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each try alone keeps its time-out; together they do not take four times as long."""
    monkeypatch.setattr(transport, "LEAST_ANSWER_TIME", 1.0)
    monkeypatch.setattr(transport, "ANSWER_TIMEOUTS", 0)
    with serving(tmp_path, lambda _connection: time.sleep(PATIENCE), timeout=0.8) as options:
        client = Client(options)
        with pytest.raises(Unavailable, match=r"no answer within 0\.8 seconds|not complete after 1 seconds"):
            client.get("/v1/version")
    assert client.requests_made < 3


def test_the_bound_is_ten_times_the_time_out_and_a_minute_at_least() -> None:
    assert TimeBudget(30, lambda: 0.0).seconds == 300
    assert TimeBudget(0.5, lambda: 0.0).seconds == 60


def test_a_wait_for_the_hourly_limit_does_not_count(cloud: ScriptedCloud) -> None:
    cloud.expects(*[GET("/v1/x").refuses(429, headers={"x-ratelimit-reset": "3000"}), GET("/v1/x").answers([])])
    options = ConnectionOptions("api.amp.cisco.com", CLIENT_ID, API_KEY, rate_limit_wait=3600)
    assert Client(options, clock=cloud.clock, sleep=cloud.sleep).get("/v1/x").records == []
    assert cloud.pauses[0] >= 3000


def test_an_encoding_that_was_not_asked_for_is_not_unpacked(cloud: ScriptedCloud) -> None:
    for encoding in ("gzip, gzip", "br", "zstd", "deflate"):
        cloud.expects(GET("/v1/x").answers([], headers={"Content-Encoding": encoding}))
        options = ConnectionOptions("api.amp.cisco.com", CLIENT_ID, API_KEY)
        with pytest.raises(Unavailable, match="encoded in a way that was not asked for"):
            Client(options, sleep=cloud.sleep).get("/v1/x")


@pytest.mark.parametrize(
    "body",
    [
        b"<title>" + b" " * 20_000,
        b"<title>" + b" a" * 10_000,
        b"<title" * 3_400,
        b"<title>" + b"\n" * 9_000 + b"x" + b" " * 9_000 + b"</title",
    ],
)
def test_the_title_of_a_page_is_found_in_linear_time(body: bytes) -> None:
    raw = RawAnswer(500, {}, body)
    began = time.process_time()
    for _again in range(100):
        client_module._shape(raw)
    assert time.process_time() - began < 2  # 20 ms each; the backtracking of a regular expression took minutes


def test_a_title_is_shown_without_what_is_around_it() -> None:
    page = b"<html><head><TITLE lang='en'>\n  Bad Gateway \n</TITLE></head>"
    assert client_module._shape(RawAnswer(502, {}, page)) == "an HTML page titled 'Bad Gateway'"


# pages


def pages(cloud: ScriptedCloud, count: int, total: Callable[[int], int]) -> None:
    """So many pages of one new record each, every one with a link to a next page."""
    for number in range(count):
        query = {"limit": 1} | ({"offset": number} if number else {})
        following = {"next": f"https://{cloud.host}/v1/things?offset={number + 1}"}
        numbers = {"total": total(number), "current_item_count": 1, "index": number}
        document = {"data": [{"guid": str(number)}], "metadata": {"links": following, "results": numbers}}
        cloud.expects(GET("/v1/things", **query).answers(json.dumps(document)))


def read(cloud: ScriptedCloud, **options: int) -> paging.Listing:
    client = Client(ConnectionOptions("api.amp.cisco.com", CLIENT_ID, API_KEY), sleep=cloud.sleep)
    return paging.read_list(client, "/v1/things", page=1, **options)


def test_a_list_that_goes_on_beyond_its_total_ends_ten_pages_later(cloud: ScriptedCloud) -> None:
    pages(cloud, 15, total=lambda _number: 5)
    with pytest.raises(ProtocolError, match="does not end after 15 pages, the bound for a list of 5 records"):
        read(cloud)


def test_the_largest_total_counts_where_it_changes(cloud: ScriptedCloud) -> None:
    pages(cloud, 20, total=lambda number: 10 if number else 9)
    with pytest.raises(ProtocolError, match="after 20 pages, the bound for a list of 10 records"):
        read(cloud)


def test_a_total_that_grows_with_every_page_ends_at_the_most_pages(
    cloud: ScriptedCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "MOST_PAGES", 20)
    pages(cloud, 20, total=lambda number: 1000 + number)
    with pytest.raises(ProtocolError, match="does not end after 20 pages"):
        read(cloud)


def test_a_limit_beyond_the_bound_raises_it(cloud: ScriptedCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MOST_PAGES", 5)
    pages(cloud, 8, total=lambda _number: 100)
    client = Client(ConnectionOptions("api.amp.cisco.com", CLIENT_ID, API_KEY), sleep=cloud.sleep)
    assert len(paging.read_list(client, "/v1/things", page=1, limit=8, keep=lambda _record: True).records) == 8


def test_a_reading_of_too_many_bytes_ends(cloud: ScriptedCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MOST_BYTES", 400)
    pages(cloud, 3, total=lambda _number: 100)
    with pytest.raises(ProtocolError, match="the list takes more than"):
        read(cloud)
