# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands one form at a time to the rule engine, and waits for its confirmation.

Feedback means "handed to the engine", not "acted on". ansible-rulebook writes it into a queue that holds one, and stops
when nobody reads, so that it is read all the time, also what comes too late.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress
from typing import Any, Protocol

from ..errors import StreamError
from .form import Form

TRIES = 3
_REMEMBERED = 10_000


class Queue(Protocol):
    """The queue that ansible-rulebook gives a source: an asyncio queue behind its filters."""

    async def put(self, item: Any) -> None:
        """Wait until the engine has room."""


class HandOver:
    """`async with HandOver(...) as over: await over.hand_over(form)`; without a feedback queue, a put is enough."""

    def __init__(self, queue: Queue, feedback: asyncio.Queue[Any] | None, timeout: float) -> None:
        self.is_waiting_for_room = False
        """Whether the engine's queue is full."""
        self._queue = queue
        self._feedback = feedback
        self._timeout = timeout
        self._awaited: dict[str, asyncio.Event] = {}
        self._taken: OrderedDict[str, None] = OrderedDict()
        self._tries: dict[str, int] = {}
        self._listener: asyncio.Task[None] | None = None

    async def __aenter__(self) -> HandOver:
        if self._feedback is not None:
            self._listener = asyncio.create_task(self._listen(self._feedback))
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener

    async def hand_over(self, form: Form) -> bool:
        """Return whether the engine has it; False if it did not confirm it within the time-out.

        What it took already is not put again: a message comes twice where it went back to its queue meanwhile, or where
        the connection was lost before its acknowledgement got through.
        """
        uuid = form["meta"]["uuid"]
        if uuid in self._taken:
            return True
        told = self._awaited[uuid] = asyncio.Event()
        try:
            self.is_waiting_for_room = True
            await self._queue.put(form)
            self.is_waiting_for_room = False
            if self._feedback is not None:
                await asyncio.wait_for(told.wait(), self._timeout)
        except asyncio.TimeoutError:
            self._tries[uuid] = self._tries.get(uuid, 0) + 1
            return False
        finally:
            del self._awaited[uuid]
        self._tries.pop(uuid, None)
        self._remember(uuid)
        return True

    async def announce(self, form: Form) -> None:
        """Hand over the form of a start, which comes before all others. Raises StreamError if the engine has not it."""
        while not await self.hand_over(form):
            if self.given_up(form):
                raise StreamError(
                    f"the rule engine did not confirm the event of the start within {self._timeout:g} s, {TRIES} times"
                )

    def given_up(self, form: Form) -> bool:
        """Return whether it was handed over for the last time; then forget it, for it becomes a dead letter."""
        uuid = form["meta"]["uuid"]
        if self._tries.get(uuid, 0) < TRIES:
            return False
        del self._tries[uuid]
        return True

    def _remember(self, uuid: str) -> None:
        self._taken[uuid] = None
        if len(self._taken) > _REMEMBERED:
            self._taken.popitem(last=False)

    async def _listen(self, feedback: asyncio.Queue[Any]) -> None:
        while True:
            told = await feedback.get()
            meta = told.get("meta") if isinstance(told, dict) else None
            uuid = meta.get("uuid") if isinstance(meta, dict) else None
            waiting = self._awaited.get(uuid) if isinstance(uuid, str) else None
            if waiting is not None:
                waiting.set()
