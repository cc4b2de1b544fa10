# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of objects of AWX and the automation controller: where the API has them, how settings are compared.

A kind bears the name of its module in awx.awx and ansible.controller, a setting that of the module's option. The API
has the same names in its objects, but an id where the option takes a name. Pure; private to the collection.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

NOTIFICATIONS = {f"notification_templates_{when}": "name" for when in ("started", "success", "error")}


class Kind(NamedTuple):
    """One kind of object.

    `relations` maps a setting to the endpoint of the object that it names; `scope` are those relations within which a
    name is unique. `lists` maps a setting to the field that names the members, which the API lists below the object.
    `texts` are settings that the API keeps as JSON in a text. `partly` are settings to which the API adds defaults of
    its own. `secret` are settings that no diff shows.
    """

    endpoint: str
    relations: Mapping[str, str] = {}
    scope: tuple[str, ...] = ()
    lists: Mapping[str, str] = {}
    texts: tuple[str, ...] = ()
    partly: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    name: str = "name"


_ORGANIZATION = {"organization": "organizations"}
_TEMPLATE = {**_ORGANIZATION, "inventory": "inventories"}

KINDS: dict[str, Kind] = {
    "organization": Kind("organizations"),
    "credential_type": Kind("credential_types"),
    "credential": Kind(
        "credentials", {**_ORGANIZATION, "credential_type": "credential_types"}, ("organization", "credential_type")
    ),
    "execution_environment": Kind("execution_environments", {**_ORGANIZATION, "credential": "credentials"}),
    "notification_template": Kind(
        "notification_templates",
        _ORGANIZATION,
        ("organization",),
        partly=("notification_configuration",),
        secret=("notification_configuration",),
    ),
    "project": Kind(
        "projects",
        {**_ORGANIZATION, "credential": "credentials", "default_environment": "execution_environments"},
        ("organization",),
        NOTIFICATIONS,
    ),
    "inventory": Kind("inventories", _ORGANIZATION, ("organization",), texts=("variables",)),
    "inventory_source": Kind(
        "inventory_sources",
        {
            "inventory": "inventories",
            "credential": "credentials",
            "source_project": "projects",
            "execution_environment": "execution_environments",
        },
        ("inventory",),
        NOTIFICATIONS,
        ("source_vars",),
    ),
    "job_template": Kind(
        "job_templates",
        {**_TEMPLATE, "project": "projects", "execution_environment": "execution_environments"},
        ("organization",),
        {"credentials": "name", **NOTIFICATIONS},
        ("extra_vars",),
    ),
    "workflow_job_template": Kind(
        "workflow_job_templates",
        _TEMPLATE,
        ("organization",),
        {**NOTIFICATIONS, "notification_templates_approvals": "name"},
        ("extra_vars",),
    ),
    "workflow_job_template_node": Kind(
        "workflow_job_template_nodes",
        {"workflow_job_template": "workflow_job_templates", "unified_job_template": "unified_job_templates"},
        ("workflow_job_template",),
        dict.fromkeys(("always_nodes", "failure_nodes", "success_nodes"), "identifier"),
        name="identifier",
    ),
    "schedule": Kind("schedules", {"unified_job_template": "unified_job_templates"}, ("unified_job_template",)),
}
"""In the order in which they are created; an object needs only objects of kinds above its own."""

TEMPLATES = ("job_templates", "workflow_job_templates")


def endpoints_of(kind: Kind, setting: str) -> tuple[str, ...]:
    """Return where the object that a setting names may be: what can be scheduled is of several kinds."""
    endpoint = kind.relations[setting]
    return TEMPLATES if endpoint == "unified_job_templates" else (endpoint,)
