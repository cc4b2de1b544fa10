# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tarball holds what its users need, and works where nothing else of the checkout is.

The session `build` of noxfile.py builds it and installs it into the only entry of ANSIBLE_COLLECTIONS_PATH.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import yaml
from simulator import Simulator

CHECKOUT = Path(__file__).resolve().parents[2]
COLLECTIONS = Path(os.environ["ANSIBLE_COLLECTIONS_PATH"])
INSTALLED = COLLECTIONS / "ansible_collections" / "ampops" / "secure_endpoint"
PROGRAMS = Path(sys.executable).parent

FOR_USERS = {
    *("CHANGELOG.md", "LICENSE", "LICENSES", "README.md", "SECURITY.md"),
    *(
        "changelogs",
        "docs",
        "environments",
        "extensions",
        "meta",
        "playbooks",
        "plugins",
        "requirements.txt",
        "roles",
        "tests",
    ),
}
# What only a checkout has, and how a document says that it means one.
OF_A_CHECKOUT = re.compile(r"(?:^ *|`)make [a-z]+|CONTRIBUTING|noxfile|(?<![\w/])tests/[a-z]", re.MULTILINE)
SAYS_SO = re.compile(r"git clone|\bcheckout\b")
CONTENT = ("plugins", "roles", "playbooks", "extensions/awx", "extensions/eda", "extensions/audit", "meta")
MADE_BY_GALAXY = {"FILES.json", "MANIFEST.json"}


def ansible(program: str, *arguments: str, folder: Path, **environment: str) -> str:
    """Run a program of Ansible outside the checkout and return what it prints."""
    environment = {"PATH": f"{PROGRAMS}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "HOME": str(folder), **environment}
    environment["ANSIBLE_COLLECTIONS_PATH"] = str(COLLECTIONS)
    run = subprocess.run(
        [program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_it_holds_what_users_need_and_nothing_else() -> None:
    assert {path.name for path in INSTALLED.iterdir()} <= FOR_USERS | MADE_BY_GALAXY
    assert {"README.md", "LICENSE", "CHANGELOG.md", "meta", "plugins", "playbooks", "requirements.txt"} <= {
        path.name for path in INSTALLED.iterdir()
    }


def test_of_the_tests_only_the_configuration_of_ansible_test_is_in_it() -> None:
    assert [path.name for path in (INSTALLED / "tests").rglob("*")] == ["config.yml"]


def test_a_document_that_names_what_is_not_in_it_says_that_it_means_a_checkout() -> None:
    documents = [path for suffix in ("*.md", "*.rst") for path in INSTALLED.rglob(suffix)]
    assert len(documents) > len(list((INSTALLED / "roles").iterdir()))
    texts = {path.relative_to(INSTALLED): path.read_text() for path in documents}
    assert not {path for path, text in texts.items() if OF_A_CHECKOUT.search(text) and not SAYS_SO.search(text)}


def test_its_links_work_where_it_is_shown() -> None:
    """Galaxy and Automation Hub show the README of the collection and of each role at an address of their own."""
    for path in INSTALLED.rglob("README.md"):
        links = re.findall(r"\]\(([^)]+)\)", path.read_text())
        assert [link for link in links if not link.startswith(("https://", "#"))] == [], path


def test_every_file_of_the_content_is_in_it() -> None:
    def files(root: Path) -> set[Path]:
        found = (path.relative_to(root) for folder in CONTENT for path in (root / folder).rglob("*") if path.is_file())
        return {path for path in found if "__pycache__" not in path.parts}

    assert files(INSTALLED) == files(CHECKOUT) != set()


def test_every_module_and_plugin_is_documented_where_it_is_installed(tmp_path: Path) -> None:
    for kind, folder in (("module", "modules"), ("lookup", "lookup"), ("filter", "filter"), ("inventory", "inventory")):
        paths = [path for path in (CHECKOUT / "plugins" / folder).glob("*.*") if not path.name.startswith("_")]
        if not paths:
            continue
        names = sorted({f"ampops.secure_endpoint.{path.stem}" for path in paths})
        documents = json.loads(ansible("ansible-doc", "--json", "--type", kind, *names, folder=tmp_path))
        assert sorted(documents) == names
        assert all(document["doc"].get("short_description") for document in documents.values())


def test_a_module_runs_from_it(tmp_path: Path) -> None:
    with Simulator(broker=False) as tenant:
        out = ansible(
            *("ansible", "localhost", "-m", "ampops.secure_endpoint.api_info"),
            *("-e", f"ansible_python_interpreter={sys.executable}"),
            folder=tmp_path,
            SECURE_ENDPOINT_API_HOST=tenant.api_host,
            SECURE_ENDPOINT_CLIENT_ID=tenant.client_id,
            SECURE_ENDPOINT_API_KEY=tenant.api_key,
            SECURE_ENDPOINT_CA_PATH=tenant.ca_path,
        )
    assert out.startswith("localhost | SUCCESS")


def test_an_execution_environment_would_get_its_requirements(tmp_path: Path) -> None:
    listed = yaml.safe_load(ansible("ansible-builder", "introspect", str(COLLECTIONS), folder=tmp_path))
    names = {line.split()[0] for line in listed["python"]}
    lines = (CHECKOUT / "requirements.txt").read_text().splitlines()
    assert names == {line for line in lines if line and not line.startswith("#")}
