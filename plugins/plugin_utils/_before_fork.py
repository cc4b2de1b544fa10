# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load once what every worker of Ansible would load anew. Private to the collection.

Ansible forks a worker for each task of each host, and what a worker loads is gone with it. The first use of a filter
loads all filters of its collection, which takes a worker several times as long as the task itself. Ansible imports the
action of a task before it forks, so what an action loads on its import is there in all workers that follow.
"""

from __future__ import annotations

from ansible.plugins.loader import filter_loader


def load_filters_with(name: str) -> None:
    """Load the filters of the collection that has the filter `name`."""
    filter_loader.get(name)
