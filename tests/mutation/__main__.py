# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change the engine in every way that cosmic-ray knows, one at a time, and list the changes that no test notices.

`make mutation` runs it; `ARGS="judgement identity"` takes these modules alone. Every operator, no pragmas. Left out are
changes of annotations, which nothing evaluates. A mutant that never ends counts as killed. Each processor works in a
copy of the checkout of its own, so that the checkout stays as it is.
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parents[2]
ENGINE = Path("plugins", "module_utils", "_events")
MODULES = (
    *("windows", "event", "event_types", "incidents", "judgement", "held_windows", "identity", "grouping"),
    *("watermark", "waiting", "reopening", "joining"),
)
"""Table, classes, outcomes, identity and placing; the longest first, so that no processor waits for the last one."""

KILLED_AT_LEAST = 0.9
COPIED = ("plugins", "tests", "pyproject.toml", "galaxy.yml", "meta")


class Survivor(NamedTuple):
    """A change that no test noticed."""

    line: int
    operator: str
    change: str


class Result(NamedTuple):
    """What became of the mutants of one module."""

    module: str
    mutants: int
    survivors: list[Survivor]


def main(arguments: list[str] | None = None) -> int:
    """Return 0 where at least nine of ten mutants are killed."""
    parser = argparse.ArgumentParser(prog="mutation", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of {', '.join(MODULES)} (default: all)")
    parser.add_argument("--cosmic-ray", required=True, help="the program, which has an environment of its own")
    options = parser.parse_args(arguments)
    unknown = set(options.modules) - set(MODULES)
    if unknown:
        parser.error(f"no module {', '.join(sorted(unknown))}; known are {', '.join(MODULES)}")
    began = time.monotonic()
    workers = os.cpu_count() or 1
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        free: SimpleQueue[Path] = SimpleQueue()
        for number in range(workers):
            free.put(copied(Path(folder, str(number))))

        def mutate(module: str) -> Result:
            copy = free.get()
            try:
                return mutated(copy, module, options.cosmic_ray)
            finally:
                free.put(copy)

        with ThreadPoolExecutor(workers) as pool:
            results = list(pool.map(mutate, options.modules or MODULES))
    report(results, time.monotonic() - began)
    total, survived = sum(one.mutants for one in results), sum(len(one.survivors) for one in results)
    return 0 if survived <= (1 - KILLED_AT_LEAST) * total else 1


def copied(folder: Path) -> Path:
    """Make a copy of the checkout that finds itself under the collection's name."""
    folder.mkdir()
    for name in COPIED:
        if (CHECKOUT / name).is_dir():
            shutil.copytree(CHECKOUT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "output"))
        else:
            shutil.copy(CHECKOUT / name, folder / name)
    link = folder / ".cache" / "collections" / "ansible_collections" / "ampops" / "secure_endpoint"
    link.parent.mkdir(parents=True)
    link.symlink_to(folder)
    return folder


def mutated(copy: Path, module: str, cosmic_ray: str) -> Result:
    """Run all mutants of a module in a copy of the checkout."""
    file = ENGINE / f"{module}.py"
    session, config = copy / f"{module}.sqlite", copy / f"{module}.toml"
    with serving(copy, module) as question:
        config.write_text(
            f'[cosmic-ray]\nmodule-path = "{file}"\ntimeout = 600.0\nexcluded-modules = []\n'
            f'test-command = "{question}"\n[cosmic-ray.distributor]\nname = "local"\n'
        )
        subprocess.run([cosmic_ray, "init", config.name, session.name], cwd=copy, check=True, capture_output=True)
        leave_out_annotations(session, copy / file)
        if subprocess.run(question, shell=True, cwd=copy, check=False).returncode:  # noqa: S602 - our own words
            raise RuntimeError("the tests fail before anything is changed")
        subprocess.run([cosmic_ray, "exec", config.name, session.name], cwd=copy, check=True, capture_output=True)
    result = result_of(session, module)
    for one in result.survivors:
        print(f"{module}.py:{one.line}: {one.operator}: {one.change}", flush=True)
    return result


@contextmanager
def serving(copy: Path, module: str) -> Iterator[str]:
    """Run a server for the mutants of a module in the copy; yields the command that asks it."""
    path = copy / "socket"
    path.unlink(missing_ok=True)
    environment = {**os.environ, "PYTHONPATH": "tests:plugins/module_utils", "ORACLE_SCENARIOS": "120"}
    command = [sys.executable, "-m", "mutation.server", str(path), module]
    with subprocess.Popen(command, cwd=copy, env=environment) as server:
        try:
            while not path.exists() and server.poll() is None:
                time.sleep(0.05)
            yield f"{sys.executable} -S -E {copy / 'tests' / 'mutation' / 'ask.py'} {path}"
        finally:
            server.terminate()


def leave_out_annotations(session: Path, file: Path) -> None:
    """Take the mutants out that change what nothing evaluates."""
    spans = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        parts = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        spans += [(part.lineno, part.col_offset, part.end_lineno, part.end_col_offset) for part in parts if part]
    with closing(sqlite3.connect(session)) as db:
        specs = db.execute("SELECT job_id, start_pos_row, start_pos_col FROM mutation_specs").fetchall()
        for job, row, column in specs:
            if any(span[:2] <= (row, column) <= span[2:] for span in spans):
                db.execute("DELETE FROM mutation_specs WHERE job_id = ?", (job,))
                db.execute("DELETE FROM work_items WHERE job_id = ?", (job,))
        db.commit()


def result_of(session: Path, module: str) -> Result:
    """Read what became of each mutant."""
    with closing(sqlite3.connect(session)) as db:
        rows = db.execute(
            "SELECT start_pos_row, operator_name, test_outcome, diff FROM mutation_specs"
            " JOIN work_results USING (job_id) ORDER BY start_pos_row, start_pos_col"
        ).fetchall()
    survivors = [
        Survivor(line, operator.removeprefix("core/"), changed(diff))
        for line, operator, outcome, diff in rows
        if outcome.lower() == "survived"
    ]
    return Result(module, len(rows), survivors)


def changed(diff: str) -> str:
    """Return the changed line of a diff."""
    added = [line[1:].strip() for line in diff.splitlines() if line.startswith("+") and not line.startswith("+++")]
    return " ".join(added)


def report(results: list[Result], seconds: float) -> None:
    """Print the share that was killed."""
    for name, mutants, survived in [
        *((one.module, one.mutants, len(one.survivors)) for one in results),
        ("all", sum(one.mutants for one in results), sum(len(one.survivors) for one in results)),
    ]:
        print(f"{name:14} {mutants:5} mutants, {100 * (mutants - survived) / max(mutants, 1):5.1f} % killed")
    print(f"{seconds / 60:.0f} minutes")


if __name__ == "__main__":
    sys.exit(main())
