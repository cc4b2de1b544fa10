# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store's tables, and how a database of an older release becomes one of this.

Rows are kept in the order in which they come (events, incidents) or in that of ids that grow with time (detections), so
that a batch writes a few pages at the end of each table, however large it is.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from zlib import crc32

from ..errors import StoreError

APPLICATION_ID = 0x53454556  # "SEEV": tells our database from any other

# event.key: INTEGER up to 2^63-1, TEXT beyond that and for events without an id; so the column has no type of its own.
_VERSION_1 = """
CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE event (
    number INTEGER PRIMARY KEY,
    source INTEGER NOT NULL,
    key NOT NULL,
    checksum INTEGER NOT NULL,
    UNIQUE (source, key)
);
CREATE TABLE outbox (
    first INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    kind TEXT NOT NULL,
    stored_ns INTEGER NOT NULL,
    lines BLOB NOT NULL
);
CREATE TABLE detection (
    key TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    connector_guid TEXT,
    detection_id TEXT,
    hostname TEXT,
    detection TEXT,
    sha256 TEXT,
    severity TEXT,
    time INTEGER NOT NULL,
    last_place INTEGER NOT NULL,
    state TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX detection_by_place ON detection (source, last_place);
CREATE TABLE incident (
    id TEXT NOT NULL,
    rule TEXT NOT NULL,
    window_seconds INTEGER NOT NULL,
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    start INTEGER NOT NULL,
    late INTEGER NOT NULL,
    anchor TEXT NOT NULL,
    state TEXT NOT NULL,
    revision INTEGER NOT NULL,
    members TEXT NOT NULL,
    PRIMARY KEY (rule, window_seconds, source, key, start, late)
) WITHOUT ROWID;
CREATE INDEX incident_by_start ON incident (window_seconds, source, start);
CREATE TABLE watermark (source TEXT PRIMARY KEY, at INTEGER NOT NULL, shown TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE mark (number INTEGER PRIMARY KEY, stored_ns INTEGER NOT NULL);
CREATE TABLE sink (name TEXT PRIMARY KEY, next INTEGER NOT NULL, place TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""

# Detections and incidents in the order of time, with the day of their last change. detection.known is what follows the
# last slash of the key: the detection id, which grows with time. incident.bucket is start // window; key_sum is the
# CRC-32 of the key. members is empty where the anchor is the only one.
_VERSION_2 = """
ALTER TABLE detection RENAME TO old_detection;
DROP INDEX detection_by_place;
CREATE TABLE detection (
    known TEXT NOT NULL,
    key TEXT NOT NULL,
    source TEXT NOT NULL,
    connector_guid TEXT,
    detection_id TEXT,
    hostname TEXT,
    detection TEXT,
    sha256 TEXT,
    severity TEXT,
    time INTEGER NOT NULL,
    last_place INTEGER NOT NULL,
    state TEXT NOT NULL,
    day INTEGER NOT NULL,
    PRIMARY KEY (known, key)
) WITHOUT ROWID;
CREATE INDEX detection_by_place ON detection (last_place);
CREATE INDEX detection_by_day ON detection (day);
INSERT INTO detection
    SELECT substr(key, length(rtrim(key, replace(key, '/', ''))) + 1), key, source, connector_guid, detection_id,
        hostname, detection, sha256, severity, time, last_place, state, CAST(strftime('%s', 'now') AS INTEGER) / 86400
    FROM old_detection;
DROP TABLE old_detection;
ALTER TABLE incident RENAME TO old_incident;
DROP INDEX incident_by_start;
CREATE TABLE incident (
    number INTEGER PRIMARY KEY,
    rule TEXT NOT NULL,
    window_seconds INTEGER NOT NULL,
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    start INTEGER NOT NULL,
    late INTEGER NOT NULL,
    anchor TEXT NOT NULL,
    state TEXT NOT NULL,
    revision INTEGER NOT NULL,
    members TEXT NOT NULL,
    bucket INTEGER NOT NULL,
    key_sum INTEGER NOT NULL,
    day INTEGER NOT NULL
);
CREATE INDEX incident_by_place ON incident (bucket, key_sum);
CREATE INDEX incident_by_day ON incident (day);
INSERT INTO incident
    SELECT NULL, rule, window_seconds, source, key, start, late, anchor, state, revision, members,
        start / (window_seconds * 1000000000), key_sum(key), CAST(strftime('%s', 'now') AS INTEGER) / 86400
    FROM old_incident ORDER BY start;
