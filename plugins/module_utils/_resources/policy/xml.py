# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The XML of a policy: what the JSON does not tell, and what must not be shown. Pure; private to the collection.

Where the values stand was seen in Cisco's own health checker (its data.py reads them from policy.xml).
"""

from __future__ import annotations

import sys
from typing import Any

from ..._api.errors import Refused
from ..._common.text import MASK

LARGEST = 16 * 1024 * 1024
# Connector protection, uninstalling, proxies: by the name of the element, wherever it stands.
SECRETS = frozenset({"password", "passwordex", "serviceex", "uninstallex", "service", "uninstall"})
CONVICTION = ("config", "agent", "driver", "protmode", "qaction")  # 0: audit, 1: quarantine


def conviction_mode(document: bytes) -> str | None:
    """Return the mode for files, `audit` or `quarantine`; None if the policy has none. Raises Refused."""
    value = _root(document).find(".//" + "/".join(f"{{*}}{step}" for step in CONVICTION))
    return None if value is None else {"0": "audit", "1": "quarantine"}.get((value.text or "").strip())


def without_passwords(document: bytes) -> str:
    """Return the document as text with every password masked. Raises Refused."""
    root = _root(document)
    for element in list(root.iter("{*}*")):
        if str(element.tag).rpartition("}")[2].lower() in SECRETS and "".join(element.itertext()).strip():
            for child in list(element):
                element.remove(child)
            element.text = MASK
    return str(_lxml().tostring(root, encoding="unicode"))


def _root(document: bytes) -> Any:
    """Return the document's element. Raises Refused for a document type, so that no entity is ever expanded."""
    etree = _lxml()
    if len(document) > LARGEST or b"<!DOCTYPE" in document[:4096].upper():
        raise Refused("The XML of a policy is not what this API gives: it is too large or declares a document type.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError:
        raise Refused("The XML of a policy is damaged or cut off.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused("The XML of a policy declares a document type, which this API does not give.")
    return root


def _lxml() -> Any:
    """Import lxml only where XML is read: most tasks do not need it."""
    try:
        from lxml import etree
    except ImportError:
        raise Refused(
            f"The XML of a policy is read with the Python library lxml, which {sys.executable} does not have."
        ) from None
    return etree
