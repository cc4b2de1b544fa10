# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection to a pretend host: podman exec with pipelining, and Windows paths in what is fetched."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: host
short_description: Reach a pretend host
author: The ampops.secure_endpoint contributors
description:
  - M(containers.podman.podman#connection) with pipelining, and with Windows paths of files that are fetched.
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
"""

import re  # noqa: E402
import shlex  # noqa: E402
from pathlib import Path  # noqa: E402

from ansible.errors import AnsibleError  # noqa: E402
from ansible_collections.containers.podman.plugins.connection import podman  # noqa: E402


class Connection(podman.Connection):
    """One container, which is one pretend host; files go through standard input and output."""

    transport = "ampops.pretend.host"
    has_pipelining = True

    def _connect(self) -> None:
        self._connected = True

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = False) -> tuple[int, bytes, bytes]:  # noqa: ARG002
        """Run a command, with `in_data` as its standard input."""
        user = ["--user", self.user] if self.user else []
        return self._podman(["exec", "-i", *user], shlex.split(cmd), in_data or b"")

    def put_file(self, in_path: str, out_path: str) -> None:
        """Put a file where the user may write."""
        self._checked("sh", "-c", 'cat >"$0"', _placed(out_path), content=Path(in_path).read_bytes())

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Fetch a file that the user may read."""
        Path(out_path).write_bytes(self._checked("cat", _placed(in_path)))

    def _checked(self, *command: str, content: bytes = b"") -> bytes:
        user = ["--user", self.user] if self.user else []
        rc, out, err = self._podman(["exec", "-i", *user], list(command), content)
        if rc:
            raise AnsibleError(
                f"{command[0]} {command[-1]} on {self._container_id} ended with {rc}: {err.decode(errors='replace')}"
            )
        return out


def _placed(path: str) -> str:
    """C:\\... lies below /win."""
    windows = re.match(r"[A-Za-z]:\\", path)
    return f"/win/drive_{path[0].lower()}/" + path[3:].replace("\\", "/") if windows else path
