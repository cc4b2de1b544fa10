# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Streams as a source of Event-Driven Ansible: pika in its process, the hand-over in the event loop of the rule engine.

With feedback, one message of each stream is on its way and a message is acknowledged when the engine has it: nothing is
lost, something may come twice. Without, it is acknowledged when it was put: what the engine still held is lost with it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from hashlib import sha256
from typing import Any
from uuid import uuid4

from ..._events.body import DeadLetter
from ..._events.event import Event, parse_event
from ..._events.identity import event_source
from ..broker.connection import PIKA_MISSING
from ..errors import BrokerError, SettingsError, StreamError
from ..pipeline.reading import dead_letter
from ..receiving.inbox import Delivery, Inbox
from ..receiving.messages import State
from ..receiving.receiver import Receiver, RemoteSubscription
from ..sinks.selection import Selection
from ..store.dead_letters import DeadLetterFile
from ..store.state_folder import StateFolder
from .backlog import Backlog
from .correlated import serve_correlated
from .form import Form, form_of_event, form_of_start
from .handover import TRIES, HandOver, Queue
from .settings import FROM_THE_ENGINE, SourceSettings, source_settings

logger = logging.getLogger("ampops.secure_endpoint.event_stream")

CLOSING_SECONDS = 5.0
LOOK_SECONDS = 1.0
BUSY_SECONDS = 5.0  # so long an event waits for room in the engine before the messages go back to their queues (R15)
BUSY_LOOK_SECONDS = 0.2  # between two looks whether the engine has room


async def serve(queue: Queue, arguments: Mapping[str, Any]) -> None:
    """Serve until it is cancelled. Raises StreamError for wrong arguments and for what it cannot go on with."""
    if PIKA_MISSING is not None:
        raise SettingsError("the Python library pika is missing; install it into the environment of ansible-rulebook")
    settings = source_settings(arguments)
    feedback = arguments.get(FROM_THE_ENGINE)
    if settings.feedback and feedback is None:
        raise SettingsError("feedback: this ansible-rulebook gives none; update it, or set feedback to false")
    async with HandOver(queue, feedback if settings.feedback else None, settings.feedback_timeout) as over:
        if settings.correlate:
            await serve_correlated(settings, over)
        else:
            await EventSource(settings, over).run()


