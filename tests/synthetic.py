# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`plugins/module_utils` as a package without ansible: `from synthetic._events.event import event_from_object`."""

from __future__ import annotations

from pathlib import Path

__path__ = [str(Path(__file__).resolve().parents[1] / "plugins" / "module_utils")]
