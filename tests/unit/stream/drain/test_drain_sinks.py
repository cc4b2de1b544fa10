# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A drain that passes records on to endpoints, and acknowledges when they have them (R13, R22)."""

from __future__ import annotations

import io
import json
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.drain import drain, interval
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.drain.interval import IntervalRun
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.drain.progress import Terminal, on_terminal
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import OutputError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.store import Store
from ansible_collections.ampops.secure_endpoint.plugins.modules import event_stream_drain
from unit.scripted_cloud import run

from ..conftest import Stream
from ..deliveries import FIRST_ID, body
from ..draining import drained, numbers, options
from ..endpoints import Answer, Endpoint
from ..serving import Process, configuration

pytestmark = pytest.mark.ansible


def sink(endpoint: Endpoint, **more: Any) -> dict[str, Any]:
    return {"name": "siem", "url": endpoint.url, **more}


def taken(endpoint: Endpoint) -> list[int]:
    """The keys of all events that the endpoint got, in order."""
    lines = [line for request in endpoint.requests for line in request.body.splitlines()]
    return [int(record["key"].partition("-")[0]) for record in map(json.loads, lines) if record["kind"] == "event"]


def expected(count: int) -> list[int]:
    return [FIRST_ID + number for number in range(count)]


def test_destinations_get_what_a_run_stores_before_it_ends(stream: Stream, tmp_path: Path) -> None:
    stream.publish([body(number) for number in range(700)])
    with Endpoint() as endpoint:
        result = drained(tmp_path, stream.settings, sinks=[sink(endpoint, kinds=["event", "incident"])], flush=True)
        assert taken(endpoint) == expected(700)
        assert b'"kind":"incident"' in endpoint.requests[-1].body
    assert (result["warnings"], numbers(tmp_path)) == ([], expected(700))


def test_what_a_destination_does_not_take_is_sent_by_the_next_run(stream: Stream, tmp_path: Path) -> None:
    stream.publish([body(0), body(1)])
    with Endpoint(lambda _request: Answer(401)) as endpoint:
        result = drained(tmp_path, stream.settings, sinks=[sink(endpoint)], sinks_timeout=1)
        assert "sink siem took nothing for 1 seconds: http://127.0.0.1:" in result["warnings"][0]
        assert "status 401: check the token" in result["warnings"][0]
        assert "sent by the next run" in result["warnings"][0]
        assert stream.length() == 0
        endpoint.behave = lambda _request: Answer(200)
        endpoint.requests.clear()
        drained(tmp_path, stream.settings, sinks=[sink(endpoint)])
        assert taken(endpoint) == expected(2)


def test_a_sink_that_is_not_required_holds_nothing_and_what_is_dropped_for_it_is_counted(
    stream: Stream, tmp_path: Path
) -> None:
    stream.publish([body(number) for number in range(10)])
    with Endpoint(lambda _request: Answer(503)) as endpoint:
        given = {"output_path": None, "ack": "after_sinks", "sinks_timeout": 1}
        optional = [sink(endpoint, required=False, max_lag=4)]
        first = drained(tmp_path, stream.settings, sinks=optional, **given)
        assert (first["events"], stream.length()) == (10, 0)
        endpoint.behave = lambda _request: Answer(200)
        endpoint.requests.clear()
        second = drained(tmp_path, stream.settings, sinks=optional, **given)
        assert taken(endpoint) == expected(10)[6:]
    (warning,) = first["warnings"] + second["warnings"]
    assert warning.startswith("sink siem: 6 records were dropped")


def test_records_go_when_retention_lets_them_though_a_sink_that_is_not_required_has_not_got_them(
    stream: Stream, tmp_path: Path
) -> None:
    stream.publish([body(number) for number in range(10)])
    with Endpoint(lambda _request: Answer(503)) as endpoint:
        given = {"output_path": None, "retention": {"days": 0}, "sinks_timeout": 1}
        drained(tmp_path, stream.settings, sinks=[sink(endpoint, required=False)], **given)
        store = Store(tmp_path / "state")
        assert list(store.runs(1)) == []
        store.close()


