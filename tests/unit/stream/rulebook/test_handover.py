# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One at a time into the engine; its word is awaited, whatever else lies in the feedback queue."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import StreamError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.rulebook.handover import TRIES, HandOver

FOREVER = 3600.0


def form(name: str) -> dict[str, Any]:
    return {"kind": "event", "meta": {"uuid": name}}


def run(story: Callable[[asyncio.Queue[Any], asyncio.Queue[Any]], Awaitable[None]]) -> None:
    async def told() -> None:
        await story(asyncio.Queue(), asyncio.Queue(1))

    asyncio.run(told())


def test_without_feedback_a_put_is_enough() -> None:
    async def story(queue: asyncio.Queue[Any], _feedback: asyncio.Queue[Any]) -> None:
        async with HandOver(queue, None, FOREVER) as over:
            assert await over.hand_over(form("a"))
        assert queue.get_nowait() == form("a")

    run(story)


def test_it_waits_for_the_word_on_this_event_and_drains_all_others() -> None:
    async def story(queue: asyncio.Queue[Any], feedback: asyncio.Queue[Any]) -> None:
        async with HandOver(queue, feedback, FOREVER) as over:
            handing = asyncio.create_task(over.hand_over(form("a")))
            assert await queue.get() == form("a")
            for other in (form("b"), {"meta": None}, {}, None, {"meta": {"uuid": ["a"]}}):
                await feedback.put(other)  # it holds one: a queue that nobody drains would stop this test
            assert not handing.done()
            await feedback.put(form("a"))
            assert await handing

    run(story)


def test_three_times_without_a_word_and_it_is_given_up() -> None:
    async def story(queue: asyncio.Queue[Any], feedback: asyncio.Queue[Any]) -> None:
        async with HandOver(queue, feedback, 0.001) as over:
            for attempt in range(1, TRIES + 1):
                assert not await over.hand_over(form("a"))
                assert over.given_up(form("a")) == (attempt == TRIES)
            assert not over.given_up(form("a")), "it is forgotten, for it is a dead letter now"
            assert queue.qsize() == TRIES

    run(story)


def test_what_the_engine_has_is_not_put_again() -> None:
    async def story(queue: asyncio.Queue[Any], _feedback: asyncio.Queue[Any]) -> None:
        async with HandOver(queue, None, FOREVER) as over:
            assert await over.hand_over(form("a"))
            assert await over.hand_over(form("a"))
        assert queue.qsize() == 1

    run(story)


def test_a_start_that_the_engine_does_not_confirm_ends_the_source() -> None:
    """Without it no rule checks that it could act, so nothing may follow."""

    async def story(queue: asyncio.Queue[Any], feedback: asyncio.Queue[Any]) -> None:
        async with HandOver(queue, feedback, 0.001) as over:
            with pytest.raises(StreamError, match="the event of the start"):
                await over.announce(form("start"))
        assert queue.qsize() == TRIES

    run(story)
