# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a task runs directly, what is said of it, and one action plugin for each module."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible_collections.ampops.secure_endpoint.plugins.action.group_info import ActionModule
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils import _direct as direct
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils import _direct_core as core
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._direct import same_python
from matrix import CORES

COLLECTION = Path(__file__).resolve().parents[3]
# Needs no API credentials.
OF_NO_GROUP = ("event_stream_drain",)
# Actions that are all there is of their module: they work on the controller and talk to no API.
OF_NO_CLOUD = (
    "connector_installation",
    "connector_package",
    "connector_plan",
    "connector_prediction",
    "connector_probe",
    "controller_objects",
    "installer_cache",
    "notify",
)
FILE = '''# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module {name}; see plugins/plugin_utils/_direct.py."""

from __future__ import annotations

from ansible_collections.ampops.secure_endpoint.plugins.modules import {name} as module
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._direct import DirectAction


class ActionModule(DirectAction):
    """Runs the module in the process of Ansible where the result is the same."""

    module = module
'''


class Action(ActionModule):  # type: ignore[misc]
    """The action without Ansible's surroundings."""

    def __init__(self, environment: dict[str, str] | None = None, **given: Any) -> None:
        self._environment = environment or {}
        self._interpreter = None
        self._discovered_interpreter = None
        self._templar = None
        self._connection = SimpleNamespace(
            transport=given.get("transport", "local"), become=given.get("become"), _shell=None
        )
        self._task = SimpleNamespace(
            action="ampops.secure_endpoint.group_info",
            async_val=given.get("async_val", 0),
            delegate_to=given.get("delegate_to"),
        )

    def reason(self) -> str | None:
        return next(self._reasons_against({"ansible_delegated_vars": {"other": {"delegated": True}}}), None)


@pytest.fixture(autouse=True)
def _as_on_a_controller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(direct.SWITCH, raising=False)
    monkeypatch.setattr(core, "interpreter_of", lambda *_: sys.executable)


def test_each_module_of_the_action_group_has_an_action_of_its_own_name() -> None:
    runtime = yaml.safe_load((COLLECTION / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    wanted = {name: FILE.format(name=name) for name in (*runtime["action_groups"]["api"], *OF_NO_GROUP)}

    found = {path.stem: path.read_text(encoding="utf-8") for path in (COLLECTION / "plugins" / "action").glob("*.py")}
    for name in OF_NO_CLOUD:
        del found[name]

    assert found == wanted


def test_the_tested_cores_are_those_of_the_matrix() -> None:
    assert [one.version for one in CORES] == list(core.TESTED)


def test_a_local_task_of_the_same_python_runs_directly() -> None:
    assert Action().reason() is None
    assert Action({"SECURE_ENDPOINT_REGION": "eu"}).reason() is None


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"transport": "ssh"}, "the connection is ssh"),
        ({"become": object()}, "become is on"),
        ({"async_val": 60}, "async is on"),
        ({"environment": {"HTTPS_PROXY": "p", "SECURE_ENDPOINT_REGION": "eu"}}, "environment variable HTTPS_PROXY"),
        ({"environment": {"SECURE_ENDPOINT_DIRECT": False}}, "SECURE_ENDPOINT_DIRECT is false"),
    ],
)
def test_what_a_task_says_may_make_it_a_module(given: dict[str, Any], reason: str) -> None:
    assert reason in str(Action(**given).reason())


@pytest.mark.parametrize("switch", ["false", "False", "no", "0", "off"])
def test_it_can_be_turned_off_for_good_and_on_for_a_task(switch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECURE_ENDPOINT_DIRECT", switch)
    assert Action().reason() == f"SECURE_ENDPOINT_DIRECT is {switch.lower()}"
    assert Action({"SECURE_ENDPOINT_DIRECT": "true"}).reason() is None


@pytest.mark.parametrize(
    ("where", "name", "value", "reason"),
    [
        (core, "release", lambda: "2.99", "it was not tested with ansible-core 2.99"),
        (sys, "platform", "darwin", "macOS"),
        (direct, "REQUESTS_IMPORT_ERROR", "No module named requests", "lacks the library requests"),
        (direct.constants, "DEFAULT_KEEP_REMOTE_FILES", True, "ANSIBLE_KEEP_REMOTE_FILES is set"),
        (core, "interpreter_of", lambda *_: None, "has yet to discover"),
        (core, "interpreter_of", lambda *_: "/opt/other/bin/python3", "its Python is /opt/other/bin/python3"),
    ],
)
def test_surroundings_that_are_not_the_same_make_it_a_module(
    where: Any, name: str, value: Any, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, name, value)
    assert reason in str(Action().reason())


def test_a_delegated_task_goes_by_the_python_of_the_other_host(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(core, "interpreter_of", lambda variables, _templar: asked.append(variables))
    Action(delegate_to="other").reason()
    assert asked == [{"delegated": True}]


def test_pythons_are_compared_by_folder_and_real_path(tmp_path: Path) -> None:
    for folder in ("venv", "other"):
        (tmp_path / folder).mkdir()
        for name in ("python", "python3"):
            (tmp_path / folder / name).symlink_to(sys.executable)
    (tmp_path / "venv" / "node").symlink_to(os.devnull)
    (tmp_path / "linked").symlink_to("venv")
    ours = str(tmp_path / "venv" / "python")

    assert same_python(str(tmp_path / "linked" / "python3"), ours)
    assert same_python(str(tmp_path / "venv" / "python3"), ours)
    assert not same_python(str(tmp_path / "other" / "python"), ours)  # another virtual environment
    assert not same_python(str(tmp_path / "venv" / "node"), ours)
    assert not same_python("python", ours)
    assert not same_python(None, ours)


def test_a_missing_library_says_which_python_and_what_to_set() -> None:
    action = Action()
    action._discovered_interpreter = "/usr/bin/python3.11"
    missing = {"failed": True, "msg": "Failed to import the required Python library (requests) on host's Python."}

    advised = action._advised(dict(missing))["msg"]

    assert advised.startswith(missing["msg"])
    assert "with /usr/bin/python3.11," in advised
    assert 'ansible_python_interpreter: "{{ ansible_playbook_python }}"' in advised
    action._discovered_interpreter = sys.executable
    assert action._advised(dict(missing)) == missing
    assert action._advised({"failed": True, "msg": "other"}) == {"failed": True, "msg": "other"}


def test_a_reason_is_said_once_at_v_however_long_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(
        direct, "Display", lambda: SimpleNamespace(v=shown.append, vv=lambda text: shown.append("vv " + text))
    )
    monkeypatch.setattr(direct, "_said", set())
    for _item in range(3):
        Action()._say("runs as a module of its own: become is on", "")
    Action()._say("", "runs in the process of Ansible")
    assert shown == [
        "group_info runs as a module of its own: become is on",
        "vv group_info runs in the process of Ansible",
    ]
