# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the `main()` of a module in this process as if it were a process of its own, and put back what it changed.

This file is private to the collection.
"""

from __future__ import annotations

import io
import logging
import os
import signal
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress

from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._direct_core import (
    arguments_and_warnings,
    tell_crash,
)

# SIGALRM is core's: it ends a task that takes longer than its `timeout`.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGUSR1, signal.SIGUSR2)


def run_main(
    main: Callable[[], None], arguments: bytes, environment: Mapping[str, str], folder: str
) -> tuple[int, str, str]:
    """Run a module; return its exit status, stdout and stderr.

    `environment` is added to the process's, `folder` is the current directory. Exceptions that are no `Exception`, such
    as the time-out of a task, pass through once everything is as before.
    """
    out, err = io.StringIO(), io.StringIO()
    with (
        process_state(environment, folder),
        arguments_and_warnings(arguments),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        status = _exit_status(main)
    return status, out.getvalue(), err.getvalue()


def _exit_status(main: Callable[[], None]) -> int:
    try:
        try:
            main()
        except Exception as error:  # noqa: BLE001 - what a module leaves to its interpreter
            tell_crash(error)
            return 1
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


@contextmanager
def process_state(environment: Mapping[str, str], folder: str) -> Iterator[None]:
    """Set environment and current directory for a block; afterwards these, umask, signals and logging are as before."""
    variables = dict(os.environ)
    umask = os.umask(0o077)
    os.umask(umask)
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    root = logging.getLogger()
    level, loggers = root.level, list(root.handlers)
    try:
        here: str | None = os.getcwd()
    except OSError:  # deleted, or not readable for this user
        here = None
    try:
        os.environ.update(environment)
        with suppress(OSError):
            os.chdir(folder)
        with warnings.catch_warnings():
            yield
    finally:
        _put_back(variables)
        os.umask(umask)
        for number, handler in handlers.items():
            if handler is not None and signal.getsignal(number) is not handler:
                signal.signal(number, handler)
        root.setLevel(level)
        root.handlers[:] = loggers
        if here is not None:
            with suppress(OSError):
                os.chdir(here)


def _put_back(variables: Mapping[str, str]) -> None:
    for name in os.environ.keys() - variables.keys():
        del os.environ[name]
    for name, value in variables.items():
        if os.environ.get(name) != value:
            os.environ[name] = value
