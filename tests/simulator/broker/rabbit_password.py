# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""RabbitMQ's own form of a stored password: base64 of a salt and the SHA-256 of salt and password."""

from __future__ import annotations

import base64
import hashlib
import os


def password_hash(password: str) -> str:
    """Hash for `rabbit_password_hashing_sha256`, with a fresh salt."""
    salt = os.urandom(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
