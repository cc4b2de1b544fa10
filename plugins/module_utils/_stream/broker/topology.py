# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The relay's exchanges and queues in a RabbitMQ cluster of the user's (R17): their names, and how they are declared.

Two consistent-hash exchanges, each bound to a fixed number of quorum queues with a single active consumer. An exchange
that is declared after everything else marks the topology as complete: who publishes looks for it first.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from operator import methodcaller
from typing import Any, ClassVar, Literal, get_args

from ..._common.text import printable
from ..errors import BrokerError, ConnectionLost, LoginRefused, SettingsError
from .connection import explain, parameters
from .settings import StreamSettings

with suppress(ImportError):  # connection.PIKA_MISSING tells
    import pika
    import pika.exceptions

Exchange = Literal["by_computer", "by_hash"]
EXCHANGES: tuple[Exchange, ...] = get_args(Exchange)
PARTITIONS = 16  # for ever: another number would send a computer's events to another queue
DEFAULT_PORT = 5671
COMPLETE = "relay_complete.1"  # the topology's version
_TYPE = "x-consistent-hash"


@dataclass(frozen=True)
class ClusterSettings(StreamSettings):
    """A login at a cluster; `hosts` are the nodes, `host` and `port` the one in use."""

    hosts: tuple[tuple[str, int], ...] = ()
    first: int = 0  # the node to begin with

    login_advice: ClassVar[str] = "check user_name, the password and the user's permissions on the virtual host"
    queue_advice: ClassVar[str] = "declare the relay's exchanges and queues with the command relay-declare"

    @property
    def name(self) -> str:
        return printable(f"the relay's cluster at {self.host}:{self.port}")

    def at(self, attempt: int) -> StreamSettings:
        """See StreamSettings: the nodes take turns."""
        host, port = self.hosts[(self.first + attempt) % len(self.hosts)]
        return replace(self, host=host, port=port)


def queue_name(exchange: str, number: int) -> str:
    """Return the name of a partition's queue, e.g. `by_computer.07`."""
    return f"{exchange}.{number:02d}"


def queue_arguments(server_version: str) -> dict[str, Any]:
    """Return the arguments of a partition's queue.

    RabbitMQ 4 drops a message of a quorum queue that came back 20 times, unless the delivery limit says otherwise.
    """
    more = {"x-delivery-limit": -1} if _major(server_version) >= 4 else {}
    return {"x-queue-type": "quorum", "x-single-active-consumer": True, **more}


def _major(version: str) -> int:
    digits = version.partition(".")[0]
    return int(digits) if digits.isdigit() else 0


def declare(settings: ClusterSettings) -> str:
    """Declare what is missing, or check what is there. Returns what was found in words.

    A topology that is complete is never added to: a queue that was bound later would take a part of all computers away
    from where their windows are open. Raises BrokerError, SettingsError.
    """
    connection = _connect(settings)
    try:
        topology = _Topology(connection, settings, queue_arguments(_server_version(settings)))
        if topology.is_complete():
            topology.check()
            return f"complete already: {_SIZE}; nothing was changed"
        topology.make()
        return f"declared: {_SIZE}"
    finally:
        with suppress(pika.exceptions.AMQPError):
            connection.close()


_SIZE = f"{len(EXCHANGES)} exchanges with {PARTITIONS} quorum queues each"


def _connect(settings: ClusterSettings) -> Any:
    """Connect to the first node that answers."""
    failed: BrokerError | None = None
    for attempt in range(len(settings.hosts)):
        at = settings.at(attempt)
        try:
            return pika.BlockingConnection(parameters(at))
        except (pika.exceptions.AMQPError, OSError) as error:
            failed = failed or explain(error, at)
    raise failed or ConnectionLost(f"{settings.name}: no node is named")


def _server_version(settings: ClusterSettings) -> str:
    """Return the version that a node reports; all nodes of a cluster have the same feature level.

    On a connection of its own: a BlockingConnection does not show what the broker says of itself.
    """
    failed: BrokerError | None = None
    for attempt in range(len(settings.hosts)):
        at = settings.at(attempt)
        version = _ask_version(at)
        if isinstance(version, BaseException):
            failed = failed or explain(version, at)
        else:
            return version.decode("ascii", "replace") if isinstance(version, bytes) else str(version)
    raise failed or ConnectionLost(f"{settings.name}: no node is named")


