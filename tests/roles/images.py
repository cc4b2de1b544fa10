# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images that the pretend hosts run: one base by mmdebstrap, one Containerfile for each family on top of it.

    images.py FAMILY...      builds what is missing, prints the image of each

An image is named after a hash of all that goes into it, so a change builds it anew and a second run builds nothing.
Nothing is pulled from a registry of images.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOCKS = HERE.parents[1] / ".cache" / "roles"
ENVIRONMENT = {**os.environ, "CONTAINERS_CONF": str(HERE / "containers.conf")}

PACKAGES = "systemd,systemd-sysv,dbus,python3,procps,ca-certificates,iproute2"
BOOTSTRAP = [
    "mmdebstrap",
    "--quiet",
    "--variant=minbase",
    f"--include={PACKAGES}",
    '--aptopt=Apt::Install-Recommends "false"',
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "bookworm",
]
BASE_SETTINGS = ['CMD ["/lib/systemd/systemd"]', "ENV container=podman", "STOPSIGNAL SIGRTMIN+3"]


@dataclass(frozen=True)
class Family:
    """A kind of host: the folder of its Containerfile and, where needed, name and version of the RPM that is its
    base."""

    folder: Path
    base_rpm: tuple[str, str] | None = None
    on: str | None = None


FAMILIES = {
    "debian": Family(HERE / "linux/image/debian"),
    "ubuntu": Family(HERE / "linux/image/ubuntu", on="debian"),
    "el": Family(HERE / "linux/image/el", base_rpm=("almalinux-release", "9.4")),
    "suse": Family(HERE / "linux/image/suse", base_rpm=("sles-release", "15.5")),
    "el6": Family(HERE / "linux/image/el6", base_rpm=("redhat-release", "6.10")),
    "windows": Family(HERE / "windows/image"),
    "macos": Family(HERE / "macos/image"),
}


@contextmanager
def one_at_a_time(what: str) -> Iterator[None]:
    """Let one process at a time make what several of them need."""
    LOCKS.mkdir(parents=True, exist_ok=True)
    with (LOCKS / f"{what}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def ensure(family: str) -> str:
    """The name of the image of `family`, built with everything below it where it is missing."""
    with one_at_a_time("images"):
        return _ensure(family)


def _ensure(family: str) -> str:
    kind = FAMILIES[family]
    below = _ensure(kind.on) if kind.on else base()
    name = f"localhost/ampops-{family}:{digest(below, repr(kind.base_rpm), *_contents(kind.folder))}"
    if not exists(name):
        with tempfile.TemporaryDirectory() as context:
            _podman_build(kind, below, name, Path(context))
    return name


def _podman_build(kind: Family, below: str, name: str, context: Path) -> None:
    run(["cp", "-a", f"{kind.folder}/.", str(context)])
    if kind.base_rpm:
        run([sys.executable, str(HERE / "linux/image/base_rpm.py"), *kind.base_rpm, str(context / "base.rpm")])
    run(["podman", "build", "--quiet", "--network=host", f"--build-arg=BASE={below}", "-t", name, str(context)])


def base() -> str:
    """Return the name of the image below all others, built where it is missing."""
    name = f"localhost/ampops-base:{digest(*BOOTSTRAP, *BASE_SETTINGS)}"
    if not exists(name):
        with tempfile.TemporaryDirectory() as folder:
            tar = f"{folder}/base.tar"
            run([*BOOTSTRAP, tar])
            run(["podman", "import", "--quiet", *[f"--change={each}" for each in BASE_SETTINGS], tar, name])
    return name


def exists(name: str) -> bool:
    """Return whether podman has an image."""
    return subprocess.run(["podman", "image", "exists", name], env=ENVIRONMENT, check=False).returncode == 0


def _contents(folder: Path) -> list[str]:
    files = sorted(path for path in [*folder.rglob("*"), HERE / "linux/image/base_rpm.py"] if path.is_file())
    return [
        f"{path.name} {path.stat().st_mode & 0o111} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files
    ]


def digest(*parts: str) -> str:
    """Return a short hash of all that goes into an image."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def run(command: list[str]) -> None:
    """Run a program. Ends this one with what it printed where it fails."""
    done = subprocess.run(
        command, env=ENVIRONMENT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        sys.exit(f"images: {command[0]} failed ({done.returncode}):\n{done.stdout[-4000:]}")


if __name__ == "__main__":
    for wanted in sys.argv[1:] or list(FAMILIES):
        print(ensure(wanted), flush=True)
