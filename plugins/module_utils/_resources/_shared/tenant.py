# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tenant as a resource sees it: the client, whether anything may change, and where warnings go.

What lives in `_resources`: one folder for each resource of the cloud, each with what it needs of `read.py` (requests
that read, and the `_info` module), `plan.py` (compare what is wanted with what is there; pure), `apply.py` (the
writes) and `reconcile.py` (the module: read, plan, apply). `_shared` serves all of them. Modules and plugins import
`_resources`; it imports `_api` and `_common`, and never ansible. This file is private to the collection.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..._api.client import Client


class Tenant(NamedTuple):
    """One organisation in one region, for the time of one task."""

    client: Client
    check_mode: bool
    diff_mode: bool
    warn: Callable[[str], None]
