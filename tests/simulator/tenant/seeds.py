# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a tenant is made of: GUIDs and hashes from a generator that its seed starts."""

from __future__ import annotations

import uuid
from random import Random

DAY = 86400.0


def new_guid() -> str:
    """Return a GUID for something that somebody makes now."""
    return str(uuid.uuid4())


def make_guid(random: Random) -> str:
    """Return a random-looking GUID from the tenant's own generator."""
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


def make_sha256(random: Random) -> str:
    """Return a random-looking SHA-256."""
    return random.randbytes(32).hex()
