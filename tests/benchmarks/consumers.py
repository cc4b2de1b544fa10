# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One drain of a preloaded queue, timed from the connection to the last acknowledgement, in a process of its own.

`python -m benchmarks.consumers {pipeline,bare,naive} ORDER`; ORDER is a JSON object: stream (settings), count, folder.
Prints {"seconds", "cpu_seconds"}. `bare` acknowledges every 500; `naive` parses and acknowledges each, as the Splunk
add-on does.
"""

from __future__ import annotations

import json
import ssl
import sys
import time
import types
from pathlib import Path
from typing import Any

MODULE_UTILS = Path(__file__).resolve().parents[2] / "plugins" / "module_utils"


def pipeline(order: dict[str, Any]) -> None:
    """Parse, store once, correlate, three groupings, JSON Lines, acknowledge."""
    from synthetic._stream.consumer import drain
    from synthetic._stream.settings import stream_settings
    from synthetic._stream.state_folder import StateFolder

    folder = StateFolder(Path(order["folder"]) / "state")
    stream = stream_settings(order["stream"], "stream")
    result = drain([stream], folder, output_path=Path(order["folder"]) / "events.jsonl", limit=None)
    folder.release()
    assert result.streams[0].error is None, result.streams[0].error
    assert result.streams[0].counts["events"] == order["count"], result.streams[0].counts


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
    mode, order = sys.argv[1], json.loads(sys.argv[2])
    parent = types.ModuleType("synthetic")
    parent.__path__ = [str(MODULE_UTILS)]
    sys.modules["synthetic"] = parent
    if mode == "pipeline":
        import synthetic._stream.consumer  # noqa: F401 - importing is not draining
        from synthetic._events.live import collect_garbage_rarely

        collect_garbage_rarely()
    began, cpu = time.perf_counter(), time.process_time()
    if mode == "pipeline":
        pipeline(order)
    else:
        consume(order, each=mode == "naive")
    print(json.dumps({"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}))


if __name__ == "__main__":
    main()
