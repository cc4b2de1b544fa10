# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A golden image is sealed without a GUID, so that each of its clones becomes a computer of its own."""

from __future__ import annotations

import uuid

import pytest
from roles.hosts import create, destroy
from roles.linux.packages import installer
from roles.pretend.hosts import Host, podman, pretend_host
from roles.pretend.outcomes import converge, record


@pytest.mark.parametrize("family", ["debian", "el"])
def test_two_clones_have_two_guids(family: str) -> None:
    mark = uuid.uuid4().hex[:8]
    image, clones = (
        f"localhost/ampops-golden:{mark}",
        [Host(f"pretend-clone-{mark}-{each}", family) for each in (1, 2)],
    )
    try:
        with pretend_host(family) as host:
            converge(
                host,
                "connector_deploy",
                connector_deploy_installers=[installer(family, "1.26.0")],
                connector_deploy_golden_image=True,
            )
            sealed = host.role("connector_status").fact("connector_status_result")
            assert (sealed["installed"], sealed["running"], sealed["connector_guid"]) == (True, False, None)
            podman("commit", "--quiet", host.name, image)
        guids = set()
        for clone in clones:
            create(clone.name, clone.family, image=image)
            status = clone.role("connector_status", connector_status_await="running")
            found = status.fact("connector_status_result")
            assert (found["running"], found["problems"]) == (True, [])
            guids.add(found["connector_guid"])
        assert len(guids) == 2
        assert None not in guids
        record("connector_deploy", family, "golden image: two clones, two GUIDs")
    finally:
        for clone in clones:
            destroy(clone.name)
        podman("rmi", "--force", "--ignore", image)
