# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io
import json
import socket
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event_types import PROTECTION_STOPPED
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream import backoff
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import StreamError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.service.logs import Log
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.service.metrics import (
    SinkState,
    Snapshot,
    StreamState,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.service.monitor import Monitor, _answer
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.service.notify import Systemd

DAY = 24 * 3600 * 10**9
NOW = 100 * DAY


def snapshot(days: float, *, messages: int = 1, connected: bool = True) -> Snapshot:
    happened = int(NOW - days * DAY)
    stream = StreamState("q", connected=connected, consumed=True, messages=messages, last_event_ns=happened)
    return Snapshot([stream], [], now_ns=NOW)


def health(**more: Any) -> tuple[str, bool, int]:
    """What status, the health page and the metrics say of one stream."""
    seen = Snapshot([StreamState("q", **more)], [], now_ns=NOW)
    (metric,) = [
        line
        for line in seen.prometheus().splitlines()
        if line.startswith("secure_endpoint_health{") and line.endswith(" 1")
    ]
    status = seen.status()
    assert f'state="{status["state"]}"' in metric
    return status["state"], status["healthy"], _answer("/health", lambda: seen)[0]


MINUTE = 60 * 10**9


def test_a_service_is_starting_until_each_stream_was_consumed_from() -> None:
    assert health(connected=True, disconnected_ns=NOW - MINUTE) == ("starting", False, 503)
    assert health(connected=True, consumed=True) == ("healthy", True, 200)


def test_a_refused_login_is_unhealthy_at_once_and_no_connection_after_five_minutes() -> None:
    assert health(refused=True, error="refused", disconnected_ns=NOW) == ("unhealthy", False, 503)
    assert health(consumed=True, disconnected_ns=NOW - 4 * MINUTE) == ("healthy", True, 200)
    assert health(consumed=True, disconnected_ns=NOW - 5 * MINUTE) == ("unhealthy", False, 503)


def test_without_any_event_the_age_counts_from_the_last_contact_with_the_queue() -> None:
    silent = StreamState("q", consumed=True, contact_ns=NOW - 9 * DAY)
    assert "the oldest undelivered event is 9.0 days old" in Snapshot([silent], [], now_ns=NOW).alarms()[0]
    assert StreamState("q", connected=True, contact_ns=NOW - 9 * DAY).oldest_age(NOW) == 0, "its queue is empty"


@pytest.mark.parametrize(("days", "warned", "alarmed"), [(4.9, 0, 0), (5, 1, 0), (7.9, 1, 0), (8, 0, 1)])
def test_the_oldest_undelivered_event_warns_at_5_days_and_alarms_at_8(days: float, warned: int, alarmed: int) -> None:
    seen = snapshot(days)
    assert (len(seen.warnings()), len(seen.alarms())) == (warned, alarmed)
    assert seen.status()["healthy"] is not bool(alarmed)


def test_an_empty_queue_holds_nothing_old() -> None:
    assert snapshot(9, messages=0).alarms() == []
    assert snapshot(9, messages=0, connected=False).alarms() != [], "nobody knows what waits there"


def test_unknown_event_types_and_stopped_protection_are_told_apart() -> None:
    counted = {"1090519999": 3, "more": 2}
    seen = Snapshot([], [], now_ns=NOW, unknown_types=counted, protection={553648166: 2})

    metrics = seen.prometheus().splitlines()
    assert 'secure_endpoint_unknown_event_types_total{event_type_id="1090519999"} 3' in metrics
    assert 'secure_endpoint_unknown_event_types_total{event_type_id="more"} 2' in metrics
    stopped = [line for line in metrics if line.startswith("secure_endpoint_protection_stopped_total{")]
    assert len(stopped) == len(PROTECTION_STOPPED)
    assert 'secure_endpoint_protection_stopped_total{event_type_id="553648166",event_type="Uninstall"} 2' in stopped
    assert seen.status()["unknown_event_types"] == counted
    assert seen.status()["protection_stopped"] == {"553648166": 2}
    assert "1090519999 (3)" in seen.warnings()[-1]


def test_hostile_names_cannot_break_the_text_format() -> None:
    stream = StreamState('q"} 1\nevil \\ \x1b[2J')
    text = Snapshot([stream], [SinkState("s")], now_ns=NOW).prometheus()
    for line in text.splitlines():
        assert line.startswith(("# ", "secure_endpoint_"))
    assert "\x1b" not in text
    assert 'stream="q\\"} 1\\\\nevil \\\\ \\\\x1b[2J"' in text


def test_a_log_line_is_one_json_object_whatever_is_in_it() -> None:
    out = io.StringIO()
    log = Log("warning", out, clock=lambda: NOW)
    log.info("too low")
    log.warning("odd", name="\x1b[2J\n\u202e", count=3, long="x" * 5000)
    (line,) = out.getvalue().splitlines()
    told = json.loads(line)
    assert (told["level"], told["message"], told["count"]) == ("warning", "odd", 3)
    assert told["name"] == "\\x1b[2J\\n\\u202e"
    assert len(told["long"]) < 400


def test_waits_grow_to_a_limit_and_differ() -> None:
    waiting = backoff.Backoff(lambda: 1.0)
    waits = [waiting.next() for _try in range(12)]
    assert waits[:3] == [0.5, 1.0, 2.0]
    assert waits[-1] == backoff.LIMITS.longest
    waiting.reset()
    assert waiting.next() == 0.5
    assert backoff.Backoff(lambda: 0.0).next() == 0.25
    assert backoff.Backoff(lambda: 1.0).next(permanent=True) == 5.0


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StreamError, match=r"choose another monitor.port"):
            Monitor("127.0.0.1", port, lambda: snapshot(0))


def test_it_serves_on_the_loopback_of_ipv6_too() -> None:
    monitor = Monitor("::1", 0, lambda: snapshot(0, messages=0))
    monitor.start()
    try:
        connection = HTTPConnection("::1", monitor.port, timeout=30)
        connection.request("GET", "/health")
        assert connection.getresponse().read() == b"ok\n"
        connection.close()
    finally:
        monitor.close()


def test_many_may_ask_at_once() -> None:
    """Before any of them is accepted: the server's thread does not run yet."""
    monitor = Monitor("127.0.0.1", 0, lambda: snapshot(0, messages=0))
    askers = [HTTPConnection("127.0.0.1", monitor.port, timeout=30) for _number in range(40)]
    try:
        for one in askers:
            one.connect()
            one.request("GET", "/health")
        monitor.start()
        assert {one.getresponse().read() for one in askers} == {b"ok\n"}
    finally:
        for one in askers:
            one.close()
        monitor.close()


def test_nobody_is_told_where_systemd_does_not_listen(tmp_path: Path) -> None:
    Systemd({}).ready("fine")
    Systemd({"NOTIFY_SOCKET": str(tmp_path / "gone")}).alive("fine")


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [({}, None), ({"WATCHDOG_USEC": "30000000"}, 30.0), ({"WATCHDOG_USEC": "1", "WATCHDOG_PID": "1"}, None)],
)
def test_the_watchdog_is_ours_only_if_it_watches_this_process(
    environment: dict[str, str], seconds: float | None
) -> None:
    assert Systemd(environment).watchdog_seconds == seconds
