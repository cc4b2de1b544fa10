# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a link answers its broker."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.backoff import LIMITS
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.broker.settings import stream_settings
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving.link import Link, Session
from hypothesis import given
from hypothesis import strategies as some

from ..deliveries import PASSWORD

SETTINGS = stream_settings(
    {"host": "127.0.0.1", "queue_name": "event_stream_1", "user_name": "1-a", "password": PASSWORD}, "stream"
)
MANY = 2000


class Channel:
    """Holds outstanding tags as RabbitMQ does, which closes a channel that answers any other."""

    is_open = True

    def __init__(self) -> None:
        self.outstanding = list(range(1, MANY + 1))
        self.steps: list[int] = []

    def basic_ack(self, tag: int, *, multiple: bool) -> None:
        assert multiple
        count = self.outstanding.index(tag) + 1
        del self.outstanding[:count]
        self.steps.append(count)

    def basic_nack(self, tag: int, *, multiple: bool, requeue: bool) -> None:
        assert requeue
        assert not multiple
        self.outstanding.remove(tag)


def consuming() -> tuple[Link, Channel]:
    nobody: Any = SimpleNamespace()
    link, channel = Link(SETTINGS, 0, nobody, nobody, "follow", LIMITS), Channel()
    link._session = Session(link, 1, channel)
    return link, channel


@given(some.lists(some.tuples(some.integers(1, 600), some.booleans()), max_size=20))
def test_the_broker_may_send_anew_in_steps_and_each_tag_is_answered_once(answers: list[tuple[int, bool]]) -> None:
    link, channel = consuming()
    last = 0
    for more, is_given_back in answers:
        if last + more > MANY:
            break
        if is_given_back:
            last += 1
            link.give_back(1, last)
        else:
            last += more
            link.acknowledge(1, last)
        assert channel.outstanding == list(range(last + 1, MANY + 1))
    assert all(count <= 250 for count in channel.steps)


def test_a_session_that_is_gone_is_answered_nothing() -> None:
    link, channel = consuming()
    link.acknowledge(2, 600)
    assert channel.steps == []
