# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.broker.settings import KEYS
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import SettingsError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.service.settings import (
    DEFAULTS,
    load,
    service_settings,
)

from ..deliveries import PASSWORD

STREAM = {"host": "broker.example", "queue_name": "q", "user_name": "u", "password": PASSWORD}
FILE = {"name": "file", "type": "json_lines", "path": "/var/log/events.jsonl"}
HTTP = {"name": "siem", "type": "http", "url": "https://siem.example/"}
SMALL = {"streams": [STREAM], "state_dir": "/var/lib/x"}


def test_a_small_configuration_has_every_default() -> None:
    found = service_settings({**SMALL, "sinks": [FILE, HTTP]})
    assert found.grouping.rules == ["same_computer"]
    assert (found.grouping.window, found.grouping.lateness) == (300, 60)
    assert (found.retention.days, found.retention.key_days) == (30, 12)
    file, http = found.sinks
    assert (file.own.path, file.selection.kinds, file.oldest) == ("/var/log/events.jsonl", frozenset({"event"}), False)
    assert (http.required, http.own.shape, http.own.batch_records) == (True, "json_lines", 500)
    assert (found.monitor_host, found.monitor_port, found.log_level) == ("127.0.0.1", 9464, "info")


def put(key: str, value: Any) -> dict[str, Any]:
    """The configuration with one value changed; `key` is as messages name it."""
    options: Any = copy.deepcopy({**SMALL, "sinks": [FILE, HTTP]})
    place = options
    *parents, last = key.replace("[", ".").replace("]", "").split(".")
    for parent in parents:
        place = place[int(parent)] if isinstance(place, list) else place.setdefault(parent, {})
    place[last] = value
    changed: dict[str, Any] = options
    return changed


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("streams", [], "must be a list of objects with one at least"),
        ("streams", {}, "must be a list of objects"),
        ("streams", ["q"], "must be a list of objects"),
        ("sinks", ["file"], "must be a list of objects"),
        ("streams", [STREAM, STREAM], "one queue is given twice"),
        ("streams[0].port", 0, "is not a whole number from 1 to 65535"),
        ("streams[0].ca_path", "/nowhere", "there is no such file"),
        ("state_dir", "", "must be a text that is not empty"),
        ("state_dir", None, "is missing"),
        ("grouping.rules", ["same_planet"], "'same_planet' is not one of same_computer"),
        ("grouping.rules", [], "is empty; give one at least of same_computer"),
        ("grouping.window_seconds", 0, "is not a whole number from 1"),
        ("grouping.lateness_seconds", 1.5, "is not a whole number from 0"),
        ("retention.days", True, "is not a whole number from 0"),
        ("retention.key_days", 11, "is not a whole number from 12"),
        ("retention.max_bytes", 1, "is not a whole number from 1000000"),
        ("outbox.max_records", 1, "is not a whole number from 10000"),
        ("monitor.port", 70000, "is not a whole number from 0 to 65535"),
        ("monitor.host", "192.0.2.1", "on the loopback only"),
        ("log.level", "loud", "'loud' is not one of debug, info, warning, error"),
        ("sinks[0].type", "carrier pigeon", "is not one of json_lines, http"),
        ("sinks[0].name", "../etc", "use letters, digits, - and _ only"),
        ("sinks[0].name", "siem", "two have the same name"),
        ("sinks[0].path", 7, "must be a text"),
        ("sinks[0].kinds", [], "is empty; give one at least of event, detection, incident"),
        ("sinks[0].exclude_fields", ["user", "key"], "key cannot be left out"),
        ("sinks[0].severities", ["Awful"], "'Awful' is not one of Low, Medium, High, Critical"),
        ("sinks[0].event_types", ["1"], "must be a list of whole numbers"),
        ("sinks[0].groups", [""], "must be a list of texts"),
        ("sinks[0].from", "then", "'then' is not one of now, oldest"),
        ("sinks[0].required", False, "required: no such setting"),
        ("sinks[0].rotate_bytes", 0, "is not a whole number from 1"),
        ("sinks[1].url", "http://siem.example/", "must be https, or http on this host"),
        ("sinks[1].url", "https://u:p@siem.example/", "hold no login"),
        ("sinks[1].required", "yes", "must be true or false"),
        ("sinks[1].format", "xml", "'xml' is not one of json_lines, json_array, splunk_hec, elasticsearch"),
        ("sinks[1].headers", {"X": "a\nb"}, "without control characters"),
        ("sinks[1].token_path", "/nowhere/token", "cannot be read: No such file"),
        ("sinks[1].ca_path", "/nowhere/ca", "there is no such file"),
        ("sinks[1].batch_records", 0, "is not a whole number from 1"),
        ("colour", "blue", "no such setting; known are grouping, log, monitor"),
        ("retention.weeks", 1, "weeks: no such setting; known are days, finding_days, key_days, max_bytes"),
    ],
)
def test_a_wrong_value_is_told_with_its_key(key: str, value: Any, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        service_settings(put(key, value))
    assert told in str(caught.value)
    assert key.split(".")[0].split("[")[0] in str(caught.value)
    assert PASSWORD not in str(caught.value)


PLACES = {
    **{section: section for section in ("grouping", "retention", "outbox", "monitor", "log")},
    "sink": "sinks[0]",
    "json_lines": "sinks[0]",
    "remote_sink": "sinks[1]",
    "http": "sinks[1]",
}
EVERY_KEY = [
    *("streams", "state_dir", "sinks", "sinks[0].name", "sinks[0].type"),
    *(f"streams[0].{key}" for key in sorted(KEYS)),
    *(f"{place}.{key}" for section, place in PLACES.items() for key in DEFAULTS[section]),
]


@pytest.mark.parametrize("key", EVERY_KEY)
def test_no_key_takes_a_value_of_the_wrong_kind(key: str) -> None:
    """An object with a number in it is right nowhere; the message says where it stands."""
    with pytest.raises(SettingsError) as caught:
        service_settings(put(key, {"a": 1}))
    place, dot, last = key.rpartition(".")
    assert str(caught.value).startswith(place + (":" if "exclude each other" in str(caught.value) else dot + last))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read: No such file"),
        (b"{", "is not valid JSON"),
        (b"\xff", "not UTF-8"),
        (b"[]", "is not an object"),
    ],
)
def test_a_file_that_is_no_configuration_is_told(tmp_path: Path, content: bytes | None, told: str) -> None:
    path = tmp_path / "config.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=told):
        load(path)


def test_a_configuration_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(SMALL))
    assert load(path).state_dir == "/var/lib/x"
