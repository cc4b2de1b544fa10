# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in files of their own: a token of an HTTP sink, the password of a relay or a worker."""

from __future__ import annotations

from pathlib import Path

from .._common.text import printable
from .errors import SettingsError
from .options import Options


def read_secret(path: str) -> str:
    """Return the one word in a file of mode 0600, or in a systemd credential (0400). Raises SettingsError."""
    file = Path(path)
    try:
        if file.stat().st_mode & 0o077:
            raise SettingsError(f"{printable(path)}: can be read by others; chmod 0600")
        secret = file.read_text(encoding="ascii").strip()
    except UnicodeDecodeError:
        raise SettingsError(f"{printable(path)}: holds no token (not ASCII)") from None
    except OSError as error:
        raise SettingsError(f"{printable(path)}: cannot be read: {error.strerror}") from None
    if not secret or any(ord(mark) < 33 for mark in secret):
        raise SettingsError(f"{printable(path)}: holds no token (one word is expected)")
    return secret


def secret_at(options: Options, key: str) -> str:
    """Return the secret in the file that the option `key` names. Raises SettingsError with the option's place."""
    path = options.text(key)
    try:
        return read_secret(path)
    except SettingsError as error:
        raise SettingsError(f"{options.where}.{key}: {error}") from None
