# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes that were accepted (202) and show only after some reads (switch group_patch_delay)."""

from __future__ import annotations

from collections.abc import Callable


class Deferred:
    """An ordered list of changes still to come."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, Callable[[], object]]] = []

    def after(self, reads: int, apply: Callable[[], object]) -> None:
        """Make the change at once (0), or once so many reads have not shown it."""
        if reads == 0:
            apply()
        else:
            self._waiting.append((reads, apply))

    def read(self) -> None:
        """One read of groups or computers begins."""
        due = [apply for reads, apply in self._waiting if reads <= 0]
        self._waiting = [(reads - 1, apply) for reads, apply in self._waiting if reads > 0]
        for apply in due:
            apply()

    def clear(self) -> None:
        """Forget them."""
        self._waiting.clear()
