# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe gathers facts where it has to and nowhere else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.action import connector_probe

pytestmark = pytest.mark.ansible
DEBIAN = {"system": "Linux", "machine": "x86_64", "os_id": "debian", "os_version": "12"}
SUSE = {**DEBIAN, "os_id": "sles", "os_version": "15.5"}
MAC = {"system": "Darwin", "machine": "arm64"}
LINUX_FACTS = {"os_family": "Suse", "architecture": "x86_64"}
WINDOWS_FACTS = {"os_family": "Windows", "architecture": "64-bit"}


class Action(connector_probe.ActionModule):
    """On a host that is `host` by its os-release, and by its facts `gathers`."""

    def __init__(self, host: dict[str, str], gathers: dict[str, Any], *, windows: bool) -> None:
        self.host, self.gathers, self.steps = host, gathers, list[str]()
        self._connection = SimpleNamespace(_shell=SimpleNamespace(_IS_WINDOWS=windows))

    def validate_argument_spec(self, *_: Any) -> tuple[None, dict[str, Any]]:
        return None, {"root_required": False, **self.options}

    def asked(self, facts: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
        """Return the result in a play that has these facts."""
        self.options = {"without_python": more.pop("without_python", False)}
        found: dict[str, Any] = self.run(task_vars={"ansible_facts": facts or {}, **more})
        return found


@pytest.fixture
def action(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make an Action whose steps are noted instead of done."""

    def look(action: Action, _options: Any, *, root_required: bool) -> dict[str, Any]:
        action.steps.append("look")
        return {"root": not root_required, "system": "linux", "host": action.host, "status": {}}

    def gather(action: Action, name: str, *_: Any) -> dict[str, Any]:
        assert name == "ansible.builtin.gather_facts"
        action.steps.append("gather")
        return action.gathers

    monkeypatch.setattr(connector_probe, "look", look)
    monkeypatch.setattr(connector_probe, "run_action", gather)
    monkeypatch.setattr(connector_probe.ActionBase, "run", lambda *_: {})
    return lambda host, gathers=LINUX_FACTS, windows=False: Action(
        host, {"ansible_facts": {f"ansible_{name}": fact for name, fact in gathers.items()}}, windows=windows
    )


def test_a_system_that_the_script_tells_needs_no_facts(action: Any) -> None:
    debian = action(DEBIAN)
    assert "ansible_facts" not in debian.asked()
    assert debian.steps == ["look"]


@pytest.mark.parametrize("host", [SUSE, MAC])
def test_facts_are_gathered_after_the_look_where_it_does_not_tell_the_system(action: Any, host: dict[str, str]) -> None:
    asked = action(host)
    assert asked.asked()["ansible_facts"] == {"ansible_os_family": "Suse", "ansible_architecture": "x86_64"}
    assert asked.steps == ["look", "gather"]


@pytest.mark.parametrize("more", [{"facts": LINUX_FACTS}, {"without_python": True}])
def test_facts_that_are_there_or_cannot_be_are_not_gathered(action: Any, more: dict[str, Any]) -> None:
    suse = action(SUSE)
    assert suse.asked(**more)["system"] == "linux"
    assert suse.steps == ["look"]


@pytest.mark.parametrize(("windows", "more"), [(True, {}), (False, {"ansible_facts_modules": ["x.y.setup"]})])
def test_of_windows_the_facts_come_first_and_the_script_never_runs(
    action: Any, windows: bool, more: dict[str, Any]
) -> None:
    host = action({}, WINDOWS_FACTS, windows)
    assert host.asked(**more)["system"] == "windows"
    assert host.steps == ["gather"]
    assert host.asked(WINDOWS_FACTS, **more) == {"changed": False, "system": "windows"}
    assert host.steps == ["gather"]


def test_facts_that_cannot_be_gathered_fail_the_task_and_are_not_taken_for_linux(action: Any) -> None:
    host = action({}, windows=True)
    host.gathers = {"failed": True, "msg": "no route", "ansible_facts": {}}
    result = host.asked()
    assert (result["failed"], result["msg"], host.steps) == (True, "no route", ["gather"])
