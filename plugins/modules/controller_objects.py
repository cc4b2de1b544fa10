#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: controller_objects
short_description: Make objects of AWX or the automation controller, with the modules that are installed for it
version_added: 0.1.0
description:
  - Compares a list of objects with those of the controller, and has the modules of C(awx.awx) or C(ansible.controller)
    create, update or remove what differs. The playbook C(ampops.secure_endpoint.awx_setup) uses it.
  - Check mode also works on a controller that has none of the objects yet, where these modules themselves fail because
    they look up what they are about to relate. Diff mode shows the difference, which these modules do not.
  - The controller and the login come from the environment, from which these modules take them. For C(awx.awx) these
    are E(CONTROLLER_HOST), E(CONTROLLER_OAUTH_TOKEN) or E(CONTROLLER_USERNAME) and E(CONTROLLER_PASSWORD), and
    E(CONTROLLER_VERIFY_SSL). With a password every read logs in, and the controller keeps the tokens of these logins
    until they expire. Prefer a token.
  - An object that has the name of a wanted one, differs, and does not carry O(mark) in its description, was made by
    somebody else. Then nothing at all is changed, unless O(adopt) says so.
  - Where the controller refuses an object, those that need it are left out and all others are made. Run it again
    afterwards.
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._attributes.action
attributes:
  check_mode:
    details: That the controller will refuse an object is not predicted.
options:
  objects:
    description:
      - The objects, in any order, but that a node of a workflow stands after the nodes that follow it.
    type: list
    elements: dict
    required: true
    suboptions:
      kind:
        description:
          - The kind of object, which is the name of its module.
        type: str
        required: true
        choices:
          - organization
          - credential_type
          - credential
          - execution_environment
          - notification_template
          - project
          - inventory
          - inventory_source
          - job_template
          - workflow_job_template
          - workflow_job_template_node
          - schedule
      name:
        description:
          - The name of the object; the identifier of a node.
        type: str
        required: true
      settings:
        description:
          - Options of the module. What is not named is left as it is. Other objects are named by their names.
        type: dict
        default: {}
      initial:
        description:
          - Options that the object gets when it is created, and that belong to the user from then on.
        type: dict
        default: {}
  mark:
    description:
      - A text that the description of each object has that was made here. With O(state=absent) only these are removed.
    type: str
    required: true
  state:
    description:
      - Whether the objects are there.
      - With V(absent) the organization stays, and so do credentials that have values, with their types.
    type: str
    choices: [present, absent]
    default: present
  adopt:
    description:
      - Take over objects that do not carry O(mark), and change them.
    type: bool
    default: false
  collection:
    description:
      - The collection whose modules are used. V(auto) is V(ansible.controller) where installed, else V(awx.awx).
    type: str
    choices: [auto, ansible.controller, awx.awx]
    default: auto
"""

EXAMPLES = r"""
- name: Make a notification template for webhooks
  ampops.secure_endpoint.controller_objects:
    mark: made by the SOC
    objects:
      - kind: organization
        name: SOC
      - kind: notification_template
        name: SOC chat
        settings:
          organization: SOC
          notification_type: webhook
          notification_configuration:
            url: https://chat.example.com/hooks/soc
            http_method: POST
            headers: {}
        initial:
          description: made by the SOC
"""

RETURN = r"""
objects:
  description: What became of each object.
  returned: always
  type: list
  elements: dict
  contains:
    kind:
      description: The kind of the object.
      type: str
    name:
      description: Its name.
      type: str
    outcome:
      description: One of C(created), C(updated), C(unchanged), C(removed), C(absent), C(kept), C(refused).
      type: str
    detail:
      description: The settings that were updated, or why the object was kept or refused.
      type: str
counts:
  description: How many objects had each outcome.
  returned: always
  type: dict
  sample:
    created: 2
"""
