# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tools of a host say is turned into one sentence: a lock, a failure, a signature, a download."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.outcomes import (
    failure,
    is_locked,
    shortcoming,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.redirects import downloaded
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.signatures import signature_problem

WELL: dict[str, Any] = {"installed": True, "running": True, "version": "1.26.0", "problems": []}
RPM = "ciscoampconnector-1.26.0-1.x86_64"
NONE: dict[str, Any] = {"installed": False, "running": False, "version": None, "problems": []}


@pytest.mark.parametrize(
    ("result", "locked"),
    [
        ({"failed": True, "msg": "Could not get lock /var/lib/dpkg/lock-frontend"}, True),
        ({"failed": True, "stderr": "rpm database is locked"}, True),
        ({"failed": True, "stdout": "Another app is currently holding the yum lock"}, True),
        ({"failed": True, "msg": "Could not run transaction."}, True),
        (
            {
                "failed": True,
                "msg": f"Unknown Error occurred: Transaction test error:\n  package {RPM} is already installed",
            },
            True,
        ),
        ({"failed": True, "msg": f"Transaction test error:\n  package {RPM} does not verify: no digest"}, False),
        ({"failed": True, "msg": "No package clockwork available"}, False),
        ({"failed": False, "msg": "lock"}, False),
        ({"skipped": True}, False),
    ],
)
def test_another_package_manager_at_work_is_noticed(result: dict[str, Any], locked: bool) -> None:
    assert is_locked(result) is locked


def test_a_failure_says_what_the_tool_said_and_what_is_left() -> None:
    said = {"msg": "non-zero return code", "stderr": "no space", "stdout": "unpacking"}
    assert failure(said, WELL, 9) == "no space Version 1.26.0 is installed and runs."
    assert failure({"msg": "nonsense", "stdout": "x"}, NONE, 9) == "nonsense: x Nothing is installed."
    assert failure({}, {**NONE, "problems": ["half installed: x"]}, 9).startswith("it said nothing. The host is half")
    timed_out = failure({"msg": "async task did not complete within the requested time"}, NONE, 15)
    assert timed_out.startswith("it did not end within 15 seconds and was stopped.")
    assert len(failure({"msg": "x" * 9000}, NONE, 9)) < 1600


@pytest.mark.parametrize(
    ("changes", "options", "told"),
    [
        ({}, {}, ""),
        (NONE, {}, "but no connector is there: Nothing is installed."),
        ({"version": "1.25.0"}, {}, "version 1.25.0 is installed instead of 1.26.0"),
        ({"version": "1.27.0"}, {}, ""),
        ({"version": "1.27.0"}, {"newer": "fail"}, "version 1.27.0 is installed instead of 1.26.0"),
        ({"version": None}, {}, "version None is installed instead"),
        ({"running": False}, {}, "it does not stay running for five seconds within 120 seconds"),
        ({"running": False}, {"golden_image": True}, ""),
    ],
)
def test_an_installation_is_finished_when_the_planned_version_runs(
    changes: dict[str, Any], options: dict[str, Any], told: str
) -> None:
    chosen = {"newer": "accept", "golden_image": False, "seconds": 120, **options}
    sentence = shortcoming({**WELL, **changes}, "1.26.0", **chosen)
    assert (told in sentence) if told else sentence == ""


APPLE = "Status: signed by a developer certificate issued by Apple\n 1. Developer ID Installer: Cisco (DE8Y96K9QP)"
SUBJECT = 'CN="Example, Inc.", O="Example, Inc.", C=US'


@pytest.mark.parametrize(
    ("kind", "found", "told"),
    [
        ("rpm", {"rc": 0, "stdout": "x: digests signatures OK"}, ""),
        ("rpm", {"rc": 0, "stdout": "x: rsa sha1 (md5) pgp md5 OK"}, ""),
        ("rpm", {"rc": 0, "stdout": "x: digests OK"}, "not signed by the key k. rpm said: x: digests OK"),
        ("rpm", {"rc": 1, "stdout": "x: digests SIGNATURES NOT OK"}, "not signed by the key"),
        ("rpm", {"rc": 0, "stdout": "x: pgp OK (MISSING KEYS)"}, "not signed by the key"),
        ("deb", {"rc": 0}, ""),
        ("deb", {"rc": 10}, "The package has no signature (p). debsig-verify ended with 10."),
        ("deb", {"rc": 77}, "could not be checked"),
        ("dmg", {"rc": 0, "stdout": APPLE}, ""),
        ("dmg", {"rc": 0, "stdout": APPLE.replace("DE8Y96K9QP", "EVIL")}, "not signed by the team DE8Y96K9QP"),
        ("dmg", {"rc": 1, "stderr": "no signature"}, "pkgutil says no signature"),
        ("exe", {"status": "Valid", "subject": SUBJECT}, ""),
        ("exe", {"status": "NotSigned"}, "its signature is \"NotSigned\", not Valid"),
        ("exe", {"status": "Valid", "subject": "CN=Other, O=Other"}, "it is signed by CN \"Other\""),
    ],
)  # fmt: skip
def test_a_signature_counts_for_the_signer_alone(kind: str, found: dict[str, Any], told: str) -> None:
    signer = {"key": "k", "debsig_policy": "p", "team_id": "DE8Y96K9QP", "subject": SUBJECT}
    problem = signature_problem(kind, found, signer)
    assert (told in problem) if told else problem == ""


def test_a_subject_of_the_manifest_that_is_none_is_told_as_that() -> None:
    assert "signer.subject" in signature_problem("exe", {"status": "Valid"}, {"subject": "Cisco"})


URL, SHA = "https://a.example/secret", "a" * 64
REDIRECT = {"status": 302, "location": "https://b.example/f"}


@pytest.mark.parametrize(
    ("answers", "stat", "url", "told"),
    [
        ([{"status": 200}], None, URL, ""),
        ([REDIRECT], None, "https://b.example/f", ""),
        ([{"status_code": 302, "location": "https://b.example/f"}], None, "https://b.example/f", ""),
        ([{"status": 302, "location": "https://c.example/f"}], None, "", "on no allowed host"),
        ([{"failed": True, "status": -1}], None, "", "could not be reached, or its certificate is not trusted"),
        ([REDIRECT, {"status": 302}], {"exists": True, "checksum": SHA}, "", "a second time"),
        ([REDIRECT, {"status_code": 503}], {"exists": True, "checksum": SHA}, "", "the server answered 503"),
        ([REDIRECT, {"status": 200}], {"exists": False}, "", "no file came"),
        ([{"status": 200}, {"skipped": True}], {"exists": True, "checksum": "b" * 64}, "", "has the SHA-256 bbb"),
        ([{"status": 200}, {"skipped": True}], {"exists": True, "checksum": SHA}, URL, ""),
    ],
)
def test_the_download_of_a_target_follows_the_rule_of_the_controller(
    answers: list[dict[str, Any]], stat: dict[str, Any] | None, url: str, told: str
) -> None:
    answer = downloaded(answers, URL, ["b.example"], stat, SHA)
    assert answer.url == url
    assert (told in answer.problem) if told else answer.problem == ""
    assert "secret" not in answer.problem
