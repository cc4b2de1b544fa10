# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service in a thread of this process, or in a process of its own, with what tests ask of it."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.broker.settings import StreamSettings
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.service.logs import Log
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.service.notify import Systemd
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.service.service import Service
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.service.settings import service_settings

from .draining import MODULE_UTILS

_STREAM_KEYS = (
    "host",
    "port",
    "vhost",
    "queue_name",
    "user_name",
    "password",
    "ca_path",
    "source",
    "prefetch",
    "heartbeat",
)


def configuration(folder: Path, *streams: StreamSettings, **more: Any) -> dict[str, Any]:
    """A service with one file of events, `folder/events.jsonl`, unless told otherwise."""
    return {
        "streams": [{key: getattr(one, key) for key in _STREAM_KEYS if getattr(one, key)} for one in streams],
        "state_dir": str(folder / "state"),
        "sinks": [{"name": "file", "type": "json_lines", "path": str(folder / "events.jsonl"), "from": "oldest"}],
        "monitor": {"port": 0},
        **more,
    }


class Running:
    """A service in a thread. Use as a context manager; leaving it stops the service and raises what it raised."""

    def __init__(self, configured: dict[str, Any], systemd: Systemd | None = None) -> None:
        self.out = io.StringIO()
        self.service = Service(service_settings(configured), Log("debug", self.out), systemd)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self.service.run()
        except BaseException as error:  # noqa: BLE001 - raised again by the test's thread
            self._error = error

    def __enter__(self) -> Running:
        self._thread.start()
        wait_until(lambda: self.service.monitor_port or not self._thread.is_alive(), "the service")
        return self

    def __exit__(self, *_exception: object) -> None:
        self.service.stop()
        self.wait()

    def wait(self) -> None:
        self._thread.join(60)
        assert not self._thread.is_alive(), "the service does not end"
        if self._error is not None:
            raise self._error

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def messages(self) -> list[str]:
        return [line["message"] for line in self.log()]

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]

    def errors(self) -> str:
        return " ".join(str(line.get("error", "")) for line in self.log())

    def warnings(self) -> str:
        return " ".join(json.loads(self.get("/status")[1])["warnings"])

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urlopen(f"http://127.0.0.1:{self.service.monitor_port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()


class Process:
    """The service's own command in a process, which tests may kill."""

    def __init__(self, folder: Path, configured: dict[str, Any], command: str = "run") -> None:
        self.config = folder / "config.json"
        self.config.touch(mode=0o600)  # it holds the stream's password
        self.config.write_text(json.dumps(configured))
        self._log = (folder / "log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "module_utils._stream.service.cli", command, "--config", str(self.config)],
            cwd=Path(MODULE_UTILS).parent,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env={key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "ANSIBLE"))},
        )

    def kill(self) -> None:
        self.process.kill()
        self.end()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.end()

    def end(self) -> int:
        assert self.process.stdout is not None
        self.said = self.process.stdout.read()
        self.process.stdout.close()
        self._log.close()
        return self.process.wait(60)


def wait_until(condition: Any, what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)