class TestAfterSinks:
    """`ack: after_sinks` without a file: nothing needs to last here."""

    def test_an_event_is_acknowledged_when_the_destination_has_it(
        self, stream: Stream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        had: list[int] = []
        acknowledge = drain.acknowledge

        def acknowledge_and_look(batch: list[drain.Delivery]) -> None:
            had.append(len(taken(endpoint)))
            acknowledge(batch)

        monkeypatch.setattr(drain, "acknowledge", acknowledge_and_look)
        stream.publish([body(number) for number in range(10)])
        with Endpoint() as endpoint:
            drained(tmp_path, stream.settings, output_path=None, ack="after_sinks", sinks=[sink(endpoint)])
        assert had[-1] == 10
        assert stream.length() == 0

    @pytest.mark.parametrize("status", [401, 503])
    def test_a_destination_that_takes_nothing_leaves_the_events_in_their_queue(
        self, stream: Stream, tmp_path: Path, status: int
    ) -> None:
        stream.publish([body(number) for number in range(10)])
        with Endpoint(lambda _request: Answer(status, headers={"Retry-After": "0"})) as endpoint:
            given = options(
                tmp_path,
                stream.settings,
                output_path=None,
                ack="after_sinks",
                sinks=[sink(endpoint)],
                sinks_timeout=1,
            )
            with pytest.raises(OutputError, match=r"sink siem took nothing for 1 seconds: .* status"):
                IntervalRun(given).drain()
            assert stream.length() == 10
            endpoint.behave = lambda _request: Answer(200)
            endpoint.requests.clear()
            fresh = tmp_path / "the folder ended with the job"
            result = drained(fresh, stream.settings, output_path=None, ack="after_sinks", sinks=[sink(endpoint)])
            assert (result["events"], taken(endpoint)) == (10, expected(10))
        assert stream.length() == 0

    def test_a_second_run_with_the_same_folder_sends_what_is_left_and_takes_duplicates(
        self, stream: Stream, tmp_path: Path
    ) -> None:
        stream.publish([body(number) for number in range(10)])
        with Endpoint(lambda _request: Answer(401)) as endpoint:
            given = {"output_path": None, "ack": "after_sinks", "sinks": [sink(endpoint)]}
            with pytest.raises(OutputError):
                IntervalRun(options(tmp_path, stream.settings, sinks_timeout=1, **given)).drain()
            endpoint.behave = lambda _request: Answer(200)
            endpoint.requests.clear()
            result = drained(tmp_path, stream.settings, **given)
            assert (result["events"], result["duplicates"], taken(endpoint)) == (0, 10, expected(10))

    def test_a_folder_that_ends_with_the_job_will_do_and_dead_letters_are_returned(
        self, stream: Stream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(interval, "ephemeral_reason", lambda _path: "this folder ends with the job")
        stream.publish([body(0), b"no event"])
        with Endpoint() as endpoint:
            given = {"allow_ephemeral": False, "output_path": None, "sinks": [sink(endpoint)]}
            result = drained(tmp_path, stream.settings, ack="after_sinks", **given)
            assert taken(endpoint) == [FIRST_ID]
        (letter,) = result["dead_letter_records"]
        assert b64decode(letter["body"]) == b"no event"
        for wrong in ({"ack": "after_store"}, {"ack": "after_sinks", "output_path": str(tmp_path / "file")}):
            with pytest.raises(interval.SettingsError, match="this folder ends with the job"):
                IntervalRun(options(tmp_path, stream.settings, **(given | wrong)))


def test_the_module_hands_its_sinks_over(stream: Stream, tmp_path: Path) -> None:
    stream.publish([body(0)])
    settings = stream.settings
    names = ("host", "port", "vhost", "queue_name", "user_name", "password", "ca_path", "source")
    with Endpoint(lambda _request: Answer(200, b'{"text":"Success","code":0}')) as endpoint:
        result = run(
            event_stream_drain,
            _connect=False,
            streams=[{name: getattr(settings, name) for name in names}],
            state_dir=str(tmp_path / "state"),
            ack="after_sinks",
            sinks=[sink(endpoint, format="splunk_hec", fields={"index": "soc"})],
            retention={"days": 1, "finding_days": 20},
        )
        assert result["events"] == 1
        assert json.loads(endpoint.requests[0].body)["index"] == "soc"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"sinks": [{"name": "a b", "url": "https://x/"}]}, "sinks[0].name: use letters"),
        ({"sinks": [{"name": "a", "url": "http://siem.example/"}]}, "sinks[0].url: must be https"),
        ({"sinks": [{"name": "a", "url": "https://x/"}] * 2}, "sinks: two have the same name"),
        ({"sinks_timeout": 0}, "sinks_timeout: '0' is not a whole number of 1 or more"),
        ({"retention": {"key_days": 11}}, "retention.key_days: '11' is not a whole number from 12"),
        ({"retention": {"finding_days": 12}, "window_seconds": 2_000_000}, "retention.finding_days: 12 days are less"),
        ({"output_path": None, "ack": "after_sinks"}, "ack: after_sinks needs output_path or sinks"),
    ],
)
def test_a_wrong_option_is_told(tmp_path: Path, more: dict[str, Any], told: str) -> None:
    direct = {"host": "h", "queue_name": "q", "user_name": "u", "password": "p"}
    with pytest.raises(interval.SettingsError) as caught:
        IntervalRun({**options(tmp_path), "streams": [direct], **more})
    assert told in str(caught.value)


