# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module `event_stream_drain`: options in, record out."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.ampops.secure_endpoint.plugins.module_utils import _job_container
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.drain import interval
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.options import REQUIRED
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sections import RETENTION_DEFAULTS
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks import (
    http,
    http_formats,
    http_session,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.registry import defaults_of
from ansible_collections.ampops.secure_endpoint.plugins.modules import event_stream_drain
from unit.scripted_cloud import run

from ..conftest import Stream
from ..deliveries import FIRST_ID, PASSWORD, body
from ..draining import numbers

pytestmark = pytest.mark.ansible

DIRECT = {"host": "127.0.0.1", "queue_name": "q", "user_name": "u", "password": PASSWORD}


def drain(folder: Path, *streams: dict[str, Any], **more: Any) -> Any:
    given = {"streams": list(streams), "state_dir": str(folder / "state"), **more}
    return run(event_stream_drain, _connect=False, **given)


def direct(stream: Stream, **more: Any) -> dict[str, Any]:
    settings = stream.settings
    names = ("host", "port", "vhost", "queue_name", "user_name", "password", "ca_path", "source")
    return {name: getattr(settings, name) for name in names} | more


def test_a_stream_given_directly_is_drained_without_any_api_credentials(stream: Stream, tmp_path: Path) -> None:
    stream.publish([body(0), body(1)])
    result = drain(tmp_path, direct(stream, region="eu"), flush=True, output_path=str(tmp_path / "events.jsonl"))
    assert (result["changed"], result["received"], result["events"], result["dead_letters"]) == (True, 2, 2, 0)
    assert {record["event_ids"][0] for record in result["detections"]} == {str(FIRST_ID), str(FIRST_ID + 1)}
    assert all(
        url.startswith("https://console.eu.amp.cisco.com/") for url in result["incidents"][0]["pivot_urls"].values()
    )
    assert numbers(tmp_path) == [FIRST_ID, FIRST_ID + 1]
    assert PASSWORD not in json.dumps(result)


def test_check_mode_predicts_and_consumes_nothing(stream: Stream, tmp_path: Path) -> None:
    stream.publish([body(0)])
    assert drain(tmp_path, direct(stream), _check=True)["changed"] is True
    assert stream.length() == 1
    assert drain(tmp_path, direct(stream))["changed"] is True
    assert drain(tmp_path, direct(stream), _check=True)["changed"] is False
    assert drain(tmp_path, direct(stream))["changed"] is False


def test_a_stream_that_fails_fails_the_task_with_what_was_done(stream: Stream, tmp_path: Path) -> None:
    stream.publish([body(0)])
    result = drain(tmp_path, direct(stream), direct(stream, queue_name="other", password="wrong"))
    assert result["failed"] is True
    assert "the broker refused the login" in result["msg"]
    assert [one["events"] for one in result["streams"]] == [1, 0]
    assert result["streams"][0]["error"] is None


def test_a_failed_look_fails_in_check_mode_too(stream: Stream, tmp_path: Path) -> None:
    result = drain(tmp_path, direct(stream, password="wrong"), _check=True)
    assert result["failed"] is True
    assert "the broker refused the login" in result["msg"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"streams": []}, "streams: must be a list of objects with one at least"),
        ({"streams": [DIRECT, DIRECT]}, "streams: one queue is given twice, q on 127.0.0.1:443"),
        ({"streams": [{**DIRECT, "password": None}]}, "streams[0]: password missing"),
        ({"max_events": 0}, "max_events: '0' is not a whole number of 1 or more"),
        ({"max_seconds": -1}, "max_seconds: '-1' is not a whole number of 1 or more"),
        ({"window_seconds": 0}, "window_seconds: '0' is not a whole number from 1"),
        ({"limit": -1}, "limit: '-1' is not a whole number of 0 or more"),
        ({"rules": []}, "rules: is empty; give one at least of same_"),
        ({"ack": "after_sinks"}, "ack: after_sinks needs output_path or sinks"),
        ({"streams": [{**DIRECT, "console_host": "no host!"}]}, "streams[0].console_host"),
        ({"streams": [{**DIRECT, "ca_path": "/nowhere/ca.pem"}]}, "/nowhere/ca.pem: there is no such file"),
    ],
)
def test_a_wrong_option_is_told_before_anything_changes(tmp_path: Path, options: dict[str, Any], told: str) -> None:
    given = {"streams": [DIRECT], "state_dir": str(tmp_path / "state"), **options}
    for check in (True, False):
        result = run(event_stream_drain, _connect=False, _check=check, **given)
        assert result["failed"] is True
        assert told in result["msg"]
        assert PASSWORD not in json.dumps(result)
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("key", ["state_dir", "output_path"])
def test_a_folder_that_ends_with_the_job_is_refused(
    stream: Stream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    reasons = {str(tmp_path / key): "this folder ends with the job: it is on no mounted volume"}
    monkeypatch.setattr(interval, "ephemeral_reason", reasons.get)
    stream.publish([body(0)])
    options = {"state_dir": str(tmp_path / "other"), key: str(tmp_path / key)}
    for check in (True, False):
        result = drain(tmp_path, direct(stream), _check=check, **options)
        assert result["failed"] is True
        assert f"{key}: {tmp_path / key}: this folder ends with the job" in result["msg"]
        assert "allow_ephemeral: true" in result["msg"]
    assert stream.length() == 1
    assert drain(tmp_path, direct(stream), **options, allow_ephemeral=True)["events"] == 1
    assert _job_container.ephemeral_reason is not interval.ephemeral_reason


def test_a_missing_pika_is_told_with_the_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream_drain, "PIKA_MISSING", ImportError("No module named 'pika'"))
    result = drain(tmp_path, DIRECT)
    assert result["failed"] is True
    assert "pika" in result["msg"]
    assert sys.executable in result["msg"]


