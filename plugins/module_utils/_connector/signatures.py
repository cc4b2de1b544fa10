# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge what a host's own tool says about the signature of an installer: this signer signed it, or why not (R44)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .authenticode import SubjectError, signer_problem

_LONGEST = 400
# rpm ends with 0 for a package without any signature, so what it says counts too: "digests signatures OK", before rpm
# 4.14 "... pgp md5 OK".
_RPM_SIGNED = re.compile(r"(signatures|pgp|gpg|rsa|dsa)[a-z0-9() ]* OK")
_RPM_WRONG = re.compile(r"NOT OK|NOKEY|MISSING")
_DEBSIG = {
    10: "has no signature",
    11: "has no signature by the origin of the policy",
    12: "fits no rule of the policy",
    13: "is not signed as the policy wants",
}
_BY_APPLE = "Status: signed by a developer certificate issued by Apple"


def signature_problem(kind: str, found: Mapping[str, Any], signer: Mapping[str, str]) -> str:
    """Return why an installer does not count as signed by the manifest's `signer`, or an empty text.

    `kind` is exe, dmg, rpm or deb. `found` is what Get-AuthenticodeSignature says (exe), or the result of the task that
    ran pkgutil, rpmkeys or debsig-verify.
    """
    return _JUDGES[kind](found, signer)


def _exe(found: Mapping[str, Any], signer: Mapping[str, str]) -> str:
    try:
        problem = signer_problem(
            str(found.get("status") or ""), str(found.get("subject") or ""), signer.get("subject", "")
        )
    except SubjectError as error:
        return f"the manifest's signer.subject {error}."
    return f"the installer is not signed as the manifest says: {problem}." if problem else ""


def _dmg(found: Mapping[str, Any], signer: Mapping[str, str]) -> str:
    """Judge pkgutil. The first certificate of the chain is the signer's; Apple's own stand behind it."""
    stdout, team = str(found.get("stdout") or ""), signer.get("team_id", "")
    first = re.search(rf"(?m)^ *1\. Developer ID Installer: .*\({re.escape(team)}\)$", stdout)
    if found.get("rc") == 0 and _BY_APPLE in stdout and first:
        return ""
    said = "; ".join(line.strip() for line in _both(found).splitlines())
    return f"the package is not signed by the team {team}; pkgutil says {said[:_LONGEST]}."


def _rpm(found: Mapping[str, Any], signer: Mapping[str, str]) -> str:
    stdout = str(found.get("stdout") or "")
    if found.get("rc") == 0 and _RPM_SIGNED.search(stdout) and not _RPM_WRONG.search(stdout):
        return ""
    return f"The package is not signed by the key {signer.get('key')}. rpm said: {_both(found)}"


def _deb(found: Mapping[str, Any], signer: Mapping[str, str]) -> str:
    if found.get("rc") == 0:
        return ""
    said = _DEBSIG.get(int(found.get("rc") or 0), "could not be checked")
    return f"The package {said} ({signer.get('debsig_policy')}). debsig-verify ended with {found.get('rc')}."


def _both(found: Mapping[str, Any]) -> str:
    return f"{found.get('stdout') or ''} {found.get('stderr') or ''}".strip()


_JUDGES: dict[str, Callable[[Mapping[str, Any], Mapping[str, str]], str]] = {
    "exe": _exe,
    "dmg": _dmg,
    "rpm": _rpm,
    "deb": _deb,
}
KINDS = tuple(_JUDGES)
