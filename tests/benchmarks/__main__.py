# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m benchmarks [NAME ...] [--runs N] [--json FILE]`: run, print the table, exit 1 where a target is missed."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
from dataclasses import asdict
from pathlib import Path

from .harness import BENCHMARKS, Row, table


def main(arguments: list[str] | None = None) -> int:
    """Return 0 where every target is met."""
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        importlib.import_module(f"{__package__}.{path.stem}")
    parser = argparse.ArgumentParser(prog="benchmarks", description=(__doc__ or "").partition(":")[2].strip())
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--runs", type=int, default=20, help="pairs of each comparison (default 20)")
    parser.add_argument("--json", type=Path, help="also write the rows there")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - set(BENCHMARKS))
    if unknown or options.runs < 2:
        parser.error(f"no benchmark {', '.join(unknown)}" if unknown else "--runs must be 2 or more")
    rows: list[Row] = []
    for name, run in BENCHMARKS.items():
        if not options.names or name in options.names:
            print(f"running {name} ...", file=sys.stderr, flush=True)
            rows += run(options.runs)
    print(table(rows))
    if options.json:
        write(options.json, rows, options.runs)
    missed = [row for row in rows if not row.met]
    targets = sum(row.target is not None for row in rows)
    print(f"\n{targets - len(missed)} of {targets} targets met" if rows else "nothing was measured")
    return 1 if missed else 0


def write(path: Path, rows: list[Row], runs: int) -> None:
    """Write the rows with what they were measured on."""
    machine = {"python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count()}
    path.parent.mkdir(parents=True, exist_ok=True)
    found = [{**asdict(row), "verdict": row.verdict} for row in rows]
    path.write_text(json.dumps({"machine": machine, "runs": runs, "rows": found}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
