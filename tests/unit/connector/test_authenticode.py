# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A signer is its common name and organisation, however .NET writes the rest of the subject."""

from __future__ import annotations

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.authenticode import (
    SubjectError,
    read_subject,
    signer_problem,
)
from hypothesis import given
from hypothesis import strategies as st

# As .NET's X500DistinguishedName writes subjects; the company is made up.
RENEWED = (
    'CN="Acme Tools, Inc.", OU=Signing, O="Acme Tools, Inc.", L=Springfield, S=Oregon, C=US, SERIALNUMBER=123,'
    " OID.2.5.4.15=Private Organization, OID.1.3.6.1.4.1.311.60.2.1.3=US"
)
WANTED = 'O="ACME TOOLS, INC.", CN="ACME TOOLS, INC."'


def test_values_in_quotes_keep_their_commas_and_doubled_quotes() -> None:
    assert read_subject('CN="Acme ""Tools"", Inc.", O=Acme;C=US')["CN"] == ['Acme "Tools", Inc.']
    assert read_subject("CN=A + OU=B, OU=C") == {"CN": ["A"], "OU": ["B", "C"]}


@pytest.mark.parametrize("found", [RENEWED, RENEWED.upper(), 'CN="Acme Tools,  Inc.",O="Acme Tools, Inc."'])
def test_case_order_and_other_attributes_do_not_count(found: str) -> None:
    assert signer_problem("Valid", found, WANTED) == ""


@pytest.mark.parametrize(
    ("status", "found", "told"),
    [
        ("NotSigned", "", '"NotSigned", not Valid'),
        ("", RENEWED, '"missing", not Valid'),
        ("Valid", RENEWED.replace("Tools", "Fools"), "CN"),
        ("Valid", 'CN="Acme Tools, Inc.", O=Evil', 'O "Evil"'),
        ("Valid", 'CN="Acme Tools, Inc."', 'O "nothing"'),
        ("Valid", 'CN=Evil, OU="CN=""Acme Tools, Inc."", O=x"', 'CN "Evil"'),
        ("Valid", 'CN="Acme Tools, Inc.", CN=Evil, O="Acme Tools, Inc."', "CN"),
        ("Valid", "no subject", 'CN "nothing"'),
    ],
)
def test_another_signer_is_named(status: str, found: str, told: str) -> None:
    assert told in signer_problem(status, found, WANTED)


@pytest.mark.parametrize("wanted", ["Acme", "CN=Acme", 'CN="Acme', "O=Acme", "CN=, O=Acme", ""])
def test_a_manifest_that_does_not_name_the_signer_is_refused(wanted: str) -> None:
    with pytest.raises(SubjectError):
        signer_problem("Valid", RENEWED, wanted)


@given(st.text(max_size=200))
def test_no_other_text_counts_as_the_signer(found: str) -> None:
    assert signer_problem("Valid", found, WANTED) != "" or "acme" in found.lower()