class TestProgress:
    """What a terminal shows while a drain goes on."""

    def test_it_is_one_line_that_is_written_anew(self) -> None:
        seconds = iter([0.0, 1.0, 1.0, 1.1, 2.0, 2.0, 4.0])
        out = io.StringIO()
        terminal = Terminal(out, lambda: next(seconds))
        for count in (1000, 1000, 1000):
            terminal.came(count, 4000)
        terminal.end()
        shown = out.getvalue().split("\r\x1b[K")
        assert shown == [
            "",
            "1,000 of 4,000 messages, 25 %, 1,000 a second",
            "3,000 of 4,000 messages, 75 %, 1,500 a second",
            "3,000 of 4,000 messages, 75 %, 750 a second\n",
        ]

    def test_more_than_waited_at_first_is_no_more_than_all(self) -> None:
        out = io.StringIO()
        Terminal(out, lambda: 1.0).came(7, 5)
        assert "7 of 7 messages, 100 %" in out.getvalue()

    def test_nobody_looks_at_a_pipe(self) -> None:
        assert on_terminal(io.StringIO()) is None


def test_the_command_replays_into_every_sink(stream: Stream, tmp_path: Path) -> None:
    stream.publish([b"no event yet"])
    with Endpoint() as endpoint:
        configured = configuration(tmp_path, stream.settings)
        configured["sinks"].append({"type": "http", **sink(endpoint)})
        assert Process(tmp_path, configured, "drain").end() == 0
        letters = tmp_path / "state" / "dead_letters.jsonl"
        letter = json.loads(letters.read_text())
        letters.write_text(json.dumps({**letter, "body": b64encode(body(0)).decode()}) + "\n")
        process = Process(tmp_path, configured, "replay")
        assert process.end() == 0
        assert taken(endpoint) == expected(1)
    assert (json.loads(process.said)["events"], json.loads(process.said)["late"]) == (1, [])


def test_the_command_drains_with_the_services_own_configuration(stream: Stream, tmp_path: Path) -> None:
    stream.publish([body(number) for number in range(20)])
    with Endpoint() as endpoint:
        configured = configuration(tmp_path, stream.settings)
        configured["sinks"].append({"type": "http", **sink(endpoint)})
        process = Process(tmp_path, configured, "drain")
        assert process.end() == 0
        assert taken(endpoint) == expected(20)
    told = json.loads(process.said)
    assert (told["stopped_by"], told["late"], told["streams"][0]["error"]) == ("empty", [], None)
    assert told["streams"][0]["counts"]["events"] == 20
    assert numbers(tmp_path) == expected(20)
    assert (tmp_path / "log").read_text() == "", "no progress where nobody looks"
