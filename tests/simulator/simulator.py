# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as a context manager: servers, broker, certificates and control of one tenant."""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path
from types import TracebackType

from .broker.event_streams import NoBroker, RabbitBroker
from .cloud import Cloud
from .control.control import Control
from .control.control_app import create_control_app
from .ports import free_port
from .tenant.tenant import Tenant
from .tls import Authority
from .web.app import create_app
from .web.https_server import HttpServer

COMPUTERS = 48
EVENTS = 1200
RATE_LIMIT = 3000
ISOLATION = 1.0  # seconds; the recorded 5 to 20 (api-contract 5) are for people, see cli.py
SEED = 1
TICK = 0.2  # seconds


class Simulator:
    """`with Simulator() as sim:` serves until the block ends, and leaves nothing behind.

    sim.api_host       "127.0.0.1:port"
    sim.client_id, sim.api_key               an API client that may read and write
    sim.read_only_client_id, .read_only_api_key   one that may only read
    sim.ca_path        the CA of the API and of the broker; sim.other_ca_path is one that signed neither
    sim.control        faults, log, switches, clock, publishing (control.py); sim.control_url: the same over HTTP
    sim.tenant         what the cloud knows (tenant.py)
    sim.environment    the variables that the collection and its tests read
    """

    def __init__(
        self,
        *,
        broker: bool = True,
        computers: int = COMPUTERS,
        events: int = EVENTS,
        seed: int = SEED,
        rate_limit: int = RATE_LIMIT,
        isolation: float = ISOLATION,
        port: int = 0,
        control_port: int = 0,
        state_dir: str | Path | None = None,
    ) -> None:
        self._with_broker = broker
        self._size = {"computers": computers, "events": events, "seed": seed, "rate_limit": rate_limit}
        self._isolation = isolation
        self._ports = (port, control_port)
        self._state_dir = Path(state_dir).resolve() if state_dir is not None else None
        self._folder = Path()
        self._stopped = threading.Event()
        self._servers: list[HttpServer] = []
        self.api_host = ""
        self.control_url = ""
        self.ca_path = ""
        self.other_ca_path = ""
        self.cloud: Cloud
        self.control: Control

    def start(self) -> Simulator:
        """Serve; everything that was begun is undone if something fails."""
        if self._state_dir is not None:
            self._state_dir.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix="simulator-", dir=self._state_dir))
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def _start(self) -> None:
        self._authority = Authority(self._folder, "ca")
        self._other_authority = Authority(self._folder, "other_ca")
        self.ca_path = str(self._authority.path)
        self.other_ca_path = str(self._other_authority.path)
        certificate = self._authority.issue()
        self._broker: RabbitBroker | NoBroker = NoBroker(free_port())
        if self._with_broker:
            self._broker = RabbitBroker(self._folder / "broker", self._authority.path, certificate)
            self._broker.start()
        self.cloud = Cloud(broker=self._broker, isolation=self._isolation, **self._size)
        self.control = Control(self.cloud, self._bad_server)
        self._app = create_app(self.cloud)
        self.api_host = self._serve(HttpServer(self._app, port=self._ports[0], certificate=certificate))
        self.cloud.host = self.api_host
        control_app = create_control_app(self.cloud, self.control)
        self._ticker = threading.Thread(target=self._tick, name="simulator time", daemon=True)
        self._ticker.start()
        self.control_url = f"http://{self._serve(HttpServer(control_app, port=self._ports[1], threads=4))}"

    def _tick(self) -> None:
        """Let happen what happens with time, whether or not anybody asks."""
        while not self._stopped.wait(TICK):
            self.cloud.settle()

    def _serve(self, server: HttpServer) -> str:
        address = server.start()
        self._servers.append(server)
        return address

    def _bad_server(self, certificate: str) -> HttpServer:
        if certificate == "other_ca":
            pair = self._other_authority.issue()
        elif certificate in ("expired", "wrong_host"):
            pair = self._authority.issue(certificate)
        else:
            raise ValueError("certificate is one of expired, wrong_host, other_ca")
        return HttpServer(self._app, certificate=pair, threads=2)

    def stop(self) -> None:
        """Stop serving, stop the broker, remove the folder."""
        self._stopped.set()
        if hasattr(self, "_ticker"):
            self._ticker.join()
        if hasattr(self, "control"):
            self.control.close()
        while self._servers:
            self._servers.pop().stop()
        if isinstance(getattr(self, "_broker", None), RabbitBroker):
            self._broker.stop()  # type: ignore[union-attr]
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def tenant(self) -> Tenant:
        """The organisation; after a reset it is another object."""
        return self.cloud.tenant

    @property
    def client_id(self) -> str:
        """Of the API client that may read and write."""
        return self.tenant.read_write.client_id

    @property
    def api_key(self) -> str:
        """Of the API client that may read and write."""
        return self.tenant.read_write.api_key

    @property
    def read_only_client_id(self) -> str:
        """Of the API client that may only read."""
        return self.tenant.read_only.client_id

    @property
    def read_only_api_key(self) -> str:
        """Of the API client that may only read."""
        return self.tenant.read_only.api_key

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables for the collection and for scripts that steer the simulator."""
        return {
            "SECURE_ENDPOINT_API_HOST": self.api_host,
            "SECURE_ENDPOINT_CLIENT_ID": self.client_id,
            "SECURE_ENDPOINT_API_KEY": self.api_key,
            "SECURE_ENDPOINT_CA_PATH": self.ca_path,
            "SIMULATOR_CONTROL_URL": self.control_url,
        }
