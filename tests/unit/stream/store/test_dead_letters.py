# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import stat
from base64 import b64decode
from datetime import datetime, timezone
from hashlib import sha256
from pathlib import Path

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import OutputError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.dead_letters import (
    DeadLetterFile,
    DeadLetterRecord,
)

from ..deliveries import NOW, lines


def letter(body: bytes, **headers: object) -> DeadLetterRecord:
    return DeadLetterRecord("queue on host:443", "soc", "a.b.1", headers, "not UTF-8 (at byte 0)", NOW, body)


def append(folder: Path, *letters: DeadLetterRecord) -> list[dict[str, object]]:
    file = DeadLetterFile(folder)
    file.keep(letters)
    file.close()
    return lines(file.path)


def test_a_dead_letter_keeps_every_byte_its_reason_and_its_headers(tmp_path: Path) -> None:
    raw = bytes(range(256))
    when = datetime(2026, 1, 2, tzinfo=timezone.utc)
    (kept,) = append(tmp_path, letter(raw, CC=["a.b.1.g"], at=when, raw=b"\xff"))
    assert b64decode(str(kept.pop("body"))) == raw
    assert kept == {
        "id": "sha256:" + sha256(raw).hexdigest(),
        "received": "2020-09-13T12:26:40.000000000Z",
        "stream": "queue on host:443",
        "source": "soc",
        "routing_key": "a.b.1",
        "headers": {"CC": ["a.b.1.g"], "at": "2026-01-02 00:00:00+00:00", "raw": "ff"},
        "reason": "not UTF-8 (at byte 0)",
        "size": 256,
    }


def test_letters_are_added_for_their_owner_only(tmp_path: Path) -> None:
    append(tmp_path, letter(b"1"))
    assert len(append(tmp_path, letter(b"2"), letter(b"3"))) == 3
    assert stat.S_IMODE((tmp_path / "dead_letters.jsonl").stat().st_mode) == 0o600


@pytest.mark.parametrize("torn", [b"{", b"{" * 200_000], ids=["short", "long"])
def test_a_torn_line_of_a_crash_is_cut(tmp_path: Path, torn: bytes) -> None:
    append(tmp_path, letter(b"1"))
    with (tmp_path / "dead_letters.jsonl").open("ab") as file:
        file.write(torn)
    assert [b64decode(str(kept["body"])) for kept in append(tmp_path, letter(b"2"))] == [b"1", b"2"]


def test_a_file_that_is_nothing_but_torn_is_emptied(tmp_path: Path) -> None:
    (tmp_path / "dead_letters.jsonl").write_bytes(b'{"id"')
    assert len(append(tmp_path, letter(b"1"))) == 1


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "dead_letters.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="cannot be written"):
        append(tmp_path, letter(b"1"))
