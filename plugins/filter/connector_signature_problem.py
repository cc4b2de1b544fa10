# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_signature_problem
short_description: Compares an Authenticode signature with the signer of the manifest
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - The signature must be valid, and the common name (CN) and organisation (O) of the certificate must equal those of
    the wanted subject, without regard to case, order and other attributes. So a renewed certificate of the same vendor
    fits.
options:
  _input:
    description: C(status) and C(subject) as PowerShell's C(Get-AuthenticodeSignature) gives them.
    type: dict
    required: true
  wanted:
    description: The subject of the manifest, with CN and O. Values with a comma stand in quotes.
    type: str
    required: true
"""

EXAMPLES = r"""
---
- name: Refuse an installer of another signer
  ansible.builtin.assert:
    that: problem == ''
    fail_msg: "{{ problem }}"
  vars:
    problem: >-
      {{ {'status': 'Valid', 'subject': 'CN="Example, Inc.", O="Example, Inc.", C=US'}
         | ampops.secure_endpoint.connector_signature_problem('CN="EXAMPLE, INC.", O="Example, Inc."') }}
"""

RETURN = r"""
---
_value:
  description: Why the signature does not count, or an empty text.
  type: str
"""

from collections.abc import Mapping

from ansible.errors import AnsibleFilterError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.authenticode import (
    SubjectError,
    signer_problem,
)
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_mapping


def connector_signature_problem(signature: Mapping[str, object], wanted: str) -> str:
    """Return why `signature` does not count as one of the `wanted` signer, or an empty text."""
    check_mapping("connector_signature_problem: the signature", signature)
    try:
        return signer_problem(str(signature.get("status") or ""), str(signature.get("subject") or ""), str(wanted))
    except SubjectError as error:
        raise AnsibleFilterError(f"connector_signature_problem: signer.subject: {error}") from None


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"connector_signature_problem": connector_signature_problem}
