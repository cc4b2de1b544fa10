# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The old place, until every test imports from the new one."""

from __future__ import annotations

from .broker import Message, Publisher

__all__ = ["Message", "Publisher"]
