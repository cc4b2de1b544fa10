# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests are the scarce resource, 3,000 an hour: how many each operation makes, against lower_bounds.yml."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from simulator import Simulator

from .harness import Row, benchmark, count
from .plays import run_tasks

TABLE = Path(__file__).with_name("lower_bounds.yml")


@dataclass(frozen=True)
class Operation:
    """One row of lower_bounds.yml. `tree` is written to {work}/tree.yml, so many `hashes` to {work}/hashes.txt."""

    operation: str
    module: str
    bound: int
    why: str
    options: dict[str, Any] = field(default_factory=dict)
    given: list[dict[str, Any]] = field(default_factory=list)
    check: bool = False
    tree: dict[str, Any] | None = None
    hashes: int = 0

    def write_files(self, work: Path) -> None:
        """Write what the options name."""
        (work / "tree.yml").write_text(yaml.safe_dump(self.tree), encoding="utf-8")
        lines = "".join(f"{number:064x}\n" for number in range(self.hashes))
        (work / "hashes.txt").write_text(lines, encoding="utf-8")


def operations() -> list[Operation]:
    """The reviewed table."""
    return [Operation(**row) for row in yaml.safe_load(TABLE.read_text(encoding="utf-8"))]


@benchmark
def requests_per_operation(runs: int) -> Iterator[Row]:
    """Counted in the log of the simulated cloud; a count is the same each time, so each operation runs once."""
    del runs
    with Simulator() as tenant:
        for operation in operations():
            tenant.control.reset()
            with tempfile.TemporaryDirectory() as work:
                operation.write_files(Path(work))
                for given in operation.given:
                    run_module(tenant, Path(work), given["module"], given.get("options", {}))
                tenant.control.clear_requests()
                run_module(tenant, Path(work), operation.module, operation.options, check=operation.check)
            made = len(tenant.control.requests())
            yield count(f"{operation.module}: {operation.operation}", made, operation.bound)


def run_module(tenant: Simulator, work: Path, module: str, options: dict[str, Any], *, check: bool = False) -> None:
    """Run one module on localhost. Raises RuntimeError where it fails."""
    there = json.loads(json.dumps(options).replace("{work}", str(work)))
    run_tasks([{"name": module, f"ampops.secure_endpoint.{module}": there}], work, tenant.environment, check=check)
