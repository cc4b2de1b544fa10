# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The section `partitions` of the configuration: which partitions a worker takes, and from where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..broker.cluster_settings import CLUSTER_DEFAULTS, cluster_settings
from ..broker.partitions import WorkerSettings
from ..broker.settings import MAX_PREFETCH
from ..broker.topology import EXCHANGES, PARTITIONS
from ..options import REQUIRED, Options

WORKER_DEFAULTS: Mapping[str, Any] = {
    "exchange": REQUIRED,
    **CLUSTER_DEFAULTS,
    "prefetch": 1000,
    "worker": 1,
    "workers": 1,
    "takeover_seconds": 60,
}


def worker_settings(options: Options) -> WorkerSettings:
    """Judge the section. Raises SettingsError."""
    workers = options.number("workers", 1, PARTITIONS)
    return WorkerSettings(
        cluster=cluster_settings(options, prefetch=options.number("prefetch", 1, MAX_PREFETCH)),
        exchange=options.choice("exchange", EXCHANGES),  # type: ignore[arg-type]
        worker=options.number("worker", 1, workers),
        workers=workers,
        takeover_seconds=options.number("takeover_seconds", 5, 24 * 3600),
    )
