# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
name: controller_setup
short_description: Lists the objects that AWX or the automation controller needs for the playbooks of this collection
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Returns what the module M(ampops.secure_endpoint.controller_objects) takes. The playbook
    C(ampops.secure_endpoint.awx_setup) uses it.
positional: credential_types, surveys
options:
  _input:
    description: The description of the templates, as in C(playbooks/vars/awx_setup.yml).
    type: dict
    required: true
  credential_types:
    description: The credential types, as in C(playbooks/vars/awx_credential_types.yml).
    type: dict
    required: true
  surveys:
    description: The surveys of the playbooks, by the name of the playbook.
    type: dict
    required: true
  organization:
    description: The organization.
    type: str
    default: Default
  prefix:
    description: What the name of each object begins with.
    type: str
    default: Secure Endpoint
  project_url:
    description: The URL of the git repository that holds the project.
    type: str
  project_branch:
    description: The branch.
    type: str
  project_credential:
    description: The name of a source control credential that is there already.
    type: str
  project_folder:
    description: The folder of the project below the projects of the controller, instead of O(project_url).
    type: str
  image:
    description: The image of the execution environment. Without one the jobs run in the default one of the controller.
    type: str
  image_credential:
    description: The name of a registry credential that is there already.
    type: str
  controller_credential:
    description: The name of a credential for the controller that is there already, for jobs that write to it.
    type: str
  storage:
    description: A folder that jobs find again, on a volume that the controller exposes to them.
    type: str
  tree:
    description: The tree of the tenant, below the project.
    type: str
    default: tenant
  webhook:
    description: A URL that is told when a job fails or waits for approval.
    type: str
  notify:
    description: Names of notification templates that are there already, for the same.
    type: list
    elements: str
    default: []
  rrules:
    description: When the schedules run, by their names.
    type: dict
    default: {}
  playbooks:
    description: The playbooks that get a template. By default all of them.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
---
- name: Show which objects a controller needs for one playbook
  ansible.builtin.debug:
    msg: "{{ objects | map(attribute='name') }}"
  vars:
    objects: "{{ templates | ampops.secure_endpoint.controller_setup({}, {}, project_folder='soc') }}"
    templates:
      awx_templates:
        - {playbook: triage, description: Show what is known of a computer or a file}
      awx_workflows: []
      awx_schedules: []
"""

RETURN = r"""
---
_value:
  description: The objects, each with its kind, name, settings and initial settings.
  type: list
  elements: dict
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._controller.setup import Choices, setup_objects
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._event_lists import plain

NAME = "controller_setup"


def controller_setup(
    description: object, credential_types: object, surveys: object, **choices: Any
) -> list[Mapping[str, Any]]:
    """Return the objects of a controller."""
    unknown = sorted(choices.keys() - set(Choices._fields))
    if unknown:
        raise AnsibleFilterError(f"{NAME}: unknown option {', '.join(unknown)}")
    try:
        objects = setup_objects(plain(description), plain(credential_types), plain(surveys), Choices(**plain(choices)))
    except ValueError as error:
        raise AnsibleFilterError(f"{NAME}: {error}") from error
    found: list[Mapping[str, Any]] = wrap_var(objects)
    return found


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filters by name."""
        return {NAME: controller_setup}
