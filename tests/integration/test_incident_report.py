# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook incident_report, from the API, from a consumer's state folder and from the lines that it wrote."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema

from .harness import CHECKOUT, Playbooks, assert_three_runs
from .test_response_playbooks import assert_spent

if TYPE_CHECKING:
    from simulator import Simulator

NAME = "ampops.secure_endpoint.incident_report"
REPEATS = {"warnings": [], "repeats": ["ampops.secure_endpoint.endpoint_report : Write the report"], "unpredicted": []}
SCHEMA = json.loads((CHECKOUT / "roles" / "endpoint_report" / "files" / "report.schema.json").read_text())


def files_of(page: Path) -> dict[str, Any]:
    """The three files of a report; the JSON follows its schema."""
    made = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    jsonschema.validate(made, SCHEMA)
    with page.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {"html": page.read_text(encoding="utf-8"), "json": made, "csv": rows}


def test_last_night_is_one_command(playbooks: Playbooks, simulator: Simulator, tmp_path: Path) -> None:
    simulator.control.outbreak(3, "detected_quarantined")
    simulator.control.publish("failure")
    page = tmp_path / "night.html"
    variables = {"incident_report_since": "12h", "incident_report_path": str(page), "incident_report_title": ""}
    check = playbooks.run(NAME, check=True, variables=variables)
    assert not page.exists()
    assert_spent(simulator, "incident_report")
    real = playbooks.run(NAME, variables=variables)
    assert_three_runs(check, real, playbooks.run(NAME, variables=variables), REPEATS)

    made = files_of(page)
    counts = made["json"]["counts"]
    assert counts["incidents_need_person"] >= 1
    assert f"{counts['incidents']} incidents, {counts['incidents_need_person']} need a person" in real.stdout
    assert counts["computers"] == len(simulator.cloud.tenant.computers)
    assert {"incident", "detection", "computer"} <= {row["kind"] for row in made["csv"]}
    assert "<h1>Incident report</h1>" in made["html"]
    assert str(page) in real.stdout


def test_the_table_is_printed_also_where_the_files_cannot_be_written(
    playbooks: Playbooks, simulator: Simulator, tmp_path: Path
) -> None:
    simulator.control.publish("failure")
    (tmp_path / "night.csv").mkdir()
    run = playbooks.run(NAME, variables={"incident_report_path": str(tmp_path / "night.html")})
    assert run.returncode == 2
    assert "night.csv: cannot be written" in run.stdout + run.stderr
    assert "Needs a person:" in run.stdout
    assert [path.name for path in tmp_path.glob("*night*")] == ["night.csv"]


def test_what_the_playbook_does_not_know_is_refused_before_anything_is_asked(
    playbooks: Playbooks, simulator: Simulator, tmp_path: Path
) -> None:
    variables = {"incident_report_path": str(tmp_path / "night.html"), "incident_report_sinec": "12h"}
    run = playbooks.run(NAME, variables=variables)
    assert run.returncode == 2
    assert "Unknown variable: incident_report_sinec." in run.stdout + run.stderr
    run = playbooks.run(NAME, variables={"incident_report_path": ""})
    assert "Set incident_report_path." in run.stdout + run.stderr
    assert simulator.control.requests() == []