def _ask_version(at: StreamSettings) -> Any:
    """Return what one node reports, or the exception that says why there is no connection."""
    found: list[Any] = []

    def opened(connection: Any) -> None:
        found.append(connection.server_properties.get("version", ""))
        connection.close()

    def closed(connection: Any, reason: BaseException) -> None:
        found.append(reason)
        connection.ioloop.stop()

    loop = pika.SelectConnection(
        parameters(at), on_open_callback=opened, on_open_error_callback=closed, on_close_callback=closed
    ).ioloop
    try:
        loop.start()
    finally:
        loop.close()
    return found[0]


class _Topology:
    def __init__(self, connection: Any, settings: ClusterSettings, arguments: dict[str, Any]) -> None:
        self._connection = connection
        self._settings = settings
        self._arguments = arguments

    def is_complete(self) -> bool:
        return self._passes(methodcaller("exchange_declare", COMPLETE, passive=True))

    def check(self) -> None:
        """Raise SettingsError unless everything is there, and as it should be."""
        for exchange in EXCHANGES:
            names = [queue_name(exchange, number) for number in range(PARTITIONS)]
            gone = [name for name in names if not self._passes(methodcaller("queue_declare", name, passive=True))]
            if gone:
                raise SettingsError(
                    f"{self._settings.name}: the queues {', '.join(gone)} are gone, and the other queues of {exchange}"
                    f" get their events now. A queue is never added in operation: stop the relays, let the workers"
                    f" empty what is left, delete the exchanges {', '.join(EXCHANGES)} and {COMPLETE} with their"
                    " queues, and declare anew"
                )
        self._declare_all(bind=False)

    def make(self) -> None:
        self._declare_all(bind=True)
        self._do("the exchange " + COMPLETE, methodcaller("exchange_declare", COMPLETE, "fanout", durable=True))

    def _declare_all(self, *, bind: bool) -> None:
        arguments = self._arguments
        for exchange in EXCHANGES:
            self._do(f"the exchange {exchange}", methodcaller("exchange_declare", exchange, _TYPE, durable=True))
        for exchange in EXCHANGES:
            for number in range(PARTITIONS):
                name = queue_name(exchange, number)
                self._do(f"the queue {name}", methodcaller("queue_declare", name, durable=True, arguments=arguments))
        if bind:
            for exchange in EXCHANGES:
                for number in range(PARTITIONS):
                    name = queue_name(exchange, number)
                    # The routing key of a binding is its weight: the same for all.
                    self._do(f"the queue {name}", methodcaller("queue_bind", name, exchange, "1"))

    def _passes(self, ask: Callable[[Any], object]) -> bool:
        try:
            self._do("the topology", ask)
        except _Missing:
            return False
        return True

    def _do(self, what: str, action: Callable[[Any], object]) -> None:
        """On a channel of its own, for a refusal closes it."""
        try:
            channel = self._connection.channel()
            action(channel)
            channel.close()
        except pika.exceptions.ChannelClosedByBroker as error:
            raise self._refused(what, error.reply_code, error.reply_text) from None
        except pika.exceptions.ConnectionClosedByBroker as error:
            if error.reply_code == 503:
                raise SettingsError(
                    f"{self._settings.name}: knows no exchanges of type {_TYPE}: enable the plugin"
                    " rabbitmq_consistent_hash_exchange on every node"
                ) from None
            raise explain(error, self._settings) from None
        except (pika.exceptions.AMQPError, OSError) as error:
            raise explain(error, self._settings) from None

    def _refused(self, what: str, code: int, text: str) -> Exception:
        if code == 404:
            return _Missing(f"{self._settings.name}: {what} is missing")
        if code == 403:
            return LoginRefused(
                f"{self._settings.name}: user {printable(self._settings.user_name)} may not declare {what}: it needs"
                " configure, write and read on the virtual host; relay-declare takes another login as an option"
            )
        if code == 406:
            return SettingsError(
                f"{self._settings.name}: {what} is there already and is another one: {printable(text)}. Use a virtual"
                " host of its own for the relay, or remove it"
            )
        return ConnectionLost(f"{self._settings.name}: {what}: {code} {printable(text)}")


class _Missing(BrokerError):
    """What was asked for is not there."""
