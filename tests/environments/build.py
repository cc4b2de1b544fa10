# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the environments of `environments/` as they stand there, from a base image that is made here.

Other than for a user: the base image is Debian 12 (no registry is asked), the collections are files (Galaxy is not
asked), ansible-core is one of the matrix, and pip takes what it would download from a folder of wheels. An image is
named after all that goes in.
"""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ansible
import yaml
from matrix import NEWEST, OLDEST, Core

from roles import images

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
ENVIRONMENTS = CHECKOUT / "environments"
CACHE = CHECKOUT / ".cache" / "environments"
PROGRAMS = Path(sys.executable).parent
OF_BUILDER = ["bindep", "pyyaml", "packaging", "dumb-init==1.2.5", "pip", "setuptools", "wheel"]
"""What ansible-builder's own steps install."""
NOT_NEEDED = ("__pycache__", "test", "tests", "idlelib", "*.a", "share")


def base_image(python: str) -> str:
    """Return the image that stands in for the public one; it has the version of this Python."""
    prefix = Path(python).resolve().parents[1]
    own = prefix not in (Path("/usr"), Path("/"))  # one that can be copied; Debian's own is in the base already
    recipe = HERE / "Containerfile"
    name = f"localhost/ampops-environment-base:{images.digest(images.base(), recipe.read_text(), str(own and prefix))}"
    if not images.exists(name):
        with tempfile.TemporaryDirectory() as context:
            shutil.copy(recipe, context)
            if own:
                shutil.copytree(
                    prefix, Path(context, "python"), symlinks=True, ignore=shutil.ignore_patterns(*NOT_NEEDED)
                )
            else:
                Path(context, "python").mkdir()
            podman_build(context, name, f"--build-arg=BASE={images.base()}")
    return name


def podman_build(context: str | Path, name: str, *arguments: str) -> None:
    """Build an image from the Containerfile in a folder."""
    images.run(["podman", "build", "--quiet", "--network=host", *arguments, "-t", name, str(context)])


def wheels(python: str, requirements: Iterable[str]) -> Path:
    """Return a folder of wheels for this Python: of these requirements and of all that they need."""
    wanted = sorted(requirements)
    folder = CACHE / f"wheels-{images.digest(python, *wanted)}"
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as unfinished:
            images.run(
                [
                    sys.executable,
                    "-m",
                    "pip",
                    "--python",
                    python,
                    "wheel",
                    "--quiet",
                    "--wheel-dir",
                    unfinished,
                    *wanted,
                ]
            )
            shutil.copytree(unfinished, folder)
    return folder


def our_tarball(folder: Path) -> Path:
    """Build the collection of this checkout, without what only a checkout has."""
    copy = folder / "collection"
    shutil.copytree(CHECKOUT, copy, ignore=shutil.ignore_patterns(".git", ".cache", ".venv", "output", "_build"))
    images.run([str(PROGRAMS / "ansible-galaxy"), "collection", "build", "--output-path", str(folder), str(copy)])
    shutil.rmtree(copy)
    (tarball,) = folder.glob("ampops-*.tar.gz")
    return tarball


def windows_tarball(folder: Path) -> Path:
    """Pack the ansible.windows of the PyPI package `ansible` as Galaxy would deliver it."""
    source = Path(ansible.__file__).parents[1] / "ansible_collections" / "ansible" / "windows"
    content = [path for path in sorted(source.rglob("*")) if path.name not in ("FILES.json", "MANIFEST.json")]
    listed = {"files": [listing(path, source) for path in [source, *content]], "format": 1}
    files = json.dumps(listed).encode()
    manifest = json.loads((source / "MANIFEST.json").read_text())
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(files).hexdigest()
    copy = folder / "windows"
    shutil.copytree(source, copy)
    (copy / "FILES.json").write_bytes(files)
    (copy / "MANIFEST.json").write_text(json.dumps(manifest))
    tarball = folder / f"ansible-windows-{manifest['collection_info']['version']}.tar.gz"
    with tarfile.open(tarball, "w:gz") as archive:
        for path in sorted(copy.rglob("*")):
            archive.add(path, path.relative_to(copy).as_posix(), recursive=False)
    shutil.rmtree(copy)
    return tarball


