# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong between the broker and the disk, worded for the person who must act.

Each error says what happened, where, and what to do; none of them holds a secret, for none is built from credentials.
"""

from __future__ import annotations

import sys


class StreamError(Exception):
    """Base of everything that the stream package raises on purpose."""


class SettingsError(StreamError):
    """A setting is wrong; the text names the key, what is wrong with it and what is expected."""


class LibraryMissing(SettingsError):
    """What was configured needs a Python library that this interpreter does not have."""

    def __init__(self, library: str, cause: ImportError) -> None:
        super().__init__(f"the Python library {library} is missing; install it for {sys.executable}")
        self.library = library
        self.cause = cause


class BrokerError(StreamError):
    """The broker, or the way to it, is the trouble. `permanent`: trying again without a change cannot help."""

    permanent = False


class Unreachable(BrokerError):
    """No connection: name, route, port, firewall."""


class UntrustedCertificate(BrokerError):
    """TLS failed: unknown authority, other host name, expired."""


class LoginRefused(BrokerError):
    """The broker knows no such user or password, or gives it no access to the virtual host."""

    permanent = True


class QueueRefused(BrokerError):
    """The user may not read the queue."""

    permanent = True


class QueueMissing(BrokerError):
    """There is no such queue: the stream was deleted, or the name is wrong."""

    permanent = True


class ConnectionLost(BrokerError):
    """The connection ended while it was in use."""


class StoreError(StreamError):
    """The state folder cannot be used, or a write to it did not become durable. Nothing was acknowledged for it."""


class StateFolderInUse(StoreError):
    """Another consumer holds the state folder."""


class OutputError(StreamError):
    """A file that is written for others cannot be written, or somebody else changed it."""
