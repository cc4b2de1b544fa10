# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dead letters enter again where events enter (R16), for example after an upgrade that can read them."""

from __future__ import annotations

import json
import os
from base64 import b64decode
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ..._common.text import printable
from ..._events.detection_records import Links
from ..broker.settings import StreamSettings
from ..errors import OutputError
from ..pipeline.correlation import correlation_of
from ..pipeline.pipeline import SINK_PATIENCE, Pipeline
from ..pipeline.reading import CloudReader
from ..pipeline.relayed import RelayReader
from ..receiving.inbox import Delivery
from ..receiving.messages import Properties
from ..sinks.opener import open_sinks
from ..store.dead_letters import FILE_NAME, DeadLetterFile
from ..store.state_folder import StateFolder, reason_of, sync_folder
from ..store.store import Store
from .settings import ServiceSettings

REPLAYING_NAME = "dead_letters.replaying.jsonl"
BATCH = 100


def replay(settings: ServiceSettings) -> dict[str, Any]:
    """Send every dead letter through the pipeline; what still is no event is a dead letter again.

    The service must not run. A replay that was interrupted is finished by the next one; what it had stored already is a
    duplicate then. Return counts, those of unknown types by id (R4), and which required sinks are late: they get the
    rest when the service runs again. Raises OutputError for a line that somebody has spoilt.
    """
    with ExitStack() as stack:
        folder = StateFolder(settings.state_dir)
        stack.callback(folder.release)
        source = _take(folder.path)
        if source is None:
            return {
                "replayed": 0,
                "events": 0,
                "duplicates": 0,
                "dead_letters": 0,
                "unknown_event_types": {},
                "late": [],
            }
        store = Store(folder.path)
        stack.callback(store.close)
        letters = DeadLetterFile(folder.path)
        stack.callback(letters.close)
        opened = open_sinks(settings.sinks, store, folder.path, settings.streams, stack)
        kinds = frozenset(kind for sink in settings.sinks for kind in sink.selection.kinds)
        links: dict[str, Links] = {}
        correlation = correlation_of(store, links, kinds, settings.grouping)
        reader = RelayReader(links, None) if settings.worker else CloudReader(links)
        pipeline = Pipeline(store, letters, opened.sinks, correlation, reader, lambda _batch: None)
        deliveries = _deliveries(source, {one.name: one for one in settings.streams})
        while batch := list(islice(deliveries, BATCH)):
            pipeline.process(batch)
        pipeline.finish(flush=False)
        late = opened.catch_up(store.next_number, SINK_PATIENCE)
        source.unlink()
        sync_folder(folder.path)
    total = sum(pipeline.counts.values(), start=type(pipeline.counts[""])())
    names = {"replayed": "received", "events": "events", "duplicates": "duplicates", "dead_letters": "dead_letters"}
    counts = {name: total[count] for name, count in names.items()}
    return {**counts, "unknown_event_types": dict(pipeline.notices.unknown_types), "late": late}


def _take(folder: Path) -> Path | None:
    """Rename the file of dead letters, so that those that come back are not among them."""
    replaying, current = folder / REPLAYING_NAME, folder / FILE_NAME
    try:
        if not replaying.exists():
            os.rename(current, replaying)
            sync_folder(folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutputError(f"{printable(current)}: cannot be moved: {reason_of(error)}") from error
    return replaying


def _deliveries(source: Path, streams: dict[str, StreamSettings]) -> Iterator[Delivery]:
    with source.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return  # torn by a crash, so it was not acknowledged and came again
            try:
                yield _delivery(json.loads(line), streams)
            except (ValueError, KeyError, TypeError) as error:
                raise OutputError(
                    f"{printable(source)}: line {number} is not a dead letter ({type(error).__name__}); mend or"
                    " remove it and replay again"
                ) from None


def _delivery(letter: dict[str, Any], streams: dict[str, StreamSettings]) -> Delivery:
    settings = streams.get(letter["stream"]) or StreamSettings(
        host="gone", queue_name="gone", user_name="", password="", source=letter["source"]
    )
    session = SimpleNamespace(subscription=SimpleNamespace(settings=settings))
    return Delivery(session, 0, letter["routing_key"], Properties(letter["headers"]), b64decode(letter["body"]))
