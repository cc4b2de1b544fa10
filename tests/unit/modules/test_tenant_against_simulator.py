# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""tenant_config and tenant_export against the simulated cloud: what they change, what they read, and their bad days."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import tenant_config, tenant_export
from simulator import Simulator
from unit.scripted_cloud import ENVIRONMENT, Result, run

HASH = "0123456789abcdef" * 4
OTHER_HASH = "fedcba9876543210" * 4


class Tenant:
    """Both modules with the login of one simulated tenant."""

    def __init__(self, sim: Simulator, folder: Path) -> None:
        self.sim, self.folder = sim, folder

    def _run(self, module: Any, options: dict[str, Any]) -> Result:
        login = {
            "api_host": self.sim.api_host,
            "client_id": self.sim.client_id,
            "api_key": self.sim.api_key,
            "ca_path": self.sim.ca_path,
        }
        self.sim.control.clear_requests()
        return run(module, **{**login, **options})

    def apply(self, tree: str | Path, **options: Any) -> Result:
        """Apply a tree that is given as text or by its path."""
        src = tree if isinstance(tree, Path) else self.folder / "tenant.yml"
        if isinstance(tree, str):
            src.write_text(tree, encoding="utf-8")
        return self._run(tenant_config, {"src": str(src), **options})

    def export(self, dest: str = "exported", **options: Any) -> Result:
        return self._run(tenant_export, {"dest": str(self.folder / dest), **options})

    @property
    def requests(self) -> list[str]:
        return [f"{one['method']} {one['path']}" for one in self.sim.control.requests()]

    @property
    def writes(self) -> list[str]:
        return [line for line in self.requests if not line.startswith("GET")]

    def group(self, *path: str) -> Any:
        """The group at a path."""
        here = None
        for name in path:
            parent = here.guid if here else None
            found = [one for one in self.sim.tenant.groups.values() if (one.name, one.parent) == (name, parent)]
            assert len(found) == 1, f"{len(found)} groups {name} of {path}"
            here = found[0]
        return here


@pytest.fixture
def tenant(simulator_api: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tenant]:
    for variable in ENVIRONMENT:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    return Tenant(simulator_api, tmp_path)


GROUPS = f"""
groups:
  Branch West:
    description: Offices in the west
  Branch West/Kiosk:
    policies:
      windows: Kiosk Lockdown
  Triage:
    policies: {{windows: Guard}}
file_lists:
  Kiosk Detections:
    entries:
      - {HASH}
      - sha256: {OTHER_HASH}
        description: Dropper
"""


def test_a_tree_is_predicted_applied_and_then_changes_nothing(tenant: Tenant) -> None:
    predicted = tenant.apply(GROUPS, _check=True)
    assert not tenant.writes

    applied = tenant.apply(GROUPS)
    assert not applied.failed, applied.msg
    again = tenant.apply(GROUPS)

    assert applied.changed
    assert applied["counts"] == {"created": 2, "policies_set": 1, "added": 2}
    assert {key: predicted[key] for key in ("before", "after", "diff", "counts")} == {
        key: applied[key] for key in ("before", "after", "diff", "counts")
    }
    assert applied["calls"] == {"planned": 7, "made": 7}
    kiosk = tenant.group("Branch West", "Kiosk")
    assert tenant.sim.tenant.policies[kiosk.policies["windows"]].name == "Kiosk Lockdown"
    assert not again.changed
    assert again["calls"] == {"planned": 0, "made": 0}


def test_applying_an_export_changes_nothing_and_a_second_export_is_the_same(tenant: Tenant) -> None:
    assert tenant.export().changed
    first = {path: path.read_bytes() for path in (tenant.folder / "exported").rglob("*") if path.is_file()}

    applied = tenant.apply(tenant.folder / "exported", read_policies="always")
    assert not applied.failed, applied.msg
    again = tenant.export()

    assert not applied.changed
    assert not applied["cannot"]
    assert not applied["unlisted"]
    assert not applied["notes"]
    assert not again.changed
    assert first == {path: path.read_bytes() for path in (tenant.folder / "exported").rglob("*") if path.is_file()}
