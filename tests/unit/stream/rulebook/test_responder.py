# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The response of a form: values of known shape, decided by the store as it is now, none where it is unreadable."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import StoreError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.rulebook import responder
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.rulebook.form import form_of_line
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.rulebook.ledger import Ledger
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.rulebook.responder import (
    Responder,
    read_detections,
)

from .records import CLEARED, DETECTED, DIGEST, FAILED, Record, Store, detection, guid, now, settings

START = "5b1857e3-ba49-46cf-9bf1-0cad6b5ecd18"
HOSTILE = "{{ lookup('pipe', 'touch /tmp/x') }}"


def formed(folder: Path, record: Record, store: Record, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Record:
    """Return the form of a record, where the store has `store` by now."""
    monkeypatch.setattr(responder, "read_detections", lambda _path, keys: Store(store)(keys))
    line = json.dumps(record).encode()
    with closing(Ledger(folder / "state", settings(**changes), now())) as ledger:
        return Responder(settings(**changes), ledger, START, now).with_response(
            form_of_line(line, place="1"), line, folder / "events.sqlite"
        )


def test_the_response_has_what_a_playbook_needs_and_no_text_of_an_endpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = detection(DETECTED, FAILED, hostname=HOSTILE)
    response = formed(tmp_path, one, one, monkeypatch)["response"]
    assert {key: value for key, value in response.items() if key != "id"} == {
        "action": "isolate",
        "verdict": "act",
        "start": START,
        "connector_guid": guid(1),
        "sha256": DIGEST,
        "class": "detection",
        "severity": "Medium",
        "disposition": "Malicious",
    }


def test_an_exclusion_shows_no_host_name_to_the_rule_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = detection(DETECTED, FAILED, hostname=HOSTILE)
    form = formed(tmp_path, one, one, monkeypatch, exclude_hosts=["\\{"])
    assert form["response"]["verdict"] == "excluded"
    assert "lookup" not in json.dumps(form)


def test_what_asks_for_nothing_has_no_response(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record, by_now = detection(DETECTED, FAILED), detection(DETECTED, FAILED, CLEARED)
    assert "response" not in formed(tmp_path, record, by_now, monkeypatch)


def test_the_log_tells_what_is_done_and_cannot_be_forged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    one = detection(DETECTED, FAILED, hostname="pc\n2026 forged line")
    formed(tmp_path, one, one, monkeypatch, act=False)
    (message,) = [record.getMessage() for record in caplog.records]
    assert message.startswith(f"response would_act: isolate {guid(1)} (pc")
    assert message.isprintable()


def test_a_store_that_cannot_be_read_decides_nothing(tmp_path: Path) -> None:
    damaged = tmp_path / "events.sqlite"
    damaged.write_bytes(b"no database" * 100)
    for path in (damaged, tmp_path / "missing.sqlite"):
        with pytest.raises(StoreError, match="cannot be read"):
            read_detections(path, ["soc/1"])


def test_detections_are_read_as_the_store_has_them(tmp_path: Path) -> None:
    path = tmp_path / "it's here?.sqlite"
    columns = "known, key, source, connector_guid, detection_id, sha256, time, last_place, held, rank, state"
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"CREATE TABLE detection ({columns})")
        db.commit()
    assert read_detections(path, ["soc/1"]) == []
