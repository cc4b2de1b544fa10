# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports of the loopback interface."""

from __future__ import annotations

import secrets
import socket

# below what Linux gives to outgoing connections, so that none of those can take a port before its server does
FIRST, LAST = 20000, 32000


def free_port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago, and that nobody gets by chance."""
    while True:
        port = FIRST + secrets.randbelow(LAST - FIRST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
