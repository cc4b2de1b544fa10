# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds to a form the response that its record asks for, once the ledger has the decision (R18)."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path

from ..._common.text import printable
from ..._events.detections import Detection
from ..errors import StoreError
from ..store.findings import detection_rows
from ..store.store import reason_of_sqlite
from .form import Form, uuid_of
from .ledger import Decision, Ledger
from .response import Proposal, Record, ResponseSettings, propose

logger = logging.getLogger("ampops.secure_endpoint.event_stream")

_LEVELS = {"act": logging.INFO, "would_act": logging.INFO, "capped": logging.WARNING, "excluded": logging.WARNING}


class Responder:
    """`with_response(form, line)`; only one thread calls it."""

    def __init__(
        self, settings: ResponseSettings, ledger: Ledger, start: str, clock: Callable[[], int] = time.time_ns
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._start = start
        self._clock = clock

    def with_response(self, form: Form, line: bytes, store: Path) -> Form:
        """Return the form with `response`, where its record asks for one.

        Raises OutputError and StoreError where the decision cannot be kept or made: then the record must wait.
        """
        proposal = propose(json.loads(line), self._settings, lambda keys: read_detections(store, keys))
        if proposal is None:
            return form
        name = uuid_of("response", proposal.action, str(self._settings.act), form["meta"]["uuid"])
        decision = self._ledger.decide(proposal, str(name), self._clock())
        _log(proposal, decision)
        response = {
            "id": decision.id,
            "action": proposal.action,
            "verdict": decision.verdict,
            "start": self._start,
            "connector_guid": proposal.evidence["connector_guid"],
            "sha256": proposal.evidence["sha256"],
            "class": proposal.evidence["class"],
            "severity": proposal.evidence["severity"],
            "disposition": proposal.evidence["disposition"],
        }
        return {**form, "response": {key: value for key, value in response.items() if value is not None}}


def read_detections(store: Path, keys: Collection[str]) -> list[Record]:
    """Return the records of detections, read beside the thread that owns the store. Raises StoreError."""
    try:
        with closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True, timeout=5)) as db:
            return [Detection.from_row(row).record() for row in detection_rows(db, keys)]
    except sqlite3.Error as error:
        raise StoreError(f"{store}: cannot be read: {reason_of_sqlite(error)}") from error


def _log(proposal: Proposal, decision: Decision) -> None:
    level = _LEVELS.get(decision.verdict, logging.DEBUG)
    name = printable(proposal.evidence.get("hostname") or "unknown", 100)
    logger.log(
        level,
        "response %s: %s %s (%s)%s",
        decision.verdict,
        proposal.action,
        proposal.target,
        name,
        f": {decision.why}" if decision.why else "",
    )
