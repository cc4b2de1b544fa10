# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A short way through pika for what comes by the thousand: the deliveries of one consumer.

pika makes seven objects of the three frames of a message, and that is the larger part of all that the receiving process
does. So `Connection` reads whole deliveries of one consumer itself, leaves their properties encoded, for hardly anybody
asks for them, and gives every other frame to pika, in its order. A pika that calls `_on_data_available` no more gets
them all.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from struct import Struct
from typing import Any, TypeAlias

from .messages import Properties

try:
    from pika import BasicProperties, SelectConnection
except ImportError:  # connection.PIKA_MISSING tells
    BasicProperties = SelectConnection = object

Deliver: TypeAlias = Callable[[int, str, bytes, bytes], None]
"""Takes delivery tag, routing key, encoded properties and body."""

# AMQP 0-9-1, 4.2: a frame has its type, channel and size in front of as many bytes, and one byte for its end.
_METHOD, _HEADER, _BODY, _END = b"\x01", b"\x02", b"\x03", 0xCE
_NO_FRAME = b"AMQP"  # begins what a broker says that knows only another version
_FRONT, _AROUND = 7, 8
_SIZE, _SIZE_AT = Struct(">L"), 3
_BASIC_DELIVER = b"\x00\x3c\x00\x3c"
_TAIL = Struct(">QBB")  # behind the consumer's tag: delivery tag, whether it comes again, length of the exchange's name
_BODY_SIZE, _BODY_SIZE_AT = Struct(">Q"), _FRONT + 4  # behind class and weight
_PROPERTIES_AT = _BODY_SIZE_AT + _BODY_SIZE.size

INCOMPLETE, NONE = -1, 0


class DeliveryReader:
    """Reads the deliveries of one consumer on one channel, whose bodies are in one frame each."""

    def __init__(self, channel: int, consumer_tag: str, deliver: Deliver) -> None:
        number, tag = channel.to_bytes(2, "big"), consumer_tag.encode()
        self._method, self._header, self._body = _METHOD + number, _HEADER + number, _BODY + number
        self._arguments = _BASIC_DELIVER + len(tag).to_bytes(1, "big") + tag
        self._deliver = deliver

    def read(self, data: bytes, start: int) -> int:
        """Deliver what begins at `start`, and return where it ends: NONE if it is something else, or INCOMPLETE."""
        place = start + _FRONT
        if not (data.startswith(self._method, start) and data.startswith(self._arguments, place)):
            return NONE
        header = end_of_frame(data, start)
        body = end_of_frame(data, header) if header > 0 else INCOMPLETE
        if body < 0:
            return INCOMPLETE
        if not data.startswith(self._header, header):
            return NONE
        (size,) = _BODY_SIZE.unpack_from(data, header + _BODY_SIZE_AT)
        if not size:
            return NONE
        if len(data) < body + _FRONT:
            return INCOMPLETE
        if not data.startswith(self._body, body) or _SIZE.unpack_from(data, body + _SIZE_AT)[0] != size:
            return NONE
        end: int = body + size + _AROUND
        if len(data) < end:
            return INCOMPLETE
        if not data[header - 1] == data[body - 1] == data[end - 1] == _END:
            return NONE
        place += len(self._arguments)
        tag, _again, exchange = _TAIL.unpack_from(data, place)
        place += _TAIL.size + exchange
        routing_key = data[place + 1 : place + 1 + data[place]].decode()
        self._deliver(tag, routing_key, data[header + _PROPERTIES_AT : body - 1], data[body + _FRONT : end - 1])
        return end


def end_of_frame(data: bytes, start: int) -> int:
    """Return where the frame that begins at `start` ends; INCOMPLETE where not all of it has come."""
    if data.startswith(_NO_FRAME, start):
        return len(data)
    if len(data) < start + _FRONT:
        return INCOMPLETE
    end: int = start + _SIZE.unpack_from(data, start + _SIZE_AT)[0] + _AROUND
    return end if end <= len(data) else INCOMPLETE


class Connection(SelectConnection):  # type: ignore[misc]
    """See the head of the file."""

    _unread = b""
    _reader: DeliveryReader | None = None

    def expect(self, channel: int, consumer_tag: str, deliver: Deliver) -> None:
        """Give the deliveries of this consumer to `deliver`, but for those that only pika can put together."""
        self._reader = DeliveryReader(channel, consumer_tag, deliver)

    def expect_none(self) -> None:
        """Leave all deliveries to pika, which gives back to the queue what comes to a cancelled consumer."""
        self._reader = None

    def _on_data_available(self, data_in: bytes) -> None:
        """Read what has come; pika calls it."""
        data = self._unread + data_in
        start = 0
        while start < len(data):
            end = NONE if self._reader is None else self._reader.read(data, start)
            if end > 0:
                self.bytes_received += end - start  # tells pika's heartbeats that the broker lives
            elif end == NONE:
                end = end_of_frame(data, start)
                if end > 0:
                    super()._on_data_available(data[start:end])
            if end < 0:
                break
            start = end
        self._unread = data[start:]


def properties_of(given: bytes | tuple[Any, ...]) -> Properties:
    """Decode the properties of a delivery, but those of a dead letter that is read again: broken ones are none."""
    if not isinstance(given, bytes):
        return Properties(*given)
    try:
        return Properties(*_values_of(BasicProperties().decode(given)))
    except Exception:  # noqa: BLE001 - whatever pika fails with: the event has to be stored or kept as a dead letter
        return Properties()


_values_of = attrgetter(*Properties._fields)
