# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_signature_problem
short_description: Compares the signature of an installer with the signer of the manifest
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - For an EXE, the signature must be valid, and the common name (CN) and organisation (O) of the certificate must equal
    those of the wanted subject, without regard to case, order and other attributes. So a renewed certificate of the
    same vendor fits.
  - For another installer, judges what the tool of the host said about it.
options:
  _input:
    description:
      - C(status) and C(subject) as PowerShell's C(Get-AuthenticodeSignature) gives them (EXE), or the result of the
        task that ran C(pkgutil --check-signature) (DMG), C(rpmkeys --checksig) (RPM) or C(debsig-verify) (DEB).
    type: dict
    required: true
  signer:
    description: The signer of the manifest.
    type: dict
    required: true
  kind:
    description: The kind of installer.
    type: str
    choices: [exe, dmg, rpm, deb]
    default: exe
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
         | ampops.secure_endpoint.connector_signature_problem({'subject': 'CN="EXAMPLE, INC.", O="Example, Inc."'}) }}
"""

RETURN = r"""
---
_value:
  description: Why the signature does not count, or an empty text.
  type: str
"""

from collections.abc import Mapping

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.signatures import (
    KINDS,
    signature_problem,
)
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_mapping


def connector_signature_problem(
    signature: Mapping[str, object], signer: Mapping[str, str], kind: str = "exe"
) -> object:
    """Return why `signature` does not count as one of the `signer`, or an empty text."""
    check_mapping("connector_signature_problem: the signature", signature)
    check_mapping("connector_signature_problem: the signer", signer)
    if kind not in KINDS:
        raise AnsibleFilterError(f"connector_signature_problem: kind is {kind}; it is one of {', '.join(KINDS)}")
    return wrap_var(signature_problem(kind, signature, signer))


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"connector_signature_problem": connector_signature_problem}