DROP TABLE old_incident;
"""

# An event's identity (R1): digest is made of its type, stated time and detection_id; NULL in the rows of older
# releases, which know the id alone. A detection keeps all that its record shows in `state`; `held` is the run of
# interval mode that held it last. What a record's links are made of stands with its source. An incident whose window
# had closed was told of once more, under the next revision, without being stored: now it is.
_VERSION_3 = """
ALTER TABLE source ADD COLUMN console TEXT;
ALTER TABLE watermark ADD COLUMN flushed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE event RENAME TO old_event;
CREATE TABLE event (
    number INTEGER PRIMARY KEY,
    source INTEGER NOT NULL,
    key NOT NULL,
    digest INTEGER,
    checksum INTEGER NOT NULL,
    UNIQUE (source, key, digest)
);
INSERT INTO event SELECT number, source, key, NULL, checksum FROM old_event ORDER BY number;
DROP TABLE old_event;
CREATE INDEX event_of_older_release ON event (source, key) WHERE digest IS NULL;
ALTER TABLE detection RENAME TO old_detection;
DROP INDEX detection_by_place;
DROP INDEX detection_by_day;
CREATE TABLE detection (
    known TEXT NOT NULL,
    key TEXT NOT NULL,
    source TEXT NOT NULL,
    connector_guid TEXT,
    detection_id TEXT,
    sha256 TEXT,
    time INTEGER NOT NULL,
    last_place INTEGER NOT NULL,
    held INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    state TEXT NOT NULL,
    day INTEGER NOT NULL,
    PRIMARY KEY (known, key)
) WITHOUT ROWID;
CREATE INDEX detection_by_place ON detection (last_place);
CREATE INDEX detection_by_day ON detection (day);
CREATE INDEX detection_by_held ON detection (held) WHERE held > 0;
INSERT INTO detection
    SELECT known, key, source, connector_guid, detection_id, sha256, time, last_place, 0, 0,
        json_object(
            'entries', json_extract(state, '$[0]'),
            'facts', json_patch('{}', json_object('hostname', hostname, 'name', detection)),
            'first', 0,
            'sha256', json_extract(state, '$[3]'),
            'origins', json_object('hostname', json_extract(state, '$[1]'), 'name', json_extract(state, '$[2]')),
            'severity', severity
        ), day
    FROM old_detection;
DROP TABLE old_detection;
ALTER TABLE incident ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;
UPDATE incident SET state = 'final', revision = revision + 1
    WHERE state = 'open' AND start + window_seconds * 1000000000
        <= (SELECT at FROM watermark WHERE watermark.source = incident.source);
"""

# What leads from version n to n + 1 stands at position n. A step is never edited and shares nothing with another one:
# databases of every version are about.
MIGRATIONS: tuple[str, ...] = (_VERSION_1, _VERSION_2, _VERSION_3)
SCHEMA_VERSION = len(MIGRATIONS)


def key_sum(key: str) -> int:
    """Return that by which an incident's key is looked up: small, and spread within the window."""
    return crc32(key.encode())


def migrate(db: sqlite3.Connection, path: Path) -> None:
    """Bring the database to this release's version, in one transaction: after a kill it is as it was. StoreError."""
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    application: int = db.execute("PRAGMA application_id").fetchone()[0]
    if version and application != APPLICATION_ID:
        raise StoreError(f"{path}: is a database of another program; give another state folder")
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path}: has schema {version}, this release reads up to {SCHEMA_VERSION}: it comes from a newer"
            " release of the collection; install that one"
        )
    if version < SCHEMA_VERSION:
        db.create_function("key_sum", 1, key_sum, deterministic=True)
        steps = "".join(MIGRATIONS[version:])
        db.executescript(
            f"BEGIN IMMEDIATE; {steps} PRAGMA application_id = {APPLICATION_ID};"
            f" PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
        )
