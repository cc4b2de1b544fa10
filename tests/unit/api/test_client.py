# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client: what is sent, what is tried again, which error an answer means."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
import requests
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api import errors
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.client import TRIES, Client
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.options import ConnectionOptions
from unit.scripted_cloud import API_KEY, CLIENT_ID, DELETE, GET, OPTIONS, PATCH, POST, PUT, Expected, ScriptedCloud

WRITES = (POST, PUT, PATCH, DELETE)


def client_of(cloud: ScriptedCloud, **options: Any) -> Client:
    given = {"region": "na", "client_id": CLIENT_ID, "api_key": API_KEY, **options}
    return Client(ConnectionOptions.parse(given, {}), clock=cloud.clock, sleep=cloud.sleep)


def send(client: Client, call: Callable[..., Expected]) -> Any:
    return client.request(call.__name__, "/v1/things")


def test_the_guides_own_example_of_a_login(cloud: ScriptedCloud) -> None:
    """The workflows document: client_id 1234 and api_key atest are MTIzNDphdGVzdA==."""
    cloud.login = "1234:atest"
    cloud.expects(GET("/v1/version").answers({}))
    assert client_of(cloud, client_id="1234", api_key="atest").get("/v1/version").status == 200


def test_lists_in_a_query_repeat_the_filter_and_signs_are_encoded(cloud: ScriptedCloud) -> None:
    query = {"event_type[]": [1, 2], "start_date": "2015-10-01T00:00:00+00:00"}
    cloud.expects(GET("/v1/events", **query).answers([]))
    client_of(cloud).get("/v1/events", query)


def test_an_answer_tells_limit_data_and_allowed_methods(cloud: ScriptedCloud) -> None:
    cloud.expects(OPTIONS("/v1/x").answers(204).answers(204, headers={"Allow": "OPTIONS, Get,PUT"}))
    client = client_of(cloud)
    answer = client.options_of("/v1/x")
    assert answer.allowed_methods == {"OPTIONS", "GET", "PUT"}
    assert answer.data == {}
    assert client.rate_limit is not None
    assert client.rate_limit.remaining == 2998


def test_gzip_is_unpacked(cloud: ScriptedCloud) -> None:
    cloud.expects(GET("/v1/x").answers([{"guid": "a"}], headers={"Content-Encoding": "gzip"}))
    assert client_of(cloud).get("/v1/x").records == [{"guid": "a"}]


def test_ids_beyond_what_a_float_holds_stay_whole(cloud: ScriptedCloud) -> None:
    cloud.expects(GET("/v1/x").answers([{"id": 6412680266518626001}]))
    assert client_of(cloud).get("/v1/x").records[0]["id"] == 6412680266518626001


# what is tried again


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_read_is_tried_again_while_the_cloud_is_out_of_order(cloud: ScriptedCloud, status: int) -> None:
    cloud.expects(GET("/v1/x").refuses(status), GET("/v1/x").cut(), GET("/v1/x").answers([]))
    assert client_of(cloud).get("/v1/x").records == []
    assert len(cloud.pauses) == 2
    assert 0.25 <= cloud.pauses[0] <= 0.5
    assert 0.5 <= cloud.pauses[1] <= 1


def test_it_gives_up_and_tells_the_last_failure(cloud: ScriptedCloud) -> None:
    cloud.expects(*[GET("/v1/x").refuses(503)] * TRIES)
    with pytest.raises(errors.Unavailable, match=r"/v1/x: the cloud is out of order \(HTTP 503 Service Unavailable"):
        client_of(cloud).get("/v1/x")


@pytest.mark.parametrize("status", [500, 501, 507])
def test_other_failures_of_the_cloud_are_told_at_once(cloud: ScriptedCloud, status: int) -> None:
    cloud.expects(GET("/v1/x").refuses(status))
    with pytest.raises(errors.Unavailable):
        client_of(cloud).get("/v1/x")


@pytest.mark.parametrize("call", WRITES)
def test_a_write_whose_answer_is_lost_is_never_repeated_here(
    cloud: ScriptedCloud, call: Callable[..., Expected]
) -> None:
    cloud.expects(call("/v1/things").cut())
    with pytest.raises(errors.LostAnswer):
        send(client_of(cloud), call)


@pytest.mark.parametrize("call", WRITES)
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_write_that_meets_5xx_counts_as_lost(
    cloud: ScriptedCloud, call: Callable[..., Expected], status: int
) -> None:
    cloud.expects(call("/v1/things").refuses(status))
    with pytest.raises(errors.LostAnswer) as lost:
        send(client_of(cloud), call)
    assert lost.value.status == status


