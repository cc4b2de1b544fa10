# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load once what every worker of Ansible would load anew. Private to the collection.

Ansible forks a worker for each task of each host, and what a worker loads is gone with it. The first use of a filter
loads all filters of its collection, and the first template compiles the lexer of Jinja, which takes a worker longer
than a task that is skipped. Ansible imports the action of a task before it forks, so what an action loads on its import
is there in all workers that follow.

A worker also inherits how near Python is to its next full collection of garbage, which copies most of the memory that
it shares with its parent: fifty milliseconds here, for every second worker. What is frozen before is left out.
"""

from __future__ import annotations

import gc
from contextlib import suppress
from importlib import import_module

from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import action_loader, filter_loader, test_loader
from ansible.template import Templar

with suppress(ImportError):  # what reads XML says so where it is missing
    import_module("lxml.etree")


def freeze() -> None:
    """Keep what there is now out of the collections of garbage in all workers that follow."""
    gc.freeze()


def load_filters_with(name: str) -> None:
    """Load the filters of the collection that has the filter `name`."""
    filter_loader.get(name)
    freeze()


def load_action(name: str) -> None:
    """Load an action that another action runs."""
    action_loader.get(name, class_only=True)
    freeze()


def load_templates() -> None:
    """Load what Ansible's own templates take: its filters and tests, and the lexer of Jinja."""
    load_filters_with("ansible.builtin.ternary")
    test_loader.get("ansible.builtin.defined")
    Templar(DataLoader()).is_template("{{ '' }}")
    freeze()
