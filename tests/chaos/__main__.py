# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m chaos [--kills N] [--seed N]` in the folder tests: the long form. Exit code 1 if something was wrong."""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import tempfile
from pathlib import Path

from .storm import Plan, Storm, broker, report


def main() -> int:
    parser = argparse.ArgumentParser(prog="chaos")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    (folder / "broker").mkdir()
    rabbit, ca_path = broker(folder / "broker")
    try:
        (folder / "storm").mkdir()
        figures = Storm(folder / "storm", Plan(given.kills, given.seed), rabbit, ca_path).run()
    finally:
        rabbit.node.command("kill")
        rabbit.stop()
    print(json.dumps(report(figures), indent=2))
    if figures.findings:
        print(f"what it left behind is in {folder}", file=sys.stderr)
    return 1 if figures.findings else 0


if __name__ == "__main__":
    sys.exit(main())