@pytest.mark.parametrize("call", WRITES)
@pytest.mark.parametrize("body", ['{"data": {"password": "s3cr', "<html><title>Sign in</title>s3cr</html>"])
def test_a_write_whose_success_cannot_be_read_counts_as_lost(
    cloud: ScriptedCloud, call: Callable[..., Expected], body: str
) -> None:
    cloud.expects(call("/v1/things").answers(body))
    with pytest.raises(errors.LostAnswer) as lost:
        send(client_of(cloud), call)
    assert "s3cr" not in str(lost.value)


@pytest.mark.parametrize("call", WRITES)
def test_a_success_without_a_body_is_a_success(cloud: ScriptedCloud, call: Callable[..., Expected]) -> None:
    cloud.expects(call("/v1/things").answers(202))
    assert send(client_of(cloud), call).data == {}


@pytest.mark.parametrize("call", [GET, *WRITES])
def test_a_connection_that_never_came_about_is_tried_again_for_every_method(
    cloud: ScriptedCloud, call: Callable[..., Expected]
) -> None:
    cloud.expects(call("/v1/things").cut(requests.exceptions.ConnectTimeout()), call("/v1/things").answers({"a": 1}))
    assert send(client_of(cloud), call).data == {"a": 1}


@pytest.mark.parametrize("call", [GET, *WRITES])
def test_a_429_is_waited_for_and_repeated_for_every_method(cloud: ScriptedCloud, call: Callable[..., Expected]) -> None:
    limit = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "30"}
    cloud.expects(call("/v1/things").refuses(429, headers=limit), call("/v1/things").answers({"a": 1}))
    assert send(client_of(cloud), call).data == {"a": 1}
    assert 30 <= cloud.pauses[0] <= 35


def test_a_429_beyond_the_patience_says_when_it_resets(cloud: ScriptedCloud) -> None:
    cloud.expects(GET("/v1/x").refuses(429, "Too many", headers={"x-ratelimit-reset": "1800"}))
    with pytest.raises(errors.RateLimited, match="resets in 1800 seconds") as limited:
        client_of(cloud, rate_limit_wait=60).get("/v1/x")
    assert limited.value.as_result()["reset_seconds"] == 1800
    assert cloud.pauses == []


def test_bulk_requests_leave_the_reserve_alone(cloud: ScriptedCloud) -> None:
    low = {"x-ratelimit-remaining": "50", "x-ratelimit-reset": "1800"}
    cloud.expects(PUT("/v1/a").answers(200, headers=low), PUT("/v1/c").answers(200))
    client = client_of(cloud, rate_limit_reserve=50)
    client.put("/v1/a", bulk=True)
    with pytest.raises(errors.RateLimited, match="but for the reserve of 50"):
        client.put("/v1/b", bulk=True)
    client.put("/v1/c")


def test_what_is_no_json_comes_as_it_is(cloud: ScriptedCloud) -> None:
    cloud.expects(GET("/v1/a.xml").answers(b"<a/>"), GET("/v1/b.xml").refuses(404, "Policy not found"))
    client = client_of(cloud)
    assert client.get_bytes("/v1/a.xml") == b"<a/>"
    with pytest.raises(errors.NotFound, match="Policy not found"):
        client.get_bytes("/v1/b.xml")


@pytest.mark.parametrize("body", ["", "<!doctype html><html><title>Log in</title></html>"])
def test_a_login_page_is_no_document(cloud: ScriptedCloud, body: str) -> None:
    cloud.expects(GET("/v1/a.xml").answers(body))
    with pytest.raises(errors.ProtocolError, match="login page"):
        client_of(cloud).get_bytes("/v1/a.xml")


# which error an answer means


def test_a_403_that_says_not_found_is_a_404(cloud: ScriptedCloud) -> None:
    cloud.expects(GET("/v1/a").refuses(403, "Computer not found"))
    with pytest.raises(errors.NotFound):
        client_of(cloud).get("/v1/a")


