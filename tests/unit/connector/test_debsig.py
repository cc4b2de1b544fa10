# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A debsig-verify policy says which key and keyring it wants."""

from __future__ import annotations

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.debsig import PolicyError, read_policy

POLICY = """<?xml version="1.0"?>
<!DOCTYPE Policy SYSTEM "https://www.debian.org/debsig/1.0/policy.dtd">
<Policy xmlns="https://www.debian.org/debsig/1.0/">
  <Origin Name="Vendor" id="69a688501ce87122" Description="packages"/>
  <Selection><Required Type="origin" File="vendor.gpg" id="69a688501ce87122"/></Selection>
  <Verification MinOptional="0"><Required Type="origin" File="vendor.gpg" id="69a688501ce87122"/></Verification>
</Policy>
"""


def test_key_and_keyring() -> None:
    assert read_policy(POLICY) == ("69A688501CE87122", "vendor.gpg")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (POLICY.replace("<Origin", "<Other"), "no Origin"),
        (POLICY.replace("vendor.gpg", "../../etc/x"), "exactly one keyring"),
        (POLICY.replace('File="vendor.gpg"', 'File="other.gpg"', 1), "exactly one keyring"),
        ("", "no Origin"),
    ],
)
def test_what_is_no_policy_is_told(wrong: str, told: str) -> None:
    with pytest.raises(PolicyError, match=told):
        read_policy(wrong)
