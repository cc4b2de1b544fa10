# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The source as ansible-rulebook runs it, without the loader of collections, on a real broker."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import StreamError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.rulebook import source
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.rulebook.handover import TRIES
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.rulebook.source import serve

from ..conftest import Stream, TestBroker
from ..deliveries import FIRST_ID, PASSWORD, body, lines

PLUGIN = Path(__file__).resolve().parents[4] / "extensions/eda/plugins/event_source/event_stream.py"
PATIENCE = 60
QUARANTINE_FAILED = 2164260880


def arguments(stream: Stream, **more: Any) -> dict[str, Any]:
    keys = ("host", "port", "queue_name", "user_name", "password", "ca_path", "source")
    return {**{key: getattr(stream.settings, key) for key in keys}, **more}


@contextlib.asynccontextmanager
async def serving(given: dict[str, Any]) -> AsyncIterator[asyncio.Queue[Any]]:
    """The engine's queue, while the source runs; raises what the source raised."""
    queue: asyncio.Queue[Any] = asyncio.Queue(1)
    task = asyncio.create_task(serve(queue, given))
    try:
        start = asyncio.create_task(get(queue))
        await asyncio.wait([start, task], return_when=asyncio.FIRST_COMPLETED)
        if start.done():
            await confirm(given, start.result())
            assert start.result()["kind"] == "started", "it comes before all others"
        yield queue
    finally:
        start.cancel()
        if not task.done():
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def get(queue: asyncio.Queue[Any]) -> dict[str, Any]:
    form: dict[str, Any] = await asyncio.wait_for(queue.get(), PATIENCE)
    return form


async def confirm(given: dict[str, Any], form: dict[str, Any]) -> None:
    """Tell the source that the engine has it, where it asks for that."""
    if "eda_feedback_queue" in given:
        await given["eda_feedback_queue"].put(form)


async def until(condition: Callable[[], bool]) -> None:
    async def wait() -> None:
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.02)

    await asyncio.wait_for(wait(), PATIENCE)


