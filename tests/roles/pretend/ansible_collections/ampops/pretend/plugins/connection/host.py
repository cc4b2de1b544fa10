# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection to a pretend host: pipelining into its namespaces, and Windows paths in what is fetched."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: host
short_description: Reach a pretend host
author: The ampops.secure_endpoint contributors
description:
  - Enters the namespaces of the container's init as root, which takes a hundredth of the time of C(podman exec).
  - Other users come by M(containers.podman.podman#connection), with pipelining.
  - Takes Windows paths of files, too.
extends_documentation_fragment:
  - ansible.builtin.connection_pipelining
options:
  remote_addr:
    description: Name of the container.
    type: str
    default: inventory_hostname
    vars:
      - name: ansible_host
      - name: inventory_hostname
  pid:
    description: Process of the container's init, as this machine counts.
    type: int
    required: true
    vars:
      - name: ansible_pretend_pid
  remote_user:
    description: User inside the container.
    type: str
    vars:
      - name: ansible_user
  podman_extra_args:
    description: More arguments for podman.
    type: str
    default: ""
  podman_executable:
    description: The podman to use.
    type: str
    default: podman
  record:
    description:
      - File to which each round trip adds a line of JSON with the host, what it was, the bytes of a file, and the
        seconds of CPU that it took on the host, which is a process of this machine.
    type: str
    env:
      - name: PRETEND_RECORD
"""

import json  # noqa: E402
import re  # noqa: E402
import resource  # noqa: E402
import shlex  # noqa: E402
import shutil  # noqa: E402
import subprocess  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from contextlib import contextmanager  # noqa: E402
from pathlib import Path  # noqa: E402

from ansible.errors import AnsibleConnectionFailure, AnsibleError  # noqa: E402
from ansible.utils.display import Display  # noqa: E402
from ansible_collections.containers.podman.plugins.connection import podman  # noqa: E402

DISPLAY = Display()


class Connection(podman.Connection):
    """One container, which is one pretend host; files go through standard input and output."""

    transport = "ampops.pretend.host"
    has_pipelining = True

    def _connect(self) -> None:
        self._connected = True

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = False) -> tuple[int, bytes, bytes]:  # noqa: ARG002
        """Run a command, with `in_data` as its standard input."""
        DISPLAY.vvv(f"EXEC {cmd}", host=self._container_id)  # as ssh does, whatever a task's no_log says
        with self._recorded("run"):
            return self._inside(shlex.split(cmd), in_data or b"")

    def put_file(self, in_path: str, out_path: str) -> None:
        """Put a file where the user may write."""
        content = Path(in_path).read_bytes()
        with self._recorded("put", len(content)):
            self._checked("sh", "-c", 'cat >"$0"', _placed(out_path), content=content)

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Fetch a file that the user may read."""
        with self._recorded("fetch"):
            Path(out_path).write_bytes(self._checked("cat", _placed(in_path)))

    def _inside(self, command: list[str], content: bytes) -> tuple[int, bytes, bytes]:
        if self.user:
            return self._podman(["exec", "-i", "--user", self.user], command, content)
        init = self.get_option("pid")
        try:
            pairs = Path(f"/proc/{init}/environ").read_text(encoding="utf-8").split("\0")
        except OSError as error:
            raise AnsibleConnectionFailure(f"{self._container_id} is not up: {error}") from error
        done = subprocess.run(
            [str(shutil.which("nsenter")), f"--target={init}", "--all", *command],
            input=content,
            env={"HOME": "/root", **dict(pair.split("=", 1) for pair in pairs if "=" in pair)},
            capture_output=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    @contextmanager
    def _recorded(self, what: str, size: int = 0) -> Iterator[None]:
        before = _seconds_of_children()
        yield
        if record := self.get_option("record"):
            line = {"host": self._container_id, "what": what, "bytes": size, "cpu": _seconds_of_children() - before}
            with Path(record).open("a", encoding="utf-8") as file:  # one short write, so that parallel ones do not mix
                file.write(json.dumps(line) + "\n")

    def _checked(self, *command: str, content: bytes = b"") -> bytes:
        rc, out, err = self._inside(list(command), content)
        if rc:
            raise AnsibleError(
                f"{command[0]} {command[-1]} on {self._container_id} ended with {rc}: {err.decode(errors='replace')}"
            )
        return out


def _seconds_of_children() -> float:
    """The seconds of CPU of what this process has started and waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _placed(path: str) -> str:
    """C:\\... lies below /win."""
    windows = re.match(r"[A-Za-z]:\\", path)
    return f"/win/drive_{path[0].lower()}/" + path[3:].replace("\\", "/") if windows else path
