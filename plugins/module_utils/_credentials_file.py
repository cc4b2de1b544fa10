# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that keeps the AMQP credentials of one event stream (schema version 1).

The cloud shows a stream's password once, in the answer that creates it, so the file is safe against a kill at any line:
`PATH.pending` tells what was about to be created, `PATH.new` is the reserved place, a rename makes it PATH.
Imports nothing of ours, no ansible. This file is private to the collection.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import Any

SCHEMA_VERSION = 1
RESERVED_BYTES = 16 * 1024  # found missing before the stream is made, not after
LARGEST = 1024 * 1024  # with the certificates of many authorities
MODE = 0o600
VAULT_HEADER = "$ANSIBLE_VAULT;"


class CredentialsFileError(Exception):
    """The file cannot be used; the text says which, why and what to do, and holds nothing of its content."""


@dataclass(frozen=True)
class StreamCredentials:
    """What a consumer needs to connect to a stream. Ids are decimal strings.

    `ca` is the text of the authorities to trust, for a reader that does not have the file of `ca_path`.
    """

    stream_id: str
    name: str
    host: str
    port: int
    user_name: str
    password: str = field(repr=False)
    queue_name: str
    vhost: str = "/"
    api_host: str | None = None
    ca_path: str | None = None
    ca: str | None = field(default=None, repr=False)

    def to_json(self) -> str:
        record = {"version": SCHEMA_VERSION, **asdict(self)}
        if self.ca is None:
            del record["ca"]
        return json.dumps(record, indent=2) + "\n"


@dataclass(frozen=True)
class PendingCreation:
    """What was about to be created, and which stream ids were there before: the means to find it after a kill."""

    api_host: str
    name: str
    event_types: tuple[str, ...]
    groups: tuple[str, ...]
    prior_ids: tuple[str, ...]

    def to_json(self) -> str:
        return json.dumps({"version": SCHEMA_VERSION, **asdict(self)}) + "\n"


def load(path: str) -> StreamCredentials:
    """Read the credentials for a consumer. Raises CredentialsFileError, also where the file is not there.

    A symbolic link is followed here, for secrets that a container platform mounts are links.
    """
    try:
        return _parse(path, _read(path, follow=True))
    except FileNotFoundError:
        raise CredentialsFileError(
            f"{path}: there is no such file. The module event_stream writes it when it creates the stream"
        ) from None


class CredentialsFile:
    """The file as `event_stream` keeps it.

    `check`, `read`, `is_open_to_others`, `pending` and `saved_but_not_renamed` write nothing: check mode needs no more.
    """

    def __init__(self, path: str) -> None:
        self.path = os.path.abspath(path)
        self.folder = os.path.dirname(self.path)
        self.pending_path = self.path + ".pending"
        self.reserved_path = self.path + ".new"

    def check(self) -> None:
        """Refuse a place that cannot be written, before anything is asked of the cloud."""
        if not os.path.isdir(self.folder):
            raise CredentialsFileError(
                f"{self.path}: the folder {self.folder} does not exist; create it first, for its owner only"
            )
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise CredentialsFileError(f"{self.path}: the folder {self.folder} cannot be written by this user")
        for path in (self.path, self.pending_path, self.reserved_path):
            if os.path.islink(path):
                raise CredentialsFileError(
                    f"{path}: is a symbolic link; a link is not followed, give the path of the file itself"
                )

    def read(self) -> StreamCredentials | None:
        """Return the credentials in the file, None if there is none. Raises CredentialsFileError for other content."""
        try:
            return _parse(self.path, _read(self.path, follow=False))
        except FileNotFoundError:
            return None

    def is_open_to_others(self) -> bool:
        """Return whether the file has another mode than 0600."""
        return stat.S_IMODE(os.lstat(self.path).st_mode) != MODE

    def mend_mode(self) -> None:
        handle = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.fchmod(handle, MODE)
        finally:
            os.close(handle)

    def pending(self) -> PendingCreation | None:
        """Return what a killed run was about to create. Raises CredentialsFileError while such a run is active."""
        try:
            text = _read(self.pending_path, follow=False)
        except FileNotFoundError:
            return None
        with self._locked(os.O_RDWR):
            pass
        try:
            record = json.loads(text)
            return PendingCreation(
                api_host=str(record["api_host"]),
                name=str(record["name"]),
                event_types=tuple(map(str, record["event_types"])),
                groups=tuple(map(str, record["groups"])),
                prior_ids=tuple(map(str, record["prior_ids"])),
            )
        except (ValueError, TypeError, KeyError, RecursionError):
            # It is synced before the stream is asked for, so a torn one means that nothing was asked for.
            return None

    def saved_but_not_renamed(self) -> StreamCredentials | None:
        """Return complete credentials in the reserved place: the run was killed between writing and renaming."""
        try:
            return _parse(self.reserved_path, _read(self.reserved_path, follow=False))
        except (FileNotFoundError, CredentialsFileError):
            return None

    @contextmanager
    def reserve(self, creation: PendingCreation) -> Iterator[Reservation]:
        """Make sure that the credentials can be saved, and note what is being created, before it is created.

        The body calls `commit` or `abandon`; where it ends otherwise (a kill, an unknown outcome) the note stays.
        """
        with self._locked(os.O_RDWR | os.O_CREAT) as note:
            try:
                _fill(note, creation.to_json())
                place = self._open_reserved()
                try:
                    _fill(place, " " * RESERVED_BYTES)
                    _sync_folder(self.folder)
                except BaseException:
                    os.close(place)
                    raise
            except OSError as error:
                self.discard_pending()
                raise _cannot_write(self.path, error) from error
            try:
                yield Reservation(self, place)
            finally:
                os.close(place)

    def _open_reserved(self) -> int:
        with suppress(FileNotFoundError):
            os.unlink(self.reserved_path)
        return os.open(self.reserved_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, MODE)

    def save(self, credentials: StreamCredentials) -> None:
        """Replace the file as a whole, where no creation is going on (a renamed stream)."""
        try:
            place = self._open_reserved()
        except OSError as error:
            raise _cannot_write(self.path, error) from error
        try:
            Reservation(self, place).commit(credentials)
        finally:
            os.close(place)

    def adopt_reserved(self) -> None:
        """Finish what a killed run had written completely."""
        os.rename(self.reserved_path, self.path)
        _sync_folder(self.folder)
        self.discard_pending()

    def discard_pending(self) -> None:
        for path in (self.reserved_path, self.pending_path):
            with suppress(FileNotFoundError):
                os.unlink(path)
        _sync_folder(self.folder)

    def remove(self) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self.path)
        with suppress(OSError):
            _sync_folder(self.folder)

    @contextmanager
    def _locked(self, flags: int) -> Iterator[int]:
        """Open and lock the note. A note that another process holds is not a leftover."""
        try:
            note = os.open(self.pending_path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, MODE)
        except OSError as error:
            raise _cannot_write(self.path, error) from error
        try:
            try:
                fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CredentialsFileError(
                    f"{self.path}: another run is creating a stream with this file right now; run again when it is over"
                ) from None
            except OSError:  # a file system without locks: the note itself still survives a kill
                pass
            yield note
        finally:
            os.close(note)


