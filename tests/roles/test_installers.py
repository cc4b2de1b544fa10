# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook that fills the controller's cache: each installer once, its URL told nowhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from roles.linux.download_server import SECRET, console
from roles.linux.packages import installer, package
from roles.pretend.hosts import ansible_settings


def run(folder: Path, *words: str) -> tuple[int, str, int]:
    """Exit code, output, and how many tasks changed something."""
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "ampops.secure_endpoint.connector_installers"]
    environment = {**os.environ, **ansible_settings()}
    done = subprocess.run(
        [*command, "-e", f"@{folder}/variables.json", *words],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    begin = done.stdout.find("{\n")
    stats = json.loads(done.stdout[begin:])["stats"] if begin >= 0 else {}
    return done.returncode, done.stdout + done.stderr, stats.get("localhost", {}).get("changed", -1)


@pytest.mark.fast
def test_the_cache_is_filled_once_and_holds_what_was_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, cache = tmp_path / "files", tmp_path / "cache"
    files.mkdir()
    with console(tmp_path, files) as shop:
        monkeypatch.setenv("SSL_CERT_FILE", str(shop.authority))
        manifest: list[dict[str, Any]] = []
        for family in ("debian", "el"):
            file = package(family, "1.26.0")
            (files / file.name).write_bytes(file.read_bytes())
            entry = installer(family, "1.26.0")
            del entry["path"]
            manifest.append(entry | {"url": shop.url(file.name)})
        manifest[1] |= {"sha256": "waived", "version": ""}
        variables = {"connector_deploy_installers": manifest, "connector_deploy_cache_dir": str(cache)}
        (tmp_path / "variables.json").write_text(json.dumps(variables))
        code, output, _changed = run(tmp_path)
        assert code != 0
        assert "on no allowed host" in output
        assert list(cache.iterdir()) == []

        variables["connector_deploy_allowed_hosts"] = ["localhost"]
        (tmp_path / "variables.json").write_text(json.dumps(variables))
        shop.asked.clear()
        code, output, changed = run(tmp_path, "--check")
        assert (code, changed > 0, list(cache.iterdir()), shop.asked) == (0, True, [], []), output
        code, output, changed = run(tmp_path, "-vvv")
        assert (code, changed > 0, len(shop.asked)) == (0, True, 4), output
        assert SECRET not in output
        assert {file.stat().st_mode & 0o777 for file in cache.iterdir()} == {0o600}
        for words in ([], ["--check"]):
            code, output, changed = run(tmp_path, *words)
            assert (code, changed, len(shop.asked)) == (0, 0, 4), output

        damaged = cache / manifest[0]["sha256"]
        damaged.write_bytes(b"half of it")
        assert run(tmp_path)[0] == 0
        assert damaged.stat().st_size == package("debian", "1.26.0").stat().st_size