class EventSource:
    """Raw events: straight from the broker to the engine, acknowledged when it has them."""

    def __init__(self, settings: SourceSettings, over: HandOver) -> None:
        self._settings = settings
        self._over = over
        self._inbox: Inbox = Backlog() if settings.skip_backlog else Inbox()
        self._letters: DeadLetterFile | None = None
        self._ended: list[BrokerError | None] = []

    def ready(self, stream: RemoteSubscription, messages: int, consumers: int) -> None:
        """See Listener."""
        if stream.state is State.CONNECTING:
            logger.info("%s: connected, %d messages wait", stream.settings.name, messages)
        if consumers:
            logger.warning("%s: %d other consumers take events from this queue", stream.settings.name, consumers)

    def consumable(self, stream: RemoteSubscription) -> None:
        """See Listener."""

    def lost(self, _stream: RemoteSubscription, error: BrokerError, retry_seconds: float) -> None:
        """See Listener."""
        logger.warning("%s; trying again in %.1f s", error, retry_seconds)

    def ended(self, _stream: RemoteSubscription, error: BrokerError | None) -> None:
        """See Listener."""
        self._ended.append(error)
        self._inbox.wake()

    async def run(self) -> None:
        """Serve until it is cancelled. Raises StreamError for what it cannot go on with."""
        await self._over.announce(form_of_start(str(uuid4()), act=False, actions=(), unfinished=()))
        async with AsyncExitStack() as stack:
            if self._settings.state_dir:
                folder = StateFolder(self._settings.state_dir)
                stack.callback(folder.release)
                self._letters = DeadLetterFile(folder.path)
                stack.callback(self._letters.close)
            self._receiver = receiver = Receiver(self._settings.streams, self._inbox, self, "follow")
            receiver.start()
            stack.callback(receiver.close, CLOSING_SECONDS)
            stack.callback(self._inbox.close)
            while True:
                for delivery in await asyncio.to_thread(self._take, LOOK_SECONDS):
                    await self._handle(delivery)
                receiver.check()
                if len(self._ended) == len(receiver.subscriptions):
                    raise next((error for error in self._ended if error), StreamError("all streams have ended"))

    def _take(self, patience: float) -> list[Delivery]:
        return self._inbox.take(1, 1, 1, 0, patience)

    async def _handle(self, delivery: Delivery) -> None:
        try:
            await self._judge(delivery)
        finally:
            self._inbox.settled([delivery])

    async def _hand_over(self, delivery: Delivery, form: Form) -> bool | None:
        """Hand over a form. Returns None if its message went back to its queue, because the engine was busy (R15).

        Then nothing is taken until the engine has room, and no message stays unacknowledged meanwhile. This message
        comes again and is recognised: the engine has it by then.
        """
        handing = asyncio.ensure_future(self._over.hand_over(form))
        try:
            await self._wait_for_room(delivery, handing)
            if handing.done() or not self._over.is_waiting_for_room:
                return await handing
            logger.warning("the rule engine is busy: nothing is taken until it has room, what waits is given back")
            self._receiver.pause()
            delivery.session.give_back(delivery.tag)
            while not handing.done():
                self._give_back(await asyncio.to_thread(self._take, BUSY_LOOK_SECONDS))
            await handing
            while waiting := await asyncio.to_thread(self._take, BUSY_LOOK_SECONDS):
                self._give_back(waiting)
            logger.info("the rule engine has room again")
            self._receiver.resume()
            return None
        finally:
            handing.cancel()

    async def _wait_for_room(self, delivery: Delivery, handing: asyncio.Future[bool]) -> None:
        """Wait until the engine has the form, or for as long as a busy engine may hold its message up."""
        try:
            await asyncio.wait([handing], timeout=BUSY_SECONDS)
        except asyncio.CancelledError:
            # The engine may have taken it in this very moment: then it must not come again.
            if handing.done() and not handing.cancelled() and handing.result():
                delivery.session.acknowledge(delivery.tag)
            raise

    def _give_back(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            delivery.session.give_back(delivery.tag)
        self._inbox.settled(deliveries)

    async def _judge(self, delivery: Delivery) -> None:
        try:
            event = _event_of(delivery)
        except DeadLetter as dead:
            self._bury(delivery, dead.reason)
            return
        form = form_of_event(
            event, place=delivery.session.subscription.settings.queue_name, untrusted=self._settings.untrusted
        )
        taken = not wanted(self._settings.selection, event) or await self._hand_over(delivery, form)
        if taken is None:
            return
        if taken:
            delivery.session.acknowledge(delivery.tag)
        elif self._over.given_up(form):
            self._bury(
                delivery,
                f"the rule engine did not confirm it within {self._settings.feedback_timeout} s, {TRIES} times",
            )
        else:
            logger.warning("%s: not confirmed in time, goes back to its queue", form["meta"]["source_offset"])
            delivery.session.give_back(delivery.tag)

    def _bury(self, delivery: Delivery, reason: str) -> None:
        """Log a dead letter, and keep it, durable before it is acknowledged, where there is a folder for it."""
        settings = delivery.session.subscription.settings
        digest = sha256(delivery.body).hexdigest()
        logger.error("%s: dead letter sha256:%s: %s", settings.name, digest, reason)
        if self._letters is not None:
            self._letters.keep([dead_letter(delivery, _source_of(delivery), reason, time.time_ns())])
        delivery.session.acknowledge(delivery.tag)


def wanted(selection: Selection, event: Event) -> bool:
    """Return whether the source's own selection admits an event of its streams."""
    if selection.event_types and event.event_type_id not in selection.event_types:
        return False
    if selection.severities and event.severity not in selection.severities:
        return False
    return not selection.groups or not selection.groups.isdisjoint(guid.lower() for guid in event.group_guids)


def _source_of(delivery: Delivery) -> str:
    settings = delivery.session.subscription.settings
    queue = f"{settings.host}/{settings.queue_name}"
    return settings.source or event_source(None, delivery.routing_key, queue)


def _event_of(delivery: Delivery) -> Event:
    source, key = _source_of(delivery), delivery.routing_key
    return parse_event(delivery.body, source=source, routing_key=key, received_ns=time.time_ns())
