# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide "Adding a sink, an HTTP format": what it says is done in a copy, and a record goes through it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from ..deliveries import FIRST_ID, body, lines
from ..draining import MODULE_UTILS
from ..endpoints import Endpoint
from ..serving import configuration

GUIDE = Path(__file__).resolve().parents[4] / "docs" / "docsite" / "rst" / "guide_adding.rst"
STREAM = {"host": "127.0.0.1", "queue_name": "q", "user_name": "u", "password": "p", "source": "soc"}


def blocks(title: str) -> list[str]:
    """The code of one section of the guide, block by block."""
    _before, _title, section = GUIDE.read_text(encoding="utf-8").partition(f"{title}\n{'-' * len(title)}\n")
    section = re.split(r"^\.\. _", section, maxsplit=1, flags=re.MULTILINE)[0]
    found = re.findall(r"^\.\. code-block:: (?:python|text)\n\n((?:(?:    .*)?\n)+)", section, re.MULTILINE)
    return [dedent(one).strip() + "\n" for one in found]


class Copy:
    """A copy of the code, with a dead letter that holds a good event: `replay` needs no broker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sinks = folder / "module_utils" / "_stream" / "sinks"
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(MODULE_UTILS, folder / "module_utils", ignore=skipped)
        (folder / "module_utils" / "__init__.py").touch()
        letter: dict[str, Any] = {"stream": "gone", "source": "soc", "routing_key": "x", "headers": {}}
        (folder / "state").mkdir(mode=0o700)
        (folder / "state" / "dead_letters.jsonl").write_text(
            json.dumps({**letter, "body": b64encode(body(0)).decode()}) + "\n"
        )

    def change(self, name: str, before: str, after: str) -> None:
        """Replace text in a file of sinks/, which must be there once."""
        text = (self.sinks / name).read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{name} has no {before!r} any more: the guide's way has changed"
        (self.sinks / name).write_text(text.replace(before, after), encoding="utf-8")

    def replay(self, *sinks: dict[str, Any]) -> dict[str, Any]:
        """Run the command with these sinks behind a file of JSON lines that is rotated at each record."""
        file = {"name": "file", "type": "json_lines", "path": str(self.folder / "events.jsonl"), "rotate_bytes": 1}
        configured = {**configuration(self.folder), "streams": [STREAM], "sinks": [file, *sinks]}
        (self.folder / "config.json").write_text(json.dumps(configured))
        done = subprocess.run(
            [sys.executable, "-m", "module_utils._stream.service.cli", "replay", "--config", "config.json"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        said: dict[str, Any] = json.loads(done.stdout)
        return said


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def test_a_sink_of_the_guides_lines_delivers_a_record(copy: Copy) -> None:
    (code,) = blocks("Adding a sink")
    (copy.sinks / "spool.py").write_text(code, encoding="utf-8")
    copy.change("registry.py", "from . import http, json_lines, relay", "from . import http, json_lines, relay, spool")
    copy.change("registry.py", "(json_lines, http, relay)", "(json_lines, http, relay, spool)")
    spool = copy.folder / "spool"
    spool.mkdir()

    said = copy.replay({"name": "mine", "type": "spool", "folder": str(spool)})

    assert (said["events"], said["late"]) == (1, [])
    (record,) = spool.iterdir()
    assert lines(record)[0]["key"].startswith(str(FIRST_ID))
    assert record.read_bytes() == b"".join(file.read_bytes() for file in copy.folder.glob("events.jsonl*"))


def test_a_format_of_the_guides_lines_delivers_a_record(copy: Copy) -> None:
    function, row = blocks("Adding an HTTP format")
    table = "FORMATS: Mapping[str, Format] = {"
    copy.change("http_formats.py", table, f"{function}\n\n{table}\n    {row}")
    with Endpoint() as endpoint:
        sink = {"name": "siem", "type": "http", "url": endpoint.url, "format": "syslog", "fields": {"tag": "edr"}}
        said = copy.replay(sink)

    assert (said["events"], said["late"]) == (1, [])
    (request,) = endpoint.requests
    assert request.headers["content-type"] == "text/plain"
    start = b"<134>1 - - edr - - - "
    assert request.body.startswith(start)
    assert json.loads(request.body.removeprefix(start))["key"].startswith(str(FIRST_ID))
