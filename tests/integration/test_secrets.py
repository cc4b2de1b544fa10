# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API key is a secret and appears nowhere, in no encoding; the client ID is not, like the name of a user."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.text import mask

from .harness import Playbooks

if TYPE_CHECKING:
    from simulator import Simulator

LOGIN = {"client_id": "{{ id_of_client }}", "api_key": "{{ key_of_client }}"}
TASKS = [
    {"ampops.secure_endpoint.api_info": LOGIN},
    {"ampops.secure_endpoint.group_info": {**LOGIN, "names": ["{{ key_of_client }}"]}},
    {"ampops.secure_endpoint.computer_group": {**LOGIN, "computers": ["nobody"], "group": "x"}, "ignore_errors": True},
    {"ampops.secure_endpoint.api_info": {**LOGIN, "api_host": "127.0.0.1:1"}, "ignore_errors": True},
]


@pytest.mark.parametrize("direct", ["true", "false"], ids=["direct", "as a module"])
def test_the_most_verbose_output_shows_the_client_id_and_not_the_key(
    direct: str, playbooks: Playbooks, simulator: Simulator, tmp_path: Path
) -> None:
    path = tmp_path / "verbose.yml"
    path.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": TASKS}]), encoding="utf-8")
    login = {"id_of_client": simulator.client_id, "key_of_client": simulator.api_key}
    variables = tmp_path / "login.yml"  # not on the command line, which -vvvv may show
    variables.write_text(yaml.safe_dump(login), encoding="utf-8")

    ran = playbooks.run(
        path, arguments=("-vvvv", "-e", f"@{variables}"), environment={"SECURE_ENDPOINT_DIRECT": direct}
    )

    said = ran.stdout + ran.stderr
    assert ran.returncode == 0, said
    assert "HTTP" in said or "group" in said
    assert simulator.client_id in said
    assert mask(said, [simulator.api_key]) == mask(said, [])
