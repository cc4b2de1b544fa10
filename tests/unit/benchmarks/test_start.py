# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make bench`, `make chaos` and `make cluster` run, and the processes that these start, can be imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[2]
COLLECTIONS = TESTS.parent / ".cache" / "collections"
FILES = [path for folder in ("benchmarks", "chaos", "cluster") for path in sorted((TESTS / folder).glob("*.py"))]
# These two are run by their path and do all that they do at import: the tests of the storm and the cluster start them.
PROGRAMS = {TESTS / "chaos" / "child.py", TESTS / "cluster" / "finish.py"}
MODULES = [f"{path.parent.name}.{path.stem}" for path in FILES if path not in PROGRAMS and path.stem != "__init__"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Start Python as the Makefile does, but with nothing beside `tests` to import from."""
    environment = {**os.environ, "PYTHONPATH": str(TESTS), "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)}
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False)


def test_every_module_is_imported_in_a_process_without_the_suite() -> None:
    assert {"benchmarks.bench_correlation", "benchmarks.consumers", "chaos.storm", "cluster.nodes"} <= set(MODULES)
    code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    done = run("-c", code, *MODULES)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("program", ["benchmarks", "chaos", "cluster"])
def test_every_program_starts_and_says_what_it_takes(program: str) -> None:
    done = run("-m", program, "--help")
    assert done.returncode == 0, done.stderr
    assert f"usage: {program}" in done.stdout


def test_a_measurement_of_the_correlation_runs_in_a_process_of_its_own() -> None:
    code = "from benchmarks.correlation import measure_apart; print(measure_apart(2000).detections)"
    done = run("-c", code)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0
