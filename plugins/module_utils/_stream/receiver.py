# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Talks AMQP to the brokers of all streams, in one thread with one event loop: heartbeats go on while others commit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

from .inbox import Inbox
from .link import Link, Listener, Mode
from .partition_link import PartitionLink
from .partitions import PartitionSettings
from .settings import StreamSettings

with suppress(ImportError):  # connection.PIKA_MISSING tells
    import pika


class Receiver:
    """The thread. `links` are in the order of the settings."""

    def __init__(self, streams: Iterable[StreamSettings], inbox: Inbox, listener: Listener, mode: Mode) -> None:
        self._loop = pika.adapters.select_connection.IOLoop()
        try:
            self.links = [_kind(settings)(settings, inbox, self._loop, listener, mode) for settings in streams]
        except BaseException:
            self._loop.close()
            raise
        self.failure: BaseException | None = None
        self._inbox = inbox
        self._thread = threading.Thread(target=self._run, name="amqp", daemon=True)

    def start(self) -> None:
        for link in self.links:
            self.ask(link.open)
        self._thread.start()

    def ask(self, action: Callable[[], object]) -> None:
        """Have the receiver's thread do it."""
        self._loop.add_callback_threadsafe(action)

    def stop(self, *, settle: bool) -> None:
        for link in self.links:
            self.ask(partial(link.stop, settle=settle))

    def pause(self) -> None:
        """Take no more for now (R15)."""
        for link in self.links:
            self.ask(link.pause)

    def resume(self) -> None:
        for link in self.links:
            self.ask(link.resume)

    def close(self, seconds: float) -> None:
        """End every stream and the thread; what was not acknowledged goes back to its queue.

        A broker that does not answer is not waited for longer than `seconds`.
        """
        self.stop(settle=False)
        until = time.monotonic() + seconds
        for link in self.links:
            while self._thread.is_alive() and time.monotonic() < until and not link.over.wait(0.1):
                pass
        self.ask(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        try:
            self._loop.start()
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that waits
            self.failure = error
        finally:
            self._inbox.wake()


def _kind(settings: StreamSettings) -> type[Link]:
    return PartitionLink if isinstance(settings, PartitionSettings) else Link