def play(story: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(story())  # type: ignore[arg-type]


def test_ansible_rulebook_can_load_it_beside_the_ansible_package_of_pypi(tmp_path: Path) -> None:
    """runpy, no loader of collections, and a package of the name ansible_collections that is not ours.

    A stand-in for that package, as few environments have it; tests/integration/test_rulebook.py has the real one.
    """
    windows = tmp_path / "ansible_collections" / "ansible" / "windows"
    windows.mkdir(parents=True)
    for package in (windows, *windows.parents[:2]):
        (package / "__init__.py").touch()
    script = f"""
    import asyncio, runpy, sys
    import ansible_collections.ansible.windows  # PyPI's ansible holds the name
    assert ansible_collections.__path__ == [{str(tmp_path / "ansible_collections")!r}]
    module = runpy.run_path({str(PLUGIN)!r})
    assert asyncio.iscoroutinefunction(module["main"])
    try:
        asyncio.run(module["main"](asyncio.Queue(), {{"host": "h", "colour": 1}}))
    except Exception as error:
        print(type(error).__name__, error)
    assert not [name for name in sys.modules if name.startswith("ansible_collections.ampops")]
    assert "ansible" not in sys.modules, "no ansible is needed"
    """
    command, environment = [sys.executable, "-c", textwrap.dedent(script)], {**os.environ, "PYTHONPATH": str(tmp_path)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd="/")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("SettingsError colour: no such setting")


def test_events_come_in_their_order_and_are_acknowledged(stream: Stream) -> None:
    async def story() -> None:
        stream.publish([body(number) for number in range(3)])
        async with serving(arguments(stream)) as queue:
            got = [await get(queue) for _number in range(3)]
            assert [form["event_id"] for form in got] == [str(FIRST_ID + number) for number in range(3)]
            assert got[0]["meta"]["source_offset"] == f"{stream.settings.queue_name}:{got[0]['key']}"
        await until(lambda: stream.length() == 0)

    play(story)


def test_a_busy_engine_holds_no_message_unacknowledged(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    """R15: back-pressure is basic.cancel and giving back; each event still comes once, and in its order."""
    monkeypatch.setattr(source, "BUSY_SECONDS", 0.1)

    async def story() -> None:
        stream.publish([body(number) for number in range(20)])
        async with serving(arguments(stream)) as queue:
            await until(lambda: stream.consumers() == 1)
            await until(lambda: stream.length() == 19 and stream.consumers() == 0)  # the engine has the first
            got = [await get(queue) for _number in range(20)]
            assert [form["event_id"] for form in got] == [str(FIRST_ID + number) for number in range(20)]
            await until(lambda: stream.length() == 0)
            assert queue.empty()

    play(story)


def test_what_nobody_wants_is_let_go(stream: Stream) -> None:
    async def story() -> None:
        stream.publish([body(1, severity="Low"), body(2, severity="High"), body(3, QUARANTINE_FAILED, severity="High")])
        given = arguments(stream, severities=["High"], event_types=["Quarantine Failure"])
        async with serving(given) as queue:
            assert (await get(queue))["event_id"] == str(FIRST_ID + 3)
        await until(lambda: stream.length() == 0)

    play(story)


def test_the_backlog_is_skipped_when_asked_for(stream: Stream, tmp_path: Path) -> None:
    async def story(**more: Any) -> None:
        stream.publish([body(number) for number in range(20)])
        async with serving(arguments(stream, skip_backlog=True, **more)) as queue:
            await until(lambda: stream.length() == 0 and stream.consumers() == 1)
            stream.publish([body(100, detection=100)])
            assert str(FIRST_ID + 100) in json.dumps(await get(queue)) or more

    play(story)
    play(lambda: story(kinds=["detection"], state_dir=str(tmp_path / "state")))


def test_with_feedback_one_is_in_flight_and_the_next_comes_after_the_word(stream: Stream, tmp_path: Path) -> None:
    async def story() -> None:
        stream.publish([body(number) for number in range(3)])
        feedback: asyncio.Queue[Any] = asyncio.Queue(1)
        given = arguments(stream, feedback=True, state_dir=str(tmp_path / "state"), eda_feedback_queue=feedback)
        async with serving(given) as queue:
            first = await get(queue)
            await until(lambda: stream.length() == 2)
            assert queue.empty()
            await feedback.put(first)
            second = await get(queue)
            assert second["event_id"] == str(FIRST_ID + 1)
        # Killed before the word on the second: it is in its queue again, and the first is not.
        await until(lambda: stream.length() == 2)

    play(story)


def test_what_is_never_confirmed_goes_back_three_times_and_becomes_a_dead_letter(
    stream: Stream, tmp_path: Path
) -> None:
    async def story() -> None:
        stream.publish([body(1), body(2)])
        feedback: asyncio.Queue[Any] = asyncio.Queue(1)
        state = str(tmp_path / "state")
        given = arguments(stream, feedback=True, feedback_timeout=1, state_dir=state, eda_feedback_queue=feedback)
        async with serving(given) as queue:
            tries = [await get(queue) for _number in range(TRIES)]
            assert {form["event_id"] for form in tries} == {str(FIRST_ID + 1)}
            second = await get(queue)
            assert second["event_id"] == str(FIRST_ID + 2)
            await feedback.put(second)
            await until(lambda: stream.length() == 0)
        (letter,) = lines(tmp_path / "state" / "dead_letters.jsonl")
        assert "did not confirm it within 1 s, 3 times" in letter["reason"]

    play(story)


@pytest.mark.parametrize("kept", [True, False])
def test_what_is_no_event_is_told_of_and_does_not_stop_the_rest(
    stream: Stream, tmp_path: Path, caplog: pytest.LogCaptureFixture, kept: bool
) -> None:
    async def story() -> None:
        stream.publish([b"\xff", body(1)])
        more = {"state_dir": str(tmp_path / "state")} if kept else {}
        async with serving(arguments(stream, **more)) as queue:
            assert (await get(queue))["event_id"] == str(FIRST_ID + 1)
        await until(lambda: stream.length() == 0)

    play(story)
    assert "dead letter sha256:" in caplog.text
    assert (tmp_path / "state" / "dead_letters.jsonl").exists() == kept


def test_it_comes_back_when_the_broker_does(stream: Stream, broker: TestBroker) -> None:
    async def story() -> None:
        async with serving(arguments(stream)) as queue:
            stream.publish([body(1)])
            assert (await get(queue))["event_id"] == str(FIRST_ID + 1)
            await asyncio.to_thread(broker.restart)
            await asyncio.to_thread(stream.publish, [body(2)])
            assert (await get(queue))["event_id"] == str(FIRST_ID + 2)

    play(story)


def test_detections_and_incidents_come_and_their_place_outlives_a_restart(stream: Stream, tmp_path: Path) -> None:
    async def story() -> None:
        stream.publish([body(1, detection=1), body(2, QUARANTINE_FAILED, detection=1)])
        given = arguments(
            stream, kinds=["detection", "incident"], state_dir=str(tmp_path / "state"), rules=["same_computer"]
        )
        async with serving(given) as queue:
            form = await get(queue)
            while form["outcome"] != "quarantine_failed":
                form = await get(queue)
            assert form["kind"] == "detection"
        stream.publish([body(3, detection=2)])
        async with serving(given) as queue:
            form = await get(queue)
            assert form["outcome"] == "detected", "what was handed over does not come again"

    play(story)


def test_two_streams_are_one_source(stream: Stream, broker: TestBroker) -> None:
    other = broker.stream(source="branch")

    async def story() -> None:
        stream.publish([body(1)])
        other.publish([body(1)])
        async with serving({"streams": [arguments(stream), arguments(other)]}) as queue:
            assert {(await get(queue))["source"] for _number in range(2)} == {"soc", "branch"}

    play(story)
    other.remove()


def test_without_the_engines_feedback_queue_it_says_so(stream: Stream, tmp_path: Path) -> None:
    async def story() -> None:
        given = arguments(stream, feedback=True, state_dir=str(tmp_path / "state"))
        with pytest.raises(StreamError, match="this ansible-rulebook gives none") as caught:
            await serve(asyncio.Queue(), given)
        assert PASSWORD not in str(caught.value)

    play(story)
