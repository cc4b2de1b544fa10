# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make hostile`: every mode of a hostile cloud times every module, the inventory and the lookup."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from ansible.utils.collection_loader import _collection_finder

COLLECTIONS = Path(__file__).resolve().parents[2] / ".cache" / "collections"
_collection_finder._AnsibleCollectionFinder(paths=[str(COLLECTIONS)])._install()

from .matrix import Cell, Matrix  # noqa: E402 - the collection can be imported only now
from .modes import MODES  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(prog="hostile", description=__doc__)
    parser.add_argument("--mode", action="append", help="only modes with this in their name")
    parser.add_argument("--entry", action="append", help="only entry points with this in their name")
    chosen = parser.parse_args()
    began = time.monotonic()
    failed: list[Cell] = []
    count = 0
    with Matrix() as matrix:
        modes = [name for name in MODES if not chosen.mode or any(part in name for part in chosen.mode)]
        entries = [name for name in matrix.tasks if not chosen.entry or any(part in name for part in chosen.entry)]
        for name in modes:
            cells = list(matrix.cells([name], entries))
            bad = [cell for cell in cells if cell.problems]
            count, failed = count + len(cells), failed + bad
            slowest = max(cells, key=lambda cell: cell.seconds)
            verdict = f"{len(bad)} FAILED" if bad else "held"
            print(
                f"{name:45} {len(cells)} entry points {verdict}; slowest {slowest.entry} {slowest.seconds:.1f} s",
                flush=True,
            )
            for cell in bad:
                for problem in cell.problems:
                    print(f"    {cell.entry}: {problem}")
    print(f"{len(modes)} modes, {count} cells, {len(failed)} failed, {time.monotonic() - began:.0f} seconds")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
