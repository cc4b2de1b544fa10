# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a RabbitMQ node and its epmd for as long as standard input is open; then ends both and the folder above.

Started by rabbit_node.py as `rabbit_guard.py FOLDER SERVER` with the node's environment. Understands a word a line:
start, stop (cleanly), kill (kill -9) and alive; answers ok, or no to alive. It imports nothing of the simulator: it
must outlive it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

STOP_SECONDS = 30


class Node:
    """The two processes; each leads a session of its own."""

    def __init__(self, folder: Path, server: str) -> None:
        self._folder = folder
        self._server = server
        self._output = (folder / "output").open("ab")
        # epmd in the foreground, so that it is ours to end; a node would start one as a daemon of its own
        self._epmd = self._run("epmd", "-port", os.environ["ERL_EPMD_PORT"], "-address", "127.0.0.1")
        self._rabbit: subprocess.Popen[bytes] | None = None

    def _run(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            cwd=self._folder,
            start_new_session=True,
        )

    def alive(self) -> bool:
        """Whether the server runs."""
        return self._rabbit is not None and self._rabbit.poll() is None

    def start(self) -> None:
        """Start the server unless it runs."""
        if not self.alive():
            self._rabbit = self._run(self._server)

    def stop(self) -> None:
        """End the server cleanly, and with force if it takes too long."""
        if self._rabbit is None:
            return
        self._rabbit.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._rabbit.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """Kill the whole session with SIGKILL."""
        if self._rabbit is not None:
            _kill_session(self._rabbit)
            self._rabbit = None

    def close(self) -> None:
        """End everything, by force as nothing of it is kept, and remove the simulator's folder."""
        self.kill()
        _kill_session(self._epmd)
        self._output.close()
        shutil.rmtree(self._folder.parent, ignore_errors=True)


def _kill_session(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def main() -> None:
    """Obey until standard input ends."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # a handler that does nothing, because an ignored signal would stay ignored in the node's shell
        signal.signal(number, lambda _number, _frame: None)
    node = Node(Path(sys.argv[1]), sys.argv[2])
    obey = {"start": node.start, "stop": node.stop, "kill": node.kill, "alive": node.alive}
    try:
        for line in sys.stdin:
            answer = obey[line.strip()]()
            sys.stdout.write("no\n" if answer is False else "ok\n")
            sys.stdout.flush()
    finally:
        node.close()


if __name__ == "__main__":
    main()
