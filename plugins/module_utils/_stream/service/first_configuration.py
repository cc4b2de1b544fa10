# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a first configuration of the service, which runs as it is and shows where to go on."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ..._common.text import printable
from ..errors import SettingsError
from .settings import service_settings

STATE_DIR = "/var/lib/secure-endpoint-consumer"


def first_configuration(credentials_path: str, state_dir: str) -> dict[str, Any]:
    """Return a configuration that follows one stream and writes what it finds to a file beside the state."""
    return {
        "state_dir": state_dir,
        "streams": [{"credentials_path": os.path.abspath(credentials_path)}],
        "sinks": [
            {
                "name": "file",
                "type": "json_lines",
                "path": os.path.join(state_dir, "events.jsonl"),
                "from": "oldest",
            }
        ],
        "grouping": {"rules": ["same_computer"]},
        "monitor": {"port": 9464},
    }


def write_first_configuration(path: str, credentials_path: str, state_dir: str) -> None:
    """Write it to a new file. Raises SettingsError: a file that is there, credentials that cannot be used."""
    configuration = first_configuration(credentials_path, state_dir)
    service_settings(configuration)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(json.dumps(configuration, indent=2) + "\n")
    except FileExistsError:
        raise SettingsError(f"{printable(path)}: is there already; remove it, or give --config another path") from None
    except OSError as error:
        Path(path).unlink(missing_ok=True)
        raise SettingsError(f"{printable(path)}: cannot be written: {error.strerror}") from None
