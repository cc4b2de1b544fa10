# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration of relays and workers: what is wrong is told with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import SettingsError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.service.cli import CANNOT, main
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.service.settings import service_settings
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.relay import RelaySettings

from ..deliveries import PASSWORD

STREAM = {"host": "broker.example", "queue_name": "q", "user_name": "u", "password": PASSWORD}


@pytest.fixture
def password_path(tmp_path: Path) -> str:
    path = tmp_path / "password"
    path.touch(mode=0o600)
    path.write_text(PASSWORD)
    return str(path)


def login(password_path: str) -> dict[str, Any]:
    return {"hosts": ["a.example", "b.example:5673", "[::1]"], "user_name": "relay", "password_path": password_path}


def relay(password: str, **more: Any) -> dict[str, Any]:
    sink = {"name": "cluster", "type": "relay", **login(password), **more}
    return {"streams": [STREAM], "state_dir": "/nowhere", "sinks": [sink]}


def worker(password_path: str, **more: Any) -> dict[str, Any]:
    given = {"exchange": "by_computer", **login(password_path), **more}
    return {"partitions": given, "state_dir": "/nowhere", "sinks": []}


def test_a_relay_knows_its_nodes_and_their_port(password_path: str) -> None:
    made = service_settings(relay(password_path)).sinks[0].own
    assert isinstance(made, RelaySettings)
    assert made.cluster.hosts == (("a.example", 5671), ("b.example", 5673), ("::1", 5671))
    assert made.cluster.password == PASSWORD
    assert PASSWORD not in repr(made)


def test_a_relay_alone_needs_no_detections(password_path: str) -> None:
    assert service_settings({**relay(password_path), "grouping": {"rules": []}}).grouping.rules == []


@pytest.mark.parametrize(
    ("exchange", "rules"),
    [("by_computer", ["same_computer"]), ("by_hash", ["same_hash"])],
)
def test_a_worker_groups_what_its_partitions_hold_together(password_path: str, exchange: str, rules: list[str]) -> None:
    made = service_settings(worker(password_path, exchange=exchange))
    assert list(made.grouping.rules) == rules
    assert len(made.streams) == 16


def test_a_worker_cannot_be_drained(password_path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configured = tmp_path / "config.json"
    configured.write_text(json.dumps({**worker(password_path), "state_dir": str(tmp_path / "state")}))

    assert main(["drain", "--config", str(configured)]) == CANNOT

    assert "a worker follows them for ever: use run" in capsys.readouterr().err
    assert not (tmp_path / "state").exists()


WRONG_RELAY: list[tuple[dict[str, Any], str]] = [
    ({"hosts": []}, "sinks[0].hosts: must name one node"),
    ({"hosts": ["amqps://a"]}, "is not HOST or HOST:PORT"),
    ({"hosts": ["a:99999"]}, "is not HOST or HOST:PORT"),
    ({"password_path": "/nowhere"}, "sinks[0].password_path: /nowhere: cannot be read"),
    ({"ca_path": "/nowhere"}, "there is no such file"),
    ({"kinds": ["incident"]}, "a relay carries events only"),
    ({"batch_records": 0}, "sinks[0].batch_records"),
    ({"url": "https://x"}, "url: no such setting"),
]


@pytest.mark.parametrize(("more", "told"), WRONG_RELAY)
def test_a_wrong_relay_is_refused(password_path: str, more: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        service_settings(relay(password_path, **more))
    assert told in str(caught.value)
    assert PASSWORD not in str(caught.value)


WRONG_WORKER: list[tuple[dict[str, Any], str]] = [
    ({"exchange": "by_name"}, "partitions.exchange: 'by_name' is not one of by_computer, by_hash"),
    ({"worker": 3, "workers": 2}, "partitions.worker: '3' is not a whole number from 1 to 2"),
    ({"workers": 17}, "partitions.workers"),
    ({"takeover_seconds": 1}, "partitions.takeover_seconds"),
    ({"queue_name": "x"}, "queue_name: no such setting"),
]


@pytest.mark.parametrize(("more", "told"), WRONG_WORKER)
def test_a_wrong_worker_is_refused(password_path: str, more: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        service_settings(worker(password_path, **more))
    assert told in str(caught.value)


FILE = {"name": "file", "type": "json_lines", "path": "/nowhere/x"}
WRONG_TOGETHER: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {"streams": [STREAM]}, "streams and partitions exclude each other"),
    ({}, {"grouping": {"rules": ["same_hash"]}}, "same_hash cannot be made from partitions of by_computer"),
    ({}, {"grouping": {"rules": []}}, "grouping.rules"),
    ({"exchange": "by_hash"}, {"sinks": [FILE]}, "sinks[0].kinds: event: a worker of by_hash has only incident"),
]


@pytest.mark.parametrize(("more", "top", "told"), WRONG_TOGETHER)
def test_what_does_not_go_together_is_refused(
    password_path: str, more: dict[str, Any], top: dict[str, Any], told: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        service_settings({**worker(password_path, **more), **top})
    assert told in str(caught.value)


def test_without_grouping_a_sink_cannot_have_incidents(password_path: str) -> None:
    configured = relay(password_path)
    configured["sinks"].append({**FILE, "kinds": ["event", "incident"]})
    with pytest.raises(SettingsError, match=r"without grouping[.]rules there is only event"):
        service_settings({**configured, "grouping": {"rules": []}})
