# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker reads what a relay wrote, waits for all of its partitions, and flags what a change of hands may split."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.time import iso_time
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event import parse_event
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.joining import correlate
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.broker.partitions import (
    PartitionSettings,
    WorkerSettings,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.broker.topology import ClusterSettings
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.correlation import (
    Correlation,
    GroupingSettings,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.holdings import Holdings
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.pipeline import Pipeline
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.relayed import RelayReader
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.splits import Splits
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving.inbox import Delivery
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving.messages import Properties
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.rulebook.form import form_of_line
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.relay_messages import (
    Consoles,
    messages_of,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.selection import Selection
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.dead_letters import DeadLetterFile
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.records import (
    event_line,
    source_prefix,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.store import Run, Store

from ..deliveries import CONNECTOR, FIRST_ID, NOW, ROUTING_KEY, START, body, fields

SECOND = 10**9
CLUSTER = ClusterSettings(host="a", queue_name="", user_name="u", password="p", hosts=(("a", 5671),))
OTHER = CONNECTOR.replace("a", "b")
GROUPING = GroupingSettings(rules=("same_computer",), lateness=0, idle_after=10**6)


def relayed(raw: bytes, selection: Selection = Selection()) -> tuple[Properties, bytes]:  # noqa: B008 - frozen
    event = parse_event(raw, source="soc", routing_key=ROUTING_KEY, received_ns=NOW)
    line = event_line(source_prefix("soc"), event, raw, iso_time(NOW))
    message = messages_of(selection.lines(Run(1, 1, "event", line)), Consoles())[0]
    return Properties(dict(message.headers), message_id=message.message_id), message.body


class Worker:
    """A worker without a broker; its clock stands at `now`."""

    def __init__(
        self, folder: Path, *, worker: int = 1, workers: int = 1, grouping: GroupingSettings = GROUPING
    ) -> None:
        self.now = NOW + 3600 * SECOND
        self.backlog: dict[str, int] = {}
        self.others: set[str] = set()
        settings = WorkerSettings(CLUSTER, "by_computer", worker, workers).streams()
        self.partitions = {one.name: one for one in settings if isinstance(one, PartitionSettings)}
        self.store = Store(folder)
        self.letters = DeadLetterFile(folder)
        self.correlation = Correlation(self.store, {}, ["detection", "incident"], grouping)
        self.holdings = Holdings(
            self.correlation,
            Splits(folder),
            grouping,
            list(self.partitions.values()),
            lambda name: self.backlog.get(name, 0),
            lambda name: name in self.others,
            self.now,
        )
        self.pipeline = Pipeline(
            self.store,
            self.letters,
            [],
            self.correlation,
            RelayReader({}, self.holdings),
            lambda _batch: None,
            clock=lambda: self.now,
        )

    def session(self, number: int) -> Any:
        settings = self.partitions[f"by_computer.{number:02d}"]
        return SimpleNamespace(subscription=SimpleNamespace(settings=settings))

    def take(self, session: Any, *bodies: bytes) -> None:
        self.pipeline.process([Delivery(session, 1, "soc/computer/x", *relayed(one)) for one in bodies])

    def incidents(self, *, flush: bool = True) -> list[dict[str, Any]]:
        self.pipeline.finish(flush=flush)
        return self.told("incident")

    def told(self, kind: str) -> list[dict[str, Any]]:
        lines = b"".join(run.lines for run in self.store.runs(1) if run.kind == kind)
        return [json.loads(line) for line in lines.splitlines()]

    def close(self) -> None:
        self.letters.close()
        self.store.close()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Any]:
    made: list[Worker] = []

    def make(**more: Any) -> Worker:
        for one in made:
            one.close()
        made.append(Worker(tmp_path, **more))
        return made[-1]

    yield make
    made[-1].close()


def test_a_record_is_the_same_as_without_a_relay(workers: Any) -> None:
    worker = workers()
    worker.take(worker.session(0), body(1))
    event = parse_event(body(1), source="soc", routing_key=ROUTING_KEY, received_ns=NOW)
    line = event_line(source_prefix("soc"), event, body(1), iso_time(NOW))
    assert worker.told("event") == [json.loads(line)], "the time of receipt is the relay's"


HOSTILE = "{{ lookup('pipe', 'id') }}"
FAILED = json.dumps(
    fields(1, 2164260880)
    | {
        "detection": HOSTILE,
        "computer": {
            "connector_guid": CONNECTOR,
            "hostname": HOSTILE,
            "user": HOSTILE,
            "network_addresses": [{"ip": "10.0.0.7"}],
        },
        "group_guids": [OTHER],
        "file": {
            "identity": {"sha256": "AB" * 32},
            "disposition": "Malicious",
            "file_name": HOSTILE,
            "file_path": HOSTILE,
            "archived_file": {"identity": {"sha256": "cd" * 32}},
            "parent": {"file_name": HOSTILE, "identity": {"sha256": "ef" * 32}, "disposition": "Clean"},
        },
        "command_line": {"arguments": ["cmd.exe", "/c", HOSTILE]},
        "network_info": {
            "dirty_url": HOSTILE,
            "remote_ip": "192.0.2.1",
            "remote_port": 443,
            "nfm": {"direction": "Outgoing connection from"},
        },
        "error": {"error_code": 3221225524, "description": HOSTILE},
        "tactics": ["TA0002"],
        "techniques": ["T1059.003"],
        "vulnerabilities": [{"cve": "CVE-2020-1234"}],
    },
    separators=(",", ":"),
).encode()
UNTRUSTED = {"hostname", "user", "name", "file_name", "file_path", "parent_file_name", "command_line", "url"}


def test_every_field_of_a_record_comes_through_a_relay(workers: Any) -> None:
    worker = workers()
    worker.take(worker.session(0), FAILED)
    (incident,) = worker.incidents()
    (detection,) = worker.told("detection")

    event = parse_event(FAILED, source="soc", routing_key=ROUTING_KEY, received_ns=NOW)
    (without,) = correlate([event])
    assert detection == {"kind": "detection", **without.record()}
    assert [name for name, value in detection.items() if value in (None, [], {}, "")] == ["pivot_urls"]
    assert detection["error"] == {"code": 3221225524, "description": HOSTILE}
    assert detection["command_line"] == f'cmd.exe /c "{HOSTILE}"'
    for name in ("names", "file_names", "users", "hostnames", "dispositions", "techniques"):
        assert (len(incident[name]), incident["totals"][name]) == (1, 1), name


def test_a_rulebook_gets_valid_identifiers_and_free_text_only_as_untrusted(workers: Any) -> None:
    worker = workers()
    worker.take(worker.session(0), FAILED)
    line = json.dumps(worker.told("detection")[0]).encode()

    form = form_of_line(line, place="q", untrusted=True)

    untrusted = form.pop("untrusted")
    assert set(untrusted) == UNTRUSTED
    assert "{{" not in json.dumps(untrusted)
    assert "lookup" not in json.dumps(form)
    assert "untrusted" not in form_of_line(line, place="q")


def test_fields_that_are_excluded_do_not_reach_a_relay_or_its_workers(workers: Any) -> None:
    excluded = Selection(exclude_fields=frozenset({"command_line", "user", "external_ip"}))
    worker = workers()
    properties, reduced = relayed(FAILED, excluded)
    worker.pipeline.process([Delivery(worker.session(0), 1, "soc/computer/x", properties, reduced)])
    (detection,) = worker.told("detection")

    assert (detection["command_line"], detection["user"]) == (None, None)
    event = parse_event(FAILED, source="soc", routing_key=ROUTING_KEY, received_ns=NOW)
    assert worker.told("event")[0]["key"] == event.key, "the event is the same one"


def test_an_event_that_comes_twice_is_stored_once(workers: Any) -> None:
    worker = workers()
    worker.take(worker.session(0), body(1), body(1))
    worker.take(worker.session(0), body(1))
    assert [one["event"]["id"] for one in worker.told("event")] == [str(FIRST_ID + 1)]
    assert worker.pipeline.counts["by_computer.00"]["duplicates"] == 2


@pytest.mark.parametrize(
    ("properties", "content", "reason"),
    [
        (Properties(), body(1), "bears no headers of a relay"),
        (Properties({"source": "soc", "received": "then"}, message_id="1"), body(1), "bears no headers"),
        (relayed(body(1))[0], b"{", "not JSON"),
    ],
)
def test_what_no_relay_wrote_is_a_dead_letter(
    workers: Any, tmp_path: Path, properties: Any, content: bytes, reason: str
) -> None:
    worker = workers()
    worker.pipeline.process([Delivery(worker.session(0), 1, "x", properties, content)])
    (letter,) = [json.loads(line) for line in (tmp_path / "dead_letters.jsonl").read_bytes().splitlines()]
    assert reason in letter["reason"]


def test_a_console_that_is_none_makes_no_links_and_no_fault(workers: Any) -> None:
    worker = workers()
    properties, content = relayed(body(1))
    properties = properties._replace(headers={**properties.headers, "console_host": "https://evil/\x1b"})
    worker.pipeline.process([Delivery(worker.session(0), 1, "x", properties, content)])
    assert len(worker.told("event")) == 1


def test_a_partition_that_is_emptied_first_makes_none_of_another_late(workers: Any) -> None:
    worker = workers()
    worker.take(worker.session(0), *(body(number) for number in (1, 100, 900)))
    second = [body(number, connector_guid=OTHER) for number in (2, 50, 800)]
    worker.take(worker.session(1), *second)
    incidents = worker.incidents()
    assert not any(one["late"] for one in incidents)
    assert {(one["key"], len(one["detections"])) for one in incidents} == {
        (CONNECTOR, 2),
        (CONNECTOR, 1),
        (OTHER, 2),
        (OTHER, 1),
    }


def test_so_it_is_after_a_restart_too(workers: Any) -> None:
    first = workers()
    first.take(first.session(0), body(1))
    first.take(first.session(1), body(2, connector_guid=OTHER))
    second = workers()
    second.take(second.session(0), *(body(number) for number in (100, 900)))
    second.take(second.session(1), body(50, connector_guid=OTHER))
    assert not any(one["late"] or "may_be_split" in one for one in second.incidents())


def test_silent_partitions_hold_incidents_back_only_while_something_waits_in_them(workers: Any) -> None:
    worker = workers(grouping=GroupingSettings(rules=("same_computer",), lateness=0, idle_after=1))
    worker.backlog["by_computer.07"] = 3
    worker.take(worker.session(0), body(1))
    worker.now += 10 * SECOND
    worker.pipeline.tick(list(worker.partitions))
    assert worker.incidents(flush=False) == []
    worker.backlog.clear()
    worker.now += 10 * SECOND
    worker.pipeline.tick(list(worker.partitions))
    assert [one["state"] for one in worker.incidents(flush=False)] == ["final"]


def foreign(worker: Worker) -> int:
    """A partition that is another worker's."""
    return next(int(name[-2:]) for name, one in worker.partitions.items() if not one.is_owned)


def test_incidents_about_the_time_of_a_take_over_are_flagged(workers: Any) -> None:
    worker = workers(worker=1, workers=2)
    worker.take(worker.session(foreign(worker)), body(1), body(2))
    worker.take(worker.session(foreign(worker)), body(90_000))
    flagged = {one["first_time"][:19]: one.get("may_be_split", False) for one in worker.incidents()}
    assert list(flagged.values()) == [True, True], "a session of its own each"


def test_what_begins_long_after_a_take_over_is_whole(workers: Any) -> None:
    worker = workers(worker=1, workers=2)
    session = worker.session(foreign(worker))
    worker.take(session, body(1))
    worker.take(session, body(2 * GROUPING.window))
    assert [one.get("may_be_split") for one in worker.incidents()] == [True, None]


def test_a_partition_that_kept_its_worker_is_not_flagged_again(workers: Any) -> None:
    first = workers(worker=1, workers=2)
    first.take(first.session(0), body(1))
    second = workers(worker=1, workers=2)
    second.take(second.session(0), body(3 * GROUPING.window))
    second.take(second.session(0), body(3 * GROUPING.window + 1))  # connected anew
    flagged = {one["id"]: one.get("may_be_split") for one in second.incidents()}
    assert list(flagged.values()) == [True, None], "the first one ever cannot know what was before"


def test_a_partition_that_is_asked_for_while_another_has_it_is_not_held(workers: Any) -> None:
    worker = workers(worker=1, workers=2)
    worker.others.add("by_computer.00")
    worker.pipeline.tick(["by_computer.00"])
    worker.take(worker.session(0), body(1))
    assert [one.get("may_be_split") for one in worker.incidents()] == [True]


def test_an_owner_that_was_away_for_long_flags_what_was_open(workers: Any) -> None:
    first = workers(worker=1, workers=2)
    first.take(first.session(0), body(1))
    second = workers(worker=1, workers=2)
    second.take(second.session(0), body(3 * GROUPING.window))
    third = workers(worker=1, workers=2)
    third.now += 3600 * SECOND
    third.take(third.session(0), body(3 * GROUPING.window + 1))
    flagged = {one["id"]: one.get("may_be_split") for one in third.incidents()}
    assert list(flagged.values()) == [True, True]


def test_a_partition_that_is_given_back_holds_no_watermark_down(workers: Any) -> None:
    worker = workers(worker=1, workers=2, grouping=GroupingSettings(rules=("same_computer",), lateness=0, idle_after=1))
    owned = [name for name, one in worker.partitions.items() if one.is_owned]
    session = worker.session(foreign(worker))
    worker.take(session, body(1))
    worker.now += 10 * SECOND
    worker.pipeline.tick(owned)
    worker.now += 10 * SECOND
    worker.pipeline.tick(owned)
    assert [one["state"] for one in worker.incidents(flush=False)][-1:] == ["final"]


def test_the_times_of_the_test_lie_before_its_clock() -> None:
    assert (START + 90_000) * SECOND < NOW
