# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m PACKAGE._stream run --config PATH`; PACKAGE is the folder that holds `_stream`, `_events` and the rest."""

from __future__ import annotations

if __name__ == "__main__":
    from .cli import run_from_command_line

    run_from_command_line()
