# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receives from all streams: starts the receiving process (`process`), and puts what it sends into the inbox.

The names and paths of its modules are those of this process, so that it finds them wherever this package lies: in a
collection, in a zip file that Ansible sent to a host, in the service's archive. Credentials go through the socket.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from ..._common.text import printable
from ..backoff import LIMITS
from ..broker.connection import tls_context
from ..broker.settings import StreamSettings
from ..errors import BrokerError, StreamError
from . import process
from .claim import WATCH_SECONDS
from .inbox import Delivery, Inbox
from .messages import (
    Acknowledge,
    Begin,
    Changed,
    Deliveries,
    GiveBack,
    Looked,
    Lost,
    Mode,
    Order,
    Pause,
    Report,
    Resume,
    State,
    Stop,
)
from .wire import messages, packed

_PROGRAM = """\
import importlib, sys, types
descriptor, names, folder, *sys.path = sys.argv[1:]
parts = names.split(".")
for count in range(len(parts)):
    package = types.ModuleType(".".join(parts[:count + 1]))
    package.__path__ = []
    sys.modules[package.__name__] = package
package.__path__ = [folder]
importlib.import_module(names + "._stream.receiving.process").main(int(descriptor))
"""
_ENDING_SECONDS = 5.0


class Listener(Protocol):
    """Wants to know what becomes of the streams.

    All methods are called in the receiver's thread, one after the other, in the order in which things happened, and
    after every message that came before was put into the inbox. They must return at once: until then nothing more is
    received. Nothing is called before `Receiver.start` or after `Receiver.close` has returned.

        class Counting:
            def ready(self, stream, messages, consumers):
                self.waiting[stream.settings.name] = messages
    """

    def ready(self, stream: RemoteSubscription, messages: int, consumers: int) -> None:
        """Take note of a look at the queue: so many messages wait, and so many consumers that nobody has planned.

        Comes once after each connection, before `consumable` and before its messages, and of a stream that is followed
        every few seconds after that.
        """

    def consumable(self, stream: RemoteSubscription) -> None:
        """Take note that the broker has confirmed the consumer, or that it shows a partition that another worker has.

        Comes after each connection, and after each pause.
        """

    def lost(self, stream: RemoteSubscription, error: BrokerError, retry_seconds: float) -> None:
        """Take note of a lost connection; the next attempt comes after so many seconds. Only for followed streams."""

    def ended(self, stream: RemoteSubscription, error: BrokerError | None) -> None:
        """Take note that the stream is over: as asked for, or by this error. Comes once a stream, and last."""


class RemoteSubscription:
    """What the storing process knows of a Subscription."""

    def __init__(self, receiver: Receiver, number: int, settings: StreamSettings) -> None:
        self.settings = settings
        self.number = number
        self.over = threading.Event()
        self.state = State.CONNECTING
        self.found_others = False
        """Whether another worker had the partition when it was asked for last."""
        self._receiver = receiver
        self._session = RemoteSession(self, 0)

    @property
    def is_consuming(self) -> bool:
        return self.state is State.CONSUMING

    def session(self, number: int) -> RemoteSession:
        """Return the session of this number: the same object as long as it is the same session."""
        if self._session.number != number:
            self._session = RemoteSession(self, number)
        return self._session

    def order(self, order: Order) -> None:
        """Send an order. From any thread."""
        self._receiver.order(order)


class RemoteSession:
    """What the storing process knows of a Session: deliveries have it, and it settles them, from any thread."""

    def __init__(self, subscription: RemoteSubscription, number: int) -> None:
        self.subscription = subscription
        self.number = number

    def acknowledge(self, tag: int) -> None:
        """Acknowledge everything up to `tag`."""
        self.subscription.order(Acknowledge(self.subscription.number, self.number, tag))

    def give_back(self, tag: int) -> None:
        """Return this one to the head of its queue, from where it comes again at once."""
        self.subscription.order(GiveBack(self.subscription.number, self.number, tag))


