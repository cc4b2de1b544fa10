# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every test here may ask for the scripted cloud."""

from __future__ import annotations

from unit.scripted_cloud import cloud

__all__ = ["cloud"]
