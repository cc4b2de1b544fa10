# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the controller's files that say who must have signed a package: a key, and the policy of debsig-verify."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping

from .debsig import PolicyError, read_policy

LARGEST_KEY = 64 * 1024


class SignerError(Exception):
    """Report a file of the controller that cannot be used."""


def read_signer(signer: Mapping[str, str]) -> dict[str, str]:
    """Return key and policy in base64, key_id and keyring, each empty where it is not given, and the problem if any."""
    found = {"key": "", "policy": "", "key_id": "", "keyring": "", "problem": ""}
    try:
        return found | _files(signer)
    except SignerError as error:
        return found | {"problem": f"signer.{error}."}


def _files(signer: Mapping[str, str]) -> dict[str, str]:
    found = {"key": base64.b64encode(_read(signer.get("key") or "", "key")).decode("ascii")}
    policy = signer.get("debsig_policy")
    if not policy:
        return found
    content = _read(policy, "debsig_policy")
    try:
        key_id, keyring = read_policy(content)
    except PolicyError as error:
        raise SignerError(f"debsig_policy {policy} {error}") from None
    return found | {"policy": base64.b64encode(content).decode("ascii"), "key_id": key_id, "keyring": keyring}


def _read(path: str, option: str) -> bytes:
    if not path:
        raise SignerError(f"{option} is missing")
    try:
        with open(os.path.expanduser(path), "rb") as file:
            content = file.read(LARGEST_KEY + 1)
    except OSError as error:
        raise SignerError(f"{option} {path} cannot be read: {error.strerror}") from None
    if not content or len(content) > LARGEST_KEY:
        raise SignerError(f"{option} {path} is empty or larger than {LARGEST_KEY} bytes")
    return content
