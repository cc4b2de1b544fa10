# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every answer looks like: envelope, links, headers, authentication (api-contract 1)."""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import ssl
from contextlib import closing

import pytest
import requests
from plain_client import Api
from simulator import Simulator


def test_one_object_has_no_results_block(api: Api) -> None:
    assert api.get("/v1/version").json() == {
        "version": "v1.2.0",
        "metadata": {"links": {"self": api.url("/v1/version")}},
        "data": {},
    }


def test_a_list_tells_its_total_and_what_is_on_this_page(api: Api) -> None:
    metadata = api.get("/v1/computers?limit=5&offset=10").json()["metadata"]
    assert metadata["results"] == {"total": 48, "current_item_count": 5, "index": 10, "items_per_page": 5}


def test_links_lead_through_every_page_once_and_end(api: Api) -> None:
    seen: list[str] = []
    url = api.url("/v1/computers?limit=20")
    pages = []
    while url:
        body = api.session.get(url, timeout=20).json()
        pages.append(body["metadata"]["links"])
        seen += [item["connector_guid"] for item in body["data"]]
        url = body["metadata"]["links"].get("next", "")
    assert len(seen) == len(set(seen)) == 48
    assert [sorted(links) for links in pages] == [["next", "self"], ["next", "prev", "self"], ["prev", "self"]]
    assert pages[1]["prev"] == api.url("/v1/computers?limit=20&offset=0")


@pytest.mark.parametrize("sent", ["?name%5B%5D=kiosk&limit=1", "?name[]=kiosk&limit=1"])
def test_links_echo_the_query_with_encoded_brackets(api: Api, sent: str) -> None:
    # requests would encode the brackets itself
    login = base64.b64encode(":".join(api.session.auth).encode()).decode()
    context = ssl.create_default_context(cafile=str(api.session.verify))
    connection = http.client.HTTPSConnection(api.url("").removeprefix("https://"), context=context, timeout=20)
    with closing(connection):
        connection.request("GET", "/v1/groups" + sent, headers={"Authorization": f"Basic {login}"})
        links = json.load(connection.getresponse())["metadata"]["links"]
    assert links["self"] == api.url("/v1/groups?name%5B%5D=kiosk&limit=1")
    assert links["next"] == api.url("/v1/groups?name%5B%5D=kiosk&limit=1&offset=1")


def test_links_follow_the_host_called(api: Api) -> None:
    port = api.url("").rpartition(":")[2]
    body = api.session.get(f"https://localhost:{port}/v1/computers?limit=1", timeout=20).json()
    assert body["metadata"]["links"]["next"].startswith(f"https://localhost:{port}/v1/computers?")
    assert body["data"][0]["links"]["computer"].startswith(f"https://localhost:{port}/v1/computers/")


def test_headers_are_the_recorded_ones(api: Api) -> None:
    headers = api.get("/v1/computers?limit=1").headers
    recorded = {
        "content-type": "application/json",
        "status": "200 OK",
        "cache-control": "no-cache, no-store",
        "x-ratelimit-limit": "3000",
        "x-ratelimit-remaining": "2999",
        "x-frame-options": "SAMEORIGIN",
        "expires": "Fri, 01 Jan 1990 00:00:00 GMT",
    }
    assert {name: headers[name] for name in recorded} == recorded
    assert 3590 <= int(headers["x-ratelimit-reset"]) <= 3600
    assert headers["x-ratelimit-resetdate"].endswith("Z")
    assert headers["etag"].startswith('W/"')
    assert len(headers["x-request-id"]) == 36


