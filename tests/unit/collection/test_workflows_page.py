# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of Cisco's workflows names what there is, and only what the tests run from end to end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
PAGE = (CHECKOUT / "docs" / "docsite" / "rst" / "guide_workflows.rst").read_text("utf-8")
FOLDERS = ("playbooks", "plugins/modules", "plugins/lookup", "plugins/filter", "roles")
NAMES = set(re.findall(r"``([a-z_]+)``", PAGE))
TESTS = "\n".join(
    file.read_text("utf-8")
    for folder in ("tests/integration", "tests/roles", "docs/docsite/rst")  # the examples of guides are run
    for file in (CHECKOUT / folder).rglob("*")
    if file.suffix in (".py", ".yml", ".rst") and file.name != "guide_workflows.rst"
)


ROWS = {
    row[:54].strip(): row[54:].strip()
    for row in PAGE.splitlines()
    if row[52:54] == "  " and row[54:55].strip() and row[0].strip() and not row.startswith(("=", " ", "section of"))
}
# The headings of Cisco's document, each with the row that answers it. Headings of one system count with their section.
SECTIONS = {
    "Region Endpoints": "Region endpoints, enter the FQDN",
    "Creating an API Client": "Creating an API client, enter the credentials",
    "Testing Clients": "Testing clients",
    "General Requirements": "Combine events of one detection",
    "Using AMQP Client": "Streaming API, connect to a stream",
    "Event Stream Management Requirements": "Create a stream in one step",
    "Rate Limiting": "Rate limiting",
    "Pivoting to Dashboard, Events, File and Device Trajectory": "Pivots to dashboard, events, file, device",
    "Create Stream": "Create a stream in one step",
    "Example Duplicate Stream Script": "Duplicate a stream",
    "Connect to Stream": "Streaming API, connect to a stream",
    "Delete Stream": "Delete a stream",
    "Correlating Events": "Correlating events",
    "Same Detection (Hash) on Multiple Endpoints": "Grouping: same hash on several computers",
    "Multiple Detections on the Same Computer": "Grouping: several detections on one computer",
    "Query Events": "Query events",
    "Trajectory Events": "Trajectory events",
    "Detection Events": "Detection events: who saw it and raised no event",
    "Simple Custom Detections": "Simple custom detections: lists, add, remove",
    "Application Block List": "Application block list: lists, add, remove",
    "Move Host to Group": "Move a host to a group",
    "Isolate Host": "Isolate hosts on which a file was seen",
    "List of all Vulnerabilities in an Organization": "Vulnerable software in the organisation",
    "Specific Endpoint Collection": "Vulnerable software on one computer",
    "Deploy Agent": "Deploy on Windows, Linux, macOS",
    "Upgrade Connector": "Upgrade, keeping the switches of the installation",
    "Check Agent Status": "Agent status and GUID",
    "Get Agent GUID": "Agent status and GUID",
    "Full Uninstall": "Full uninstall, uninstall but leave configuration",
    "Uninstall But Leave Configuration": "Full uninstall, uninstall but leave configuration",
    "Starting and Stopping Agents": "Starting and stopping agents",
    "Troubleshooting": "Support tool, reboot required, debug log, cache",
}


def named(folder: str) -> set[str]:
    """What the page names of a folder of the collection."""
    return {path.stem for path in (CHECKOUT / folder).iterdir()} & NAMES


def test_every_playbook_module_and_role_on_the_page_is_run_by_a_test() -> None:
    for folder in FOLDERS:
        names = named(folder)
        assert names, folder
        assert sorted(name for name in names if name not in TESTS) == [], folder


def test_every_section_of_the_document_has_a_row() -> None:
    assert sorted(set(SECTIONS.values()) - ROWS.keys()) == []


@pytest.mark.parametrize("section", ROWS)
def test_a_row_names_something_that_there_is(section: str) -> None:
    there = set().union(*map(named, FOLDERS))
    here = set(re.findall(r"``([a-z_]+)``", ROWS[section]))
    options = ("``region``", "``client_id``", "``streams``", "``rate_limit_wait``", "rule ``same_", "the same")
    assert here & there or ROWS[section].startswith(options), ROWS[section]


def test_what_the_page_calls_a_playbook_is_one() -> None:
    called = re.findall(r"playbooks? ((?:``[a-z_]+``(?:, ?\s*)?)+)", PAGE)
    names = {name for text in called for name in re.findall(r"``([a-z_]+)``", text)}
    assert names
    assert sorted(name for name in names if not (CHECKOUT / "playbooks" / f"{name}.yml").exists()) == []
