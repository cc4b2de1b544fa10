# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Correlation and all three groupings of a stream of events, against json.loads of the same events.

    python -m benchmarks.correlation                     # a quick look
    python -m benchmarks.correlation --sizes 10000 100000 1000000 5000000

Every event is a detection or its outcome, about 1.25 kB; pairs share a detection id. Twenty come a second. Attacks
follow each other, each with files of its own (five million events tell of a million) on some of 20,000 computers.
Arrival is shuffled within the lateness; one event in a hundred comes a day late and opens incidents, for nothing is
found in the store. Timed is all that happens from the event to the detections and incidents to store and tell of, until
the last window has closed and memory let go. Reading the store is not. Two things stand apart: `records`, those of all
detections and, under the default rule, of all incidents that are told; and `reading`, taking the event's fields from
the decoded object, which the store and the sinks need without any correlation too: what json.loads and it take
together, less what json.loads takes alone. Times are CPU time, taken in turns
of 2,000 events, so a busy machine changes all alike. Each size runs in a process of its own; memory is its peak beyond
that of the interpreter, the imports and one turn's bodies.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import subprocess
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

from synthetic._common.garbage import collect_garbage_rarely
from synthetic._events.event import event_from_object
from synthetic._events.history import Changes
from synthetic._events.incidents import DEFAULT_RULES, RULES, Rule
from synthetic._events.live import Live

TURN = 2000
SECOND = 10**9
START = 1_700_000_000
EVENTS_PER_SECOND = 20
COMPUTERS = 20_000
# Which computers meet which files in one attack: five detections, so five million events tell of a million files.
ATTACK = ((0, 0), (0, 1), (1, 0), (1, 1), (2, 0))
LATE_SHARE = 0.01
DAY = 86_400
OTHER_TYPES = (553648143, 2164260880)

# The shape of a recorded Threat Detected event with our own values; its outcome is told without name, path and parent.
_HEAD = (
    '{"id":%d,"timestamp":%d,"timestamp_nanoseconds":%d,"date":"2026-11-24T10:05:52+00:00","event_type":"%s",'
    '"event_type_id":%d,"detection_id":"%d","connector_guid":"00000000-0000-4000-8000-%012x","group_guids":'
    '["6c3c2005-4c74-4ba7-8dbb-c4d5b6bafe03"],"severity":"Medium","computer":{"connector_guid":'
    '"00000000-0000-4000-8000-%012x","hostname":"workstation-%d","external_ip":"198.51.100.7","active":true,'
    '"network_addresses":[{"ip":"192.0.2.9","mac":"02:00:5e:10:00:00"}],"links":{"computer":'
    '"https://api.amp.cisco.com/v1/computers/00000000-0000-4000-8000-000000000000","trajectory":'
    '"https://api.amp.cisco.com/v1/computers/00000000-0000-4000-8000-000000000000/trajectory","group":'
    '"https://api.amp.cisco.com/v1/groups/6c3c2005-4c74-4ba7-8dbb-c4d5b6bafe03"}'
)
_DETECTED = (
    ',"user":"someone@SOMEWHERE"},"file":{"disposition":"Malicious","identity":{"sha256":"%064x","sha1":'
    '"0123456789abcdef0123456789abcdef01234567","md5":"0123456789abcdef0123456789abcdef"},"file_name":'
    '"invoice-2026-11.exe","file_path":"\\\\\\\\?\\\\C:\\\\Users\\\\someone\\\\Downloads\\\\invoice-2026-11.exe","parent":'
    '{"process_id":4711,"disposition":"Clean","file_name":"explorer.exe","identity":{"sha256":'
    '"fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210","sha1":'
    '"89abcdef0123456789abcdef0123456789abcdef","md5":"89abcdef0123456789abcdef01234567"}}},'
    '"detection":"W32.GenericKD:Benchmark.25gh.1201","command_line":{"arguments":["explorer.exe"]}}'
)
_OUTCOME = '},"file":{"disposition":"Malicious","identity":{"sha256":"%064x"}}}'


def bodies(count: int, seed: int = 1) -> Iterator[bytes]:
    """`count` events as they come off a queue: shuffled a little, some of them very late."""
    random = Random(seed)
    for number in range(count):
        detection, is_outcome = divmod(number, 2)
        attack, step = divmod(detection, len(ATTACK))
        of_computer, of_file = ATTACK[step]
        computer = (attack * 7919 + of_computer) % COMPUTERS
        file = attack * 2 + of_file
        arrival = number / EVENTS_PER_SECOND
        shift = DAY if attack % 1000 < LATE_SHARE * 1000 else random.random() * 30
        moment = round((START + DAY + arrival - shift) * SECOND)
        type_id = OTHER_TYPES[detection % 5 == 0] if is_outcome else 1090519054
        common = (6_500_000_000_000_000_000 + number, moment // SECOND, moment % SECOND)
        head = _HEAD % (*common, "Threat Detected", type_id, 6 * 10**18 + detection, computer, computer, computer)
        yield (head + (_OUTCOME if is_outcome else _DETECTED) % file).encode()


class NoHistory:
    """A store in which nothing of before is found: looking things up is not what is measured."""

    def detections(self, keys: Collection[str]) -> Iterable[Sequence[Any]]:  # noqa: ARG002
        return ()

    def incident(self, rule: Rule, window_seconds: int, source: str, key: str, time: int) -> None:  # noqa: ARG002
        return None

    def watermarks(self) -> Iterable[Sequence[Any]]:
        return ()

    def detections_since(self, source: str, time: int, flushed: int) -> Iterable[Sequence[Any]]:  # noqa: ARG002
        return ()

    def last_start(self, window_seconds: int) -> int:  # noqa: ARG002
        return 0

    def incidents_since(self, window_seconds: int, source: str, time: int) -> Iterable[Sequence[Any]]:  # noqa: ARG002
        return ()


@dataclass(frozen=True)
class Measurement:
    """CPU seconds over all events, and what came of it; memory in MiB."""

    events: int
    ours: float
    reading: float
    loads: float
    records: float
    memory: float
    body_bytes: float
    detections: int
    incidents: int
    most_waiting: int

    @property
    def ratio(self) -> float:
        return self.ours / self.loads

    @property
    def ratio_with_reading(self) -> float:
        return (self.ours + self.reading) / self.loads


def peak_mib() -> float:
    """The largest size that this program ever had. (ru_maxrss would begin with the size of the parent.)"""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)[1]) / 1024  # type: ignore[index]