def test_answers_are_compressed_for_those_who_ask(api: Api) -> None:
    plain = api.get("/v1/computers", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with api.session.get(api.url("/v1/computers"), stream=True, timeout=20) as packed:
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(packed.raw.read(decode_content=False)) == plain.content


def test_one_connection_serves_many_requests(api: Api) -> None:
    ports = set()
    for _number in range(3):
        with api.session.get(api.url("/v1/version"), stream=True, timeout=20) as answered:
            ports.add(answered.raw.connection.sock.getsockname()[1])
            assert answered.content
    assert len(ports) == 1


@pytest.mark.parametrize("path", ["/v1/event_streams/", "/v1/event_types/", "/v1/groups/", "/v1/computers/"])
def test_a_path_may_end_in_a_slash(api: Api, path: str) -> None:
    assert api.get(path, allow_redirects=False).status_code == 200


@pytest.mark.parametrize("wrong", ["key", "client", "both", "none"])
def test_wrong_credentials_get_the_recorded_401_without_version_and_metadata(
    api: Api, simulator_api: Simulator, wrong: str
) -> None:
    client_id = simulator_api.client_id if wrong == "key" else "0" * 20
    api_key = simulator_api.api_key if wrong == "client" else "not-the-key"
    api.session.auth = None if wrong == "none" else (client_id, api_key)
    answered = api.get("/v1/version")
    assert answered.status_code == 401
    assert answered.json() == {
        "version": None,
        "data": {},
        "errors": [{"error_code": 401, "description": "Unauthorized", "details": ["Unknown API key or Client ID"]}],
    }
    assert answered.headers["cache-control"] == "no-cache"
    assert "etag" not in answered.headers


def test_an_error_has_the_documented_form(api: Api) -> None:
    answered = api.get("/v1/groups/00000000-0000-4000-8000-000000000000")
    assert answered.status_code == 404
    body = answered.json()
    assert sorted(body) == ["data", "errors", "metadata", "version"]
    assert body["data"] == {}
    assert body["errors"] == [{"error_code": 404, "description": "Not Found", "details": ["Group not found"]}]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/nothing"), ("POST", "/v1/event_types"), ("OPTIONS", "/v1/computers"), ("GET", "/")],
)
def test_a_path_or_method_that_is_none_is_a_404_to_those_who_are_logged_in(api: Api, method: str, path: str) -> None:
    answered = api(method, path)
    assert (answered.status_code, answered.reason) == (404, "Not Found")
    assert answered.json()["errors"] == [{"error_code": 404, "description": "Not Found", "details": ["Not Found"]}]
    assert answered.json()["metadata"]["links"]["self"] == api.url(path)
    assert "x-ratelimit-remaining" in answered.headers
    api.session.auth = None
    assert api(method, path).status_code == 401


def test_the_form_of_that_404_is_a_switch(api: Api, simulator_api: Simulator) -> None:
    simulator_api.control.set_switches(unknown_path_answer="page")
    answered = api.get("/v1/nothing")
    assert (answered.status_code, answered.headers["content-type"]) == (404, "text/html")


@pytest.mark.parametrize(
    ("method", "path", "line"),
    [
        ("GET", "/v1/version", "200 OK"),
        ("POST", "/v1/groups", "201 Created"),
        ("PATCH", "/v1/computers/{computer}", "202 Accepted"),
        ("GET", "/v1/groups/00000000-0000-4000-8000-000000000000", "404 Not Found"),
        ("GET", "/v1/computers?limit=none", "400 Bad Request"),
        ("DELETE", "/v1/computers/{computer}/isolation", "409 Conflict"),
    ],
)
def test_a_client_that_decides_by_the_reason_phrase_gets_the_recorded_one(
    api: Api, simulator_api: Simulator, method: str, path: str, line: str
) -> None:
    """`Not Found`, not `NOT FOUND` (api-contract 16), in the status line and in the `status` header."""
    body = {"POST": {"name": "x", "description": "x"}, "PATCH": {"group_guid": next(iter(simulator_api.tenant.groups))}}
    answered = api(method, path.format(computer=simulator_api.control.computer().guid), json=body.get(method))
    assert f"{answered.status_code} {answered.reason}" == answered.headers["status"] == line
    assert ("etag" in answered.headers) == line.startswith(("200", "201"))


def test_a_read_only_client_may_read_and_nothing_else(read_only: Api) -> None:
    assert read_only.get("/v1/event_streams").status_code == 200
    assert read_only("POST", "/v1/event_streams", json={"name": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/v1/computers?colour=red", "colour"),
        ("/v1/events?end_date=2024-01-01", "end_date"),
        ("/v1/events?event_type=many", "event_type"),
        ("/v1/events?start_date=yesterday", "start_date"),
        ("/v1/computers?group_guid[]=Protect", "group_guid"),
        ("/v1/computers?limit=none", "limit"),
        ("/v1/computers?limit=0", "limit"),
        ("/v1/computers?offset=-1", "offset"),
        ("/v1/version?limit=1", "limit"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(api: Api, path: str, named: str) -> None:
    answered = api.get(path)
    assert answered.status_code == 400
    assert named in answered.json()["errors"][0]["details"][0]


def test_head_does_what_http_says(api: Api) -> None:
    head = api("HEAD", "/v1/computers")
    assert head.status_code == 200
    assert head.content == b""


@pytest.mark.parametrize("certificate", ["expired", "wrong_host", "other_ca"])
def test_bad_certificates_are_served_on_demand_and_refused_by_clients(
    api: Api, simulator_api: Simulator, certificate: str
) -> None:
    host = simulator_api.control.listen(certificate)
    with pytest.raises(requests.exceptions.SSLError):
        api.session.get(f"https://{host}/v1/version", timeout=20)


def test_the_other_ca_is_a_real_one(api: Api, simulator_api: Simulator) -> None:
    host = simulator_api.control.listen("other_ca")
    answered = api.session.get(f"https://{host}/v1/version", timeout=20, verify=simulator_api.other_ca_path)
    assert answered.status_code == 200
