# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A RabbitMQ cluster of three nodes on this machine: one cookie, one epmd, everything else of a node its own."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests
from simulator.broker import RabbitAdmin, RabbitNode
from simulator.ports import free_port
from simulator.tls import Authority

VHOST = "/"  # every node has it from its start
PEERS = """\
cluster_formation.peer_discovery_backend = rabbit_peer_discovery_classic_config
cluster_formation.randomized_startup_delay_range.min = 0
cluster_formation.randomized_startup_delay_range.max = 1
"""


class ClusterNode(RabbitNode):
    """One of the nodes. `peers` is filled once all are known; the first of them keeps the epmd of all."""

    def __init__(
        self, folder: Path, ca_path: Path, certificate: tuple[Path, Path], peers: list[ClusterNode], shared: Shared
    ) -> None:
        super().__init__(folder, ca_path, certificate)
        self.admin_user, self.admin_password = shared.user, shared.password
        self.name = f"cluster-{self.tls_port}@localhost"
        self._peers = peers
        self._shared = shared

    def _write(self, definitions: dict[str, Any]) -> None:
        super()._write(definitions)
        cookie = self.folder / "home" / ".erlang.cookie"
        cookie.chmod(0o600)
        cookie.write_text(self._shared.cookie)
        cookie.chmod(0o400)
        (self.folder / "enabled_plugins").write_text("[rabbitmq_management,rabbitmq_consistent_hash_exchange].\n")
        nodes = [f"cluster_formation.classic_config.nodes.{n} = {one.name}\n" for n, one in enumerate(self._peers, 1)]
        with (self.folder / "rabbitmq.conf").open("a") as file:
            file.write(PEERS + "".join(nodes))

    def _environment(self) -> dict[str, str]:
        more = {"ERL_EPMD_PORT": str(self._shared.epmd_port), "RABBITMQ_NODENAME": self.name}
        return {**super()._environment(), **more}

    def _serves(self) -> bool:
        """It serves, and is one with the others that run."""
        if not self._listens():
            return False
        try:
            return bool(self.ask("aliveness-test", "%2F").ok)
        except requests.RequestException:
            return False

    def ask(self, *path: str) -> requests.Response:
        """GET from the node's administration API."""
        url = f"http://127.0.0.1:{self.admin_port}/api/" + "/".join(path)
        return requests.get(url, auth=(self.admin_user, self.admin_password), timeout=30)


class Shared:
    """What the nodes of a cluster have in common."""

    def __init__(self) -> None:
        self.cookie = secrets.token_hex(20)
        self.epmd_port = free_port()
        self.user = "administrator"
        self.password = secrets.token_hex(16)


class Cluster:
    """Three nodes. Use as a context manager."""

    def __init__(self, folder: Path, size: int = 3) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        authority = Authority(folder, "cluster")
        certificate = authority.issue()
        shared = Shared()
        self.ca_path = authority.path
        self.user, self.password = shared.user, shared.password
        self.nodes: list[ClusterNode] = []
        for number in range(size):  # a guard removes the folder above its node's: each has one
            self.nodes.append(
                ClusterNode(folder / f"{number}" / "node", authority.path, certificate, self.nodes, shared)
            )

    def __enter__(self) -> Cluster:
        try:
            self.nodes[0].start({})  # the others join it
            with ThreadPoolExecutor(len(self.nodes)) as pool:
                for _started in pool.map(lambda node: node.start({}), self.nodes[1:]):
                    pass
            running = {one["name"] for one in self.nodes[0].ask("nodes").json() if one["running"]}
            if running != {node.name for node in self.nodes}:
                raise RuntimeError(f"the nodes did not find each other: {sorted(running)}")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End all nodes by force: nothing of them is kept."""
        for node in reversed(self.nodes):
            node.close()

    def can_spare_any_node(self) -> bool:
        """As `rabbitmq-queues check_if_node_is_quorum_critical` tells it."""
        return all(one.ask("health", "checks", "node-is-quorum-critical").ok for one in self.nodes)

    def admin(self, number: int = 0) -> RabbitAdmin:
        """The administrator of the cluster, at one of the nodes."""
        return RabbitAdmin(self.nodes[number])

    @property
    def hosts(self) -> Sequence[str]:
        """Where the nodes listen, as configurations say it."""
        return [f"127.0.0.1:{node.tls_port}" for node in self.nodes]
