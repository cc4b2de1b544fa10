# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often Python looks for cycles of objects that nobody uses. Private to the collection."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_RARELY = (1_000_000, 20, 100)  # a drain of 100,000 events ends without a look, which would take 50 ms


def collect_garbage_rarely() -> None:
    """Look rarely in a process that does nothing but consume: no engine and no decoder makes reference cycles.

    With Python's own thresholds a third of the time goes into looking for some among the detections in memory.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_RARELY)


@contextmanager
def garbage_collected_rarely() -> Iterator[None]:
    """Do the same for a block of a process that has done other things and will do more."""
    before = gc.get_threshold()
    gc.set_threshold(*_RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
