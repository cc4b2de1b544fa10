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


def consumer(archive: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", archive, *arguments], capture_output=True, text=True, check=False, cwd=archive.parent
    )


def credentials_file(folder: Path, **more: object) -> Path:
    file = folder / "soc.json"
    file.touch(mode=0o600)
    login = {"host": "broker.example.com", "port": 443, "queue_name": "event_stream_7", "user_name": "u-7", **more}
    rest = {"version": 1, "stream_id": "7", "name": "soc", "vhost": "/", "ca_path": None, "api_host": None}
    file.write_text(json.dumps({**rest, "password": "pass-7", **login}))
    return file


def test_it_says_its_version(tmp_path: Path) -> None:
    archive = packed(tmp_path)
    assert consumer(archive, "--version").stdout.strip() == archive.name.split("-")[3]


def test_init_writes_a_configuration_that_is_right_as_it_is(tmp_path: Path) -> None:
    archive, config = packed(tmp_path), tmp_path / "config.json"
    options = ("--config", config, "--credentials", credentials_file(tmp_path), "--state-dir", tmp_path / "state")
    made = consumer(archive, "init", *options)
    assert (made.returncode, made.stderr) == (0, ""), made.stderr
    assert config.stat().st_mode & 0o777 == 0o600
    checked = consumer(archive, "check-config", "--config", config)
    assert checked.stdout == "the configuration is valid: 1 streams, 1 sinks\n", checked.stderr
    again = consumer(archive, "init", *options)
    assert again.returncode == 2
    assert f"{config}: is there already" in again.stderr


def test_init_writes_nothing_for_credentials_that_cannot_be_used(tmp_path: Path) -> None:
    archive, config = packed(tmp_path), tmp_path / "config.json"
    for credentials, told in (
        (tmp_path / "absent.json", "absent.json"),
        (credentials_file(tmp_path, port="x"), "port"),
        (None, "init needs --credentials"),
    ):
        given = () if credentials is None else ("--credentials", credentials)
        failed = consumer(archive, "init", "--config", config, *given)
        assert (failed.returncode, told in failed.stderr) == (2, True), failed.stderr
        assert not config.exists()


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
        module["modules"](tmp_path, "1")
