# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import StoreError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.store import Added, Row, Run, Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path)
    yield opened
    opened.close()


def row(key: int | str, content: str = "") -> Row:
    line = f"{key}{content}"
    return Row(key, 0, len(content), line.encode() + b"\n")


def add(store: Store, rows: list[Row], source: str = "soc") -> Added:
    with store.transaction():
        return store.add_events(source, rows, 1)


def held(store: Store) -> bytes:
    return b"".join(run.lines for run in store.runs(1))


def test_an_event_is_stored_once_in_one_batch_and_over_several(store: Store) -> None:
    assert add(store, [row(1), row(2), row(1)]) == Added([0, 1], 1, 0, 0)
    assert add(store, [row(3), row(2), row(4), row(4)]) == Added([0, 2], 2, 0, 0)
    assert held(store) == b"1\n2\n3\n4\n"


def test_the_same_key_of_another_source_is_another_event(store: Store) -> None:
    add(store, [row(1)], "europe")
    assert add(store, [row(1)], "asia") == Added([0], 0, 0, 0)


def test_of_two_bodies_under_one_key_the_first_stays_and_the_other_is_counted(store: Store) -> None:
    add(store, [row(1)])
    assert add(store, [row(1, "other"), row(2), row(2, "other"), row(2)]) == Added([1], 3, 2, 0)
    assert held(store) == b"1\n2\n"


def test_an_id_that_an_export_rounded_is_counted_once_and_all_its_events_are_kept(store: Store) -> None:
    detected, quarantined, failed = (Row(6533241145273614000, digest, 1, b"x\n") for digest in (5, -6, 7))

    assert add(store, [detected, row(1)]) == Added([0, 1], 0, 0, 0)
    assert add(store, [quarantined, detected]) == Added([0], 1, 0, 1)
    assert add(store, [failed, quarantined]) == Added([0], 1, 0, 0)


def test_an_event_of_an_older_release_that_comes_again_is_the_same_event(store: Store, tmp_path: Path) -> None:
    add(store, [row(1), row(2)])
    store.close()
    with closing(sqlite3.connect(tmp_path / "events.sqlite")) as db:
        db.execute("UPDATE event SET digest = NULL")
        db.execute("UPDATE event SET key = 'sha256:raw' WHERE number = 2")
        db.commit()
    older = Store(tmp_path)
    again, other_body = Row(1, 77, 0, b"1\n"), Row(1, 78, 9, b"1\n")
    without_id = Row("sha256:canonical", 0, 0, b"2\n", "sha256:raw")

    assert add(older, [again, other_body, without_id]).new == [1]
    assert add(older, [again, other_body, without_id]).new == []
    older.close()


def test_where_a_source_has_its_console_is_kept(store: Store, tmp_path: Path) -> None:
    with store.transaction():
        store.know_console("soc", "eu", None)
        store.know_console("lab", None, "console.lab.example")
    with store.transaction():
        store.know_console("soc", "na", None)
    with closing(Store(tmp_path)) as later:
        assert later.consoles() == {"soc": ("na", None), "lab": (None, "console.lab.example")}


def test_an_id_beyond_63_bits_is_text_and_stays_exact(store: Store, tmp_path: Path) -> None:
    largest, text = 2**63 - 1, str(2**64 - 1)
    add(store, [row(largest), row(text)])
    assert add(store, [row(text), row(largest)]) == Added([], 2, 0, 0)
    with sqlite3.connect(tmp_path / "events.sqlite") as seen:
        rows = seen.execute("SELECT key, typeof(key) FROM event ORDER BY number").fetchall()
    seen.close()
    assert rows == [(largest, "integer"), (text, "text")]


def test_records_are_numbered_without_gaps_whatever_was_a_duplicate(store: Store) -> None:
    add(store, [row(1), row(1), row(2)])
    with store.transaction():
        store.append("detection", [b"d\n"], 1)
    add(store, [row(2), row(3)])
    assert list(store.runs(1)) == [
        Run(1, 2, "event", b"1\n2\n"),
        Run(3, 1, "detection", b"d\n"),
        Run(4, 1, "event", b"3\n"),
    ]


def test_the_outbox_can_be_read_from_the_middle_of_a_run(store: Store) -> None:
    add(store, [row(1), row(2), row(3)])
    assert list(store.runs(3)) == [Run(3, 1, "event", b"3\n")]
    assert list(store.runs(4)) == []


def test_what_fails_in_a_transaction_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        assert store.add_events("new source", [row(1)], 1).new == [0 / 0]
    assert store.next_number == 1
    assert add(store, [row(1)], "new source") == Added([0], 0, 0, 0)
    assert held(store) == b"1\n"


def test_what_the_last_transaction_added_is_at_hand_and_no_other(store: Store) -> None:
    add(store, [row(1), row(2)])
    with store.transaction():
        store.add_events("soc", [row(2), row(3)], 1)
        store.append("incident", [b"i\n"], 1)
    assert store.fresh == list(store.runs(3)) == [Run(3, 1, "event", b"3\n"), Run(4, 1, "incident", b"i\n")]
    with pytest.raises(ZeroDivisionError), store.transaction():
        assert store.add_events("soc", [row(4)], 1).new == [0 / 0]
    assert store.fresh == []


def test_numbers_go_on_after_a_restart_even_if_the_outbox_was_emptied(tmp_path: Path) -> None:
    store = Store(tmp_path)
    add(store, [row(1), row(2)])
    store.close()
    with sqlite3.connect(tmp_path / "events.sqlite") as emptied:
        emptied.execute("DELETE FROM outbox")
    emptied.close()
    store = Store(tmp_path)
    assert store.next_number == 3
    store.close()


def test_the_database_runs_with_a_synced_log_for_its_owner_only(store: Store, tmp_path: Path) -> None:
    add(store, [row(1)])
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("events.sqlite", "events.sqlite-shm", "events.sqlite-wal"), 0o600)


def test_a_database_that_would_not_be_durable_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Deaf(sqlite3.Connection):
        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:  # type: ignore[override]
            return super().execute(sql.replace("= FULL", "= NORMAL"), *values)  # type: ignore[arg-type]

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, **more: connect(path, **more, factory=Deaf))
    with pytest.raises(StoreError, match="journal_mode wal, synchronous 1 where WAL and FULL"):
        Store(tmp_path)


def test_a_store_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    Store(tmp_path).close()
    with sqlite3.connect(tmp_path / "events.sqlite") as newer:
        newer.execute("PRAGMA user_version = 999")
    newer.close()
    with pytest.raises(StoreError, match="has schema 999, this release reads up to"):
        Store(tmp_path)


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "events.sqlite") as other:
        other.execute("PRAGMA user_version = 1")
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    with pytest.raises(StoreError, match="is a database of another program"):
        Store(tmp_path)


def test_a_damaged_database_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "events.sqlite").write_bytes(b"not a database at all" * 500)
    with pytest.raises(StoreError, match=r"it is damaged .* restore a copy, or move the folder away"):
        Store(tmp_path)


def test_a_sinks_place_and_the_counters_survive(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.transaction():
        store.set_sink_place("file", 7, {"offset": 2**40})
        store.counted("dead_letters", 2)
        store.counted("dead_letters", 3)
    store.close()
    store = Store(tmp_path)
    assert store.sink_place("file") == (7, {"offset": 2**40})
    assert store.sink_place("other") is None
    assert store.counters() == {"dead_letters": 5}
    store.close()
