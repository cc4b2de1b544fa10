# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receives from all streams: starts the process that does (`process`), and brings what it sends into the inbox.

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
from typing import Any, Protocol

from ..._common.text import printable
from ..backoff import LIMITS
from ..broker.connection import tls_context
from ..broker.settings import StreamSettings
from ..errors import BrokerError, StreamError
from . import process
from .inbox import Delivery, Inbox
from .link import Mode
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
    """Who wants to know; called in the receiver's thread, must return at once."""

    def ready(self, stream: RemoteLink, messages: int, consumers: int) -> None:
        """The queue was looked at: so many messages wait, so many consumers besides this one."""

    def lost(self, stream: RemoteLink, error: BrokerError, retry_seconds: float) -> None:
        """A stream that is followed was lost; the next attempt comes after so many seconds."""

    def ended(self, stream: RemoteLink, error: BrokerError | None) -> None:
        """The stream is over: as asked for, or by this error. Comes once a stream."""


class RemoteLink:
    """What is known here of a Link."""

    def __init__(self, receiver: Receiver, number: int, settings: StreamSettings) -> None:
        self.settings = settings
        self.over = threading.Event()
        self.is_consuming = False
        self.found_others = False
        self._receiver = receiver
        self._number = number
        self._session = RemoteSession(self, 0)

    def session(self, number: int) -> RemoteSession:
        """The same object as long as the session is the same."""
        if self._session.number != number:
            self._session = RemoteSession(self, number)
        return self._session

    def order(self, what: str, *more: Any) -> None:
        """From any thread."""
        self._receiver.order(what, self._number, *more)


class RemoteSession:
    """What is known here of a Session: deliveries have it, and it settles them, from any thread."""

    def __init__(self, link: RemoteLink, number: int) -> None:
        self.link = link
        self.number = number

    def acknowledge(self, tag: int) -> None:
        """Everything up to `tag`."""
        self.link.order("acknowledge", self.number, tag)

    def give_back(self, tag: int) -> None:
        """This one, to the head of its queue, from where it comes again at once."""
        self.link.order("give_back", self.number, tag)


class Receiver:
    """The process, and the thread that reads what it sends. `links` are in the order of the settings.

    Raises SettingsError for a ca_path that cannot be used, StreamError for a process that cannot be started.
    """

    def __init__(self, streams: Iterable[StreamSettings], inbox: Inbox, listener: Listener, mode: Mode) -> None:
        self.links = [RemoteLink(self, number, one) for number, one in enumerate(streams)]
        for link in self.links:
            if link.settings.ca_path is not None:
                tls_context(link.settings.ca_path, link.settings.name)
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
        """Raises StreamError for what ended it before its time."""
        if self.failure is not None:
            raise StreamError(f"receiving failed: {self.failure}") from self.failure

    def start(self) -> None:
        self._thread.start()
        self.order("begin", [link.settings for link in self.links], self._mode, LIMITS)

    def order(self, what: str, *more: Any) -> None:
        """See Receiving. From any thread."""
        with self._lock, suppress(OSError):  # a process that is gone is told by the thread that reads
            self._peer.sendall(packed((what, *more)))

    def stop(self, *, settle: bool) -> None:
        """Take no more. With `settle`, what was received is acknowledged first; without, it goes back to the queue."""
        self.order("settle" if settle else "stop")

    def pause(self) -> None:
        """Take no more for now (R15)."""
        self.order("pause")

    def resume(self) -> None:
        self.order("resume")

    def close(self, seconds: float) -> None:
        """End every stream, the process and the thread; what was not acknowledged goes back to its queue.

        A broker that does not answer is not waited for longer than `seconds`.
        """
        self.stop(settle=False)
        until = time.monotonic() + seconds
        for link in self.links:
            while self._thread.is_alive() and time.monotonic() < until and not link.over.wait(0.1):
                pass
        self._closing = True
        with suppress(OSError):
            self._peer.shutdown(socket.SHUT_RDWR)
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
                for message in messages(file):
                    self._take(*message)
            if not self._closing:
                self.failure = StreamError(self._reason())
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that waits
            self.failure = error
        finally:
            self._inbox.wake()

    def _take(self, what: str, number: int, *more: Any) -> None:
        link = self.links[number]
        if what == "deliveries":
            session = link.session(more[0])
            self._inbox.put([Delivery(session, *one) for one in more[1]])
            return
        link.is_consuming, link.found_others = more[0]
        if what == "ready":
            self._listener.ready(link, *more[1:])
        elif what == "lost":
            self._listener.lost(link, *more[1:])
        elif what == "ended":
            link.over.set()
            self._listener.ended(link, *more[1:])

    def _reason(self) -> str:
        """Of an end that it did not tell itself: it was killed, or could not begin."""
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
    """It outlives signals to a whole terminal or service: this process says when it ends."""
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
