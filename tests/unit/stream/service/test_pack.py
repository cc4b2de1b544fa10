# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive that the role brings to a host holds everything that the service imports, and nothing else."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ..conftest import Stream
from ..deliveries import body
from ..draining import MODULE_UTILS
from ..serving import configuration

PACK = Path(__file__).resolve().parents[4] / "roles" / "event_consumer" / "files" / "pack.py"


def packed(folder: Path, source: Path = MODULE_UTILS) -> Path:
    ran = subprocess.run([sys.executable, PACK, source, folder], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return Path(json.loads(ran.stdout)["path"])


def test_it_runs_in_an_isolated_interpreter(stream: Stream, tmp_path: Path) -> None:
    """Also the process that receives, which imports by a name of its own: `drain` comes to its end."""
    archive = packed(tmp_path)
    config = tmp_path / "config.json"
    config.touch(mode=0o600)
    config.write_text(json.dumps(configuration(tmp_path, stream.settings)))
    stream.publish([body(1)])
    for command in ("check-config", "drain", "status", "replay"):
        ran = subprocess.run(
            [sys.executable, "-I", archive, command, "--config", config],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
        )
        assert (ran.stderr, "Traceback" in ran.stdout) == ("", False), command
    assert stream.length() == 0


def test_it_holds_no_module_that_needs_ansible(tmp_path: Path) -> None:
    names = zipfile.ZipFile(packed(tmp_path)).namelist()
    parts = {name.split("/")[1] for name in names if "/" in name}
    assert {"_stream", "_events", "_common"} <= parts
    assert not {"_resources", "_api", "_module.py"} & parts


def test_the_same_code_is_the_same_archive(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    assert packed(tmp_path).read_bytes() == packed(tmp_path / "again").read_bytes()


def test_an_import_of_ansible_is_refused_with_its_place(tmp_path: Path) -> None:
    module: dict[str, Any] = runpy.run_path(str(PACK))
    entry = tmp_path / module["ENTRY"]
    entry.parent.mkdir(parents=True)
    entry.write_text("from ..needed import name\n")
    (tmp_path / "_stream" / "needed.py").write_text("import json\nfrom ansible.errors import AnsibleError\n")
    with pytest.raises(SystemExit, match=r"needed[.]py: line 2 imports ansible"):
        module["modules"](tmp_path)
