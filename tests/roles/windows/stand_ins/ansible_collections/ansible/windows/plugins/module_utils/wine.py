# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drive the wine prefix of the pretend Windows host: paths, programs, registry, services."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time

PREFIX = os.environ.get("WINEPREFIX", "/win")
KINDS = "REG_SZ|REG_DWORD|REG_QWORD|REG_MULTI_SZ|REG_EXPAND_SZ|REG_BINARY|REG_NONE"
ENVIRONMENT = {"TEMP": r"C:\users\root\Temp", "PROGRAMDATA": r"C:\ProgramData", "PROGRAMFILES": r"C:\Program Files"}
ENVIRONMENT["SYSTEMROOT"] = ENVIRONMENT["WINDIR"] = r"C:\windows"


def expanded(path: str) -> str:
    """%NAME% replaced, as the real modules do with every path."""
    return re.sub("%([A-Za-z]+)%", lambda found: ENVIRONMENT.get(found[1].upper(), found[0]), path)


def unix_path(path: str) -> str:
    """Where a Windows path lies in the prefix; case does not matter there."""
    path = expanded(path)
    if not re.match(r"[A-Za-z]:[\\/]", path):
        raise ValueError(f"{path!r} is no full Windows path")
    here = os.path.join(PREFIX, "drive_" + path[0].lower())
    for part in re.split(r"[\\/]+", path[3:]):
        if part:
            names = {name.lower(): name for name in (os.listdir(here) if os.path.isdir(here) else [])}
            here = os.path.join(here, names.get(part.lower(), part))
    return here


def run(argv: list[str], chdir: str | None = None, stdin: str | None = None) -> tuple[int, str, str]:
    """Run a Windows program and wait for it alone: what it leaves running may keep its output open for ever."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as given:
        given.write((stdin or "").encode())
        given.seek(0)
        where = unix_path(chdir) if chdir else os.path.join(PREFIX, "drive_c")
        done = subprocess.run(["wine", *argv], stdin=given, stdout=out, stderr=err, cwd=where, check=False)
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode(errors="replace").replace("\r\n", "\n"))
    return done.returncode, texts[0], texts[1]


def answered(argv: list[str], answer: str) -> tuple[int, str, str]:
    """Run a program until it gives the answer, three times at most: on a busy machine wine fails now and then."""
    for _again in range(2):
        done = run(argv)
        if re.search(answer, done[1] + done[2]):
            return done
        time.sleep(0.5)
    return run(argv)


def read_key(path: str) -> dict | None:
    """Return a key of the registry as {values, sub_keys}, or None where there is none, which wine has to say."""
    key = re.sub(r"^(HK\w+):\\", r"\1\\", path)
    rc, out, err = answered(["reg", "query", key], "HKEY_|Unable to find")
    if "Unable to find" in out + err:
        return None
    if rc:
        raise RuntimeError(f"reg query {key} ended with {rc}: {out}{err}")
    values, below = {}, []
    for line in out.splitlines():
        found = re.match(rf"    (.+?)    ({KINDS})(?:    (.*))?$", line)
        if found:
            name, kind, raw = found.groups()
            value = int(raw, 16) if kind in ("REG_DWORD", "REG_QWORD") else (raw or "")
            values["" if name == "(Default)" else name] = {"type": kind, "raw_value": value, "value": value}
        elif line.startswith("HKEY_") and "\\" in line:
            below.append(line.rsplit("\\", 1)[1])
    if below and below[0].lower() == key.rsplit("\\", 1)[1].lower():
        below = below[1:]
    return {"values": values, "sub_keys": below}


def service_state(name: str) -> str | None:
    """Return the service manager's word for the state (RUNNING, STOP_PENDING ...), or None, which is wine's silence."""
    state = r"STATE\s*:\s*\d+\s+(\w+)"
    _rc, out, _err = answered(["sc", "query", name], state)
    found = re.search(state, out)
    return found[1] if found else None
