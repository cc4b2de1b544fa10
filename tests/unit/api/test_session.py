# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection itself, over real TLS: whom it trusts, what leaves it, what comes back broken."""

from __future__ import annotations

import gzip
import socket
import ssl
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api import session as session_module
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.client import TRIES, Client
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.errors import (
    AuthError,
    LostAnswer,
    Unavailable,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.options import ConnectionOptions
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.session import AnswerLost, RawAnswer, Session
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.transport import ModernTls, TimeBudget
from simulator import Simulator
from unit.api.raw_cloud import listening
from unit.scripted_cloud import ENVIRONMENT

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"data":{}}'


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ENVIRONMENT:
        monkeypatch.delenv(variable, raising=False)


def options_for(sim: Simulator, **options: Any) -> ConnectionOptions:
    given = {"api_host": sim.api_host, "client_id": sim.client_id, "api_key": sim.api_key, "ca_path": sim.ca_path}
    return ConnectionOptions.parse({**given, **options}, {})


def client_for(sim: Simulator, **options: Any) -> Client:
    return Client(options_for(sim, **options), sleep=lambda _seconds: None)


def send(options: ConnectionOptions) -> RawAnswer:
    return Session(options).send("GET", "/v1/version", budget=TimeBudget(options.timeout, time.monotonic))


# whom it trusts


def test_a_ca_of_ones_own_is_enough(simulator_api: Simulator) -> None:
    assert client_for(simulator_api).get("/v1/version").status == 200


def test_without_it_the_certificate_is_not_trusted_and_nothing_is_tried_again(simulator_api: Simulator) -> None:
    client = client_for(simulator_api, ca_path=None)
    with pytest.raises(Unavailable, match=r"certificate of 127\.0\.0\.1:\d+ is not trusted: .*ca_path"):
        client.get("/v1/version")
    assert (client.requests_made, simulator_api.control.requests()) == (1, [])


def test_an_explicit_ca_wins_over_the_environment_both_ways(
    simulator_api: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(variable, str(simulator_api.other_ca_path))
    assert client_for(simulator_api).get("/v1/version").status == 200
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(variable, str(simulator_api.ca_path))
    with pytest.raises(Unavailable, match="not trusted"):
        client_for(simulator_api, ca_path=str(simulator_api.other_ca_path)).get("/v1/version")


def test_a_ca_of_ones_own_replaces_the_default_ones(simulator_api: Simulator) -> None:
    """Else a certificate of any public CA would do for a private cloud."""
    context = ModernTls(options_for(simulator_api)).context()
    assert context.cert_store_stats()["x509_ca"] == 0
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("certificate", "told"),
    [
        ("expired", "not trusted.*expired"),
        ("wrong_host", "not trusted.*(mismatch|doesn't match)"),
        ("other_ca", "not trusted.*(issuer|self.signed)"),
    ],
)
def test_a_bad_certificate_is_named(simulator_api: Simulator, certificate: str, told: str) -> None:
    host = simulator_api.control.listen(certificate)
    with pytest.raises(Unavailable, match=told):
        client_for(simulator_api, api_host=host).get("/v1/version")


def test_who_wants_no_check_gets_none(simulator_api: Simulator) -> None:
    host = simulator_api.control.listen("wrong_host")
    client = client_for(simulator_api, api_host=host, ca_path=None, validate_certs=False)
    assert client.get("/v1/version").status == 200


