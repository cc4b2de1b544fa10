# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tenant as a resource sees it: the client, whether anything may change, and where warnings go.

This file is private to the collection.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.client import Client


class Tenant(NamedTuple):
    """One organisation in one region, for the time of one task."""

    client: Client
    check_mode: bool = False
    warn: Callable[[str], None] = print
