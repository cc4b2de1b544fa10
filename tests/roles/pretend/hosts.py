# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pretend hosts: their containers, and plays run against them."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roles.hosts import create, destroy

ROLES = Path(__file__).resolve().parents[1]
CHECKOUT = ROLES.parents[1]
ENVIRONMENT = {"CONTAINERS_CONF": str(ROLES / "containers.conf")}
VARIABLES = {
    **{key: {"ansible_python_interpreter": "/usr/bin/python3"} for key in ("debian", "ubuntu", "el", "suse")},
    "el6": {"connector_status_raw": True},
    "macos": {"ansible_python_interpreter": "/usr/bin/python3-mac"},
    "windows": {
        "ansible_python_interpreter": "/usr/bin/python3-win",
        "ansible_facts_modules": ["ansible.windows.setup"],
    },
}
COLLECTIONS = (
    ROLES / "windows" / "stand_ins",
    ROLES / "pretend",
    CHECKOUT / ".cache" / "collections",
    # containers.podman and ansible.posix, also for an ansible-core in an environment of its own.
    *CHECKOUT.glob(".venv/lib/python*/site-packages"),
)


def podman(*words: str, check: bool = True) -> str:
    done = subprocess.run(
        ["podman", *words], env={**os.environ, **ENVIRONMENT}, check=False, capture_output=True, text=True
    )
    if check and done.returncode:
        raise RuntimeError(f"podman {' '.join(words[:3])} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


@dataclass
class Outcome:
    """What a play did, from Ansible's JSON callback."""

    rc: int
    output: str
    plays: list[dict[str, Any]] = field(default_factory=list)
    stats: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def results(self) -> list[tuple[str, dict[str, Any]]]:
        """Task name and result, in order; a loop gives one result for each item."""
        found = []
        for task in (task for play in self.plays for task in play["tasks"]):
            for result in task["hosts"].values():
                items = [part for part in result.get("results") or [] if isinstance(part, dict)]
                loop = [part for part in items if "ansible_loop_var" in part]  # modules have `results` of their own
                parts = loop or [result]
                found += [(task["task"]["name"], part) for part in parts]
        return found

    @property
    def changed(self) -> list[str]:
        """The tasks that changed something."""
        return list(dict.fromkeys(name for name, result in self.results if result.get("changed")))

    @property
    def error(self) -> str:
        """The messages of the failed tasks that nobody rescued."""
        return "\n".join(str(result.get("msg")) for _name, result in self.results if result.get("failed"))

    def fact(self, name: str) -> Any:
        """The last value that set_fact gave to `name`."""
        facts = [result.get("ansible_facts", {}) for _task, result in self.results]
        values = [fact[name] for fact in facts if name in fact]
        assert values, f"no task set {name}: {self.output[-3000:]}"
        return values[-1]


@dataclass(frozen=True)
class Host:
    """One pretend host."""

    name: str
    family: str

    @property
    def reach(self) -> dict[str, Any]:
        """The variables by which Ansible reaches it."""
        pid = int(podman("inspect", "--format={{.State.Pid}}", self.name))
        return {
            "ansible_connection": "ampops.pretend.host",
            "ansible_host": self.name,
            "ansible_pretend_pid": pid,
            **VARIABLES.get(self.family, {}),
        }

    def sh(self, script: str, check: bool = True) -> str:
        """Run a shell script inside, as nobody of the roles would."""
        return podman("exec", self.name, "sh", "-c", script, check=check)

    def put(self, file: Path, place: str) -> None:
        podman("cp", str(file), f"{self.name}:{place}")

    def read(self, path: str) -> bytes:
        script = 'base64 "$0" 2>/dev/null || true'
        return base64.b64decode(podman("exec", self.name, "sh", "-c", script, path))

    def role(self, name: str, *, check: bool = False, verbose: int = 0, **variables: Any) -> Outcome:
        """Run one role of the collection against this host, as a play of its own."""
        play = {
            "name": f"Run {name}",
            "hosts": "all",
            "gather_facts": False,
            "tasks": [
                {"name": f"Run {name}", "ansible.builtin.include_role": {"name": f"ampops.secure_endpoint.{name}"}}
            ],
        }
        return self.play([play], check=check, verbose=verbose, variables=variables)

    def play(self, plays: list[dict[str, Any]], *, check: bool = False, verbose: int = 0,
             variables: dict[str, Any] | None = None, name: str = "") -> Outcome:  # fmt: skip
        """Run plays (JSON is YAML) with --diff; `name` is what the inventory calls the host, if not by its own."""
        folder = self._folder(name or self.name)
        (folder / "play.yml").write_text(json.dumps(plays))
        return _run(folder, "play.yml", variables or {}, ["--check"] * check + ["-" + "v" * verbose] * bool(verbose))

    def playbook(self, name: str, *, check: bool = False, **variables: Any) -> Outcome:
        """Run a playbook of the collection with these extra variables; the inventory holds this host alone."""
        return _run(self._folder(self.name), f"ampops.secure_endpoint.{name}", variables, ["--check"] * check)

    def _folder(self, name: str) -> Path:
        """A new folder with an inventory that calls this host `name`."""
        folder = CHECKOUT / ".cache" / "pretend" / f"{self.name}-{uuid.uuid4().hex[:8]}"
        folder.mkdir(parents=True)
        inventory = {"all": {"hosts": {name: self.reach}}}
        (folder / "inventory.json").write_text(json.dumps(inventory))
        return folder


def fleet_playbook(
    hosts: Mapping[str, Mapping[str, Any]], playbook: str, *words: str, settings: Mapping[str, str] | None = None,
    **variables: Any,
) -> Outcome:  # fmt: skip
    """Run a playbook over several hosts, each with its variables. `settings` are more of Ansible's own."""
    folder = CHECKOUT / ".cache" / "pretend" / f"fleet-{uuid.uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    (folder / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts}}))
    return _run(folder, playbook, variables, list(words), settings)


def _run(
    folder: Path, playbook: str, variables: dict[str, Any], words: list[str], settings: Mapping[str, str] | None = None
) -> Outcome:
    (folder / "variables.json").write_text(json.dumps(variables))
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    command = [program, "-i", "inventory.json", "-e", "@variables.json", "--diff", *words, playbook]
    environment = {**os.environ, **ENVIRONMENT, **ansible_settings(), **(settings or {})}
    done = subprocess.run(command, env=environment, cwd=folder, check=False, capture_output=True, text=True)
    begin = done.stdout.find("{\n")
    found = json.loads(done.stdout[begin:]) if begin >= 0 else {"plays": [], "stats": {}}
    return Outcome(done.returncode, done.stdout + done.stderr, found["plays"], found["stats"])


def ansible_settings() -> dict[str, str]:
    return {
        "ANSIBLE_COLLECTIONS_PATH": ":".join(str(path) for path in COLLECTIONS),
        "ANSIBLE_INJECT_FACT_VARS": "false",
        "ANSIBLE_PIPELINING": "true",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_JSON_INDENT": "1",
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_VERBOSE_TO_STDERR": "true",
    }


@contextmanager
def pretend_host(family: str, settings: dict[str, str] | None = None) -> Iterator[Host]:
    """A fresh host, up and ready; gone afterwards. `settings` is what its test connector reads."""
    name = f"pretend-{family}-{uuid.uuid4().hex[:8]}"
    create(name, family, settings)
    try:
        yield Host(name, family)
    finally:
        destroy(name)


@contextmanager
def clones(sealed: Host, count: int) -> Iterator[list[Host]]:
    """Hosts made from the disk of `sealed`, each started for the first time."""
    image = f"localhost/{sealed.name}"
    podman("commit", "--quiet", sealed.name, image)
    hosts = [Host(f"{sealed.name}-{number}", sealed.family) for number in range(count)]
    try:
        for host in hosts:
            create(host.name, host.family, image=image)
        yield hosts
    finally:
        for host in hosts:
            destroy(host.name)
        podman("rmi", "--force", image)
