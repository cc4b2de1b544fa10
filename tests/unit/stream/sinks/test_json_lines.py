# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file holds every record exactly once, whatever was cut off at which byte (R12)."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import OutputError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.json_lines import JsonLines, Rotation
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.store import Row, Store

LINES = [b'{"n":1}\n', b'{"n":22}\n', b'{"n":333}\n', b'{"n":4444}\n']


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def stored(store: Store, lines: list[bytes]) -> int:
    first = store.next_number
    with store.transaction():
        store.add_events("soc", [Row(first + place, 0, 0, line) for place, line in enumerate(lines)], 1)
    return first


def opened(path: Path, store: Store) -> JsonLines:
    output = JsonLines(path, store)
    output.open()
    return output


def write(path: Path, store: Store, lines: list[bytes], *, save: bool) -> None:
    output = opened(path, store)
    output.write(store.runs(stored(store, lines)))
    if save:
        with store.transaction():
            output.save()
    output.close()


def test_every_record_is_there_once_over_several_runs(path: Path, store: Store) -> None:
    write(path, store, LINES[:2], save=True)
    write(path, store, LINES[2:], save=True)
    opened(path, store).close()
    assert path.read_bytes() == b"".join(LINES)


def test_the_file_is_for_its_owner_only(path: Path, store: Store) -> None:
    opened(path, store).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("written", range(len(b"".join(LINES)) + 1))
def test_a_crash_at_any_byte_loses_no_line_and_repeats_none(path: Path, store: Store, written: int) -> None:
    write(path, store, LINES[:1], save=True)
    stored(store, LINES[1:])
    keep = max(written, len(LINES[0]))
    path.write_bytes(b"".join(LINES)[:keep])
    before = path.read_bytes()

    opened(path, store).close()

    assert path.read_bytes() == b"".join(LINES)
    whole = before[: before.rfind(b"\n") + 1]
    assert path.read_bytes().startswith(whole), "a reader that follows the file saw these lines already"


def test_whole_lines_are_adopted_without_writing_them_again(
    path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(path, store, LINES, save=False)
    monkeypatch.setattr(os, "write", None)
    monkeypatch.setattr(os, "ftruncate", None)
    opened(path, store).close()
    assert path.read_bytes() == b"".join(LINES)


def test_a_new_output_begins_with_the_next_record(tmp_path: Path, store: Store) -> None:
    stored(store, LINES[:2])
    write(tmp_path / "later.jsonl", store, LINES[2:], save=True)
    assert (tmp_path / "later.jsonl").read_bytes() == b"".join(LINES[2:])


def test_only_the_kinds_asked_for_are_written(path: Path, store: Store) -> None:
    output = opened(path, store)
    with store.transaction():
        store.append("event", [b"event\n"], 1)
        store.append("incident", [b"incident\n"], 1)
        store.append("event", [b"event 2\n"], 1)
    output.write(store.runs(1))
    output.close()
    opened(path, store).close()
    assert path.read_bytes() == b"event\nevent 2\n"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda path: path.write_bytes(path.read_bytes() + b"theirs\n"),
            "from byte 8 on it holds 7 bytes that are not ours",
        ),
        (lambda path: path.write_bytes(b""), "it was cut from 8 to 0 bytes"),
        (lambda path: path.unlink(), "it is gone"),
        (lambda path: (path.rename(str(path) + ".1"), path.write_bytes(LINES[0])), "another file has taken its place"),
    ],
    ids=["appended", "cut", "removed", "replaced"],
)
def test_a_foreign_change_stops_us_at_the_start(path: Path, store: Store, change: object, told: str) -> None:
    write(path, store, LINES[:1], save=True)
    change(path)  # type: ignore[operator]
    with pytest.raises(OutputError, match="somebody else changed this file: " + told):
        opened(path, store)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda path: path.write_bytes(path.read_bytes() + b"theirs\n"), "it has 15 bytes where 8 were written"),
        (lambda path: path.unlink(), "it is gone"),
        (lambda path: path.rename(str(path) + ".1"), "it is gone"),
    ],
    ids=["appended", "removed", "moved"],
)
def test_a_foreign_change_stops_us_while_running(path: Path, store: Store, change: object, told: str) -> None:
    output = opened(path, store)
    output.write(store.runs(stored(store, LINES[:1])))
    change(path)  # type: ignore[operator]
    first = stored(store, LINES[1:])
    with pytest.raises(OutputError, match=told):
        output.write(store.runs(first))
    output.close()


def test_a_file_with_a_history_of_its_own_is_refused(path: Path, store: Store) -> None:
    path.write_bytes(b"mine\n")
    with pytest.raises(OutputError, match="holds 5 bytes that were not written from this state folder"):
        opened(path, store)
    assert path.read_bytes() == b"mine\n"


def test_a_link_is_not_followed(path: Path, store: Store, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="cannot be written"):
        opened(path, store)
    assert not (tmp_path / "elsewhere").exists()


