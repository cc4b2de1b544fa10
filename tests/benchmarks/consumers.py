# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drain a preloaded queue in a process of its own; whoever starts it takes the time.

`python -m benchmarks.consumers {bare,naive,traced,latency} ORDER`; ORDER is a JSON object: stream (settings), count,
folder. `bare` acknowledges every 500; `naive` parses and acknowledges each, as the Splunk add-on does. `traced` is the
drain of event_stream_drain without Ansible, telling strace of each batch and acknowledgement.
`latency` is the service: it prints a line when it consumes, and {"milliseconds": [...]} when all events are durable.
"""

from __future__ import annotations

import json
import os
import ssl
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

BATCH_MARK, ACK_MARK = "/batch-", "/acknowledgement-"


def traced(order: dict[str, Any]) -> None:
    """Drain as event_stream_drain does, and tell strace of each batch and acknowledgement."""
    mark_acknowledgements()
    from synthetic._stream.broker.settings import stream_settings
    from synthetic._stream.drain.drain import drain
    from synthetic._stream.sinks.registry import file_sink
    from synthetic._stream.store.state_folder import StateFolder

    folder = StateFolder(Path(order["folder"]) / "state")
    stream = stream_settings(order["stream"], "stream")
    file = file_sink(str(Path(order["folder"]) / "events.jsonl"), ["event"])
    result = drain([stream], folder, sinks=[file], limit=None)
    folder.release()
    assert result.streams[0].error is None, result.streams[0].error
    assert result.streams[0].counts["events"] == order["count"], result.streams[0].counts


def mark_acknowledgements() -> None:
    """Ask for files that are not there: strace shows it among the syncs."""
    from synthetic._stream.pipeline.pipeline import Pipeline
    from synthetic._stream.receiving.receiver import RemoteSession

    process, acknowledge = Pipeline.process, RemoteSession.acknowledge
    numbers: dict[int, int] = {}

    def marked_batch(self: Any, batch: Any) -> Any:
        numbers[batch[-1].tag] = number = len(numbers)
        os.access(f"{BATCH_MARK}{number}", os.F_OK)
        return process(self, batch)

    def marked_acknowledgement(self: Any, tag: int) -> None:
        os.access(f"{ACK_MARK}{numbers[tag]}", os.F_OK)
        acknowledge(self, tag)

    Pipeline.process, RemoteSession.acknowledge = marked_batch, marked_acknowledgement


def latency(order: dict[str, Any]) -> None:
    """Follow the stream as the service does; note when each event's transaction is durable."""
    from synthetic._common.garbage import collect_garbage_rarely
    from synthetic._stream.service import service
    from synthetic._stream.service.logs import Log
    from synthetic._stream.service.settings import service_settings

    collect_garbage_rarely()  # as the service's command does
    folder = Path(order["folder"])
    sinks = [{"name": "file", "type": "json_lines", "path": str(folder / "events.jsonl"), "from": "oldest"}]
    settings = {
        "streams": [order["stream"]],
        "state_dir": str(folder / "state"),
        "sinks": sinks,
        "monitor": {"port": 0},
    }
    taken: list[tuple[int, list[bytes]]] = []
    acknowledge = service.acknowledge

    def acknowledged(batch: list[Any]) -> None:
        taken.append((time.time_ns(), [delivery.body for delivery in batch]))
        acknowledge(batch)
        if sum(len(bodies) for _now, bodies in taken) >= order["count"]:
            running.stop()

    class Told(Log):
        def info(self, message: str, **_values: Any) -> None:
            if message == "stream connected":
                print("consuming", flush=True)

    service.acknowledge = acknowledged
    running = service.Service(service_settings(settings), Told("info"))
    running.run()
    found = [(now - json.loads(body)["published_ns"]) / 1e6 for now, bodies in taken for body in bodies]
    print(json.dumps({"milliseconds": found}))


def consume(order: dict[str, Any], *, each: bool) -> None:
    """pika's own blocking consumer."""
    import pika

    given = order["stream"]
    context = ssl.create_default_context(cafile=given["ca_path"])
    connection = pika.BlockingConnection(
        pika.ConnectionParameters(
            given["host"],
            given["port"],
            credentials=pika.PlainCredentials(given["user_name"], given["password"]),
            ssl_options=pika.SSLOptions(context, given["host"]),
            heartbeat=60,
        )
    )
    channel = connection.channel()
    channel.basic_qos(prefetch_count=given["prefetch"])
    seen = 0

    def received(_channel: Any, method: Any, _properties: Any, body: bytes) -> None:
        nonlocal seen
        seen += 1
        if each:
            json.loads(body)
            channel.basic_ack(method.delivery_tag)
        elif seen % 500 == 0 or seen == order["count"]:
            channel.basic_ack(method.delivery_tag, multiple=True)
        if seen == order["count"]:
            channel.stop_consuming()

    channel.basic_consume(given["queue_name"], received)
    channel.start_consuming()
    connection.close()


def main() -> None:
    modes = {
        "bare": partial(consume, each=False),
        "naive": partial(consume, each=True),
        "traced": traced,
        "latency": latency,
    }
    modes[sys.argv[1]](json.loads(sys.argv[2]))


if __name__ == "__main__":
    main()
