# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A debsig-verify policy says which key and keyring it wants."""

from __future__ import annotations

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.debsig import PolicyError, read_policy

POLICY = b"""<?xml version="1.0"?>
<!DOCTYPE Policy SYSTEM "https://www.debian.org/debsig/1.0/policy.dtd">
<Policy xmlns="https://www.debian.org/debsig/1.0/">
  <Origin Name="Vendor" id="69a688501ce87122" Description="packages"/>
  <Selection><Required Type="origin" File="vendor.gpg" id="69a688501ce87122"/></Selection>
  <Verification MinOptional="0"><Required Type="origin" File="vendor.gpg" id="69a688501ce87122"/></Verification>
</Policy>
"""


def test_the_key_and_the_keyring_are_read() -> None:
    assert read_policy(POLICY) == ("69A688501CE87122", "vendor.gpg")


@pytest.mark.parametrize(
    "beside",
    [
        b'<!-- until 2025: <Origin Name="old" id="1111111111111111"/> <Required File="old.gpg"/> -->',
        b'<?note <Origin id="1111111111111111"/>?>',
    ],
)
def test_what_stands_in_a_comment_does_not_count(beside: bytes) -> None:
    assert read_policy(POLICY.replace(b"<Policy", beside + b"<Policy")) == ("69A688501CE87122", "vendor.gpg")
    assert read_policy(POLICY.replace(b"<Selection>", beside + b"<Selection>")) == ("69A688501CE87122", "vendor.gpg")


def test_attributes_may_have_any_quotes_order_and_name_space() -> None:
    policy = POLICY.replace(
        b'<Origin Name="Vendor" id="69a688501ce87122" Description="packages"/>', b"<Origin id='69A688501CE87122'\n/>"
    ).replace(b' xmlns="https://www.debian.org/debsig/1.0/"', b"")
    assert read_policy(policy) == ("69A688501CE87122", "vendor.gpg")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (POLICY.replace(b"<Origin", b"<Other"), "exactly one Origin"),
        (POLICY.replace(b"<Selection>", b'<Origin id="2222222222222222"/><Selection>'), "exactly one Origin"),
        (POLICY.replace(b"vendor.gpg", b"../../etc/x"), "exactly one keyring"),
        (POLICY.replace(b'File="vendor.gpg"', b'File="other.gpg"', 1), "exactly one keyring"),
        (POLICY.replace(b"</Policy>", b""), "is not XML"),
        (POLICY.replace(b'policy.dtd">', b'policy.dtd" [<!ENTITY x "y">]>'), "declares entities"),
        (b"<Other/>", "first element is not Policy"),
        (b"", "is not XML"),
    ],
)
def test_an_unusable_policy_is_refused_with_the_reason(wrong: bytes, told: str) -> None:
    with pytest.raises(PolicyError, match=told):
        read_policy(wrong)