def test_a_missing_folder_is_told(store: Store, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written: No such file or directory"):
        opened(tmp_path / "nowhere" / "events.jsonl", store)


def crash_after(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let so many calls that change files pass, then crash in each."""
    left = [count]

    def crashing(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            left[0] -= 1
            if left[0] <= 0:
                raise KeyboardInterrupt
            return original(*arguments, **named)

        return call

    for name in ("write", "rename", "open", "fdatasync"):
        monkeypatch.setattr(os, name, crashing(getattr(os, name)))


class TestRotation:
    """A full or old file is put aside by us, and no crash in between loses or repeats a line."""

    now = 1_000_000_000

    def output(self, path: Path, store: Store, **rotation: int) -> JsonLines:
        output = JsonLines(path, store, rotation=Rotation(**rotation), clock=lambda: self.now)
        output.open()
        return output

    def put(self, output: JsonLines, store: Store, line: bytes) -> None:
        first = stored(store, [line])
        with store.transaction():
            output.save()
        output.write(store.runs(first))

    def test_a_full_file_is_put_aside_before_the_next_line(self, path: Path, store: Store) -> None:
        output = self.output(path, store, max_bytes=10)
        for line in LINES:
            self.put(output, store, line)
        output.close()
        assert (path.parent / "events.jsonl.000001").read_bytes() == LINES[0] + LINES[1]
        assert (path.parent / "events.jsonl.000002").read_bytes() == LINES[2]
        assert path.read_bytes() == LINES[3]

    def test_one_large_batch_is_cut_into_files_between_records(self, path: Path, store: Store) -> None:
        lines = [b'{"n":%d}\n' % number for number in range(1000, 9000)]
        output = self.output(path, store, max_bytes=6000)
        for first in range(0, 8000, 2000):
            output.write(store.runs(stored(store, lines[first : first + 2000])))
        output.close()
        files = sorted(path.parent.glob("events.jsonl.*"))
        assert len(files) == 8000 * len(lines[0]) // 6000
        assert {file.stat().st_size for file in files} <= {6000, 6000 + len(lines[0]) - 6000 % len(lines[0])}
        assert b"".join(file.read_bytes() for file in [*files, path]) == b"".join(lines)

    def test_a_crash_at_any_step_of_a_batch_in_many_files_loses_and_repeats_nothing(
        self, path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lines = [b'{"n":%d}\n' % number for number in range(100, 130)]
        for crash_at in range(1, 60):
            folder = path.parent / f"crash {crash_at}"
            folder.mkdir()
            output = self.output(folder / "events.jsonl", store, max_bytes=40)
            first = stored(store, lines)
            with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
                crash_after(crash_at, patched)
                output.write(store.runs(first))
            output.close()
            self.output(folder / "events.jsonl", store, max_bytes=40).close()
            files = sorted(folder.glob("events.jsonl.*"))
            assert b"".join(file.read_bytes() for file in [*files, folder / "events.jsonl"]) == b"".join(lines)

    def test_an_old_file_is_put_aside(self, path: Path, store: Store) -> None:
        output = self.output(path, store, max_seconds=60)
        self.put(output, store, LINES[0])
        self.now += 59 * 10**9
        self.put(output, store, LINES[1])
        self.now += 10**9
        self.put(output, store, LINES[2])
        output.close()
        assert path.read_bytes() == LINES[2]

    def test_only_so_many_are_kept(self, path: Path, store: Store) -> None:
        output = self.output(path, store, max_bytes=1, keep=2)
        for line in LINES:
            self.put(output, store, line)
        output.close()
        assert sorted(one.name for one in path.parent.glob("events.jsonl.*")) == [
            "events.jsonl.000002",
            "events.jsonl.000003",
        ]

    def test_fewer_that_are_kept_than_before_are_all_removed(self, path: Path, store: Store) -> None:
        output = self.output(path, store, max_bytes=1)
        for line in LINES:
            self.put(output, store, line)
        with store.transaction():
            output.save()
        output.close()
        theirs = [path.parent / name for name in ("events.jsonl.bak", "events.jsonl.1", "other.jsonl.000001")]
        for one in theirs:
            one.write_text("theirs")
        self.output(path, store, max_bytes=1, keep=1).close()
        assert [one.name for one in path.parent.glob("events.jsonl.0*")] == ["events.jsonl.000004"]
        assert all(one.exists() for one in theirs)

    @pytest.mark.parametrize("point", ["rename", "open", "fdatasync", "saved"])
    def test_a_crash_while_rotating_loses_and_repeats_nothing(
        self, path: Path, store: Store, monkeypatch: pytest.MonkeyPatch, point: str
    ) -> None:
        output = self.output(path, store, max_bytes=1)
        self.put(output, store, LINES[0])
        if point != "saved":
            original = getattr(os, point)

            def crash(*arguments: object, **named: object) -> object:
                if point == "fdatasync":
                    original(*arguments, **named)
                raise KeyboardInterrupt

            monkeypatch.setattr(os, point, crash)
            with pytest.raises(KeyboardInterrupt):
                self.put(output, store, LINES[1])
            monkeypatch.undo()
        else:
            self.put(output, store, LINES[1])
        output.close()

        output = self.output(path, store, max_bytes=1)
        self.put(output, store, LINES[2])
        output.close()

        names = sorted(one.name for one in path.parent.glob("events.jsonl*"))
        assert b"".join((path.parent / name).read_bytes() for name in [*names[1:], names[0]]) == b"".join(LINES[:3])

    def test_a_file_in_the_place_of_the_rotated_one_is_not_overwritten(self, path: Path, store: Store) -> None:
        output = self.output(path, store, max_bytes=1)
        self.put(output, store, LINES[0])
        (path.parent / "events.jsonl.000001").write_bytes(b"theirs")
        with pytest.raises(OutputError, match=r"there is a events.jsonl.000001 already"):
            self.put(output, store, LINES[1])
        output.close()
        assert (path.parent / "events.jsonl.000001").read_bytes() == b"theirs"
