# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environments as users run them: not root, on a file system that cannot be written, the collection read-only.

`make environments` builds them first, with podman as root. The cloud and the broker are those of the simulated tenant,
and its network holds nothing else.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from matrix import NEWEST, OLDEST, Core
from roles.images import ENVIRONMENT
from simulator import Simulator
from simulator.ports import free_port

from environments.build import ENVIRONMENTS, consumer, environment
from environments.network import RUN_IN, OnlyTheTenant

NOBODY = 1000
PATIENCE = 60
COLLECTION = "/usr/share/ansible/collections/ansible_collections/ampops/secure_endpoint"
WRITABLE = ("--tmpfs=/tmp", "--tmpfs=/runner:mode=1777", "--env=HOME=/runner")

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("podman"), reason="podman as root builds and runs them"
)


def podman(*arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    ran = subprocess.run(
        ["podman", *arguments], env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=300
    )
    assert ran.returncode == 0 or not check, f"{ran.stdout}{ran.stderr}"
    return ran


def in_container(image: str, *command: str, mounts: tuple[str, ...] = (), **variables: str) -> str:
    """Run a command in a new container and return what it prints."""
    given = [f"--env={name}={value}" for name, value in variables.items()]
    ran = podman("run", "--rm", *RUN_IN, "--read-only", *WRITABLE, *mounts, *given, image, *command)
    return ran.stdout


def readable(folder: Path) -> Path:
    """Let the user of a container read what a test wrote."""
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, NOBODY, NOBODY)
    return folder


@pytest.fixture(name="simulator", scope="module")
def simulator_fixture() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


def stream_of(simulator: Simulator, folder: Path, ca_path: str) -> int:
    """Make a stream and the credentials file that the module event_stream would write; return its id."""
    answer = requests.post(
        f"https://{simulator.api_host}/v1/event_streams",
        json={"name": folder.name[:40]},
        auth=(simulator.client_id, simulator.api_key),
        verify=simulator.ca_path,
        timeout=30,
    )
    made = answer.json()["data"]
    login = {**made["amqp_credentials"], "port": int(made["amqp_credentials"]["port"])}
    rest = {
        "version": 1,
        "stream_id": str(made["id"]),
        "name": "soc",
        "vhost": "/",
        "ca_path": ca_path,
        "api_host": None,
    }
    wanted = ("host", "port", "queue_name", "user_name", "password")
    file = folder / "soc.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps({**rest, **{key: login[key] for key in wanted}}))
    shutil.copy(simulator.ca_path, folder / "ca.pem")
    return int(made["id"])


def publish(simulator: Simulator, stream: int, *numbers: int) -> None:
    for number in numbers:
        event = {
            "id": number,
            "event_type_id": 1090519054,
            "timestamp": int(time.time()),
            "detection": "W32.Test",
            "computer": {},
        }
        simulator.control.publish_raw(json.dumps(event).encode(), stream_id=stream)


