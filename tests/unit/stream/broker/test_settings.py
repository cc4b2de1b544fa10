# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.broker.settings import stream_settings
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import SettingsError

from ..deliveries import PASSWORD

DIRECT = {
    "host": "export-streaming.eu.amp.cisco.com",
    "queue_name": "event_stream_1",
    "user_name": "1-a",
    "password": PASSWORD,
}


def credentials(folder: Path, **more: Any) -> str:
    path = folder / "soc.json"
    record = {
        "version": 1,
        "api_host": "api.eu.amp.cisco.com",
        "stream_id": "1",
        "name": "soc",
        "port": 443,
        "vhost": "/",
    }
    path.write_text(json.dumps({**record, **DIRECT, "ca_path": None, **more}))
    path.chmod(0o600)
    return str(path)


def test_a_stream_is_known_by_its_credentials_file(tmp_path: Path) -> None:
    found = stream_settings({"credentials_path": credentials(tmp_path), "source": "soc"}, "streams[0]")
    assert (found.host, found.port, found.vhost, found.queue_name) == (DIRECT["host"], 443, "/", "event_stream_1")
    assert (found.source, found.region, found.password) == ("soc", "eu", PASSWORD)


def test_the_console_of_a_private_cloud_is_where_its_api_is(tmp_path: Path) -> None:
    path = credentials(tmp_path, api_host="console.amp.example.com", host="amqp.example.com")
    found = stream_settings({"credentials_path": path}, "streams[0]")
    assert (found.region, found.console_host) == (None, "console.amp.example.com")


def test_a_credentials_file_brings_its_authority_as_a_path_or_as_text(tmp_path: Path) -> None:
    def trusted(options: dict[str, str], **filed: str) -> tuple[str | None, str | None]:
        found = stream_settings({"credentials_path": credentials(tmp_path, **filed), **options}, "streams[0]")
        return found.ca_path, found.ca

    assert trusted({}, ca_path="/etc/ca.pem") == ("/etc/ca.pem", None)
    assert trusted({}, ca="PEM") == (None, "PEM")
    assert trusted({"ca_path": ""}, ca="PEM") == (None, "PEM"), "as the rulebooks give it where it is not set"
    assert trusted({}, ca="PEM", ca_path="/of/another/job") == (None, "PEM")
    assert trusted({"ca_path": "/etc/ca.pem"}, ca="PEM") == ("/etc/ca.pem", None)


def test_a_stream_given_directly_needs_neither_port_nor_vhost() -> None:
    found = stream_settings({**DIRECT, "port": None}, "streams[0]")
    assert (found.port, found.vhost, found.region) == (443, "/", "eu")


def test_the_region_of_a_private_cloud_is_not_guessed() -> None:
    assert stream_settings({**DIRECT, "host": "amqp.example.com"}, "streams[0]").region is None


def test_the_console_of_a_private_cloud_is_the_host_of_its_api(tmp_path: Path) -> None:
    path = credentials(tmp_path, api_host="console.amp.example.com", host="amqp.amp.example.com")
    found = stream_settings({"credentials_path": path}, "streams[0]")
    assert (found.region, found.console_host) == (None, "console.amp.example.com")


def test_a_port_may_be_text_as_the_cloud_gives_it() -> None:
    assert stream_settings({**DIRECT, "port": "5671"}, "streams[0]").port == 5671


def test_the_password_is_in_no_text_of_the_settings() -> None:
    assert PASSWORD not in repr(stream_settings(DIRECT, "streams[0]"))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "streams[1]: host, queue_name, user_name, password missing"),
        ({**DIRECT, "password": None}, "streams[1]: password missing"),
        (
            {**DIRECT, "credentials_path": "/nowhere"},
            "credentials_path and host, queue_name, user_name, password exclude",
        ),
        (
            {"credentials_path": "/nowhere/soc.json"},
            "streams[1].credentials_path: /nowhere/soc.json: there is no such file",
        ),
        ({"credentials_path": ""}, "streams[1]: host, queue_name, user_name, password missing: give credentials_path"),
        ({**DIRECT, "host": "amqps://broker.example/"}, "streams[1].host: is not a host name"),
        ({**DIRECT, "port": 0}, "streams[1].port: '0' is not a whole number from 1 to 65535"),
        ({**DIRECT, "port": "443x"}, "streams[1].port: '443x' is not a whole number"),
        ({**DIRECT, "port": True}, "streams[1].port: 'True' is not a whole number"),
        ({**DIRECT, "region": "us"}, "streams[1].region: 'us' is not one of na, eu, apjc"),
        ({**DIRECT, "console_host": "https://console.example"}, "streams[1].console_host: is not host or host:port"),
        ({**DIRECT, "queue_name": "q" * 256}, "streams[1].queue_name: is longer than the 255 bytes"),
        ({**DIRECT, "source": "two\nlines"}, "streams[1].source: holds control characters"),
        ({**DIRECT, "user_name": 7}, "streams[1].user_name: must be a text"),
        ({**DIRECT, "prefetch": 70000}, "streams[1].prefetch: '70000' is not a whole number from 1 to 65535"),
        ({**DIRECT, "quue_name": "x"}, "streams[1]: quue_name: no such setting; known are ca_path"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_expected(options: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        stream_settings(options, "streams[1]")
    assert told in str(caught.value)
    assert PASSWORD not in str(caught.value)
