# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m cluster [--rounds N] [--seed N]` in the folder tests: the long form. Exit code 1 if anything was wrong."""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from chaos.storm import broker

from .nodes import Cluster
from .rehearsal import Figures, Rehearsal


def main() -> int:
    parser = argparse.ArgumentParser(prog="cluster")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="cluster-"))
    (folder / "cloud").mkdir()
    cloud, cloud_ca = broker(folder / "cloud")
    wrong = 0
    try:
        with Cluster(folder / "nodes") as cluster:
            for name in ("kept", "moved"):
                (folder / name).mkdir()
                rehearsal = Rehearsal(folder / name, cluster, cloud, cloud_ca, given.seed)
                began = time.monotonic()
                try:
                    rehearsal.declare()
                    getattr(rehearsal, name)(given.rounds)
                finally:
                    rehearsal.close()
                rehearsal.figures.seconds = time.monotonic() - began
                print(json.dumps({name: report(rehearsal.figures)}, indent=2), flush=True)
                wrong += len(rehearsal.figures.findings)
    finally:
        cloud.node.command("kill")
        cloud.stop()
    if wrong:
        print(f"what it left behind is in {folder}", file=sys.stderr)
    return 1 if wrong else 0


def report(figures: Figures) -> dict[str, Any]:
    return {
        "seconds": round(figures.seconds, 1),
        "published": figures.published,
        "events": figures.events,
        "happened": dict(figures.happened),
        "events in two stores": figures.in_two_stores,
        "incidents": figures.incidents,
        "of them flagged": figures.flagged,
        "findings": figures.findings,
    }


if __name__ == "__main__":
    sys.exit(main())
