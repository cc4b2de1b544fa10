# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read name, version and architecture from an RPM or DEB file, on a controller that may have neither rpm nor dpkg."""

from __future__ import annotations

import io
import lzma
import re
import struct
import tarfile
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from .compression import NoZstdError, TooLargeError, unpack

_LEAD_SIZE = 96
_RPM_MAGIC = b"\xed\xab\xee\xdb"
_HEADER_MAGIC = b"\x8e\xad\xe8\x01"
_LARGEST_HEADER = 16 * 1024 * 1024
_LARGEST_CONTROL = 16 * 1024 * 1024
_STRING_TAGS = {1000: "name", 1001: "version", 1002: "release", 1022: "arch"}
_UPSTREAM = re.compile(r"(?:[0-9]+:)?([0-9][0-9.]*)(?:[-~+].*)?")


class PackageFileError(ValueError):
    """Report a file that is not a readable package; the text completes "The file ..."."""


class UnreadableZstdError(PackageFileError):
    """Report a DEB with zstd members on a controller that cannot read zstd: the package may be good."""


@dataclass(frozen=True)
class PackageFile:
    """Name, version without epoch and release, and architecture as the package writes it."""

    name: str
    version: str
    arch: str


def read_package(file: BinaryIO) -> PackageFile:
    """Return what the head of an RPM or DEB says. Raises PackageFileError."""
    magic = file.read(8)
    file.seek(0)
    try:
        if magic.startswith(_RPM_MAGIC):
            fields = _read_rpm(file)
        elif magic == b"!<arch>\n":
            fields = _read_deb(file)
        else:
            raise PackageFileError("is neither an RPM nor a DEB")
    except NoZstdError:
        raise UnreadableZstdError(
            "is a DEB with zstd compression, which this controller cannot read: install zstd there (or the Python"
            " library zstandard), or give the version in the manifest"
        ) from None
    except TooLargeError as error:
        raise PackageFileError(f"is refused: its control archive {error}") from None
    except (struct.error, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, UnicodeDecodeError) as error:
        raise PackageFileError(f"is damaged or cut off ({type(error).__name__})") from None
    upstream = _UPSTREAM.fullmatch(fields.get("version", ""))
    if not upstream or not fields.get("name") or not fields.get("arch"):
        raise PackageFileError("does not say its name, version and architecture")
    return PackageFile(fields["name"], upstream.group(1).rstrip("."), fields["arch"])


def _read_rpm(file: BinaryIO) -> dict[str, str]:
    """Lead, signature header (padded to 8), then the header with the tags."""
    file.seek(_LEAD_SIZE)
    count, size = _header_intro(file)
    length = count * 16 + size
    file.seek(length + (-length % 8), io.SEEK_CUR)
    count, size = _header_intro(file)
    index, store = file.read(count * 16), file.read(size)
    if len(index) < count * 16 or len(store) < size:
        raise EOFError
    fields = {}
    for tag, _kind, offset, _count in struct.iter_unpack(">IIII", index):
        if tag in _STRING_TAGS and offset < size:
            end = store.find(b"\x00", offset)
            fields[_STRING_TAGS[tag]] = store[offset : end if end >= 0 else size].decode("ascii")
    return fields


def _header_intro(file: BinaryIO) -> tuple[int, int]:
    magic, count, size = struct.unpack(">4s4xII", file.read(16))
    if magic != _HEADER_MAGIC or count * 16 + size > _LARGEST_HEADER:
        raise PackageFileError("is an RPM with a broken header")
    return count, size


def _read_deb(file: BinaryIO) -> dict[str, str]:
    """Read an ar archive: debian-binary, then control.tar with its compression, then the data (not read)."""
    file.seek(8)
    while True:
        head = file.read(60)
        if len(head) < 60:
            raise EOFError
        member = head[:16].decode("ascii").strip().rstrip("/")
        size = int(head[48:58].strip() or b"-1") if head[48:58].strip().isdigit() else -1
        if size < 0 or (size > _LARGEST_HEADER and member.startswith("control.tar")):
            raise PackageFileError("is a DEB with a broken archive")
        if member.startswith("control.tar"):
            return _read_control(member, file.read(size))
        file.seek(size + size % 2, io.SEEK_CUR)


def _read_control(member: str, content: bytes) -> dict[str, str]:
    content = unpack(content, member.removeprefix("control.tar"), _LARGEST_CONTROL)
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
        for entry in archive:
            if entry.name.lstrip("./") == "control" and entry.isfile() and entry.size < 1024 * 1024:
                control = archive.extractfile(entry)
                lines = control.read().decode("utf-8").splitlines() if control else []
                pairs = (line.partition(":") for line in lines if line and not line[0].isspace())
                fields = {key.lower(): value.strip() for key, _colon, value in pairs}
                return {
                    "name": fields.get("package", ""),
                    "version": fields.get("version", ""),
                    "arch": fields.get("architecture", ""),
                }
    raise PackageFileError("is a DEB without a control file")
