# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unpack the small compressed members of packages, never more than a given size: a file can be a bomb.

Ubuntu packs its DEBs with zstd since 21.10. Python reads zstd from 3.14 on; before, the library `zstandard` or the
program `zstd` is used where the controller has one of them.
"""

from __future__ import annotations

import bz2
import importlib
import io
import lzma
import shutil
import subprocess
import tempfile
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

_MEMORY_OF_XZ = 128 * 1024 * 1024
_READERS: Mapping[str, Callable[[], Any]] = {
    ".gz": lambda: zlib.decompressobj(wbits=31),
    ".bz2": bz2.BZ2Decompressor,
    ".xz": lambda: lzma.LZMADecompressor(memlimit=_MEMORY_OF_XZ),
}


class TooLargeError(ValueError):
    """Report that the content unpacks to more than the caller takes."""


class NoZstdError(ValueError):
    """Report that nothing on this controller reads zstd."""


def unpack(content: bytes, suffix: str, most: int) -> bytes:
    """Return `content`, unpacked as `suffix` (.gz, .bz2, .xz, .zst, or nothing) says, of at most `most` bytes.

    Raises TooLargeError; NoZstdError; zlib.error, lzma.LZMAError, EOFError or OSError for damaged content.
    """
    if suffix in _READERS:
        reader = _READERS[suffix]()
        unpacked: bytes = reader.decompress(content, most + 1)
        complete: bool = reader.eof
    elif suffix == ".zst":
        unpacked, complete = _unzstd(content, most + 1), True
    else:
        unpacked, complete = content, True
    if len(unpacked) > most:
        raise TooLargeError(f"unpacks to more than {most} bytes")
    if not complete:
        raise EOFError
    return unpacked


def _unzstd(content: bytes, most: int) -> bytes:
    reader = _zstd_reader(content)
    if reader is not None:
        try:
            return bytes(reader.read(most))
        except Exception as error:  # noqa: BLE001 - each library has an error class of its own
            raise OSError(f"damaged zstd content ({type(error).__name__})") from None
    return _by_program(content, most)


def _zstd_reader(content: bytes) -> Any:
    """Return a reader of the unpacked content by a library, or None where Python has none."""
    file = io.BytesIO(content)
    with suppress(ImportError):
        return importlib.import_module("compression.zstd").ZstdFile(file)
    with suppress(ImportError):
        return importlib.import_module("zstandard").ZstdDecompressor().stream_reader(file)
    return None


def _by_program(content: bytes, most: int) -> bytes:
    program = shutil.which("zstd")
    if program is None:
        raise NoZstdError("needs zstd to be read")
    with tempfile.TemporaryFile() as packed:
        packed.write(content)
        packed.seek(0)
        command = [program, "--decompress", "--stdout", "--quiet", "--memory=128MB"]
        # A filter has no run_command. Nothing of the arguments comes from outside.
        with subprocess.Popen(  # noqa: S603  # pylint: disable=ansible-bad-function
            command, stdin=packed, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            unpacked = process.stdout.read(most) if process.stdout else b""
            if len(unpacked) == most:
                process.kill()
                return unpacked
    if process.returncode:
        raise OSError(f"zstd ended with {process.returncode}")
    return unpacked