def until(condition: Callable[[], object], what: Callable[[], str]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, what()
        time.sleep(0.2)


@pytest.mark.parametrize("core", [OLDEST, NEWEST], ids=lambda core: core.version)
def test_a_playbook_runs_in_the_execution_environment(core: Core, simulator: Simulator) -> None:
    image = environment(ENVIRONMENTS / "execution" / "execution-environment.yml", core)
    assert f"[core {core.release}]" in in_container(image, "ansible", "--version")
    assert in_container(image, "sh", "-c", f"id -u; test -w {COLLECTION} && echo open || echo read-only").split() == [
        "1000",
        "read-only",
    ]
    variables = {**simulator.environment, "SECURE_ENDPOINT_CA_PATH": "/ca.pem"}
    mounts = (f"--volume={simulator.ca_path}:/ca.pem:ro",)
    for playbook in ("test_credentials", "event_stream_list"):
        told = in_container(image, "ansible-playbook", f"ampops.secure_endpoint.{playbook}", mounts=mounts, **variables)
        assert "failed=0" in told
    assert simulator.api_key not in told


LOOK_AROUND = """
import json, socket, sys

def reached(address):
    try:
        socket.create_connection(address, timeout=5).close()
    except OSError:
        return False
    return True

def lines(table):
    return [line.split()[0] for line in open(table).read().splitlines()]

places = {"galaxy": ("galaxy.ansible.com", 443), "pypi": ("pypi.org", 443), "an address": ("192.0.2.1", 443)}
places |= {name: ("127.0.0.1", int(port)) for name, port in (pair.split("=") for pair in sys.argv[1:])}
print(json.dumps({
    "interfaces": [line for line in lines("/proc/net/dev") if line.endswith(":")],
    "routes": lines("/proc/net/route")[1:],
    "reached": [name for name, address in places.items() if reached(address)],
}))
"""


def test_the_network_holds_nothing_but_the_tenant(simulator: Simulator, network: OnlyTheTenant) -> None:
    """So what passes here needs no Galaxy, no PyPI, no name service; and what looks for them is noticed."""
    image = environment(ENVIRONMENTS / "execution" / "execution-environment.yml", NEWEST)
    tenant = simulator.api_host.rpartition(":")[2]
    look = (image, "python3", "-c", LOOK_AROUND, f"tenant={tenant}", f"neighbour={network.neighbour}")
    assert json.loads(in_container(*look)) == {"interfaces": ["lo:"], "routes": [], "reached": ["tenant"]}
    assert set(network.asked) == {"galaxy.ansible.com", "pypi.org"}
    network.asked.clear()
    with network.left():
        assert "neighbour" in json.loads(in_container(*look))["reached"], "elsewhere the same look finds more"


RULEBOOK = """
- name: A detection is told
  hosts: localhost
  sources:
    - ampops.secure_endpoint.event_stream:
        credentials_path: /project/soc.json
        state_dir: /tmp/state
        kinds: [detection]
  rules:
    - name: Seen
      condition: event.kind == "detection"
      action:
        run_playbook:
          name: /project/answer.yml
    - name: Answered
      condition: event.answered is defined
      action:
        shutdown:
"""
ANSWER = """
- name: Answer
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Ask the cloud
      ampops.secure_endpoint.api_info:
    - name: Say so
      ansible.builtin.debug:
        msg: the rulebook acted
"""


def test_a_rulebook_runs_in_the_decision_environment(simulator: Simulator, tmp_path: Path) -> None:
    image = environment(ENVIRONMENTS / "decision" / "decision-environment.yml", NEWEST)
    stream = stream_of(simulator, tmp_path, "/project/ca.pem")
    (tmp_path / "rulebook.yml").write_text(RULEBOOK)
    (tmp_path / "answer.yml").write_text(ANSWER)
    local = "ansible_connection=local ansible_python_interpreter='{{ ansible_playbook_python }}'"
    (tmp_path / "inventory").write_text(f"localhost {local}\n")
    publish(simulator, stream, 1)
    container = f"decision-{free_port()}"
    api = {**simulator.environment, "SECURE_ENDPOINT_CA_PATH": "/project/ca.pem"}
    names = [name for name in api if name.startswith("SECURE_ENDPOINT_")]
    podman(
        *("run", "--detach", "--name", container, *RUN_IN, "--read-only", *WRITABLE),
        *(f"--env={name}={api[name]}" for name in names),
        *(f"--volume={readable(tmp_path)}:/project:ro", image),
        *(
            "ansible-rulebook",
            "--rulebook",
            "/project/rulebook.yml",
            "-i",
            "/project/inventory",
            "--env-vars",
            ",".join(names),
        ),
    )
    try:
        until(lambda: "the rulebook acted" in said(container), lambda: said(container))
        assert simulator.api_key not in said(container)
    finally:
        podman("rm", "--force", "--time=5", container)


def said(container: str) -> str:
    told = podman("logs", container)
    return told.stdout + told.stderr


class Consuming:
    """A container of the consumer; configuration and state outlive it."""

    def __init__(self, image: str, etc: Path, state: Path, port: int) -> None:
        self.name = f"consumer-{port}"
        self.port = port
        self._start = (
            *("run", "--detach", "--name", self.name, *RUN_IN, "--read-only", "--tmpfs=/tmp"),
            *(f"--volume={etc}:/etc/consumer:ro", f"--volume={state}:/var/lib/secure-endpoint-consumer", image),
        )
        self.events = state / "events.jsonl"

    def __enter__(self) -> Consuming:
        podman(*self._start)
        return self

    def __exit__(self, *_error: object) -> None:
        podman("stop", "--time=60", self.name)
        podman("rm", self.name)

    def numbers(self) -> list[int]:
        lines = self.events.read_text().splitlines() if self.events.exists() else []
        records = [json.loads(line) for line in lines]
        return [int(record["event"]["id"]) for record in records if record["kind"] == "event"]

    def wait_for(self, numbers: list[int]) -> None:
        until(lambda: self.numbers() == numbers, lambda: f"{self.numbers()}\n{said(self.name)}")


def test_the_consumer_is_stopped_and_upgraded_without_loss(simulator: Simulator, tmp_path: Path) -> None:
    image = consumer()
    etc, state = tmp_path / "etc", tmp_path / "state"
    for folder in (etc, state):
        folder.mkdir(mode=0o700)
    stream = stream_of(simulator, etc, "/etc/consumer/ca.pem")
    port = free_port()
    for folder in (etc, state):
        readable(folder)
    written = (f"--volume={etc}:/etc/consumer", f"--volume={state}:/var/lib/secure-endpoint-consumer")
    options = ("--config", "/etc/consumer/config.json", "--credentials", "/etc/consumer/soc.json")
    podman("run", "--rm", *RUN_IN, *written, image, "init", *options)
    config = etc / "config.json"
    settings: dict[str, Any] = json.loads(config.read_text())
    settings["monitor"]["port"] = port
    config.write_text(json.dumps(settings))
    publish(simulator, stream, 1, 2)
    with Consuming(image, etc, state, port) as first:
        first.wait_for([1, 2])
        podman("healthcheck", "run", first.name)
        metrics = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
        assert "# TYPE" in metrics
        assert simulator.api_key not in said(first.name)
    publish(simulator, stream, 3)  # while there is none
    with Consuming(image, etc, state, port) as second:
        second.wait_for([1, 2, 3])
        publish(simulator, stream, 4)
        second.wait_for([1, 2, 3, 4])
        podman("kill", second.name)
        podman("start", second.name)
        publish(simulator, stream, 5)
        second.wait_for([1, 2, 3, 4, 5])
