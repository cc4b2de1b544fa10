# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module installer_cache in a play: check mode predicts, the run downloads, the next one changes nothing."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from unit.installer_cache.installer_shop import CONTENT, SECRET, open_shop

from .harness import Playbooks, PlayRun

NAME = "Fill the cache"
SHELL = ("-e", "ansible_become=true", "-e", "ansible_become_exe=/bin/false", "-vvv")


def play(folder: Path, **options: Any) -> Path:
    task = {"name": NAME, "ampops.secure_endpoint.installer_cache": {"cache_dir": str(folder / "cache"), **options}}
    file = folder / "play.yml"
    file.write_text(yaml.safe_dump([{"name": "Cache", "hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
    return file


def entry(url: str, **changes: Any) -> dict[str, Any]:
    return {"os": "windows", "arch": "any", "version": "8.2.3", "url": url, "sha256": "waived", **changes}


def result(run: PlayRun) -> dict[str, Any]:
    assert SECRET not in run.stdout + run.stderr
    return run.task(NAME).result


def test_check_mode_predicts_the_run_downloads_and_the_next_run_changes_nothing(tmp_path: Path) -> None:
    """Also where a variable forces privilege on every task, and with a URL in the task itself."""
    with open_shop(tmp_path) as shop:
        playbooks = Playbooks({"SSL_CERT_FILE": str(shop.authority)}, tmp_path)
        manifest = [entry(shop.url("file")), entry(shop.url("absent"), version="8.2.4", fetch_on="target")]
        playbook = play(tmp_path, installers=manifest)
        for check, changed, path, asked in ((True, True, "", 0), (False, True, "x", 1), (True, False, "x", 1)):
            told = result(playbooks.run(playbook, check=check, arguments=SHELL))
            assert (told["changed"], bool(told["installers"][0]["path"])) == (changed, bool(path)), told
            assert told["diff"]["after"] == ("windows any 8.2.3\n" if changed else "")
            assert len(shop.asked) == asked
        again = playbooks.run(playbook, arguments=SHELL)
        (record,) = result(again)["installers"]
        file = Path(record["path"])
        assert (record["outcome"], result(again)["changed"], file.read_bytes()) == ("found", False, CONTENT)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_what_failed_is_told_beside_what_was_done(tmp_path: Path) -> None:
    with open_shop(tmp_path) as shop:
        playbooks = Playbooks({}, tmp_path)
        manifest = [entry(shop.url("file")), entry(shop.url("absent"), version="8.2.4")]
        run = playbooks.run(play(tmp_path, installers=manifest, ca_path=str(shop.authority)), arguments=SHELL)
        told = result(run)
        assert run.returncode == 2
        assert told["counts"] == {"fetched": 1, "failed": 1}
        sentence = "installers[1] (windows any 8.2.4) could not be fetched: the server answered 404."
        assert told["msg"] == sentence


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"installers": [entry("https://a.example/x", version=1.3)]}, "installers[0].version is the number"),
        ({"installers": [entry(f"http://a.example/{SECRET}")]}, "must be an https URL"),
        ({"installers": [entry("https://a.example/x")], "wanted": [1]}, "wanted names the entry 1"),
        ({"installers": [entry("https://a.example/x", fetch_on="target")], "wanted": [0]}, "the target downloads"),
        ({"installers": [entry("https://a.example/x", surprise=1)]}, "installers.surprise"),
        ({"installers": []}, "installers is empty"),
    ],
)
def test_a_manifest_that_is_wrong_is_refused_before_anything_is_asked(
    options: dict[str, Any], told: str, tmp_path: Path
) -> None:
    run = Playbooks({}, tmp_path).run(play(tmp_path, **options), arguments=SHELL)
    assert run.returncode == 2
    assert told in result(run)["msg"], json.dumps(result(run))
    assert not (tmp_path / "cache").exists()