def test_a_missing_requests_is_told_with_the_interpreter_where_a_sink_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_session, "REQUESTS_MISSING", ImportError("No module named 'requests'"))
    result = drain(tmp_path, DIRECT, sinks=[{"name": "siem", "url": "https://siem.example/"}])
    assert result["failed"] is True
    assert "requests" in result["msg"]
    assert sys.executable in result["msg"]


def test_options_have_the_defaults_of_the_code() -> None:
    spec: dict[str, Any] = event_stream_drain._argument_spec()
    sink = {key: value for key, value in defaults_of(http).items() if key != "type"}
    for options, defaults in [
        (spec, interval.DEFAULTS),
        (spec["sinks"]["options"], sink),
        (spec["retention"]["options"], RETENTION_DEFAULTS),
    ]:
        assert set(options) == set(defaults)
        for key, default in defaults.items():
            option = options[key]
            assert option.get("required", False) == (default is REQUIRED), key
            if default is not REQUIRED:
                assert option.get("default") in ([default, None] if default in ([], {}) else [default]), key
    assert tuple(spec["sinks"]["options"]["format"]["choices"]) == tuple(http_formats.FORMATS)


def test_options_and_documentation_agree() -> None:
    documented = yaml.safe_load(event_stream_drain.DOCUMENTATION)["options"]
    spec: dict[str, Any] = event_stream_drain._argument_spec()
    assert set(spec) == set(documented)
    for name in ("streams", "sinks", "retention"):
        assert set(spec[name]["options"]) == set(documented[name]["suboptions"])
        for key, option in spec[name]["options"].items():
            assert option.get("default") == documented[name]["suboptions"][key].get("default"), key
    for name, option in spec.items():
        assert option.get("default") == documented[name].get("default"), name
        assert option["type"] == documented[name]["type"], name


def test_everything_returned_is_documented(stream: Stream, tmp_path: Path) -> None:
    stream.publish([body(0), b"no event"])
    result = drain(tmp_path, direct(stream), limit=0, flush=True)
    documented = yaml.safe_load(event_stream_drain.RETURN)
    assert set(result) - {"changed", "invocation"} == set(documented) - {"dead_letter_records"}
    assert set(result["streams"][0]) == set(documented["streams"]["contains"])
