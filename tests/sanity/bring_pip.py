# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let ansible-test fill its environments from where pip is set up to look, with a home folder of its own.

ansible-test makes environments without pip and would fetch a script for it from a host of its own, unless that script
is in its cache. It passes on none of pip's environment variables, so they go into pip's configuration file there.
"""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).with_name("get_pip.py")
WANTED = re.compile(r"default_packages = dict\(\s*pip='([\d.]+)'")


def bring_pip(python: str, home: Path) -> None:
    """Prepare `home` for the ansible-test that is installed beside this Python."""
    version = wanted_pip(python)
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    wheel = cache / f"pip-{version}-py3-none-any.whl"
    if not wheel.exists():
        output_of(python, "-m", "pip", "download", "-q", "--no-deps", "-d", str(cache), f"pip=={version}")
    script = SCRIPT.read_text().replace("PIP_WHEEL", wheel.name)
    (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(script)
    settings = output_of(python, "-m", "pip", "config", "list")
    write_pip_configuration(settings, home / ".config" / "pip" / "pip.conf")


def wanted_pip(python: str) -> str:
    """Return the version of pip that ansible-test puts into its environments."""
    source = "from ansible_test._internal import python_requirements as module; print(module.__file__)"
    wanted = WANTED.search(Path(output_of(python, "-c", source).strip()).read_text())
    if wanted is None:
        raise LookupError("no pip version in this ansible-test: see get_venv_packages in its python_requirements.py")
    return wanted[1]


def write_pip_configuration(settings: str, path: Path) -> None:
    """Write what `pip config list` prints, from the environment and from files, as one configuration file."""
    configuration = configparser.RawConfigParser()
    configuration.read_dict({"global": {"quiet": "1"}})
    for line in settings.splitlines():
        key, _separator, value = line.partition("=")
        section, _separator, option = key.rpartition(".")
        configuration.read_dict({section.replace(":env:", "global"): {option.lstrip("."): ast.literal_eval(value)}})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)  # an index may be reached with a password
    with path.open("w") as file:
        configuration.write(file)


def output_of(*command: str) -> str:
    """Return what a command prints."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
