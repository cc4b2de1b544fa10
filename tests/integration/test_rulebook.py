# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real ansible-rulebook, with PyPI's `ansible` beside it, from an event in the cloud to an act in the tenant.

ansible-rulebook is taken from ANSIBLE_RULEBOOK or PATH; it needs Java 17.
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

from .harness import Playbooks, clean_environment

if TYPE_CHECKING:
    from simulator import Simulator

COMMAND = os.environ.get("ANSIBLE_RULEBOOK") or shutil.which("ansible-rulebook") or ""
BESIDE = Path(sys.executable).with_name("ansible-rulebook")
if not COMMAND and BESIDE.exists():
    COMMAND = str(BESIDE)
COLLECTIONS = Path(__file__).resolve().parents[2] / ".cache" / "collections"
PATIENCE = 120

pytestmark = [
    pytest.mark.skipif(not COMMAND, reason="ansible-rulebook is not installed: pip install ansible-rulebook"),
    pytest.mark.skipif(not shutil.which("java"), reason="Java is missing: apt-get install openjdk-17-jre-headless"),
]


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
        self.process.kill()
        self.process.wait()


@contextmanager
def rulebook(playbooks: Playbooks, name: str, *, persistence: bool = True, **variables: Any) -> Iterator[Rulebook]:
    """Start it as a user would, with the API's key in the environment."""
    folder = playbooks.folder
    inventory = folder / "inventory.yml"
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inventory.write_text(json.dumps({"all": {"hosts": {"localhost": local}}}))
    (folder / "vars.yml").write_text(json.dumps(variables))
    log = folder / "rulebook.log"
    argv = [COMMAND, "--rulebook", name, "-i", str(inventory), "--vars", str(folder / "vars.yml"), "-v"]
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*argv, *(["--persistence-id", "secure-endpoint-tests"] if persistence else [])],
            env={
                **clean_environment(),
                **playbooks.environment,
                "PATH": f"{Path(COMMAND).parent}{os.pathsep}{os.environ['PATH']}",
                "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
                "HOME": str(folder),
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


def make_stream(simulator: Simulator, playbooks: Playbooks) -> tuple[int, Path]:
    path = playbooks.folder / "stream.json"
    run = playbooks.run(
        "ampops.secure_endpoint.event_stream_create",
        variables={"event_stream_name": "eda", "event_stream_credentials_path": str(path)},
    )
    assert run.returncode == 0, run.stdout
    return simulator.control.streams()[-1]["id"], path


def is_isolated(simulator: Simulator, guid: str) -> bool:
    answer = requests.get(
        f"https://{simulator.api_host}/v1/computers/{guid}/isolation",
        auth=(simulator.client_id, simulator.api_key),
        verify=simulator.ca_path,
        timeout=30,
    )
    return answer.ok and answer.json()["data"]["status"] in ("isolated", "pending_start")


def own_rulebook(folder: Path, source: dict[str, Any], action: dict[str, Any]) -> str:
    path = folder / "own.yml"
    rules = [{"name": "Any", "condition": "event.kind is defined", "action": action}]
    named = [{"name": "secure_endpoint", "ampops.secure_endpoint.event_stream": source}]
    path.write_text(json.dumps([{"name": "Own", "hosts": "localhost", "sources": named, "rules": rules}]))
    return str(path)


def test_a_failed_quarantine_leads_to_an_isolation(simulator: Simulator, playbooks: Playbooks) -> None:
    _stream_id, credentials = make_stream(simulator, playbooks)
    victim = simulator.control.computer().guid
    with rulebook(
        playbooks,
        "ampops.secure_endpoint.isolate_unquarantined",
        secure_endpoint_stream_credentials_path=str(credentials),
        secure_endpoint_state_dir=str(playbooks.folder / "state"),
    ) as running:
        simulator.control.publish("failure", computer=victim)
        running.wait_for(lambda: is_isolated(simulator, victim), "the computer was not isolated")
        assert simulator.api_key not in running.said
        assert json.loads(credentials.read_text())["password"] not in running.said


def test_a_file_that_several_computers_saw_is_blocked(simulator: Simulator, playbooks: Playbooks) -> None:
    _stream_id, credentials = make_stream(simulator, playbooks)
    digest = "ab" * 32
    with rulebook(
        playbooks,
        "ampops.secure_endpoint.block_widespread_hash",
        secure_endpoint_stream_credentials_path=str(credentials),
        secure_endpoint_state_dir=str(playbooks.folder / "state"),
        secure_endpoint_lateness_seconds=1,
        secure_endpoint_idle_after_seconds=1,
        secure_endpoint_block_hosts=3,
        secure_endpoint_block_list=blocking_list(simulator),
    ) as running:
        simulator.control.outbreak(3, sha256=digest)
        running.wait_for(lambda: digest in blocked(simulator), "the file was not blocked")


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


def test_a_file_named_like_a_template_does_not_run(simulator: Simulator, playbooks: Playbooks) -> None:
    """Names are asked for and shown by a playbook that renders the whole event."""
    _stream_id, credentials = make_stream(simulator, playbooks)
    witness, shown = playbooks.folder / "witness", playbooks.folder / "shown"
    hostile = f"{{{{ lookup('pipe', 'touch {witness}') }}}}"
    playbook = playbooks.folder / "show.yml"
    copy = {"content": "{{ ansible_eda.event | to_json }}", "dest": str(shown), "mode": "0600"}
    task = {"name": "Render the event", "ansible.builtin.copy": copy}
    playbook.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
    source = {"credentials_path": str(credentials), "untrusted": True}
    own = own_rulebook(playbooks.folder, source, {"run_playbook": {"name": str(playbook)}})
    with rulebook(playbooks, own, persistence=False) as running:
        simulator.control.publish("detected", file_name=hostile, detection=hostile)
        running.wait_for(shown.exists, "the playbook did not run")
        running.wait_for(lambda: shown.read_text().endswith("}"), "the event was not written")
    assert "lookup(" in json.loads(shown.read_text())["untrusted"]["file_name"]
    assert not witness.exists()


def test_nothing_is_lost_when_it_is_killed(simulator: Simulator, playbooks: Playbooks) -> None:
    stream_id, credentials = make_stream(simulator, playbooks)
    got = playbooks.folder / "got"
    got.mkdir()
    playbook = playbooks.folder / "note.yml"
    touch = {"path": f"{got}/{{{{ key }}}}", "state": "touch", "mode": "0600"}
    task = {"name": "Note the event", "ansible.builtin.file": touch}
    playbook.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
    source = {
        "credentials_path": str(credentials),
        "feedback": True,
        "state_dir": str(playbooks.folder / "state"),
    }
    action = {"run_playbook": {"name": str(playbook), "extra_vars": {"key": "{{ event.key }}"}}}
    own = own_rulebook(playbooks.folder, source, action)
    waiting = publish_numbered(simulator, stream_id, range(1, 31))
    with rulebook(playbooks, own) as running:
        running.wait_for(lambda: len(list(got.iterdir())) >= 2, "nothing was worked on")
        running.kill()
    handed = waiting - simulator.control.queue_length(stream_id)["messages"]
    assert 2 <= handed < waiting
    with rulebook(playbooks, own) as running:
        running.wait_for((got / "30").exists, "it did not go on where it was")
    # Feedback means "handed to the engine": what the engine held when it was killed was acknowledged.
    left = {int(one.name) for one in got.iterdir()}
    assert left >= set(range(handed + 1, 31))


def publish_numbered(simulator: Simulator, stream_id: int, numbers: range) -> int:
    for number in numbers:
        body = json.dumps({"id": number, "event_type_id": 1107296272, "timestamp": int(time.time())})
        simulator.control.publish_raw(body.encode(), stream_id=stream_id)
    return len(numbers)
