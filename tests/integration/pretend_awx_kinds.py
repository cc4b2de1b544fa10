# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the objects of AWX have: fields, relations, what is unique. The head of pretend_awx.py says where it is from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

ASKED = ("credential", "diff_mode", "inventory", "job_type", "limit", "variables")
LISTS = (
    *("credentials", "always_nodes", "failure_nodes", "success_nodes"),
    *(f"notification_templates_{when}" for when in ("started", "success", "error", "approvals")),
)
WEBHOOK = {"http_method": "POST", "disable_ssl_verification": False, "username": "", "password": "", "headers": {}}


class Kind(NamedTuple):
    """What objects of an endpoint have: fields with their defaults, relations, what is unique together."""

    type: str
    fields: Mapping[str, Any]
    relations: Mapping[str, str] = {}
    unique: tuple[str, ...] = ("name",)
    required: tuple[str, ...] = ("name",)


IN_ORGANIZATION = {"organization": "organizations"}
TEMPLATE = {**IN_ORGANIZATION, "inventory": "inventories", "execution_environment": "execution_environments"}
NAMED = {"name": None, "description": ""}
KINDS = {
    "organizations": Kind("organization", NAMED),
    "credential_types": Kind(
        "credential_type",
        {**NAMED, "kind": None, "inputs": {}, "injectors": {}, "managed": False},
        {},
        ("name", "kind"),
    ),
    "credentials": Kind(
        "credential",
        {**NAMED, "inputs": {}},
        {**IN_ORGANIZATION, "credential_type": "credential_types"},
        ("name", "organization", "credential_type"),
        ("name", "credential_type"),
    ),
    "execution_environments": Kind(
        "execution_environment", {**NAMED, "image": None, "pull": ""}, {**IN_ORGANIZATION, "credential": "credentials"}
    ),
    "notification_templates": Kind(
        "notification_template",
        {**NAMED, "notification_type": None, "notification_configuration": {}, "messages": None},
        IN_ORGANIZATION,
        ("name", "organization"),
    ),
    "projects": Kind(
        "project",
        {**NAMED, "scm_type": "", "scm_url": "", "scm_branch": "", "local_path": "", "scm_revision": ""},
        {**IN_ORGANIZATION, "credential": "credentials", "default_environment": "execution_environments"},
        ("name", "organization"),
    ),
    "inventories": Kind(
        "inventory",
        {**NAMED, "kind": "", "host_filter": None, "variables": ""},
        IN_ORGANIZATION,
        ("name", "organization"),
        ("name", "organization"),
    ),
    "inventory_sources": Kind(
        "inventory_source",
        {**NAMED, "source": None, "source_path": "", "source_vars": "", "overwrite": False, "overwrite_vars": False},
        {
            "inventory": "inventories",
            "credential": "credentials",
            "source_project": "projects",
            "execution_environment": "execution_environments",
        },
        ("name", "inventory"),
        ("name", "inventory", "source"),
    ),
    "job_templates": Kind(
        "job_template",
        {
            **NAMED,
            "job_type": "run",
            "playbook": "",
            "extra_vars": "",
            "survey_enabled": False,
            **{f"ask_{what}_on_launch": False for what in ASKED},
        },
        {**TEMPLATE, "project": "projects"},
        ("name", "organization"),
        ("name", "project", "playbook"),
    ),
    "workflow_job_templates": Kind(
        "workflow_job_template",
        {**NAMED, "extra_vars": "", "survey_enabled": False},
        {**IN_ORGANIZATION, "inventory": "inventories"},
        ("name", "organization"),
    ),
    "workflow_job_template_nodes": Kind(
        "workflow_job_template_node",
        {"identifier": None, "job_type": None, "extra_data": {}},
        {"workflow_job_template": "workflow_job_templates", "unified_job_template": "unified_job_templates"},
        ("identifier", "workflow_job_template"),
        ("workflow_job_template",),
    ),
    "workflow_approval_templates": Kind("workflow_approval_template", {**NAMED, "timeout": 0}, {}, ()),
    "schedules": Kind(
        "schedule",
        {**NAMED, "rrule": None, "enabled": True, "extra_data": {}},
        {"unified_job_template": "unified_job_templates"},
        ("name", "unified_job_template"),
        ("name", "rrule", "unified_job_template"),
    ),
}
UNIFIED = ("projects", "inventory_sources", "job_templates", "workflow_job_templates")
# What goes with the object that it points to; everything else loses the relation only.
CASCADES = {
    "workflow_job_template_nodes": ("workflow_job_template",),
    "schedules": ("unified_job_template",),
    "inventory_sources": ("inventory",),
}
