# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the tests of the engine again and again, each time in a fork that has everything imported but the engine.

`python -m mutation.server SOCKET MODULE` in a copy of the checkout: each connection gets the exit code of one run, 0
where all tests passed. A start of Python with pytest, hypothesis and the simulator takes longer than most mutants live.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import hypothesis.strategies
import pytest
import simulator.fixtures  # noqa: F401
from ansible.utils.collection_loader import _collection_finder  # noqa: F401

QUICK = ("test_event_types", "test_grouping", "test_detections", "test_incidents", "test_bad_days", "test_event")
WINDOWS = ("test_grouping", "test_live", "test_bad_days")
FIRST = dict.fromkeys(("windows", "held_windows", "watermark", "grouping", "waiting", "reopening"), WINDOWS)
"""The tests that kill most mutants of a module, after those of its own name; for any other module QUICK."""

PATIENCE = 600.0  # for the first run, of the engine as it is; a mutant, which may never end, has five times as long
TIMED_OUT = 124
SAME_EACH_TIME = hypothesis.settings(
    derandomize=True, database=None, max_examples=30, deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
)
ENGINE = "module_utils._events"


def main(path: str, module: str) -> None:
    """Serve until the process is ended."""
    sys.dont_write_bytecode = True  # a mutant of the same second and size must not be taken for the one before
    read_unicode_tables()
    gc.freeze()  # a fork has nothing to look for among what was imported
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        patience = PATIENCE
        while True:
            connection, _address = listener.accept()
            began = time.monotonic()
            with connection:
                connection.sendall(b"%d" % run_apart(module, patience))
            if patience == PATIENCE:
                patience = 20 + 5 * (time.monotonic() - began)


@SAME_EACH_TIME
@hypothesis.given(hypothesis.strategies.text())
def read_unicode_tables(_text: str) -> None:
    """Let hypothesis read what it needs for texts, which takes it two seconds."""


def run_apart(module: str, patience: float) -> int:
    """Return the exit code of the tests in a fork; TIMED_OUT for one that takes too long."""
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        os._exit(run(module))
    until = time.monotonic() + patience
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) & 0xFF
        time.sleep(0.005)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return TIMED_OUT


def run(module: str) -> int:
    """Run the tests up to the first that fails, with the same examples each time."""
    assert not any(ENGINE in name for name in sys.modules), "a fork would test what was imported here"
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    hypothesis.settings.register_profile("mutation", SAME_EACH_TIME)
    # On purpose: that is what the server is for.
    early = ("pytest.PytestAssertRewriteWarning", "hypothesis.errors.HypothesisSideeffectWarning")
    imported = [argument for warning in early for argument in ("-W", f"ignore::{warning}")]
    quick = ("-x", "-q", "-p", "no:unraisableexception")  # which collects garbage at the end
    code = 0
    for files in rounds(module):
        code = code or int(pytest.main([*quick, *imported, "--hypothesis-profile=mutation", *files]))
    return code


def rounds(module: str) -> Iterator[list[str]]:
    """Yield the files of tests in rounds, each file once: most mutants do not see the second one."""
    folder = Path("tests", "unit", "events")
    every = sorted(folder.glob("test_*.py"))
    own, likely = [folder / f"test_{module}.py"], [folder / f"{name}.py" for name in FIRST.get(module, QUICK)]
    for one_round in (own, likely, every):
        files = [str(path) for path in one_round if path in every]
        every = [path for path in every if path not in one_round]
        if files:
            yield files


if __name__ == "__main__":
    main(*sys.argv[1:])