def measure(count: int) -> Measurement:
    """Run `count` events through json.loads alone, then through json.loads and ours, turn by turn."""
    clock, loads = time.process_time, json.loads
    now = (START + 10 * 365 * DAY) * SECOND
    live = Live(NoHistory(), rules=RULES)
    ours = both = decoding = telling = size = 0.0
    detections = incidents = waiting = 0
    before = 0.0
    collect_garbage_rarely()  # as the consumer does
    coming = bodies(count)
    while batch := [body for body, _number in zip(coming, range(TURN), strict=False)]:
        size += sum(map(len, batch))
        before = before or peak_mib()
        start = clock()
        for body in batch:
            loads(body)
        middle = clock()
        events = []
        for body in batch:
            event = event_from_object(loads(body), source="bench", received_ns=now)
            event.forget_fields()
            events.append(event)
        read = clock()
        live.feed("bench", "stream", events, now)
        del events
        changes = live.changes(now)
        ours += clock() - read
        both += read - middle
        decoding += middle - start
        detections += len(changes.detections)
        incidents += len(changes.incidents)
        waiting = max(waiting, live.waiting())
        start = clock()
        make_records(changes)
        telling += clock() - start
    start = clock()
    live.tick(["stream"], now)
    live.tick(["stream"], now + 10**12)
    changes = live.changes(now)
    incidents += len(changes.incidents)
    ours += clock() - start
    start = clock()
    make_records(changes)
    telling += clock() - start
    assert live.waiting() == 0, "windows stay open"
    memory = peak_mib() - before
    told = detections, incidents, waiting
    return Measurement(count, ours, both - decoding, decoding, telling, memory, size / count, *told)


def make_records(changes: Changes) -> None:
    """Make the records of all that is told under the default rule."""
    for detection in changes.detections:
        detection.record()
    for incident in changes.incidents:
        if incident.rule in DEFAULT_RULES:
            incident.record()


def measure_apart(count: int) -> Measurement:
    """The same in a new process, so that its memory is its own."""
    code = "import sys; from benchmarks.correlation import report_to_parent as report; report(int(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(count)]
    tests = Path(__file__).resolve().parents[1]  # a program given by -c finds packages where it is started
    done = subprocess.run(command, cwd=tests, stdout=subprocess.PIPE, check=True, text=True)
    return Measurement(**json.loads(done.stdout))


def report_to_parent(count: int) -> None:
    """What the new process does."""
    print(json.dumps(asdict(measure(count))))


def slope(measurements: Sequence[Measurement]) -> float:
    """Of the line through log(time) over log(events): 1 is linear."""
    x = [math.log(one.events) for one in measurements]
    y = [math.log(one.ours) for one in measurements]
    middle_x, middle_y = sum(x) / len(x), sum(y) / len(y)
    products = sum((a - middle_x) * (b - middle_y) for a, b in zip(x, y, strict=True))
    return products / sum((a - middle_x) ** 2 for a in x)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="benchmarks.correlation", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 30_000, 100_000], help="numbers of events")
    sizes = sorted(parser.parse_args(arguments).sizes)
    print("   events  ours us loads us  ratio  with reading  records    MiB  waiting detections incidents")
    measurements = []
    for size in sizes:
        one = measure_apart(size)
        measurements.append(one)
        times = f"{one.ours / size * 1e6:8.2f} {one.loads / size * 1e6:8.2f}"
        ratios = f"{one.ratio:6.3f} {one.ratio_with_reading:13.3f} {one.records / one.loads:8.3f}"
        counts = f"{one.most_waiting:8} {one.detections:10} {one.incidents:9}"
        print(f"{size:9} {times} {ratios} {one.memory:6.1f} {counts}", flush=True)
    ratio, memory = measurements[-1].ratio, max(one.memory for one in measurements)
    bend = slope(measurements) if len(measurements) > 1 else 1.0
    print(f"\n{measurements[-1].body_bytes:.0f} bytes an event; ratio {ratio:.3f} (target <= 1.0),", end=" ")
    print(f"slope {bend:.3f} (target <= 1.05), memory {memory:.0f} MiB above the interpreter (target <= 150)")
    return 0 if ratio <= 1.0 and bend <= 1.05 and memory <= 150 else 1


if __name__ == "__main__":
    sys.exit(main())