@pytest.mark.parametrize(
    ("status", "kind", "told"),
    [
        (400, errors.BadRequest, "the cloud refused the request"),
        (401, errors.AuthError, "does not know this client ID and API key.*probe_regions"),
        (403, errors.AuthError, "scope Read & Write"),
        (404, errors.NotFound, "no such thing"),
        (405, errors.BadRequest, "refused"),
        (409, errors.Conflict, "conflicts"),
        (422, errors.BadRequest, "refused"),
    ],
)
@pytest.mark.parametrize("call", [GET, *WRITES])
def test_a_refusal_carries_what_a_person_needs(
    cloud: ScriptedCloud, call: Callable[..., Expected], status: int, kind: type[errors.ApiError], told: str
) -> None:
    cloud.expects(call("/v1/things").refuses(status, "because of that"))
    with pytest.raises(kind, match=told) as refused:
        send(client_of(cloud), call)
    error = refused.value.as_result()
    assert error == {
        "kind": kind.kind,
        "method": call.__name__,
        "path": "/v1/things",
        "status": status,
        "details": ["because of that"],
        "request_id": "req-1",
    }
    text = f"HTTP {status} {HTTPStatus(status).phrase}: because of that; request id req-1"
    assert text in str(refused.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(cloud: ScriptedCloud, status: int) -> None:
    cloud.expects(GET("/v1/x").answers(status, headers={"Location": "https://evil.example/\x1b[2J"}))
    with pytest.raises(errors.ProtocolError, match=r"redirected to https://evil.example/"):
        client_of(cloud).get("/v1/x")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<html><head><title>Corporate\n proxy</title></head></html>", "HTML page titled"),
        ("<!doctype html><html><body>hello", "an HTML page"),
        ('{"version": "v1.2.0", "data": [', "bytes of something else"),
        ("", "empty"),
        ("[]", "bytes of something else"),
        ('{"data": NaN}', "bytes of something else"),
        ("[" * 100_000, "bytes of something else"),
        (b"\xff\xfe\x00", "bytes of something else"),
    ],
)
def test_a_success_that_is_not_this_api_is_told_as_such(cloud: ScriptedCloud, body: Any, told: str) -> None:
    cloud.expects(GET("/v1/x").answers(body))
    with pytest.raises(errors.ProtocolError, match=told):
        client_of(cloud).get("/v1/x")


def test_an_html_page_with_503_is_told_as_such_in_the_end(cloud: ScriptedCloud) -> None:
    page = "<html><title>Service Unavailable</title></html>"
    cloud.expects(*[GET("/v1/x").answers(page, status=503)] * TRIES)
    with pytest.raises(errors.Unavailable, match="an HTML page titled 'Service Unavailable'"):
        client_of(cloud).get("/v1/x")


@pytest.mark.parametrize(
    ("document", "details"),
    [
        ('{"error": {"message": "from a gateway"}}', ["from a gateway"]),
        ('{"errors": ["plain"]}', ["plain"]),
        ('{"errors": [{"description": "only that"}]}', ["only that"]),
        ('{"errors": [{"details": "one text"}]}', ["one text"]),
        ('{"errors": {"not": "a list"}}', []),
        ('{"errors": [{"details": ["\x1b[31mred\u202e"]}]}'.replace("\x1b", "\\u001b"), [r"\x1b[31mred\u202e"]),
    ],
)
def test_the_clouds_words_are_found_in_every_shape_and_cannot_forge_output(
    cloud: ScriptedCloud, document: str, details: list[str]
) -> None:
    cloud.expects(GET("/v1/x").answers(document, status=400))
    with pytest.raises(errors.BadRequest) as refused:
        client_of(cloud).get("/v1/x")
    assert list(refused.value.details) == details


def test_no_error_repeats_the_key_even_if_the_cloud_does(cloud: ScriptedCloud) -> None:
    cloud.expects(GET("/v1/x").refuses(400, f"bad key {API_KEY}"))
    with pytest.raises(errors.BadRequest) as refused:
        client_of(cloud).get("/v1/x")
    assert API_KEY not in str(refused.value)
    assert API_KEY not in str(refused.value.as_result())


def test_a_client_for_check_mode_cannot_write(cloud: ScriptedCloud) -> None:
    options = ConnectionOptions.parse({"region": "na", "client_id": CLIENT_ID, "api_key": API_KEY}, {})
    with pytest.raises(RuntimeError, match="a write in check mode"):
        Client(options, read_only=True, sleep=cloud.sleep).delete("/v1/x")


@pytest.mark.parametrize("data", [{}, "text", [1], None])
def test_a_list_that_is_none_is_a_protocol_error(cloud: ScriptedCloud, data: Any) -> None:
    cloud.expects(GET("/v1/x").answers({"a": 1}))
    answer = client_of(cloud).get("/v1/x")._replace(document={"data": data})
    with pytest.raises(errors.ProtocolError, match="no list of records"):
        list(answer.records)


def test_an_unknown_event_stream_is_a_400_that_says_not_found() -> None:
    exchange = errors.Exchange("DELETE", "/v1/event_streams/7", "h", 400, ("Event stream not found",))
    assert errors.says_not_found(errors.BadRequest(exchange, "refused"))
    assert errors.says_not_found(errors.NotFound(exchange, "no such thing"))
    assert not errors.says_not_found(errors.BadRequest(exchange._replace(details=("Bad name",)), "refused"))
    assert not errors.says_not_found(errors.Conflict(exchange, "conflict"))
