# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start and remove the pretend hosts: containers with their init as PID 1, named after what they are.

    hosts.py create NAME=FAMILY...     starts each and waits until its init is up
    hosts.py destroy NAME...

`tests/roles/run` and the scenarios of extensions/molecule both use it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from images import ENVIRONMENT, ensure

# What has to answer before a host counts as up.
UP = {
    "windows": ["test", "-s", "/run/boots"],  # a call of wine before its session is up would hang on our pipes
    "macos": ["launchctl", "list"],
}
SYSTEMD_UP = ["systemctl", "is-system-running"]
EL6_UP = ["true"]
START_SECONDS = 60


def create(name: str, family: str, settings: dict[str, str] | None = None, image: str = "") -> None:
    """Start the host `name`. `settings` becomes its /etc/test-connector.json. An old one of the name is removed."""
    destroy(name)
    image = image or ensure(family)
    _podman("run", "--detach", "--name", name, "--hostname", name, "--systemd=always", "--network=host", image)
    if settings:
        _podman("exec", "--interactive", name, "tee", "/etc/test-connector.json", content=json.dumps(settings))
    _wait(name, family)


def destroy(name: str) -> None:
    """Remove the host, at once."""
    _podman("rm", "--force", "--time=0", "--ignore", name)


def _wait(name: str, family: str) -> None:
    """Until its init is up; `degraded` counts, a container has units that cannot start."""
    check = EL6_UP if family == "el6" else UP.get(family, SYSTEMD_UP)
    until = time.monotonic() + START_SECONDS
    while True:
        done = subprocess.run(
            ["podman", "exec", name, *check],
            env=ENVIRONMENT,
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode == 0 or done.stdout.strip() in ("running", "degraded"):
            return
        if time.monotonic() > until:
            sys.exit(f"hosts: {name} ({family}) is not up after {START_SECONDS} s: {done.stdout}{done.stderr}")
        time.sleep(0.2)


def _podman(*arguments: str, content: str | None = None) -> str:
    done = subprocess.run(
        ["podman", *arguments], env=ENVIRONMENT, check=False, capture_output=True, text=True, input=content
    )
    if done.returncode:
        sys.exit(f"hosts: podman {arguments[0]} failed ({done.returncode}): {done.stderr.strip()[-2000:]}")
    return done.stdout


def main() -> None:
    """The command line."""
    match sys.argv[1:]:
        case ["create", *pairs]:
            for name, _equals, family in (pair.partition("=") for pair in pairs):
                create(name, family)
        case ["destroy", *names]:
            for name in names:
                destroy(name)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
