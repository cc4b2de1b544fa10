# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""tenant_export, tenant_drift and tenant_apply over an inventory of tenants: export, drift, apply, no drift."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from simulator import Simulator

from .harness import Playbooks, PlayRun


class Customers:
    """Three tenants in one inventory, each with its tree in a folder of its own."""

    def __init__(self, tenants: list[Simulator], folder: Path) -> None:
        self.tenants, self.folder = tenants, folder
        self._playbooks = Playbooks(environment={}, folder=folder)

    def run(self, name: str, *arguments: str, wrong_key_for: int | None = None, **variables: Any) -> PlayRun:
        hosts = {}
        for number, tenant in enumerate(self.tenants):
            connection = {
                "api_host": tenant.api_host,
                "client_id": tenant.client_id,
                "api_key": tenant.read_only_api_key if number == wrong_key_for else tenant.api_key,
                "ca_path": tenant.ca_path,
            }
            hosts[f"customer{number}"] = {
                "secure_endpoint_connection": connection,
                "tenant_config_tree": str(self.folder / "trees" / f"customer{number}"),
            }
        inventory = self.folder / "inventory.json"
        inventory.write_text(json.dumps({"customers": {"hosts": hosts}}), encoding="utf-8")
        run = self._playbooks.run(
            f"ampops.secure_endpoint.tenant_{name}",
            variables={f"tenant_{name}_hosts": "customers", **variables},
            arguments=("-i", str(inventory), *arguments),
        )
        for tenant in self.tenants:
            assert tenant.api_key not in run.stdout + run.stderr
        return run

    def report(self, run: PlayRun) -> list[str]:
        found = [task.result["msg"] for task in run.tasks if task.task == "Show all tenants" and "msg" in task.result]
        assert len(found) == 1, run.stdout
        lines: list[str] = found[0]
        return lines


@pytest.fixture
def customers(tmp_path: Path) -> Iterator[Customers]:
    tenants = [Simulator(broker=False, seed=seed, computers=12, events=0) for seed in (1, 2, 3)]
    (tmp_path / "trees").mkdir()
    try:
        yield Customers([tenant.start() for tenant in tenants], tmp_path)
    finally:
        for tenant in tenants:
            tenant.stop()


def test_three_tenants_from_export_to_no_drift_while_one_of_them_fails(customers: Customers) -> None:
    for group in customers.tenants[0].tenant.groups.values():
        if group.name == "Unused":
            group.name = "{{ lookup('ansible.builtin.pipe', 'touch " + str(customers.folder / "ran") + "') }}{% raw %}"
    exported = customers.run("export", "-vvv")
    assert exported.returncode == 0, exported.stdout + exported.stderr

    first, second, _third = (tenant.tenant for tenant in customers.tenants)
    next(group for group in first.groups.values() if group.name == "Triage").parent = next(iter(first.groups))
    blocked = next(one for one in second.file_lists.values() if one.name == "Kiosk Detections")
    removed = blocked.items.popitem()[0]
    next(group for group in first.groups.values() if "lookup" in group.name).parent = next(iter(first.groups))
    path = customers.folder / "drift.json"

    drift = customers.run("drift", wrong_key_for=2, tenant_drift_report_path=str(path))
    assert drift.returncode == 2
    assert customers.report(drift)[0] == "3 tenants: 1 failed, 2 drift"
    report = json.loads(path.read_text(encoding="utf-8"))
    assert report["status"] == "failed"
    assert [one["status"] for one in report["tenants"]] == ["drift", "drift", "failed"]
    assert "Triage" in report["tenants"][0]["after"]["groups"]
    assert removed in json.dumps(report["tenants"][1]["after"])

    applied = customers.run("apply", "--tags", "groups,file_lists", wrong_key_for=2)
    assert applied.returncode == 2, "one of them failed"
    assert customers.report(applied)[0] == "3 tenants: 1 failed, 2 changed"

    again = customers.run("drift")
    assert again.returncode == 0, again.stdout + again.stderr
    assert customers.report(again)[0] == "3 tenants: 3 in sync"
    assert not again.warnings
    assert not list(customers.folder.rglob("ran")), "a group's name was run"


def test_mistakes_of_a_tree_and_of_a_variable_end_the_run_before_anything_is_changed(customers: Customers) -> None:
    customers.tenants[1:] = []
    tree = customers.folder / "trees" / "customer0"
    tree.mkdir()
    (tree / "groups.yml").write_text("groups:\n  A: {polices: {}}\n  B//C:\n", encoding="utf-8")
    run = customers.run("apply")
    assert run.returncode == 2
    problems = run.task("Show the mistakes of the tree").result["msg"]
    assert [problem.split(": ")[0] for problem in problems] == ["groups.yml:2", "groups.yml:3"]
    misspelt = customers.run("apply", tenant_apply_max_removal=1)
    assert "Unknown variable: tenant_apply_max_removal" in misspelt.stdout + misspelt.stderr
    nobody = customers.run("apply", tenant_apply_hosts="custmers")
    assert nobody.returncode == 2
    assert "no host of the inventory matches custmers" in nobody.stdout + nobody.stderr
    assert not [one for one in customers.tenants[0].control.requests() if one["method"] != "GET"]
