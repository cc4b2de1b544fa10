# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a broker refuses is told by its own kind of error, with what to do and without the password."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream import errors
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.broker.connection import (
    explain,
    tls_context,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.broker.settings import StreamSettings
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.drain.drain import StreamResult, probe
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.drain.interval import IntervalRun
from simulator.tls import Authority

from ..conftest import Stream
from ..deliveries import PASSWORD, settings
from ..draining import options


def refused(stream: StreamSettings) -> errors.BrokerError:
    (result,) = probe([stream])
    assert isinstance(result, StreamResult)
    assert result.error is not None
    assert result.messages is None
    assert PASSWORD not in str(result.error)
    assert stream.password not in str(result.error)
    return result.error


def test_a_queue_is_found_with_the_users_few_rights(stream: Stream) -> None:
    stream.publish([b"{}"])
    (result,) = probe([stream.settings])
    assert (result.messages, result.other_consumers, result.error) == (1, 0, None)


def test_a_wrong_password_is_a_refused_login(stream: Stream) -> None:
    error = refused(replace(stream.settings, password="another-password"))
    assert isinstance(error, errors.LoginRefused)
    assert error.permanent
    assert "the broker refused the login of user" in str(error)


def test_a_user_that_is_gone_is_a_refused_login(stream: Stream) -> None:
    assert isinstance(refused(replace(stream.settings, user_name="99-gone")), errors.LoginRefused)


def test_another_virtual_host_is_told(stream: Stream) -> None:
    error = refused(replace(stream.settings, vhost="/other"))
    assert isinstance(error, errors.LoginRefused)
    assert "check vhost" in str(error)


def test_the_queue_of_somebody_else_is_refused(stream: Stream, tmp_path: Path) -> None:
    other = stream.broker.stream()
    run = IntervalRun(options(tmp_path, replace(stream.settings, queue_name=other.settings.queue_name)))
    run.drain()
    (failure,) = run.failures
    assert "may not read the queue" in failure
    assert PASSWORD not in failure
    other.remove()


def test_a_queue_that_is_gone_is_told_as_a_deleted_stream(stream: Stream) -> None:
    stream.broker.rabbit.admin.delete_queue(stream.settings.queue_name)
    error = refused(stream.settings)
    assert isinstance(error, errors.QueueMissing)
    assert "the stream was deleted or queue_name is wrong" in str(error)


def test_a_certificate_of_another_authority_is_not_trusted(stream: Stream, tmp_path: Path) -> None:
    other = Authority(tmp_path, "other")
    error = refused(replace(stream.settings, ca_path=str(other.path)))
    assert isinstance(error, errors.UntrustedCertificate)
    assert "Give the authority that signed it as ca_path" in str(error)


def test_the_text_of_an_authority_is_trusted_as_its_file_is(stream: Stream, tmp_path: Path) -> None:
    ca = Path(str(stream.settings.ca_path)).read_text()
    (result,) = probe([replace(stream.settings, ca_path=None, ca=f"# Stra\u00dfe\n{ca}")])
    assert result.error is None
    other = Authority(tmp_path, "other").path.read_text()
    assert isinstance(refused(replace(stream.settings, ca_path=None, ca=other)), errors.UntrustedCertificate)


@pytest.mark.parametrize("ca", ["garbage", " ", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"])
def test_a_text_that_is_no_authority_never_means_the_systems(ca: str) -> None:
    with pytest.raises(errors.SettingsError, match="ca of its credentials: its certificates cannot be read"):
        tls_context(None, "streams[0]", ca)


def test_the_systems_authorities_do_not_trust_it_either(stream: Stream) -> None:
    assert isinstance(refused(replace(stream.settings, ca_path=None)), errors.UntrustedCertificate)


def test_the_host_name_is_checked(stream: Stream) -> None:
    error = refused(replace(stream.settings, host="ip6-localhost" if _resolves("ip6-localhost") else "127.0.0.2"))
    assert isinstance(error, (errors.UntrustedCertificate, errors.Unreachable))
    error = refused(replace(stream.settings, host="127.0.0.2"))
    assert isinstance(error, (errors.UntrustedCertificate, errors.Unreachable))


def _resolves(name: str) -> bool:
    try:
        return bool(socket.getaddrinfo(name, 1))
    except OSError:
        return False


def test_an_unknown_host_is_told(stream: Stream) -> None:
    error = refused(replace(stream.settings, host="no-such-host.invalid"))
    assert isinstance(error, errors.Unreachable)
    assert "cannot be resolved" in str(error)


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_where_nobody_listens_is_told(stream: Stream) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    error = refused(replace(stream.settings, port=port))
    assert isinstance(error, errors.Unreachable)
    assert "Check host, port and the firewall" in str(error)


def test_a_server_that_does_not_answer_is_not_waited_for_for_ever(stream: Stream, deaf_port: int) -> None:
    error = refused(replace(stream.settings, port=deaf_port, connect_timeout=1))
    assert isinstance(error, errors.Unreachable)
    assert not error.permanent


def test_a_port_that_speaks_no_tls_is_told(stream: Stream) -> None:
    error = refused(replace(stream.settings, port=stream.broker.rabbit.node.admin_port))
    assert isinstance(error, errors.BrokerError)
    assert "TLS" in str(error)


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "there is no such file"), (b"not a certificate", "no certificate in PEM form")],
)
def test_a_wrong_ca_path_is_told_before_anything_is_tried(tmp_path: Path, content: bytes | None, told: str) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(errors.SettingsError, match=told):
        probe([settings(ca_path=str(path))])


def test_tls_below_1_2_is_refused() -> None:
    assert tls_context(None, "x").minimum_version.name == "TLSv1_2"


def test_what_the_broker_says_cannot_act_on_a_terminal() -> None:
    error = explain(OSError("\x1b[2J\u202eevil\n" + "x" * 1000), settings())
    assert "\x1b" not in str(error)
    assert "\u202e" not in str(error)
    assert "\n" not in str(error)
    assert len(str(error)) < 500
