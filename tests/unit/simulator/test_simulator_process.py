# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m simulator`: what it writes, how it is steered over HTTP, and what it leaves behind: nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import simulator as package

COMMAND = (sys.executable, "-m", "simulator")
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(package.__file__).resolve().parents[1])}
PATIENCE = 60.0


@pytest.fixture(autouse=True)
def heeds_interrupts() -> Iterator[None]:
    """Heed SIGINT again: the shell of a script that says `make test &` has all that it starts ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def wait_until(met: Callable[[], object], what: str) -> None:
    """Wait for a condition; fail saying which one did not come."""
    deadline = time.monotonic() + PATIENCE
    while not met():
        assert time.monotonic() < deadline, f"waited {PATIENCE} s for {what}"
        time.sleep(0.02)


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The simulator as a process of its own, and the variables of its environment file."""
    env_file = folder / "env"
    env_file.unlink(missing_ok=True)
    process = subprocess.Popen(
        [
            *COMMAND,
            "--env-file",
            str(env_file),
            "--state-dir",
            str(folder / "state"),
            *arguments,
        ],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait_until(lambda: env_file.exists() or process.poll() is not None, "the environment file")
        assert process.poll() is None, process.communicate()[0]
        sourced = subprocess.run(
            ["sh", "-c", f". {env_file} && env"],
            check=True,
            capture_output=True,
            text=True,
            env=ENVIRONMENT,
        )
        yield process, dict(line.split("=", 1) for line in sourced.stdout.splitlines() if "=" in line)
    finally:
        process.kill()
        process.communicate()


def processes_in(folder: Path) -> list[str]:
    """The command lines of every process that names a folder or works in it."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(folder) in command or str((entry / "cwd").readlink()).startswith(str(folder)):
                found.append(f"{entry.name}: {command[:100]}")
        except OSError:
            continue
    return [one for one in found if not one.startswith(f"{os.getpid()}:")]


def version_status(variables: dict[str, str]) -> int:
    with requests.Session() as session:
        session.trust_env = False
        answered = session.get(
            f"https://{variables['SECURE_ENDPOINT_API_HOST']}/v1/version",
            auth=(variables["SECURE_ENDPOINT_CLIENT_ID"], variables["SECURE_ENDPOINT_API_KEY"]),
            verify=variables["SECURE_ENDPOINT_CA_PATH"],
            timeout=20,
        )
        return answered.status_code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_serves_once_the_file_is_there_and_a_signal_ends_it_without_a_trace(tmp_path: Path, number: int) -> None:
    with running(tmp_path, "--no-broker", "--computers", "41") as (process, variables):
        assert (tmp_path / "env").stat().st_mode & 0o777 == 0o600
        assert version_status(variables) == 200
        process.send_signal(number)
        output, _nothing = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "41 computers" in output
    assert f"export SECURE_ENDPOINT_API_KEY={variables['SECURE_ENDPOINT_API_KEY']}" in output
    assert not (tmp_path / "env").exists()
    assert list((tmp_path / "state").iterdir()) == []


def test_it_ends_with_the_shell_that_started_it(tmp_path: Path) -> None:
    """`make simulator &` of a script that then ends, by kill -9 at that, leaves nothing running."""
    shell = subprocess.Popen(["sleep", "600"])
    with running(tmp_path, "--no-broker", "--end-with", str(shell.pid)) as (process, variables):
        assert version_status(variables) == 200
        shell.kill()  # and not waited for: a zombie has ended, too
        process.communicate(timeout=PATIENCE)
    shell.wait()
    assert process.returncode == 0
    assert list((tmp_path / "state").iterdir()) == []


def test_it_does_not_even_begin_to_wait_for_a_shell_that_is_gone(tmp_path: Path) -> None:
    shell = subprocess.Popen(["true"])
    shell.wait()
    command = [*COMMAND, "--no-broker", "--state-dir", str(tmp_path / "state"), "--end-with", str(shell.pid)]
    assert subprocess.run(command, env=ENVIRONMENT, timeout=PATIENCE, stdout=subprocess.DEVNULL).returncode == 0


def test_make_names_the_shell_that_called_it() -> None:
    """The parent of make, not make itself: make goes on when its shell has gone."""
    checkout = Path(package.__file__).resolve().parents[2]
    make = ["make", "-o", "setup", "simulator", "run=echo", "system=true"]
    printed = subprocess.run(make, cwd=checkout, check=True, capture_output=True, text=True).stdout
    assert printed.split("--end-with ")[1].split()[0] == str(os.getpid())


def test_a_kill_9_takes_the_broker_along_and_the_next_one_runs(tmp_path: Path) -> None:
    with running(tmp_path) as (process, variables):
        assert version_status(variables) == 200
        assert processes_in(tmp_path / "state")
        process.kill()
        process.wait()
        wait_until(lambda: not processes_in(tmp_path / "state"), "the broker to end")
        wait_until(lambda: not list((tmp_path / "state").iterdir()), "the folder to be removed")
    with running(tmp_path, "--no-broker") as (_process, new_variables):
        assert new_variables["SECURE_ENDPOINT_CA_PATH"] != variables["SECURE_ENDPOINT_CA_PATH"]
        assert version_status(new_variables) == 200


def test_sigterm_ends_simulator_and_broker(tmp_path: Path) -> None:
    with running(tmp_path) as (process, _variables):
        process.terminate()
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert processes_in(tmp_path) == []
    assert list((tmp_path / "state").iterdir()) == []


def test_a_wrong_switch_is_told_before_anything_serves(tmp_path: Path) -> None:
    finished = subprocess.run(
        [
            *COMMAND,
            "--no-broker",
            "--switch",
            "colour=red",
            "--env-file",
            str(tmp_path / "env"),
        ],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert finished.returncode == 1
    assert "unknown switch 'colour'" in finished.stderr
    assert not (tmp_path / "env").exists()


def test_every_lever_works_over_http(tmp_path: Path) -> None:
    with (
        running(tmp_path, "--no-broker", "--switch", "name_filter=exact") as (_process, variables),
        requests.Session() as control,
    ):
        control.trust_env = False
        url = variables["SIMULATOR_CONTROL_URL"]

        def call(method: str, where: str, **body: object) -> requests.Response:
            return control.request(method, url + where, data=json.dumps(body) if body else None, timeout=20)

        assert call("GET", "/switches").json()["name_filter"] == "exact"
        assert call("PATCH", "/switches", name_filter="prefix").json()["name_filter"] == "prefix"
        assert call("POST", "/faults", kind="status", status=500, path="/v1/version").json()["id"] == 1
        assert [version_status(variables) for _number in range(2)] == [500, 200]
        assert call("GET", "/faults").json()["faults"][0]["hits"] == 1
        assert [one["status"] for one in call("GET", "/requests").json()["requests"]] == [500, 200]
        assert call("DELETE", "/requests").ok
        assert call("GET", "/requests").json() == {"requests": [], "count": 0}
        assert call("POST", "/rate_limit", remaining=0, reset=9).ok
        assert version_status(variables) == 429
        assert call("POST", "/clock", advance=10).ok
        assert version_status(variables) == 200
        events = call("POST", "/publish", scenario="failure", count=2).json()["events"]
        assert [event["event_type_id"] for event in events] == [1090519054, 2164260880] * 2
        assert len({one["connector_guid"] for one in call("POST", "/outbreak", hosts=4).json()["events"]}) == 4
        assert call("POST", "/publish", scenario="none").status_code == 400
        assert call("POST", "/faults", kind="none").status_code == 400
        before = call("GET", "/tenant").json()["events"]
        assert call("POST", "/reset").ok
        assert call("GET", "/tenant").json()["events"] < before
        assert call("GET", "/switches").json()["name_filter"] == "substring"
        assert "POST   /faults" not in call("GET", "/requests").text
        assert "/rate_limit" in call("GET", "/").text
