# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the credentials file with the streams of the tenant (R21, R22). Nothing here writes.

This file is private to the collection.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from ..._api.errors import Refused
from ..._credentials_file import (
    CredentialsFile,
    CredentialsFileError,
    PendingCreation,
    StreamCredentials,
)
from ..._job_container import ephemeral_reason
from .apply import orphans
from .plan import (
    DesiredStream,
    Saved,
    find,
)
from .read import Settings, Stream


class FileState(NamedTuple):
    """What the file is for the wanted stream, and the stream that a run which was killed left without a password."""

    saved: Saved
    orphan: Stream | None = None
    leftover: bool = False  # a note of such a run that has nothing to tell any more


@contextmanager
def file_errors() -> Iterator[None]:
    """Turn the file's own errors into refusals."""
    try:
        yield
    except CredentialsFileError as error:
        raise Refused(f"{error}.") from None
    except OSError as error:
        raise Refused(f"{error.filename or 'credentials_path'}: {error.strerror}.") from None


def check_place(file: CredentialsFile, *, allow_ephemeral: bool) -> None:
    """Refuse a place that cannot be written, or that ends with the job, before anything is asked of the cloud."""
    with file_errors():
        file.check()
    reason = None if allow_ephemeral else ephemeral_reason(file.path)
    if reason:
        raise Refused(
            f"credentials_path {file.path}: {reason}. Give a path on a mounted volume, store the credentials elsewhere"
            " (playbook ampops.secure_endpoint.event_stream_create), or set allow_ephemeral=true where the job itself"
            " consumes the stream. Nothing was changed."
        )


def inspect(file: CredentialsFile, desired: DesiredStream, streams: Collection[Stream], api_host: str) -> FileState:
    """Compare the file, and what a killed run left beside it, with the streams that are there. Raises Refused."""
    with file_errors():
        note, saved = file.pending(), file.read()
        half_done = file.saved_but_not_renamed() if note else None
    if note and note.api_host != api_host:
        raise Refused(
            f"{file.pending_path}: an interrupted run was creating an event stream on {note.api_host}, not on"
            f" {api_host}. Run its task again, or remove that file. Nothing was changed."
        )
    there = {stream.id for stream in streams}
    if half_done and half_done.stream_id in there:
        _relation(file.path, half_done, desired, streams, api_host)
        return FileState(Saved.NOT_RENAMED)
    was_saved = note is not None and saved is not None and saved.stream_id in there.difference(note.prior_ids)
    orphan = _orphan(file, note, streams) if note and not was_saved else None
    remaining = [stream for stream in streams if stream != orphan]
    relation = _relation(file.path, saved, desired, remaining, api_host)
    if relation is Saved.PRESENT and file.is_open_to_others():
        relation = Saved.OPEN_TO_OTHERS
    return FileState(relation, orphan, leftover=note is not None)


def matches(file: CredentialsFile, desired: DesiredStream, streams: Collection[Stream], api_host: str) -> bool:
    """Return whether `state: absent` may remove the file: it must be of the stream, or of a former one of its name."""
    try:
        return _relation(file.path, file.read(), desired, streams, api_host) is not Saved.ABSENT
    except (CredentialsFileError, Refused):
        return False


def _orphan(file: CredentialsFile, note: PendingCreation, streams: Collection[Stream]) -> Stream | None:
    """Return the stream of a run that was killed between the request and the file: its password is lost (R20)."""
    made = Settings(note.name, frozenset(map(int, note.event_types)), frozenset(note.groups))
    found = orphans(streams, made, note.prior_ids)
    if len(found) > 1:
        raise Refused(
            f"{file.pending_path}: an interrupted run was creating an event stream, and any of"
            f" {', '.join(map(str, found))} may be it. Delete what nobody consumes, then remove that file."
            " Nothing was changed."
        )
    return found[0] if found else None


def _relation(
    path: str,
    saved: StreamCredentials | None,
    desired: DesiredStream,
    streams: Collection[Stream],
    api_host: str,
) -> Saved:
    """Return whose credentials these are. Raises Refused if they are of another stream."""
    if saved is None:
        return Saved.ABSENT
    current = find(desired, list(streams))
    if saved.api_host == api_host and current and saved.stream_id == current.id:
        return Saved.PRESENT if saved.name == (desired.name or current.settings.name) else Saved.FORMER_NAME
    gone = saved.stream_id not in {stream.id for stream in streams}
    if saved.api_host == api_host and gone and _is_meant(saved, desired, current):
        return Saved.OUTDATED
    raise Refused(
        f'{path}: holds the credentials of another event stream, "{saved.name}" ({saved.stream_id}) on'
        f" {saved.api_host or 'an unknown host'}. They are never overwritten: give another credentials_path."
        " Nothing was changed."
    )


def _is_meant(saved: StreamCredentials, desired: DesiredStream, current: Stream | None) -> bool:
    """Return whether these are the credentials of an earlier stream of the same identity."""
    if desired.stream_id is not None and current is None:
        return saved.stream_id == desired.stream_id
    return saved.name in (desired.name, current.settings.name if current else None)
