# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP sinks against real HTTP servers that answer as the products do: at least once, poison put aside (R13, R14)."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.text import MASK
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.backoff import Backoff
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import StoreError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks import attempts, runner
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.attempts import Attempts
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.http import (
    HttpDelivery,
    HttpSettings,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.http_formats import (
    FORMATS,
    stable_id,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.runner import RemoteSink
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.selection import Selected, Selection
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.sink import Interrupted, NotTaken
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.store import Row, Store
from simulator.ports import free_port

from ..deliveries import lines
from ..endpoints import Answer, Drip, Elasticsearch, Endpoint, Request, Splunk

WaitFor = Callable[[Callable[[], object], str], None]
TOKEN = "a-token-that-nobody-may-see"


class Steps(threading.Event):
    """Stands for the time that a sink waits: it notes each pause and lets none pass."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout or 0.0)
        return self.is_set()


class Once(Steps):
    """Stop at the first pause."""

    def wait(self, timeout: float | None = None) -> bool:
        super().wait(timeout)
        return True


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
    """A sink's delivery with the pauses that it makes between its attempts, by its own back-off."""

    def __init__(self, folder: Path, url: str, **settings: Any) -> None:
        self.folder = folder
        self.delivery = HttpDelivery("siem", HttpSettings(url=url, **settings), folder)
        self.pauses = Steps()
        self.retries: list[str] = []
        self.alarms: list[str] = []
        self.attempts = Attempts(self.delivery, self.pauses, self._report, Backoff(lambda: 1.0))

    def _report(self, why: str, alarm: bool) -> None:
        (self.alarms if alarm else self.retries).append(why)

    def deliver(self, records: list[Selected]) -> None:
        try:
            self.attempts.deliver(records)
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
    with Endpoint(answering(Answer(429, headers={"Retry-After": "17"}))) as endpoint:
        bench = Bench(tmp_path, endpoint.url)
        bench.deliver(RECORDS)
    assert bench.pauses.seconds == [17.0]


NOT_FOR_NOW = {"create": {"status": 429, "error": {"type": "es_rejected_execution_exception"}}}
ALL_REFUSED = json.dumps({"errors": True, "items": [NOT_FOR_NOW] * 8}).encode()


@pytest.mark.parametrize(
    ("shape", "trouble"),
    [
        ("json_lines", Answer(503)),
        ("json_lines", None),
        ("elasticsearch", Answer(200, ALL_REFUSED)),
        ("elasticsearch", Answer(200, b"<html>maintenance</html>")),
        ("splunk_hec", Answer(200, b"<html>maintenance</html>")),
        ("splunk_hec", Answer(200, b'{"text":"Server is busy","code":9}')),
    ],
    ids=["status", "cut", "each item", "bulk without JSON", "Splunk without JSON", "Splunk's code"],
)
def test_pauses_grow_as_long_as_nothing_is_taken_whatever_form_the_refusal_has(
    tmp_path: Path, shape: str, trouble: Answer | None
) -> None:
    left = [trouble] * 9
    taken = {"elasticsearch": Elasticsearch(), "splunk_hec": lambda _request: Answer(200, b'{"code":0}')}
    with Endpoint(lambda request: left.pop() if left else taken.get(shape, lambda _: Answer(200))(request)) as endpoint:
        bench = Bench(tmp_path, endpoint.url, shape=shape)
        bench.deliver(RECORDS)
    assert bench.pauses.seconds == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    assert (len(bench.retries), bench.alarms) == (9, [])


def test_the_pause_starts_anew_once_a_record_was_taken(tmp_path: Path) -> None:
    items = [{"create": {"status": 201}}] + [NOT_FOR_NOW] * 7
    partly = Answer(200, json.dumps({"errors": True, "items": items}).encode())
    left: list[Answer] = [partly, Answer(503), Answer(503)]
    elastic = Elasticsearch()
    with Endpoint(lambda request: left.pop() if left else elastic(request)) as endpoint:
        bench = Bench(tmp_path, endpoint.url, shape="elasticsearch")
        bench.deliver(RECORDS)
    assert bench.pauses.seconds == [0.5, 1, 0.5]


def test_a_destination_that_refuses_every_record_for_good_is_asked_ever_less_often(tmp_path: Path) -> None:
    with Endpoint(lambda _request: Answer(400)) as endpoint:
        bench = Bench(tmp_path, endpoint.url)
        for one in RECORDS[:4]:
            bench.attempts.deliver([one])
        bench.delivery.close()
    assert bench.pauses.seconds == [0.5, 1, 2, 4]
    assert len(bench.letters()) == 4


@pytest.mark.parametrize("status", [401, 403, 404, 405, 410, 302, 304, 418])
def test_a_refusal_is_an_alarm_and_tried_again_every_minute(tmp_path: Path, status: int) -> None:
    trouble = Answer(status, headers={"Location": "http://127.0.0.1:1/"})
    with Endpoint(answering(trouble, trouble)) as endpoint:
        bench = Bench(tmp_path, endpoint.url)
        bench.deliver(RECORDS)
        assert [request.path for request in endpoint.requests] == ["/services/collector"] * 3
    assert bench.pauses.seconds == [1.0] * 120
    assert bench.retries == []
    assert all(f"status {status}: " in alarm for alarm in bench.alarms)
    assert len(bench.alarms) == 2


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
    assert letter["reason"] == f"{endpoint.url.rpartition('/services')[0]}: status {status}: bad record"
    assert len(endpoint.requests) <= 7


def test_stopping_interrupts_the_waiting(tmp_path: Path) -> None:
    with Endpoint(lambda _request: Answer(503)) as endpoint:
        bench = Bench(tmp_path, endpoint.url)
        stopping = threading.Event()
        bench.attempts = Attempts(bench.delivery, stopping, bench._report, Backoff(lambda: 1.0))
        threading.Timer(0.05, stopping.set).start()
        with pytest.raises(Interrupted):
            bench.deliver(RECORDS)


@pytest.mark.parametrize("drip", ["headers", "body"])
def test_request_timeout_bounds_the_whole_request_also_an_answer_that_drips(tmp_path: Path, drip: str) -> None:
    with Drip(drip) as slow:
        delivery = HttpDelivery("siem", HttpSettings(url=slow.url, request_timeout=1), tmp_path)
        began = time.monotonic()
        with pytest.raises(NotTaken, match="no whole answer within 1 seconds"):
            delivery.deliver(RECORDS, threading.Event(), lambda _why: None)
        assert time.monotonic() - began < 15, "the endpoint drips for half a minute"
        delivery.close()


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


def test_splunk_says_by_its_code_that_a_record_is_bad_whatever_the_status(tmp_path: Path) -> None:
    splunk = Splunk(TOKEN)

    def behave(request: Request) -> Answer:
        answer = splunk(request)
        return answer._replace(status=500) if b'"code":6' in answer.body else answer

    with Endpoint(behave) as endpoint:
        bench = Bench(
            tmp_path, endpoint.url, shape="splunk_hec", token_path=token_file(tmp_path), token_prefix="Splunk "
        )
        bench.deliver([*RECORDS[:3], record(9, "POISON"), *RECORDS[3:]])
    assert len(splunk.events) == 8
    assert [letter["number"] for letter in bench.letters()] == [9]
    assert bench.pauses.seconds == []


class TestToken:
    """A token that is missing, empty or refused for a moment is an alarm and a retry, never the end of a sink (R13)."""

    def bench(self, folder: Path, url: str, path: str) -> Bench:
        return Bench(folder, url, shape="splunk_hec", token_path=path, token_prefix="Splunk ")

    @pytest.mark.parametrize("trouble", ["wrong", "missing", "empty", "too open", "not ASCII"])
    def test_a_token_that_is_mended_is_used_within_a_second(self, tmp_path: Path, trouble: str) -> None:
        path = Path(token_file(tmp_path))
        if trouble == "missing":
            path.unlink()
        elif trouble == "too open":
            path.chmod(0o644)
        else:
            path.write_bytes({"wrong": b"another", "empty": b"", "not ASCII": b"\xff"}[trouble])

        class Mend(Steps):
            def wait(self, timeout: float | None = None) -> bool:
                if len(self.seconds) == 9:
                    path.unlink(missing_ok=True)
                    token_file(tmp_path)
                return super().wait(timeout)

        splunk = Splunk(TOKEN)
        with Endpoint(splunk) as endpoint:
            bench = self.bench(tmp_path, endpoint.url, str(path))
            bench.attempts = Attempts(bench.delivery, Mend(), bench._report)
            bench.pauses = bench.attempts._stopping  # type: ignore[assignment]
            bench.deliver(RECORDS)
        assert len(splunk.events) == 8
        assert bench.pauses.seconds == [1.0] * 10
        assert len(bench.alarms) == 1
        assert ("status 403" if trouble == "wrong" else f"token_path: {path}: ") in bench.alarms[0]

    def test_a_token_that_an_answer_echoes_is_in_no_message_and_no_dead_letter(self, tmp_path: Path) -> None:
        echoes = [
            TOKEN,
            base64.b64encode(f"user:{TOKEN}".encode()).decode(),
            quote(TOKEN + "?"),
            "x" * 290 + TOKEN,
        ]
        answers = [Answer(status, echo.encode()) for echo in echoes for status in (401, 503, 400)]
        with Endpoint(answering(*answers)) as endpoint:
            bench = self.bench(tmp_path, endpoint.url, token_file(tmp_path))
            bench.delivery._format = FORMATS["json_lines"]
            for place in range(4):
                bench.attempts.deliver(RECORDS[place : place + 1])
            bench.delivery.close()
        shown = "".join([*bench.alarms, *bench.retries, *(letter["reason"] for letter in bench.letters())])
        assert len(bench.letters()) == 4
        assert MASK in shown
        for part in (TOKEN, TOKEN[:12], echoes[1][8:20]):
            assert part not in shown

    def test_a_secret_in_the_url_is_in_no_message(self, tmp_path: Path) -> None:
        closed = free_port()
        for url in (f"http://127.0.0.1:{closed}/x?token={TOKEN}", f"http://127.0.0.1:{closed}/hook/{TOKEN}"):
            bench = Bench(tmp_path, url)
            bench.attempts = Attempts(bench.delivery, Once(), bench._report)
            with pytest.raises(Interrupted):
                bench.deliver(RECORDS)
            assert f"port={closed}" in bench.retries[0]
            assert MASK in bench.retries[0]
            assert TOKEN not in bench.retries[0]


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
        rows = [Row(number, 0, 0, record(number).line) for number in range(first, last + 1)]
        with store.transaction():
            store.add_events("soc", rows, 1)

    def sink(self, store: Store, folder: Path, url: str, **more: Any) -> RemoteSink:
        delivery = HttpDelivery("siem", HttpSettings(url=url, batch_records=5), folder)
        sink = RemoteSink("siem", store, Selection(), delivery, **more)
        sink.open()
        return sink

    def finish(self, sink: RemoteSink, store: Store) -> None:
        sink.close()
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

    def test_a_refused_sink_is_an_alarm_and_goes_on_once_it_is_let(
        self, tmp_path: Path, wait_for: WaitFor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(attempts, "LOOK_SECONDS", 0.001)
        refusing = [True]
        with Endpoint(lambda _request: Answer(401 if refusing else 200)) as endpoint:
            store = Store(tmp_path)
            self.fill(store, 1, 3)
            sink = self.sink(store, tmp_path, endpoint.url, oldest=True)
            wait_for(lambda: sink.state == "refused", "the alarm")
            assert "status 401: check the token" in sink.problem
            assert sink.next == 1
            refusing.clear()
            wait_for(lambda: sink.next == 4, "the records")
            wait_for(lambda: (sink.state, sink.problem) == ("waiting", ""), "the end of the alarm")
            self.finish(sink, store)

    def test_an_outbox_that_cannot_be_read_is_an_alarm_and_no_end(
        self, tmp_path: Path, wait_for: WaitFor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(runner, "BROKEN_SECONDS", 0.01)
        reader, broken = runner.OutboxReader, [True]

        def opened(path: Path) -> Any:
            if broken:
                raise StoreError("the disk is on fire")
            return reader(path)

        monkeypatch.setattr(runner, "OutboxReader", opened)
        with Endpoint() as endpoint:
            store = Store(tmp_path)
            self.fill(store, 1, 3)
            sink = self.sink(store, tmp_path, endpoint.url, oldest=True)
            wait_for(lambda: "the disk is on fire" in sink.problem, "the alarm")
            broken.clear()
            wait_for(lambda: sink.next == 4, "the records")
            self.finish(sink, store)
