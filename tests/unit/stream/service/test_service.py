# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service on a real broker: it goes on whatever happens, and says what it sees."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream import backoff
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import (
    OutputError,
    StateFolderInUse,
    StoreError,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving import receiver
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.service import service
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.service.notify import Systemd
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.schema import (
    APPLICATION_ID,
    MIGRATIONS,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.state_folder import StateFolder
from simulator.ports import free_port

from ..conftest import Stream, TestBroker
from ..deliveries import FIRST_ID, QUARANTINED, body, lines
from ..draining import numbers
from ..endpoints import Answer, Elasticsearch, Endpoint, Request
from ..proxy import Proxy
from ..serving import Process, Running, configuration, wait_until


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same service with shorter waits."""
    monkeypatch.setattr(service, "TICK_SECONDS", 0.1)
    monkeypatch.setattr(receiver, "LIMITS", backoff.Limits(first=0.05, longest=0.2, permanent=0.3))
    monkeypatch.setattr(receiver, "WATCH_SECONDS", 0.5)


def written(folder: Path) -> list[int]:
    path = folder / "events.jsonl"
    return numbers(folder) if path.exists() and path.read_bytes().endswith(b"\n") else []


def publish(stream: Stream, first: int, last: int) -> None:
    stream.publish([body(number) for number in range(first, last)])


def expected(count: int) -> list[int]:
    return [FIRST_ID + number for number in range(count)]


def test_events_are_followed_as_they_come_and_acknowledged(stream: Stream, tmp_path: Path) -> None:
    with Running(configuration(tmp_path, stream.settings)):
        for first in (0, 50, 100):
            publish(stream, first, first + 50)
            wait_until(lambda: len(written(tmp_path)) == first + 50, "the events")  # noqa: B023
    assert written(tmp_path) == expected(150)
    assert stream.length() == 0


def test_an_unknown_event_type_is_logged_once_and_each_protection_that_stops(stream: Stream, tmp_path: Path) -> None:
    with Running(configuration(tmp_path, stream.settings)) as running:
        stream.publish([body(1, 1090519999), body(2, 553648166)])
        wait_until(lambda: len(written(tmp_path)) == 2, "the first events")
        stream.publish([body(3, 1090519999), body(4, 1090519998)])
        wait_until(lambda: len(written(tmp_path)) == 4, "the others")
        wait_until(lambda: running.messages().count("event type is not known") == 2, "the log to say so")
        (stopped,) = [line for line in running.log() if line["message"] == "protection stopped"]
        assert (stopped["event_type"], stopped["hostname"]) == ("Uninstall", "alpha")
        unknown = json.loads(running.get("/status")[1])["unknown_event_types"]
        assert unknown == {"1090519999": 2, "1090519998": 1}
        assert "1090519999 (2)" in running.warnings()


def test_a_cut_connection_is_made_again_and_nothing_is_lost_or_twice(stream: Stream, tmp_path: Path) -> None:
    proxy = Proxy(*stream.broker.rabbit.address)
    configured = configuration(tmp_path, replace(stream.settings, port=proxy.port))
    with proxy, Running(configured) as running:
        for first in (0, 100, 200):
            publish(stream, first, first + 100)
            wait_until(lambda: len(written(tmp_path)) > first, "some events")  # noqa: B023
            proxy.cut()
        wait_until(lambda: len(written(tmp_path)) == 300, "all events")
        assert "stream lost" in running.messages()
    assert Counter(written(tmp_path)) == Counter(expected(300))


def test_a_broker_that_is_killed_and_comes_back_is_followed_again(broker: TestBroker, tmp_path: Path) -> None:
    stream = broker.stream()
    publish(stream, 0, 100)
    with Running(configuration(tmp_path, stream.settings)):
        wait_until(lambda: len(written(tmp_path)) == 100, "the first events")
        broker.restart("kill")
        publish(stream, 100, 200)
        wait_until(lambda: len(written(tmp_path)) == 200, "the others")
    assert Counter(written(tmp_path)) == Counter(expected(200))
    stream.remove()


def test_an_unreachable_broker_is_waited_for_for_ever_and_told(stream: Stream, tmp_path: Path) -> None:
    with Proxy(*stream.broker.rabbit.address) as proxy:
        proxy.refusing = True
        with Running(configuration(tmp_path, replace(stream.settings, port=proxy.port))) as running:
            wait_until(lambda: running.messages().count("stream lost") >= 4, "attempts")
            state = json.loads(running.get("/status")[1])
            assert (state["state"], state["healthy"]) == ("starting", False)
            assert "not connected" in running.warnings()
            object.__setattr__(running.service.settings, "unhealthy_after", 0)
            wait_until(lambda: "unhealthy" in running.messages(), "the log to say so")
            assert "no connection for" in running.get("/health")[1]
            publish(stream, 0, 10)
            proxy.refusing = False
            wait_until(lambda: len(written(tmp_path)) == 10, "the events")
            wait_until(lambda: "healthy" in running.messages(), "the log to say so")


def test_it_is_healthy_once_the_broker_lets_it_consume_an_empty_queue(stream: Stream, tmp_path: Path) -> None:
    with Running(configuration(tmp_path, stream.settings)) as running:
        wait_until(lambda: running.get("/health") == (200, "ok\n"), "its health")
        wait_until(lambda: "healthy" in running.messages(), "the log to say so")


def test_a_wrong_password_is_unhealthy_at_once(stream: Stream, tmp_path: Path) -> None:
    with Running(configuration(tmp_path, replace(stream.settings, password="wrong"))) as running:
        wait_until(lambda: "unhealthy" in running.messages(), "the log to say so")
        code, text = running.get("/health")
        assert (code, "refused the login" in text) == (503, True)
        assert 'secure_endpoint_health{state="unhealthy"} 1' in running.get("/metrics")[1]


def test_a_state_folder_that_is_removed_stops_the_service_before_it_acknowledges(
    stream: Stream, tmp_path: Path
) -> None:
    running = Running(configuration(tmp_path, stream.settings))
    running.__enter__()
    wait_until(lambda: stream.consumers() == 1, "the service")
    shutil.rmtree(tmp_path / "state")
    publish(stream, 0, 5)
    with pytest.raises(StoreError, match=r"events[.]sqlite: was removed or replaced while it was in use"):
        running.wait()
    wait_until(lambda: stream.length() == 5, "the events in their queue")


def test_a_deleted_queue_and_a_revoked_user_are_told_as_that(broker: TestBroker, tmp_path: Path) -> None:
    stream, other = broker.stream(), broker.stream()
    publish(other, 0, 5)
    with Running(configuration(tmp_path, stream.settings, other.settings)) as running:
        wait_until(lambda: running.messages().count("stream connected") == 2, "both streams")
        broker.rabbit.admin.delete_queue(stream.settings.queue_name)
        wait_until(lambda: "there is no queue" in running.errors(), "the deleted queue")
        broker.rabbit.admin.delete_user(stream.settings.user_name)
        wait_until(lambda: "refused the login" in running.errors(), "the refused login")
        publish(other, 5, 10)
        wait_until(lambda: len(written(tmp_path)) == 10, "the other stream goes on")
    other.remove()


def test_a_second_consumer_is_warned_about(stream: Stream, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with (
        Running(configuration(tmp_path, stream.settings)) as running,
        Running(configuration(tmp_path / "other", stream.settings)),
    ):
        wait_until(lambda: "other consumers take events from this queue" in running.messages(), "the warning")
        assert "1 other consumer(s)" in running.warnings()


def test_incidents_are_told_while_they_happen(stream: Stream, tmp_path: Path) -> None:
    path = tmp_path / "findings.jsonl"
    sinks = [{"name": "soc", "type": "json_lines", "path": str(path), "kinds": ["detection", "incident"]}]
    grouping = {"rules": ["same_computer"], "lateness_seconds": 0, "idle_after_seconds": 1}

    def outcomes() -> list[str]:
        return [line["outcome"] for line in lines(path) if line["kind"] == "incident"] if path.exists() else []

    with Running(configuration(tmp_path, stream.settings, sinks=sinks, grouping=grouping)):
        publish(stream, 0, 1)
        wait_until(lambda: outcomes()[-1:] == ["detected"], "the incident")
        stream.publish([body(1, QUARANTINED, detection=0)])
        wait_until(lambda: outcomes()[-1:] == ["quarantined"], "its next revision")
    last = lines(path)[-1]
    assert (last["rule"], last["event_ids"]) == ("same_computer", [str(FIRST_ID), str(FIRST_ID + 1)])


def http_sink(endpoint: Endpoint, **more: Any) -> dict[str, Any]:
    return {"name": "siem", "type": "http", "url": endpoint.url, "from": "oldest", **more}


def test_an_http_sink_gets_every_event_and_a_dead_one_does_not_stop_the_file(stream: Stream, tmp_path: Path) -> None:
    elastic, down = Elasticsearch(), [True]
    publish(stream, 0, 300)
    with Endpoint(lambda request: Answer(503) if down else elastic(request)) as endpoint:
        configured = configuration(tmp_path, stream.settings)
        configured["sinks"].append(http_sink(endpoint, format="elasticsearch"))
        with Running(configured) as running:
            wait_until(lambda: len(written(tmp_path)) == 300, "the file")
            wait_until(lambda: "503" in running.warnings(), "the warning")
            assert elastic.documents == {}
            down.clear()
            wait_until(lambda: len(elastic.documents) == 300, "the endpoint")
    assert {int(document["event"]["id"]) for document in elastic.documents.values()} == set(expected(300))


def test_a_sink_that_is_too_far_behind_pauses_consuming_without_holding_messages(
    broker: TestBroker, tmp_path: Path
) -> None:
    stream, down = broker.stream(prefetch=50), [True]
    taken: list[Request] = []

    def behave(request: Request) -> Answer:
        if down:
            return Answer(503)
        taken.append(request)
        return Answer(200)

    with Endpoint(behave) as endpoint:
        configured = configuration(tmp_path, stream.settings, sinks=[http_sink(endpoint)])
        with Running(configured) as running:
            object.__setattr__(running.service.settings, "outbox_max_records", 100)
            publish(stream, 0, 1000)
            wait_until(lambda: running.service.snapshot().paused, "the pause")
            wait_until(
                lambda: broker.publisher.queue_length(stream.settings.queue_name)["consumers"] == 0, "no consumer"
            )
            assert stream.length() > 0
            assert "consuming pauses until the sinks have caught up" in running.messages()
            down.clear()
            wait_until(lambda: sum(request.body.count(b"\n") for request in taken) == 1000, "everything")
            wait_until(lambda: stream.length() == 0, "an empty queue")
    stream.remove()


def test_a_sink_that_refuses_us_makes_the_service_unhealthy(stream: Stream, tmp_path: Path) -> None:
    publish(stream, 0, 5)
    with Endpoint(lambda _request: Answer(401)) as endpoint:
        configured = configuration(tmp_path, stream.settings)
        configured["sinks"].append(http_sink(endpoint))
        with Running(configured) as running:
            wait_until(lambda: "sink siem: http://127.0.0.1:" in running.get("/health")[1], "the alarm")
            assert running.get("/health")[0] == 503
            assert 'secure_endpoint_sink_refused{sink="siem"} 1' in running.get("/metrics")[1]
            publish(stream, 5, 10)
            wait_until(lambda: len(written(tmp_path)) == 10, "the file goes on")
            wait_until(lambda: "sink refused" in running.messages(), "the log to say so")
            (refused,) = [line for line in running.log() if line["message"] == "sink refused"]
            assert (refused["level"], refused["sink"]) == ("error", "siem")
            assert "401" in refused["problem"]


def test_metrics_count_what_happened(stream: Stream, tmp_path: Path) -> None:
    with Running(configuration(tmp_path, stream.settings)) as running:
        publish(stream, 0, 5)
        stream.publish([body(0), b"no event"])
        wait_until(lambda: _count(running, "dead_letters") == _count(running, "duplicates") == 1, "all")
        assert [_count(running, name) for name in ("received", "events", "duplicates", "conflicts")] == [7, 5, 1, 0]
        wait_until(lambda: running.get("/health") == (200, "ok\n"), "an empty queue to be seen")
        assert running.get("/nowhere")[0] == 404


def _count(running: Running, name: str) -> int:
    lines = running.get("/metrics")[1].splitlines()
    return next(int(line.split()[-1]) for line in lines if line.startswith(f"secure_endpoint_{name}_total{{"))


def test_systemd_is_told_ready_alive_and_stopping(stream: Stream, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        systemd = Systemd({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "3000000"})
        with Running(configuration(tmp_path, stream.settings), systemd):
            assert manager.recv(1000).startswith(b"READY=1\n")
            told = manager.recv(1000)
            while b"1 of 1 streams connected" not in told:
                assert told.startswith(b"WATCHDOG=1\n")
                told = manager.recv(1000)
        while told != b"STOPPING=1":
            told = manager.recv(1000)


def test_a_second_service_with_the_same_state_folder_is_refused(stream: Stream, tmp_path: Path) -> None:
    folder = StateFolder(tmp_path / "state")
    with pytest.raises(StateFolderInUse), Running(configuration(tmp_path, stream.settings)):
        pass
    folder.release()


def test_a_file_that_somebody_else_changes_stops_the_service_with_a_message(stream: Stream, tmp_path: Path) -> None:
    publish(stream, 0, 5)
    running = Running(configuration(tmp_path, stream.settings))
    running.__enter__()
    wait_until(lambda: len(written(tmp_path)) == 5, "the file")
    (tmp_path / "events.jsonl").unlink()
    publish(stream, 5, 10)
    with pytest.raises(OutputError, match="somebody else changed this file: it is gone"):
        running.wait()


class TestCommands:
    """The command line, in a process of its own."""

    def test_run_status_and_stop(self, stream: Stream, tmp_path: Path) -> None:
        publish(stream, 0, 20)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        configured = configuration(tmp_path, stream.settings, monitor={"port": port})
        running = Process(tmp_path, configured)
        wait_until(lambda: len(written(tmp_path)) == 20, "the events")
        status = Process(tmp_path, configured, "status")
        assert status.end() == 0
        assert json.loads(status.said)["streams"][0]["counts"]["events"] == 20
        assert running.stop() == 0
        status = Process(tmp_path, configured, "status")
        assert status.end() == 1
        told = json.loads(status.said)
        assert told["detections"] == 20
        assert told["incidents"] >= 0
        assert told["store_bytes"] > 0
        assert (told["alarms"], told["records"], told["sinks"]) == (
            ["the service does not run"],
            20,
            [{"name": "file", "lag": 0}],
        )
        assert stream.settings.password not in (tmp_path / "log").read_text()

    def test_status_of_a_stopped_service_changes_nothing(self, stream: Stream, tmp_path: Path) -> None:
        """Not even the schema of an older release's database: the release that runs may be the older one."""
        state = tmp_path / "state"
        configured = configuration(tmp_path, stream.settings)
        nothing = Process(tmp_path, configured, "status")
        assert (nothing.end(), state.exists()) == (1, False)
        state.mkdir()
        with closing(sqlite3.connect(state / "events.sqlite")) as db:
            db.executescript(f"{MIGRATIONS[0]} PRAGMA user_version = 1; PRAGMA application_id = {APPLICATION_ID};")
            db.execute("INSERT INTO counter VALUES ('dead_letters', 7)")
            db.commit()
        before = (state / "events.sqlite").read_bytes()
        status = Process(tmp_path, configured, "status")
        assert status.end() == 1
        assert json.loads(status.said)["counters"] == {"dead_letters": 7}
        assert [path.name for path in state.iterdir()] == ["events.sqlite"]
        assert (state / "events.sqlite").read_bytes() == before

    def test_status_says_if_the_service_runs_and_does_not_answer(self, stream: Stream, tmp_path: Path) -> None:
        configured = configuration(tmp_path, stream.settings, monitor={"port": free_port()})
        with Running(configuration(tmp_path, stream.settings)):
            status = Process(tmp_path, configured, "status")
            assert status.end() == 1
        assert "does not answer on 127.0.0.1, port" in json.loads(status.said)["alarms"][0]

    def test_check_config_tells_the_key(self, stream: Stream, tmp_path: Path) -> None:
        right = Process(tmp_path, configuration(tmp_path, stream.settings), "check-config")
        assert right.end() == 0
        assert "1 streams, 1 sinks" in right.said
        wrong = Process(tmp_path, configuration(tmp_path, stream.settings, retention={"days": "x"}), "check-config")
        assert wrong.end() == 2
        assert "retention.days: 'x' is not a whole number" in (tmp_path / "log").read_text()

    def test_dead_letters_can_be_replayed(self, stream: Stream, tmp_path: Path) -> None:
        configured = configuration(tmp_path, stream.settings)
        stream.publish([b"no event", body(1)])
        with Running(configured):
            wait_until(lambda: len(written(tmp_path)) == 1, "the event")
        path = tmp_path / "state" / "dead_letters.jsonl"
        (letter,) = lines(path)
        from base64 import b64encode

        mended = {**letter, "body": b64encode(body(2, 1090519999)).decode()}
        path.write_text(json.dumps(letter) + "\n" + json.dumps(mended) + "\n")
        replayed = Process(tmp_path, configured, "replay")
        assert replayed.end() == 0
        counts = {"replayed": 2, "events": 1, "duplicates": 0, "dead_letters": 1}
        assert json.loads(replayed.said) == {**counts, "unknown_event_types": {"1090519999": 1}, "late": []}
        assert "warning: event types that this release does not know: 1090519999 (1)" in (tmp_path / "log").read_text()
        assert written(tmp_path) == [FIRST_ID + 1, FIRST_ID + 2]
        assert [one["id"] for one in lines(path)] == [letter["id"]]

    def test_a_torn_dead_letter_is_passed_over_and_a_spoilt_one_is_told(self, stream: Stream, tmp_path: Path) -> None:
        configured = configuration(tmp_path, stream.settings)
        stream.publish([b"no event"])
        path = tmp_path / "state" / "dead_letters.jsonl"
        with Running(configured):
            wait_until(path.exists, "the dead letter")
            wait_until(lambda: stream.length() == 0, "the acknowledgement")
        whole = path.read_bytes()
        path.write_bytes(whole + whole[: len(whole) // 2])
        torn = Process(tmp_path, configured, "replay")
        assert torn.end() == 0
        assert json.loads(torn.said)["replayed"] == 1
        path.write_bytes(whole + b'{"stream": "x"}\n')
        assert Process(tmp_path, configured, "replay").end() == 2
        assert "line 2 is not a dead letter (KeyError); mend or remove it" in (tmp_path / "log").read_text()