class Reservation:
    """A place on the disk that is already paid for."""

    def __init__(self, owner: CredentialsFile, place: int) -> None:
        self._owner = owner
        self._place = place

    def commit(self, credentials: StreamCredentials) -> None:
        """Write, sync, rename, sync the folder. Raises CredentialsFileError; then the file is not there."""
        owner = self._owner
        try:
            _fill(self._place, credentials.to_json())
            os.rename(owner.reserved_path, owner.path)
        except OSError as error:
            raise _cannot_write(owner.path, error) from error
        try:
            _sync_folder(owner.folder)
        except OSError as error:
            owner.remove()
            raise _cannot_write(owner.path, error) from error
        with suppress(OSError):  # saved is saved: a note that stays is understood by the next run
            owner.discard_pending()

    def abandon(self) -> None:
        """Discard the note: nothing was created, or it was deleted again."""
        self._owner.discard_pending()


def _read(path: str, *, follow: bool) -> str:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW))
    except OSError as error:
        if error.errno == errno.ENOENT:
            raise
        reason = (
            "is a symbolic link; give the path of the file itself" if error.errno == errno.ELOOP else error.strerror
        )
        raise CredentialsFileError(f"{path}: {reason}") from error
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise CredentialsFileError(f"{path}: is not a regular file")
        return os.read(handle, LARGEST).decode("utf-8", errors="replace")
    finally:
        os.close(handle)


def _parse(path: str, text: str) -> StreamCredentials:
    if text.startswith(VAULT_HEADER):
        raise CredentialsFileError(
            f"{path}: is encrypted with Ansible Vault: no consumer can read it and a change would save it in clear."
            " Give the path of a plain file with mode 0600 and keep the encrypted copy under another name"
        )
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        raise CredentialsFileError(
            f"{path}: is not the credentials file of an event stream (no JSON); it is left as it is"
        ) from None
    return _from_record(path, record)


def _from_record(path: str, record: object) -> StreamCredentials:
    if not isinstance(record, Mapping) or "version" not in record:
        raise CredentialsFileError(f"{path}: is not the credentials file of an event stream; it is left as it is")
    if record["version"] != SCHEMA_VERSION:
        raise CredentialsFileError(
            f"{path}: has schema version {str(record['version'])[:20]!r}, this collection reads {SCHEMA_VERSION}"
        )
    record = {**record, "stream_id": str(record.get("stream_id") or "")}
    texts = {
        name: _text(path, record, name) for name in ("stream_id", "name", "host", "user_name", "password", "queue_name")
    }
    port = record.get("port")
    if isinstance(port, bool) or not isinstance(port, int) or not 0 < port < 65536:
        raise CredentialsFileError(f"{path}: port is not a number between 1 and 65535")
    return StreamCredentials(
        **texts,
        port=port,
        vhost=_text(path, record, "vhost", default="/") or "/",
        api_host=_text(path, record, "api_host", default=None),
        ca_path=_text(path, record, "ca_path", default=None),
        ca=_text(path, record, "ca", default=None),
    )


_REQUIRED: Any = object()


def _text(path: str, record: Mapping[str, object], name: str, default: Any = _REQUIRED) -> Any:
    value = record.get(name)
    if value is None and default is not _REQUIRED:
        return default
    if not isinstance(value, str) or (default is _REQUIRED and not value):
        raise CredentialsFileError(f"{path}: {name} is missing or not a text")
    return value


def _fill(handle: int, text: str) -> None:
    """Make `text` the whole content, on the disk when this returns."""
    content = text.encode()
    os.lseek(handle, 0, os.SEEK_SET)
    while content:
        content = content[os.write(handle, content) :]
    os.ftruncate(handle, os.lseek(handle, 0, os.SEEK_CUR))
    os.fsync(handle)


def _sync_folder(folder: str) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems cannot sync a folder
            raise
    finally:
        os.close(handle)


def _cannot_write(path: str, error: OSError) -> CredentialsFileError:
    reason = {
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "the disk quota is used up",
        errno.EROFS: "the file system is read-only",
        errno.ELOOP: "a symbolic link is in its place",
    }.get(error.errno or 0, error.strerror or type(error).__name__)
    return CredentialsFileError(f"{path}: cannot be written: {reason}")
