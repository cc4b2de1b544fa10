# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at the connector of a Linux or macOS host with one script, and judge its answer here. Private to the collection.

The actions connector_probe, connector_package and connector_installation look.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import missing_required_lib
from ansible.plugins.action import ActionBase
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.text import quoted
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.probe import (
    ProbeError,
    asked_as_root,
    host_of,
    probe_arguments,
    read_probe,
    system_of,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.status import judge

SCRIPT = Path(__file__).resolve().parents[2] / "roles" / "connector_status" / "files" / "probe.sh"


def look(
    action: ActionBase, options: Mapping[str, Any], *, root_required: bool, removing: Sequence[str] = ()
) -> dict[str, Any]:
    """Run the script as the user that the task runs as, and return what the answer amounts to, as a module's result.

    `options` are those of the module connector_probe. In the same round trip the files `removing` are removed before.
    """
    remove = f"{shlex.join(['rm', '-rf', '--', *removing])}\n" if removing else ""
    script = remove + SCRIPT.read_text(encoding="utf-8")
    command = shlex.join(["/bin/sh", "-c", script, "probe", *probe_arguments(options)])
    answer: dict[str, Any] = action._low_level_execute_command(command, executable=False)
    if answer["rc"] != 0:
        said = quoted(answer["stderr"] or answer["stdout"])
        return {**answer, "failed": True, "msg": f"The probe of the connector ended with {answer['rc']}: {said}."}
    return found_of(answer["stdout"], root_required)


def found_of(output: str, root_required: bool) -> dict[str, Any]:
    """Return what the probe's output amounts to, as the result of a module.

    Where the probe fails the task fails; that is never taken for "not installed".
    """
    try:
        system = system_of(output)
        if not asked_as_root(output) and not root_required:
            return {"root": False, "system": system}
        return {"root": True, "system": system, "host": host_of(output), "status": judge(read_probe(output))}
    except ProbeError as error:
        return {"failed": True, "msg": f"{error}."}
    except ImportError:
        return {"failed": True, "msg": missing_required_lib("lxml")}
