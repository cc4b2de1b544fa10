# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP sinks against real HTTP servers that answer as the products do: at least once, poison put aside (R13, R14)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.backoff import Backoff
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import SettingsError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.http import (
    HttpDelivery,
    HttpSettings,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.http_formats import stable_id
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.runner import RemoteSink, SinkStopped
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.selection import Selected, Selection
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.sink import Interrupted
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.store import Row, Store

from ..deliveries import lines
from ..endpoints import Answer, Elasticsearch, Endpoint, Request, Splunk

WaitFor = Callable[[Callable[[], object], str], None]
TOKEN = "a-token-that-nobody-may-see"


class NoWait(Backoff):
    def next(self, *, permanent: bool = False) -> float:  # noqa: ARG002
        return 0.0


def record(number: int, name: str = "fine") -> Selected:
    line = {
        "kind": "event",
        "source": "soc",
        "key": str(number),
        "time": "2026-01-02T03:04:05.678901234Z",
        "event": {"n": name},
    }
    return Selected(number, "event", json.dumps(line).encode() + b"\n")


RECORDS = [record(number) for number in range(1, 9)]


class Bench:
    def __init__(self, folder: Path, url: str, **settings: Any) -> None:
        self.folder = folder
        self.delivery = HttpDelivery("siem", HttpSettings(url=url, **settings), folder, NoWait())
        self.stopping = threading.Event()
        self.retries: list[str] = []

    def deliver(self, records: list[Selected]) -> None:
        try:
            self.delivery.deliver(records, self.stopping, self.retries.append)
        finally:
            self.delivery.close()

    def letters(self) -> list[dict[str, Any]]:
        path = self.folder / "dead_letters_of_siem.jsonl"
        return lines(path) if path.exists() else []


def answering(*answers: Answer | None) -> Callable[[Request], Answer | None]:
    """These one after the other, then 200."""
    left = list(answers)
    return lambda _request: left.pop(0) if left else Answer(200)


def test_a_batch_is_one_request_of_json_lines(tmp_path: Path) -> None:
    with Endpoint() as endpoint:
        Bench(tmp_path, endpoint.url, headers={"X-Site": "soc"}).deliver(RECORDS)
    (request,) = endpoint.requests
    assert request.body == b"".join(one.line for one in RECORDS)
    assert request.headers["content-type"] == "application/x-ndjson"
    assert request.headers["x-site"] == "soc"


def test_a_batch_can_be_one_array(tmp_path: Path) -> None:
    with Endpoint() as endpoint:
        Bench(tmp_path, endpoint.url, shape="json_array").deliver(RECORDS)
    assert json.loads(endpoint.requests[0].body) == [json.loads(one.line) for one in RECORDS]


@pytest.mark.parametrize("trouble", [Answer(503), Answer(429), Answer(408), Answer(500, b"<html>"), None])
def test_what_may_pass_is_sent_again_as_a_whole(tmp_path: Path, trouble: Answer | None) -> None:
    with Endpoint(answering(trouble, trouble)) as endpoint:
        bench = Bench(tmp_path, endpoint.url)
        bench.deliver(RECORDS)
    assert len(endpoint.requests) == 3
    assert len({request.body for request in endpoint.requests}) == 1
    assert len(bench.retries) == 2
    assert bench.letters() == []


def test_retry_after_is_honoured(tmp_path: Path) -> None:
    waits: list[float] = []

    class Clock(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout or 0)
            return False

    with Endpoint(answering(Answer(429, headers={"Retry-After": "17"}))) as endpoint:
        bench = Bench(tmp_path, endpoint.url)
        bench.stopping = Clock()
        bench.deliver(RECORDS)
    assert waits == [17.0]


@pytest.mark.parametrize("status", [401, 403, 404, 302, 204 + 100])
def test_a_refusal_or_a_redirect_stops_the_sink(tmp_path: Path, status: int) -> None:
    answers = answering(Answer(status, headers={"Location": "http://127.0.0.1:1/"}))
    with Endpoint(answers) as endpoint, pytest.raises(SinkStopped, match=f"answers {status}"):
        Bench(tmp_path, endpoint.url).deliver(RECORDS)
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize("status", [400, 413, 422])
@pytest.mark.parametrize("place", range(8))
def test_one_bad_record_is_found_by_halves_and_put_aside(tmp_path: Path, status: int, place: int) -> None:
    records = [*RECORDS[:place], record(place + 1, "POISON"), *RECORDS[place + 1 :]]
    taken: list[bytes] = []

    def behave(request: Request) -> Answer:
        if b"POISON" in request.body:
            return Answer(status, b"bad record")
        taken.extend(request.body.splitlines(keepends=True))
        return Answer(200)

    with Endpoint(behave) as endpoint:
        bench = Bench(tmp_path, endpoint.url)
        bench.deliver(records)
    assert taken == [one.line for one in records if one.number != place + 1]
    (letter,) = bench.letters()
    assert (letter["number"], letter["record"]) == (place + 1, records[place].line.decode())
    assert letter["reason"] == f"status {status}: bad record"
    assert len(endpoint.requests) <= 7


def test_stopping_interrupts_the_waiting(tmp_path: Path) -> None:
    with Endpoint(lambda _request: Answer(503)) as endpoint:
        bench = Bench(tmp_path, endpoint.url)
        bench.delivery._backoff = Backoff(lambda: 1.0)
        threading.Timer(0.05, bench.stopping.set).start()
        with pytest.raises(Interrupted):
            bench.deliver(RECORDS)


def token_file(folder: Path, mode: int = 0o600) -> str:
    path = folder / "token"
    path.write_text(TOKEN + "\n")
    path.chmod(mode)
    return str(path)


def test_splunk_takes_the_events_with_their_time_and_metadata(tmp_path: Path) -> None:
    splunk = Splunk(TOKEN)
    splunk.busy = 1
    with Endpoint(splunk) as endpoint:
        bench = Bench(
            tmp_path,
            endpoint.url,
            shape="splunk_hec",
            token_path=token_file(tmp_path),
            token_prefix="Splunk ",
            fields={"sourcetype": "secure_endpoint", "index": "edr"},
        )
        bench.deliver([*RECORDS[:3], record(9, "POISON"), *RECORDS[3:]])
    assert [event["event"]["key"] for event in splunk.events] == [str(number) for number in range(1, 9)]
    assert splunk.events[0]["time"] == "1767323045.678"
    assert splunk.events[0]["sourcetype"] == "secure_endpoint"
    assert [letter["number"] for letter in bench.letters()] == [9]


def test_a_wrong_token_stops_the_sink_and_is_in_no_message(tmp_path: Path) -> None:
    with Endpoint(Splunk("another")) as endpoint, pytest.raises(SinkStopped) as caught:
        Bench(tmp_path, endpoint.url, shape="splunk_hec", token_path=token_file(tmp_path)).deliver(RECORDS)
    assert TOKEN not in str(caught.value)


def test_a_token_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with Endpoint() as endpoint, pytest.raises(SettingsError, match="can be read by others; chmod 0600"):
        Bench(tmp_path, endpoint.url, token_path=token_file(tmp_path, 0o644)).deliver(RECORDS)
    assert endpoint.requests == []


def test_elasticsearch_is_judged_item_by_item(tmp_path: Path) -> None:
    elastic = Elasticsearch()
    elastic.overloaded = {"2", "5"}
    records = [*RECORDS, record(9, "POISON")]
    elastic.documents[stable_id(RECORDS[0])] = {"already": "there"}
    with Endpoint(elastic) as endpoint:
        bench = Bench(tmp_path, endpoint.url, shape="elasticsearch", fields={"index": "edr"})
        bench.deliver(records)
    assert set(elastic.documents) == {stable_id(one) for one in RECORDS}
    assert elastic.documents[stable_id(RECORDS[0])] == {"already": "there"}
    assert len(endpoint.requests) == 2
    assert endpoint.requests[1].body.count(b'"create"') == 2
    (letter,) = bench.letters()
    assert letter["number"] == 9
    assert "mapper_parsing_exception" in letter["reason"]


@pytest.mark.parametrize(
    "nonsense", [b"<html>", b"[]", b'{"items":[],"errors":true}', b'{"errors":true,"items":[7]}', b"\xff"]
)
def test_nonsense_from_elasticsearch_is_sent_again(tmp_path: Path, nonsense: bytes) -> None:
    elastic, answers = Elasticsearch(), [Answer(200, nonsense)]
    with Endpoint(lambda request: answers.pop() if answers else elastic(request)) as endpoint:
        bench = Bench(tmp_path, endpoint.url, shape="elasticsearch")
        bench.deliver(RECORDS)
    assert len(elastic.documents) == len(RECORDS)
    assert len(bench.retries) == 1


def test_an_id_is_the_same_for_ever_and_an_incidents_depends_on_its_revision() -> None:
    incident = {"kind": "incident", "id": "i1", "revision": 1, "state": "open"}
    ids = [
        stable_id(Selected(1, "incident", json.dumps(incident | more).encode()))
        for more in ({}, {"x": 1}, {"revision": 2})
    ]
    assert ids[0] == ids[1] != ids[2]
    assert stable_id(record(1)) == stable_id(record(1, "other body")) != stable_id(record(2))


class TestRemoteSink:
    """The thread between the outbox and the endpoint."""

    def fill(self, store: Store, first: int, last: int) -> None:
        rows = [Row(number, 0, record(number).line) for number in range(first, last + 1)]
        with store.transaction():
            store.add_events("soc", rows, 1)

    def sink(self, store: Store, folder: Path, url: str, **more: Any) -> RemoteSink:
        delivery = HttpDelivery("siem", HttpSettings(url=url, batch_records=5), folder, NoWait())
        sink = RemoteSink("siem", store, Selection(), delivery, **more)
        sink.start()
        return sink

    def finish(self, sink: RemoteSink, store: Store) -> None:
        sink.stop()
        sink.join()
        with store.transaction():
            sink.save()
        store.close()

    def sent(self, endpoint: Endpoint) -> list[int]:
        return [int(json.loads(line)["key"]) for request in endpoint.requests for line in request.body.splitlines()]

    def test_it_carries_everything_in_order_and_goes_on_where_it_was(self, tmp_path: Path, wait_for: WaitFor) -> None:
        with Endpoint() as endpoint:
            store = Store(tmp_path)
            self.fill(store, 1, 12)
            sink = self.sink(store, tmp_path, endpoint.url, oldest=True)
            wait_for(lambda: sink.next == 13, "the first records")
            self.finish(sink, store)
            store = Store(tmp_path)
            self.fill(store, 13, 20)
            sink = self.sink(store, tmp_path, endpoint.url)
            wait_for(lambda: sink.next == 21, "the others")
            self.finish(sink, store)
        assert self.sent(endpoint) == list(range(1, 21))
        assert max(request.body.count(b"\n") for request in endpoint.requests) == 5

    def test_a_new_sink_begins_now_unless_told_otherwise(self, tmp_path: Path, wait_for: WaitFor) -> None:
        with Endpoint() as endpoint:
            store = Store(tmp_path)
            self.fill(store, 1, 3)
            sink = self.sink(store, tmp_path, endpoint.url)
            self.fill(store, 4, 5)
            sink.write()
            wait_for(lambda: sink.next == 6, "the new ones")
            self.finish(sink, store)
        assert self.sent(endpoint) == [4, 5]

    def test_what_was_not_noted_is_sent_again(self, tmp_path: Path, wait_for: WaitFor) -> None:
        with Endpoint() as endpoint:
            for _try in range(2):
                store = Store(tmp_path)
                if store.next_number == 1:
                    self.fill(store, 1, 3)
                sink = self.sink(store, tmp_path, endpoint.url, oldest=True)
                wait_for(lambda: sink.next == 4, "the records")  # noqa: B023 - waited for at once
                sink.stop()
                sink.join()
                store.close()
        assert self.sent(endpoint) == [1, 2, 3, 1, 2, 3]

    def test_a_sink_that_is_not_required_drops_what_is_too_far_behind(self, tmp_path: Path, wait_for: WaitFor) -> None:
        with Endpoint() as endpoint:
            store = Store(tmp_path)
            self.fill(store, 1, 30)
            sink = self.sink(store, tmp_path, endpoint.url, oldest=True, required=False, max_lag=10)
            wait_for(lambda: sink.next == 31, "what is left")
            self.finish(sink, store)
        assert self.sent(endpoint) == list(range(21, 31))
        assert sink.dropped == 20

    def test_a_refused_sink_stops_with_an_alarm_and_keeps_its_place(self, tmp_path: Path, wait_for: WaitFor) -> None:
        with Endpoint(lambda _request: Answer(401)) as endpoint:
            store = Store(tmp_path)
            self.fill(store, 1, 3)
            sink = self.sink(store, tmp_path, endpoint.url, oldest=True)
            wait_for(lambda: sink.state == "stopped", "the alarm")
            assert "answers 401" in sink.problem
            assert sink.next == 1
            self.finish(sink, store)