def test_a_file_whose_certificate_is_broken_is_told(simulator_api: Simulator, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n")
    with pytest.raises((Unavailable, LostAnswer)):
        client_for(simulator_api, ca_path=str(broken)).get("/v1/version")


# what leaves it


def test_netrc_is_not_read(simulator_api: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("default login other password other\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert client_for(simulator_api).get("/v1/version").status == 200


def test_proxies_of_the_environment_are_used(simulator_api: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://joe:hunter2@127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(Unavailable, match="proxy") as unavailable:
        client_for(simulator_api).get("/v1/version")
    assert "hunter2" not in str(unavailable.value)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert client_for(simulator_api).get("/v1/version").status == 200


def test_one_connection_serves_a_whole_task(tmp_path: Path) -> None:
    with listening(tmp_path, [OK, OK, OK]) as options:
        client = Client(options, sleep=lambda _seconds: None)
        for _request in range(3):
            assert client.get("/v1/version").status == 200


def test_cookies_are_not_kept(tmp_path: Path) -> None:
    seen: list[bytes] = []
    answer = OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: session=abc; Path=/\r\n\r\n")
    with listening(tmp_path, [answer, OK], seen=seen) as options:
        client = Client(options, sleep=lambda _seconds: None)
        client.get("/v1/version")
        client.get("/v1/version")
    assert len(seen) == 2
    assert all(b"cookie" not in request.lower() for request in seen)


def test_a_wrong_key_is_not_in_the_error(simulator_api: Simulator) -> None:
    with pytest.raises(AuthError, match="Unknown API key or Client ID") as refused:
        client_for(simulator_api, api_key="0badc0de-hunter2").get("/v1/version")
    assert "hunter2" not in str(refused.value)


# what comes back broken


@pytest.mark.parametrize("when", ["before", "body", "after"])
def test_a_connection_that_is_cut_is_a_lost_answer_for_a_write(simulator_api: Simulator, when: str) -> None:
    simulator_api.control.add_fault("cut", method="POST", when=when)
    with pytest.raises(LostAnswer):
        client_for(simulator_api).post("/v1/event_streams", {"name": "x"})


@pytest.mark.parametrize("when", ["before", "body", "after"])
def test_a_connection_that_is_cut_is_tried_again_for_a_read(simulator_api: Simulator, when: str) -> None:
    simulator_api.control.add_fault("cut", when=when, count=TRIES - 1)
    assert client_for(simulator_api).get("/v1/event_types").records


def test_a_cloud_that_does_not_answer_in_time(simulator_api: Simulator) -> None:
    simulator_api.control.add_fault("delay", seconds=1.0, count=None)
    with pytest.raises(AnswerLost, match=r"no answer within 0\.2 seconds"):
        send(options_for(simulator_api, timeout=0.2))


def test_an_endless_body_is_not_read_to_its_end(simulator_api: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "LARGEST_BODY", 1024 * 1024)
    simulator_api.control.add_fault("oversized", bytes=2 * 1024 * 1024)
    client = client_for(simulator_api)
    with pytest.raises(Unavailable, match="larger than 1 MiB"):
        client.get("/v1/version")
    assert client.requests_made == 1


def test_a_small_body_that_unpacks_to_a_large_one_is_not_unpacked_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "LARGEST_BODY", 1024 * 1024)
    bomb = gzip.compress(b" " * 8 * 1024 * 1024)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    with listening(tmp_path, [head + bomb]) as options, pytest.raises(AnswerLost, match="larger than 1 MiB"):
        send(options)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"data"', "cut"),
        (b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"dat', "cut"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", "not valid gzip"),
        (b"nonsense\r\n\r\n", "cut"),
        (b"", "cut"),
    ],
)
def test_half_an_answer_is_no_answer(tmp_path: Path, answer: bytes, told: str) -> None:
    with listening(tmp_path, [answer]) as options, pytest.raises(AnswerLost, match=told):
        send(options)


def test_a_host_that_cannot_be_resolved_is_not_tried_again(simulator_api: Simulator) -> None:
    client = client_for(simulator_api, api_host="no-such-host.invalid")
    with pytest.raises(Unavailable, match=r"no-such-host\.invalid cannot be resolved") as unknown:
        client.get("/v1/version")
    assert "Nothing was changed" in str(unknown.value)


def test_a_port_that_nobody_listens_on(simulator_api: Simulator) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        client = client_for(simulator_api, api_host=f"127.0.0.1:{unused.getsockname()[1]}")
    with pytest.raises(Unavailable, match=r"cannot be reached \(Connection refused"):
        client.post("/v1/event_streams", {"name": "x"})
    assert client.requests_made == TRIES


def test_a_server_without_tls_is_no_server(tmp_path: Path) -> None:
    with listening(tmp_path, [OK], encrypted=False) as options, pytest.raises(AnswerLost, match="TLS"):
        send(options)


def test_plain_http_is_never_spoken(simulator_api: Simulator) -> None:
    session = Session(options_for(simulator_api))._session
    with pytest.raises(Exception, match="plain HTTP is never used"):
        session.get(f"http://{simulator_api.api_host}/v1/version", timeout=5)
