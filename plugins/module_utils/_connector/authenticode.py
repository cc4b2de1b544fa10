# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the subject of an Authenticode certificate with the signer that a manifest names (contract 13).

.NET writes a subject as `CN="Example, Inc.", O="Example, Inc.", L=City, C=US`: attributes joined by commas, values that
hold one in quotes. Order, case and the other attributes change when a certificate is renewed, so only the common name
and the organisation count.
"""

from __future__ import annotations

import re

from .._common.text import quoted

COMPARED = ("CN", "O")
_ATTRIBUTE = re.compile(r'\s*([A-Za-z0-9.]{1,40})\s*=\s*(?:"((?:[^"]|"")*)"|([^",;+]*))\s*(?:[,;+]|$)')


class SubjectError(ValueError):
    """Report a text that is not the subject of a certificate."""


def read_subject(text: str) -> dict[str, list[str]]:
    """Return the values of each attribute of a subject as .NET writes it. Raises SubjectError."""
    attributes: dict[str, list[str]] = {}
    place = 0
    while place < len(text):
        match = _ATTRIBUTE.match(text, place)
        if match is None:
            raise SubjectError(f"{quoted(text, 160)} is not a certificate subject such as CN=Example, O=Example")
        value = match[3] if match[2] is None else match[2].replace('""', '"')
        attributes.setdefault(match[1].upper(), []).append(" ".join(value.split()))
        place = match.end()
    return attributes


def signer_problem(status: str, subject: str, wanted: str) -> str:
    """Return why a file does not count as signed by `wanted`, or an empty text.

    `status` and `subject` are what Get-AuthenticodeSignature says. `wanted` is the manifest's subject, which has to
    name CN and O. Both must be equal, without regard to case. Raises SubjectError for `wanted`.
    """
    expected = read_subject(wanted)
    missing = [name for name in COMPARED if not any(expected.get(name, ()))]
    if missing:
        raise SubjectError(f"{quoted(wanted, 160)} does not name {' and '.join(missing)} of the signer")
    if status != "Valid":
        return f"its signature is {quoted(status or 'missing')}, not Valid"
    try:
        found = read_subject(subject)
    except SubjectError:
        found = {}
    for name in COMPARED:
        if _folded(found.get(name, [])) != _folded(expected[name]):
            said = " and ".join(found.get(name, [])) or "nothing"
            return (
                f"it is signed by {name} {quoted(said)}, and the manifest wants {quoted(' and '.join(expected[name]))}"
            )
    return ""


def _folded(values: list[str]) -> list[str]:
    return sorted(value.casefold() for value in values)
