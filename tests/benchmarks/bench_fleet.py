# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fleet costs its controller: seconds of CPU a host, beside an install role of the same trade."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count as numbers
from pathlib import Path
from typing import Any

from roles.linux.packages import installer, package

from .fleet import FAMILY, VERSION, Cost, Fleet, Task, fleet, manifest, missing, role
from .harness import Row, alternate, benchmark, compare

HOSTS = 20
MOST_RUNS = 3
TARGET = 0.5


@benchmark
def fleet_cpu(runs: int) -> Iterator[Row]:
    """Seconds of CPU of ansible-playbook and its workers a host, without what runs on the hosts."""
    if reason := missing():
        print(f"fleet_cpu: not run, {reason}", file=sys.stderr)
        return
    few = min(runs, MOST_RUNS)
    with tempfile.TemporaryDirectory() as name, fleet(HOSTS, Path(name)) as hosts, downloads() as url:
        again = falcon_shape(url, VERSION)
        status = role("connector_status")
        deploy = role("connector_deploy", connector_deploy_installers=[manifest()])
        yield _row("status", alternate(_cpu(hosts, lambda: status), _cpu(hosts, lambda: again), few))
        yield _row("deploy again", alternate(_cpu(hosts, lambda: deploy), _cpu(hosts, lambda: again), few))
        versions = (f"1.27.{number}" for number in numbers(1))  # each run upgrades to the next one

        def upgrade() -> list[Task]:
            return role("connector_upgrade", connector_deploy_installers=[installer(FAMILY, next(versions))])

        def other_upgrade() -> list[Task]:
            version = next(versions)
            package(FAMILY, version)  # built before it is asked for, and not by each host's request
            return falcon_shape(url, version)

        pairs = alternate(_cpu(hosts, upgrade), _cpu(hosts, other_upgrade), 2)
        yield _row("upgrade", pairs)


def _cpu(hosts: Fleet, tasks: Callable[[], list[Task]]) -> Callable[[], float]:
    def measured() -> float:
        wanted = tasks()
        cost: Cost = hosts.play(wanted)
        return cost.controller_cpu / HOSTS

    return measured


def _row(what: str, pairs: list[tuple[float, float]]) -> Row:
    return compare(
        f"{what}, {HOSTS} hosts: CPU of the controller a host, against the shape of crowdstrike.falcon's install role",
        pairs,
        target=TARGET,
        unit="CPU s",
        note="that role's tasks, kind by kind in their order, written by us",
    )


class downloads:  # noqa: N801 - used as a function
    """A server that answers as an API does which hands out a token, a list and installers."""

    def __enter__(self) -> str:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Api)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Api(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self._answer(201, b'{"access_token": "t"}', "application/json")

    def do_GET(self) -> None:
        version = self.path.rpartition("=")[2]
        if self.path.startswith("/file"):
            self._answer(200, package(FAMILY, version).read_bytes(), "application/octet-stream")
        else:
            self._answer(200, b'{"resources": [{"sha256": "x"}]}', "application/json")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def falcon_shape(url: str, version: str) -> list[Task]:
    """The tasks of crowdstrike.falcon's role falcon_install with its default method `api` on Debian.

    Kind by kind in their order, also those that a condition skips there. Read in CrowdStrike/ansible_collection_falcon:
    main.yml at 252298a9, preinstall.yml 067e478e, auth.yml 127fc5bd, api.yml 05449a5c, install.yml 01a31d67.
    The facts are those that a play gathers by default. Its key goes to a file instead of apt_key, which is deprecated.
    """
    skipped = {"when": "ansible_facts['os_family'] == 'Windows'"}
    fact: dict[str, Any] = {"ansible.builtin.set_fact": {"falcon_any": "{{ ansible_facts['distribution'] }}"}}
    fail = {"ansible.builtin.fail": {"msg": "It is not configured."}, **skipped}
    asked = {"url": f"{url}/list", "return_content": True, "headers": {"Content-Type": "application/json"}}
    token = {**asked, "method": "POST", "status_code": 201, "body_format": "json", "body": "client_id=x"}
    folder = {"path": "/tmp", "state": "directory", "suffix": "falcon"}  # noqa: S108 - as that role has it
    preinstall: list[Task] = [
        *[fail] * 4,
        {**fact, **skipped},
        {
            "ansible.builtin.set_fact": {
                "falcon_target_os": "{{ ansible_facts['distribution'] }}",
                "falcon_os_version": "9",
            }
        },
        *[{**fact, **skipped}] * 3,
        fact,
        *[{**fact, **skipped}] * 3,
        fact,
        fact,
        {"ansible.builtin.tempfile": folder, "register": "falcon_folder", "changed_when": False},
        {"ansible.builtin.debug": {}, **skipped},
        {"ansible.builtin.stat": {"path": "/Applications"}, **skipped},
    ]
    auth: list[Task] = [
        {"ansible.builtin.uri": token, "run_once": True, "register": "falcon_token", "no_log": True},
        {**fact, **skipped},
        {"ansible.builtin.uri": asked, "run_once": True, "register": "falcon_cid", "no_log": True},
        fact,
    ]
    api: list[Task] = [
        fact,
        {**fact, **skipped},
        {"ansible.builtin.uri": asked, "register": "falcon_list", "no_log": True},
        {"ansible.builtin.fail": {"msg": "No sensor."}, "when": "falcon_list.json.resources[0] is not defined"},
        {
            "ansible.builtin.get_url": {
                "url": f"{url}/file?version={version}",
                "dest": "{{ falcon_folder.path }}/sensor.deb",
                "mode": "0640",
            },
            "register": "falcon_download",
            "changed_when": False,
            "no_log": True,
        },
        {"ansible.builtin.set_fact": {"falcon_package": "{{ falcon_download.dest }}"}},
    ]
    install: list[Task] = [
        {**fact, **skipped},
        {
            "ansible.builtin.copy": {"content": "key", "dest": "{{ falcon_folder.path }}/falcon.gpg", "mode": "0640"},
            "changed_when": False,
        },
        {"ansible.builtin.rpm_key": {"key": "/x"}, **skipped},
        {
            "ansible.builtin.copy": {"content": "key", "dest": "/etc/apt/falcon.gpg", "mode": "0644"},
            "changed_when": False,
        },
        {"ansible.builtin.package": {"deb": "{{ falcon_package }}", "allow_downgrade": False, "state": "present"}},
        {"ansible.builtin.command": "/usr/sbin/installer", **skipped},
        {"ansible.builtin.package_facts": {"manager": "auto"}},
        {
            "ansible.builtin.find": {"paths": "/tmp", "patterns": "ansible.*falcon", "file_type": "directory"},  # noqa: S108
            "register": "falcon_left",
            "changed_when": False,
        },
        {
            "ansible.builtin.file": {"path": "{{ item.path }}", "state": "absent"},
            "loop": "{{ falcon_left.files }}",
            "changed_when": False,
        },
        {"ansible.builtin.file": {"path": "/x", "state": "absent"}, **skipped},
    ]
    tasks = [{"ansible.builtin.setup": {}}, *preinstall, *auth, *api, *install]
    return [{"name": f"Task {number}", **task} for number, task in enumerate(tasks)]
