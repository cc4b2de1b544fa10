# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An error names the side that is at fault: the proxy, the certificate's form, the CA that is given."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api import transport
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.client import TRIES, Client
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.errors import AuthError, Refused, Unavailable
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.options import ConnectionOptions
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.certificates import STRICT_VARIABLE
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.broker.connection import tls_context
from simulator.tls import Authority
from unit.api.raw_cloud import serving
from unit.scripted_cloud import API_KEY, CLIENT_ID, GET, ScriptedCloud

LOGIN = {"client_id": CLIENT_ID, "api_key": API_KEY}
OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"data":{}}'


def client(**options: Any) -> Client:
    return Client(ConnectionOptions.parse({**LOGIN, **options}, {}), sleep=lambda _seconds: None)


def problem_of(of: Client) -> str:
    with pytest.raises(Unavailable) as unavailable:
        of.get("/v1/version")
    return str(unavailable.value)


# the proxy


@pytest.fixture
def behind(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.delenv("HTTPS_PROXY", raising=False)
    monkeypatch.setenv("no_proxy", "")
    return lambda proxy: monkeypatch.setenv("https_proxy", proxy)


@contextlib.contextmanager
def a_proxy(answer: bytes) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                for _try in range(TRIES):
                    connection, _address = listener.accept()
                    with connection:
                        connection.recv(65536)
                        connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def test_a_proxy_that_cannot_be_resolved_is_named_and_its_login_is_not(behind: Any) -> None:
    behind("http://joe:hunter2@proxy.corp.invalid:3128")

    problem = problem_of(client(region="eu"))

    assert "the proxy proxy.corp.invalid:3128 (of the environment variable HTTPS_PROXY or ALL_PROXY)" in problem
    assert "cannot be resolved" in problem
    assert "hunter2" not in problem
    assert "api.eu.amp.cisco.com" not in problem


def test_a_proxy_that_nobody_listens_on_is_named(behind: Any) -> None:
    behind("http://127.0.0.1:9")
    problem = problem_of(client(region="eu"))
    assert "the proxy 127.0.0.1:9 (" in problem
    assert "cannot be reached (Connection refused" in problem


def test_a_proxy_that_refuses_is_named_with_its_words(behind: Any) -> None:
    with a_proxy(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n") as proxy:
        behind(f"http://{proxy}")
        problem = problem_of(client(region="eu"))
    assert f"the proxy {proxy} (" in problem
    assert "did not connect to api.eu.amp.cisco.com" in problem
    assert "407 Proxy Authentication Required" in problem


def test_a_proxy_that_is_no_url_is_told(behind: Any) -> None:
    behind("http://")
    assert "HTTPS_PROXY or ALL_PROXY holds no URL" in problem_of(client(region="eu"))


def test_without_a_proxy_the_host_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    assert "the host name no-such-host.invalid cannot be resolved" in problem_of(
        client(api_host="no-such-host.invalid")
    )


# the certificate's form


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every Python verifies as 3.13 does."""
    make, default = transport.create_urllib3_context, ssl.create_default_context

    def strictly(maker: Any) -> Any:
        def made(*args: Any, **kwargs: Any) -> ssl.SSLContext:
            context: ssl.SSLContext = maker(*args, **kwargs)
            context.verify_flags |= ssl.VERIFY_X509_STRICT
            return context

        return made

    monkeypatch.setattr(transport, "create_urllib3_context", strictly(make))
    monkeypatch.setattr(ssl, "create_default_context", strictly(default))


@pytest.mark.usefixtures("strict")
def test_a_certificate_of_an_old_form_is_told_with_a_way_out_that_still_verifies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(OK)

    with serving(tmp_path, answer, certificate="lax") as options:
        problem = problem_of(Client(options))
        assert "Missing Authority Key Identifier. Only its form is refused" in problem
        assert f"{STRICT_VARIABLE}=false" in problem
        monkeypatch.setenv(STRICT_VARIABLE, "false")
        assert Client(options).get("/v1/version").status == 200

    with serving(tmp_path, answer, certificate="wrong_host") as options:
        assert "not trusted" in problem_of(Client(options))  # relaxed is not unverified


@pytest.mark.usefixtures("strict")
def test_the_stream_takes_the_same_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(Authority(tmp_path, "own").path)
    assert tls_context(path, "soc").verify_flags & ssl.VERIFY_X509_STRICT
    monkeypatch.setenv(STRICT_VARIABLE, "no")
    relaxed = tls_context(path, "soc")
    assert not relaxed.verify_flags & ssl.VERIFY_X509_STRICT
    assert relaxed.verify_mode is ssl.CERT_REQUIRED
    assert relaxed.check_hostname


# the CA that is given


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("missing.pem", None, "there is no such file or folder"),
        ("empty.pem", b"", "the file holds no certificate in PEM form"),
        ("ca.der", b"\x30\x82\x01\x0a", "openssl x509 -inform der"),
        ("folder/notes.txt", b"", "the folder holds no hashed certificates"),
    ],
)
def test_a_ca_that_is_of_no_use_is_refused_alike_by_api_and_stream(
    tmp_path: Path, name: str, content: bytes | None, told: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    given = str(path.parent if "/" in name else path)

    with pytest.raises(Refused, match=told):
        client(region="eu", ca_path=given)
    with pytest.raises(Exception, match=told):
        tls_context(given, "streams[1]")


def test_a_folder_of_hashed_certificates_is_taken_alike_by_api_and_stream(tmp_path: Path) -> None:
    folder = tmp_path / "hashed"
    folder.mkdir()
    (folder / "0a1b2c3d.0").write_bytes(Authority(tmp_path, "own").path.read_bytes())

    assert client(region="eu", ca_path=str(folder)).options.ca_path == str(folder)
    assert tls_context(str(folder), "soc").verify_mode is ssl.CERT_REQUIRED


# advice


@pytest.mark.parametrize(
    ("place", "fits", "does_not"),
    [
        ({"region": "eu"}, "probe_regions", "private cloud"),
        ({"api_host": "console.corp.example"}, "A private cloud knows only", "probe_regions"),
    ],
)
def test_advice_for_an_unknown_key_fits_the_place(
    cloud: ScriptedCloud, place: dict[str, str], fits: str, does_not: str
) -> None:
    cloud.host = place.get("api_host", "api.eu.amp.cisco.com")
    cloud.expects(GET("/v1/version").on(cloud.host).refuses(401, "Unknown API key or Client ID"))
    with pytest.raises(AuthError) as refused:
        client(**place).get("/v1/version")
    assert fits in str(refused.value)
    assert does_not not in str(refused.value)