class Receiver:
    """The process, and the thread that reads what it sends. `subscriptions` are in the order of the settings.

    Raises SettingsError for a ca_path that cannot be used, StreamError for a process that cannot be started.
    """

    def __init__(self, streams: Iterable[StreamSettings], inbox: Inbox, listener: Listener, mode: Mode) -> None:
        self.subscriptions = [RemoteSubscription(self, number, one) for number, one in enumerate(streams)]
        for one in self.subscriptions:
            if one.settings.ca_path is not None:
                tls_context(one.settings.ca_path, one.settings.name)
        self.failure: BaseException | None = None
        self._mode = mode
        self._inbox = inbox
        self._listener = listener
        self._closing = False
        self._lock = threading.Lock()
        self._peer, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = _process(theirs)
            except BaseException:
                self._peer.close()
                raise
        self._thread = threading.Thread(target=self._run, name="receiver", daemon=True)

    def check(self) -> None:
        """Raise StreamError if the receiving process ended before its time."""
        if self.failure is not None:
            raise StreamError(f"receiving failed: {self.failure}") from self.failure

    def start(self) -> None:
        """Subscribe to all streams."""
        self._thread.start()
        self.order(Begin([one.settings for one in self.subscriptions], self._mode, LIMITS, WATCH_SECONDS))

    def order(self, order: Order) -> None:
        """Send an order. From any thread."""
        with self._lock, suppress(OSError):  # the thread that reads notices a process that is gone
            self._peer.sendall(packed(order))

    def stop(self, *, settle: bool) -> None:
        """Take no more. With `settle`, what was received is acknowledged first; without, it goes back to the queue."""
        self.order(Stop(settle))

    def pause(self) -> None:
        """Take no more for now (R15)."""
        self.order(Pause())

    def resume(self) -> None:
        """Take messages again."""
        self.order(Resume())

    def end(self, seconds: float) -> None:
        """End every stream, and let the process end; what was not acknowledged goes back to its queue.

        A broker that does not answer is not waited for longer than `seconds`.
        """
        self.stop(settle=False)
        until = time.monotonic() + seconds
        for one in self.subscriptions:
            while self._thread.is_alive() and time.monotonic() < until and not one.over.wait(0.1):
                pass
        self._closing = True
        with suppress(OSError):
            self._peer.shutdown(socket.SHUT_RDWR)

    def close(self, seconds: float) -> None:
        """End every stream, the process and the thread. For `seconds` see `end`."""
        self.end(seconds)
        try:
            self._process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._thread.ident is not None:
            self._thread.join()
        self._peer.close()
        if self._process.stderr is not None:
            self._process.stderr.close()

    def _run(self) -> None:
        try:
            with self._peer.makefile("rb") as file:
                for report in messages(file):
                    self._take(report)
            if not self._closing:
                self.failure = StreamError(self._reason())
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that waits
            self.failure = error
        finally:
            self._inbox.wake()

    def _take(self, report: Report) -> None:
        one = self.subscriptions[report.stream]
        if isinstance(report, Deliveries):
            session = one.session(report.session)
            self._inbox.put([Delivery(session, *content) for content in report.contents])
        elif isinstance(report, Looked):
            one.found_others = report.found_others
            if one.state is State.CONNECTING:
                self._inbox.opened(one, report.messages)
            self._listener.ready(one, report.messages, report.consumers)
        elif isinstance(report, Changed):
            one.state = report.state
            stands_in = report.state is State.STANDING_BY and not one.settings.is_owned
            if report.state is State.CONSUMING or stands_in:
                self._listener.consumable(one)
        elif isinstance(report, Lost):
            self._listener.lost(one, report.error, report.retry_seconds)
        else:
            one.over.set()
            self._listener.ended(one, report.error)

    def _reason(self) -> str:
        """Return why the process ended without an order: it was killed, failed, or could not begin."""
        said = self._process.stderr.read() if self._process.stderr is not None else b""
        code = self._process.wait()
        ended = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
        last = said.decode(errors="replace").strip().rpartition("\n")[2]
        return f"the receiving process {ended}" + (f": {printable(last)}" if last else "")


def acknowledge(batch: list[Delivery]) -> None:
    """Send one multiple acknowledgement for each session of the batch. From any thread."""
    last = {id(delivery.session): delivery for delivery in batch}
    for delivery in last.values():
        delivery.session.acknowledge(delivery.tag)


def _process(theirs: socket.socket) -> subprocess.Popen[bytes]:
    """Start the receiving process. It ignores signals to a whole terminal or service: it ends with this process."""
    names, folder = process.__name__.rpartition("._stream.")[0], Path(process.__file__).resolve().parents[2]
    arguments = [str(theirs.fileno()), names, str(folder), *sys.path]
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})  # is inherited
    try:
        # pylint: disable-next=ansible-bad-function
        return subprocess.Popen(  # noqa: S603 - run_command is a module's, and waits for the end
            [sys.executable, "-I", "-c", _PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=[theirs.fileno()],
        )
    except OSError as error:
        raise StreamError(f"the receiving process cannot be started: {error.strerror}") from None
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
