# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the real ansible-rulebook against the simulated tenant.

ansible-rulebook is that of ANSIBLE_RULEBOOK (noxfile.py names one beside an older ansible-core), else the one of this
environment; it needs Java 17, which `make` installs.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
import yaml
from jinja2 import StrictUndefined
from jinja2.nativetypes import NativeTemplate

from .harness import CHECKOUT, Playbooks, clean_environment, kill

if TYPE_CHECKING:
    from simulator import Simulator

COMMAND = os.environ.get("ANSIBLE_RULEBOOK") or str(Path(sys.executable).with_name("ansible-rulebook"))
COLLECTIONS = CHECKOUT / ".cache" / "collections"
CREDENTIAL_TYPE = CHECKOUT / "extensions/eda/plugins/event_source/credential_types/secure_endpoint_event_stream"
PATIENCE = 120

NEEDS_JAVA = pytest.mark.skipif(
    not shutil.which("java"), reason="Java is missing: apt-get install openjdk-17-jre-headless"
)


class Rulebook:
    """A running ansible-rulebook; what it says goes to a file."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def wait_for(self, condition: Callable[[], object], what: str) -> None:
        until = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, f"ansible-rulebook ended: {self.said[-4000:]}"
            assert time.monotonic() < until, f"{what}: {self.said[-4000:]}"
            time.sleep(0.1)

    def kill(self) -> None:
        """Kill it and the playbooks that it runs, which have sessions of their own and would go on."""
        kill(self.process.pid)
        self.process.wait()


@contextmanager
def rulebook(
    playbooks: Playbooks,
    name: str,
    *,
    persistence: bool = True,
    interpreter: str | None = None,
    folder: Path | None = None,
    environment: dict[str, str] | None = None,
    **variables: Any,
) -> Iterator[Rulebook]:
    """Start it as a user would, with the API's key in the environment, and end it.

    The inventory names no interpreter, so that Ansible would choose one that has none of the libraries. Several at a
    time need a folder each.
    """
    folder = folder or playbooks.folder
    inventory = folder / "inventory.yml"
    local = {"ansible_connection": "local", **({"ansible_python_interpreter": interpreter} if interpreter else {})}
    inventory.write_text(json.dumps({"all": {"hosts": {"localhost": local}}}))
    (folder / "vars.yml").write_text(json.dumps(variables))
    log = folder / "rulebook.log"
    argv = [COMMAND, "--rulebook", name, "-i", str(inventory), "--vars", str(folder / "vars.yml"), "-v"]
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*argv, *(["--persistence-id", "secure-endpoint-tests"] if persistence else [])],
            env={
                **{key: value for key, value in clean_environment().items() if not key.startswith("ANSIBLE_CALLBACK")},
                **playbooks.environment,
                **(environment or {}),
                "PATH": f"{Path(COMMAND).parent}{os.pathsep}{os.environ['PATH']}",
                "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
                "HOME": str(folder),
                "PYTHONUNBUFFERED": "1",
            },
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    running = Rulebook(process, log)
    try:
        yield running
    finally:
        if process.poll() is None:
            running.kill()


def make_stream(simulator: Simulator, playbooks: Playbooks, name: str = "stream") -> tuple[int, Path]:
    path = playbooks.folder / f"{name}.json"
    run = playbooks.run(
        "ampops.secure_endpoint.event_stream_create",
        variables={"event_stream_name": name, "event_stream_credentials_path": str(path)},
    )
    assert run.returncode == 0, run.stdout
    return simulator.control.streams()[-1]["id"], path


def injected(credentials: Path, **brakes: Any) -> dict[str, Any]:
    """Return what a credential of our type gives to an activation, rendered as Event-Driven Ansible Controller does."""
    inputs = {**json.loads(credentials.read_text()), **brakes}
    fields = credential_type("input")["fields"]
    given = {field["id"]: inputs.get(field["id"], field.get("default", "")) for field in fields}
    given["ca"] = Path(inputs["ca_path"]).read_text()
    injectors = credential_type("injectors")
    file = credentials.with_name("eda.filename.ca")
    file.write_text(str(rendered(injectors["file"]["template.ca"], given)))
    names = {"eda": {"filename": {"ca": str(file)}}}
    return {name: rendered(value, {**given, **names}) for name, value in injectors["extra_vars"].items()}


def rendered(template: str, given: dict[str, Any]) -> Any:
    return NativeTemplate(template, undefined=StrictUndefined).render(given)


def credential_type(part: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((CREDENTIAL_TYPE / f"{part}.yml").read_text())
    return content


def is_isolated(simulator: Simulator, guid: str) -> bool:
    answer = requests.get(
        f"https://{simulator.api_host}/v1/computers/{guid}/isolation",
        auth=(simulator.client_id, simulator.api_key),
        verify=simulator.ca_path,
        timeout=30,
    )
    return answer.ok and answer.json()["data"]["status"] in ("isolated", "pending_start")


def blocking_list(simulator: Simulator) -> str:
    lists = ask(simulator, "/v1/file_lists/simple_custom_detections")
    return str(lists["data"][0]["guid"])


def blocked(simulator: Simulator) -> set[str]:
    files = ask(simulator, f"/v1/file_lists/{blocking_list(simulator)}/files?limit=500")
    return {one["sha256"] for one in files["data"]["items"]}


def ask(simulator: Simulator, path: str) -> Any:
    answer = requests.get(
        f"https://{simulator.api_host}{path}",
        auth=(simulator.client_id, simulator.api_key),
        verify=simulator.ca_path,
        timeout=30,
    )
    answer.raise_for_status()
    return answer.json()
