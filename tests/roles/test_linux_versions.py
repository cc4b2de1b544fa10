# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployment over what is there: an older version is refused unless it is allowed, and what is stopped is started."""

from __future__ import annotations

import pytest
from roles.linux.packages import installer
from roles.pretend.hosts import pretend_host
from roles.pretend.outcomes import converge, record

OLD, NEW = "1.26.0", "1.27.0"


@pytest.mark.parametrize("family", ["debian", "el", "suse"])
def test_what_is_there_decides(family: str) -> None:
    with pretend_host(family) as host:
        assert host.role("connector_deploy", connector_deploy_installers=[installer(family, NEW)]).rc == 0
        host.sh("systemctl stop cisco-amp")
        again = converge(host, "connector_deploy", connector_deploy_installers=[installer(family, NEW)])
        assert again.fact("connector_deploy_result")["action"] == "start"

        older = {"connector_deploy_installers": [installer(family, OLD)]}
        accepted = host.role("connector_deploy", **older)
        assert (accepted.rc, accepted.changed) == (0, []), accepted.error
        assert f"Version {NEW} is installed and newer than {OLD} of the manifest" in accepted.output
        refused = host.role("connector_deploy", connector_deploy_newer="fail", **older)
        assert refused.rc != 0
        assert f"version {NEW} is installed and newer than {OLD}: nothing was touched" in refused.error
        done = converge(host, "connector_deploy", connector_deploy_newer="downgrade", **older)
        status = done.fact("connector_status_result")
        assert (status["version"], status["running"], status["problems"]) == (OLD, True, [])
        record("connector_deploy", family, "downgrade when allowed")
