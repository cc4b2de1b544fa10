# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detections and incidents as a source: the whole service with its store, whose one sink is the rule engine.

An event is acknowledged when the store has it, exactly once; the sink's place moves on when the engine has a record.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as StillWaiting
from contextlib import closing
from dataclasses import replace
from typing import Any
from uuid import uuid4

from ..._common.text import printable
from ..broker.settings import DEFAULT_PREFETCH
from ..errors import StreamError
from ..options import Options
from ..receiving.inbox import Inbox
from ..service.logs import LEVELS, Log
from ..service.service import STOP_SECONDS, Service
from ..service.settings import DEFAULTS, ServiceSettings
from ..sinks.selection import Selected
from ..sinks.sink import Delivery, Interrupted, Opening, SinkSettings, SinkType
from ..store.dead_letters import AppendedFile
from ..store.maintenance import Retention
from .backlog import Backlog
from .form import form_of_line, form_of_start
from .handover import HandOver
from .ledger import Ledger
from .responder import Responder
from .settings import SourceSettings

SINK = "rulebook"
LOOK_SECONDS = 0.5


async def serve_correlated(settings: SourceSettings, over: HandOver) -> None:
    """Serve until it is cancelled. Raises StreamError for what it cannot go on with."""
    start = str(uuid4())
    if settings.response is None:
        await over.announce(form_of_start(start, act=False, actions=(), unfinished=()))
        await _serve(settings, over, None)
        return
    with closing(Ledger(_state_dir(settings), settings.response, time.time_ns())) as ledger:
        act, actions = settings.response.act, settings.response.actions
        await over.announce(form_of_start(start, act=act, actions=actions, unfinished=ledger.unfinished()))
        await _serve(settings, over, Responder(settings.response, ledger, start))


async def _serve(settings: SourceSettings, over: HandOver, responder: Responder | None) -> None:
    sink = RulebookSink(settings, over, asyncio.get_running_loop(), responder)
    inbox = Backlog() if settings.skip_backlog else Inbox()
    # No monitor: a rulebook's environment has its own.
    service = Service(_service_settings(settings, sink), RulebookLog(), inbox=inbox, monitor=None)
    running = asyncio.ensure_future(asyncio.to_thread(service.run))
    try:
        await asyncio.shield(running)
    finally:
        service.stop()
        await asyncio.wait([running], timeout=3 * STOP_SECONDS)


class RulebookSink:
    """See SinkType: the one sink of this service, which hands records to the rule engine."""

    NAME = SINK
    DEFAULTS: Mapping[str, Any] = {}

    def __init__(
        self,
        settings: SourceSettings,
        over: HandOver,
        loop: asyncio.AbstractEventLoop,
        responder: Responder | None = None,
    ) -> None:
        self._settings = settings
        self._over = over
        self._loop = loop
        self._responder = responder

    def parse(self, options: Options) -> None:
        """See SinkType: its options are the source's arguments."""

    def open(self, settings: None, opening: Opening) -> Delivery:  # noqa: ARG002 - as the contract has it
        """See SinkType."""
        return RulebookDelivery(self._settings, self._over, self._loop, opening, self._responder)


class RulebookDelivery(Delivery):
    """One record after the other; the rule engine's event loop does the hand-over, the sink's thread waits for it."""

    batch_records = 1

    def __init__(
        self,
        settings: SourceSettings,
        over: HandOver,
        loop: asyncio.AbstractEventLoop,
        opening: Opening,
        responder: Responder | None,
    ) -> None:
        self.poisoned = 0
        self._settings = settings
        self._over = over
        self._loop = loop
        self._responder = responder
        self._store = opening.store.path
        self._letters = AppendedFile(opening.folder / f"dead_letters_of_{SINK}.jsonl")

    def close(self) -> None:
        """See Delivery."""
        self._letters.close()

    def deliver(self, records: list[Selected], stopping: threading.Event, report: Callable[[str], None]) -> None:
        """See Delivery. What the engine does not confirm three times is a dead letter of this sink."""
        for record in records:
            form = form_of_line(record.line, place=str(record.number), untrusted=self._settings.untrusted)
            if self._responder is not None:
                form = self._responder.with_response(form, record.line, self._store)
            while not self._wait(asyncio.run_coroutine_threadsafe(self._over.hand_over(form), self._loop), stopping):
                if self._over.given_up(form):
                    self._letters.append([record.line])
                    self.poisoned += 1
                    break
                report("the rule engine did not confirm a record in time")

    def _wait(self, handing: Future[bool], stopping: threading.Event) -> bool:
        while True:
            try:
                return handing.result(LOOK_SECONDS)
            except StillWaiting:
                if stopping.is_set():
                    handing.cancel()
                    raise Interrupted from None
            except (CancelledError, RuntimeError):  # the event loop ends
                raise Interrupted from None


class RulebookLog(Log):
    """Into the log of ansible-rulebook."""

    def _write(self, level: str, message: str, values: dict[str, Any]) -> None:
        told = "".join(f", {name}: {printable(value)}" for name, value in values.items())
        number = logging.DEBUG + 10 * LEVELS.index(level)
        logging.getLogger("ampops.secure_endpoint.event_stream").log(number, "%s%s", message, told)


def _service_settings(settings: SourceSettings, sink: SinkType) -> ServiceSettings:
    return ServiceSettings(
        streams=[replace(one, prefetch=DEFAULT_PREFETCH) for one in settings.streams],
        state_dir=_state_dir(settings),
        sinks=[SinkSettings(SINK, sink, selection=settings.selection, oldest=True)],
        grouping=settings.grouping,
        retention=Retention(**DEFAULTS["retention"]),
        outbox_max_records=DEFAULTS["outbox"]["max_records"],
        monitor_host=DEFAULTS["monitor"]["host"],
        monitor_port=0,
        log_level=DEFAULTS["log"]["level"],
    )


def _state_dir(settings: SourceSettings) -> str:
    if settings.state_dir is None:
        raise StreamError("state_dir: is missing")
    return settings.state_dir
