# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Name the variables that a person sets for connectors: the options of the roles, and how a roll-out goes.

Playbooks take the options of the roles under the same names, so there is one name for one thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from .._common.text import printable

ROLLOUT = frozenset(
    f"connector_{name}" for name in ("hosts", "batch", "strategy", "max_failed", "fail_on_faults", "report")
)
"""Say how a roll-out goes; the playbooks have these beside the options of the roles."""
_OPTIONS = {
    "deploy": (
        "installers channel version newer cache_dir allowed_hosts proxy minimum_free_mb preflight "
        "install_timeout lock_timeout start_timeout extra_switches profile ui switches golden_image "
        "upgrade_only verify_cloud group move_to_group cloud_timeout cloud"
    ),
    "uninstall": ("keep_configuration timeout lock_timeout remove_computer orbital orbital_product password cloud"),
    "status": "raw timeout await await_timeout",
    "service": "state timeout password",
    "troubleshoot": "snapshot snapshot_dir debug_log clear_cache reboot reboot_timeout timeout password",
}
OPTIONS = frozenset(f"connector_{role}_{name}" for role, names in _OPTIONS.items() for name in names.split())
"""Say what is done to a host; the argument specs of the roles describe each."""
RESULTS = frozenset(
    f"connector_{name}"
    for name in (
        *("status_result", "status_host", "status_windows"),
        *("deploy_result", "uninstall_result", "troubleshoot_result", "fleet"),
    )
)
"""Hold what roles and playbooks leave for others. What a role keeps for itself begins with two underscores."""
# What the playbooks keep for themselves, and what the inventory plugin says of a host.
_OTHERS = re.compile(r"connector_(rollout|job|sums_up|manifest|failed_.*|guid)")


class AnswerError(ValueError):
    """Report an answer that cannot be understood: which variable, what it says, and what it may say."""


def check_names(names: Iterable[str]) -> None:
    """Raise AnswerError for a name that begins with `connector_` and that no playbook or role knows."""
    known = ROLLOUT | OPTIONS
    right = known | RESULTS
    unknown = sorted(
        name for name in names if name.startswith("connector_") and name not in right and not _OTHERS.fullmatch(name)
    )
    if unknown:
        alike = get_close_matches(unknown[0], known, n=1)
        hint = f"; did you mean {alike[0]}?" if alike else f"; known are {', '.join(sorted(known))}"
        raise AnswerError(f"{printable(unknown[0], 80)} is no variable of the playbooks for connectors{hint}")
