# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One RabbitMQ node: Debian's server run directly, everything of it on loopback and in one folder."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

from ..ports import free_port
from .rabbit_password import password_hash

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
GUARD = Path(__file__).with_name("rabbit_guard.py")
START_SECONDS = 90
CONFIGURATION = """\
listeners.tcp = none
listeners.ssl.1 = 127.0.0.1:{tls_port}
ssl_options.cacertfile = {ca_path}
ssl_options.certfile = {certificate}
ssl_options.keyfile = {key}
ssl_options.verify = verify_none
ssl_options.fail_if_no_peer_cert = false
ssl_options.versions.1 = tlsv1.2
ssl_options.versions.2 = tlsv1.3
management.tcp.ip = 127.0.0.1
management.tcp.port = {admin_port}
collect_statistics_interval = 30000
loopback_users = none
load_definitions = {definitions}
log.file.level = warning
disk_free_limit.absolute = 50MB
"""


class RabbitNode:
    """A node with its own name, ports, epmd, cookie and folder.

    A guard process runs the node. It stops it and removes the folder when our end of its pipe closes, so a simulator
    that dies by SIGKILL leaves nothing behind either.
    """

    def __init__(
        self, folder: Path, ca_path: Path, certificate: tuple[Path, Path], *, schedulers: int | None = 1
    ) -> None:
        """`schedulers`: how many processors it uses at most; None for as many as RabbitMQ takes by itself.

        One is enough for a tenant in a box, and leaves the others to what is tested.
        """
        self.folder = folder
        self.ca_path = ca_path
        self._certificate = certificate
        self._schedulers = schedulers
        self.tls_port = free_port()
        self.admin_port = free_port()
        self.admin_user = "simulator"
        self.admin_password = secrets.token_hex(16)
        self._guard: subprocess.Popen[str] | None = None

    def start(self, definitions: dict[str, Any]) -> None:
        """Write the configuration, start the guard and the node, wait until it serves."""
        if not SERVER.exists():
            raise RuntimeError(f"{SERVER} is missing: install the package rabbitmq-server")
        self._write(definitions)
        try:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", str(GUARD), str(self.folder), str(SERVER)],
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            self.command("start")
            self.wait_until_it_serves()
        except BaseException:
            self.close()
            raise

    def command(self, word: str) -> None:
        """`start`, `stop` or `kill` the node; returns when that is done. Raises RuntimeError if the guard is gone."""
        answered = self._ask(word)
        if answered != "ok":
            raise RuntimeError(f"the broker's guard answered {answered!r} to {word}\n{self.log_end()}")
        while word != "start" and self._listens():
            time.sleep(0.01)

    def _ask(self, word: str) -> str:
        guard = self._guard
        if guard is None or guard.stdin is None or guard.stdout is None:
            raise RuntimeError("the broker does not run")
        guard.stdin.write(f"{word}\n")
        guard.stdin.flush()
        return guard.stdout.readline().strip()

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.tls_port), timeout=1).close()
        except OSError:
            return False
        return True

    def wait_until_it_serves(self) -> None:
        """Wait for the administration API with our exchange in it, and for the TLS port."""
        deadline = time.monotonic() + START_SECONDS
        while not self._serves():
            if time.monotonic() > deadline or self._ask("alive") != "ok":
                raise RuntimeError(f"the broker did not start\n{self.log_end()}")
            time.sleep(0.05)

    def _serves(self) -> bool:
        if not self._listens():
            return False
        try:
            found = requests.get(
                f"http://127.0.0.1:{self.admin_port}/api/exchanges/%2F/events_api_stream/bindings/source",
                auth=(self.admin_user, self.admin_password),
                timeout=5,
            )
        except requests.RequestException:
            return False
        return found.status_code == 200

    def close(self) -> None:
        """Stop node and guard; the guard removes the folder."""
        guard, self._guard = self._guard, None
        if guard is None:
            shutil.rmtree(self.folder, ignore_errors=True)
            return
        if guard.stdin is not None:
            guard.stdin.close()
        guard.wait()
        if guard.stdout is not None:
            guard.stdout.close()

    def log_end(self) -> str:
        """Return the last lines that the node printed."""
        output = self.folder / "output"
        return output.read_text(errors="replace")[-2000:] if output.exists() else "(it printed nothing)"

    def _write(self, definitions: dict[str, Any]) -> None:
        for name in ("mnesia", "log", "home"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        cookie = self.folder / "home" / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(20))
        cookie.chmod(0o400)
        (self.folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
        definitions_path = self.folder / "definitions.json"
        definitions_path.write_text(json.dumps({**self._own_definitions(), **definitions}))
        (self.folder / "rabbitmq.conf").write_text(
            CONFIGURATION.format(
                tls_port=self.tls_port,
                admin_port=self.admin_port,
                ca_path=self.ca_path,
                certificate=self._certificate[0],
                key=self._certificate[1],
                definitions=definitions_path,
            )
        )

    def _own_definitions(self) -> dict[str, Any]:
        user = {
            "name": self.admin_user,
            "password_hash": password_hash(self.admin_password),
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": "administrator",
        }
        rights = {"user": self.admin_user, "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}
        return {"users": [user], "vhosts": [{"name": "/"}], "permissions": [rights]}

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
            "LANG": "C.UTF-8",
            "HOME": str(self.folder / "home"),
            "ERL_EPMD_PORT": str(free_port()),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"simulator-{self.tls_port}@localhost",
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}"
            + (f" +S {self._schedulers}:{self._schedulers}" if self._schedulers else "")
            + " +sbwt none +sbwtdcpu none +sbwtdio none",
        }