def listing(path: Path, root: Path) -> dict[str, Any]:
    """Return the entry of one file or folder in FILES.json."""
    is_file = path.is_file()
    return {
        "name": path.relative_to(root).as_posix(),
        "ftype": "file" if is_file else "dir",
        "chksum_type": "sha256" if is_file else None,
        "chksum_sha256": hashlib.sha256(path.read_bytes()).hexdigest() if is_file else None,
        "format": 1,
    }


@functools.cache
def environment(definition: Path, core: Core) -> str:
    """Build what a definition says, with this ansible-core, and return the image's name."""
    wanted = yaml.safe_load(definition.read_text())
    dependencies = wanted["dependencies"]
    run_time = (CHECKOUT / "requirements.txt").read_text().splitlines()
    packages = wheels(
        core.python,
        [
            f"ansible-core=={core.release}",
            dependencies["ansible_runner"]["package_pip"],
            *dependencies.get("python", []),
            *(line for line in run_time if line and not line.startswith("#")),
            *OF_BUILDER,
        ],
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        collections = folder / "collections"
        collections.mkdir()
        tarballs = [our_tarball(collections), windows_tarball(collections)]
        files = [{"name": f"collections/{path.name}", "type": "file"} for path in tarballs]
        dependencies["galaxy"]["collections"] = files
        dependencies["ansible_core"]["package_pip"] = f"ansible-core=={core.release}"
        wanted["additional_build_files"] = [{"src": "collections/*.tar.gz", "dest": "collections"}]
        (folder / "definition.yml").write_text(yaml.safe_dump(wanted))
        context = folder / "context"
        images.run(
            [str(PROGRAMS / "ansible-builder"), "create", "-f", str(folder / "definition.yml"), "-c", str(context)]
        )
        base = base_image(core.python)
        image = f"localhost/ampops-{definition.stem}:{images.digest(base, packages.name, *contents(context))}"
        if not images.exists(image):
            podman_build(context, image, f"--build-arg=EE_BASE_IMAGE={base}", *from_wheels(packages, folder))
    return image


@functools.cache
def consumer() -> str:
    """Build the image of the consumer and return its name."""
    python = NEWEST.python
    packages = wheels(python, ["pika", "requests"])
    with tempfile.TemporaryDirectory() as name:
        context = Path(name, "context")
        context.mkdir()
        shutil.copy(ENVIRONMENTS / "consumer" / "Containerfile", context)
        pack = [
            sys.executable,
            str(CHECKOUT / "roles/event_consumer/files/pack.py"),
            str(CHECKOUT / "plugins/module_utils"),
        ]
        images.run([*pack, str(context)])
        (packed,) = context.glob("*.pyz")
        packed.rename(context / "consumer.pyz")
        base = base_image(python)
        image = f"localhost/ampops-consumer:{images.digest(base, packages.name, *contents(context))}"
        if not images.exists(image):
            podman_build(
                context, image, "--format=docker", f"--build-arg=BASE_IMAGE={base}", *from_wheels(packages, Path(name))
            )
    return image


def contents(folder: Path) -> list[str]:
    """Return name and digest of each file of a folder; of tarballs the content, for they also hold times."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.name.endswith(".tar.gz"):
            with tarfile.open(path) as archive:
                inside = archive.extractfile("MANIFEST.json")
                found.append(inside.read().decode() if inside else "")
        else:
            found.append(f"{path.relative_to(folder)} {hashlib.sha256(path.read_bytes()).hexdigest()}")
    return found


def from_wheels(folder: Path, work: Path) -> list[str]:
    """Return the arguments with which pip in a build takes its packages from a folder, and from nowhere else."""
    settings = work / "pip.conf"
    settings.write_text("[global]\nno-index = true\nfind-links = /wheels\nroot-user-action = ignore\n")
    return [f"--volume={folder}:/wheels:ro", f"--volume={settings}:/etc/pip.conf:ro"]


def build_all() -> list[str]:
    """Build every image that the tests use, and return their names."""
    execution = ENVIRONMENTS / "execution" / "execution-environment.yml"
    decision = ENVIRONMENTS / "decision" / "decision-environment.yml"
    return [environment(execution, OLDEST), environment(execution, NEWEST), environment(decision, NEWEST), consumer()]


if __name__ == "__main__":
    print(*build_all(), sep="\n")
