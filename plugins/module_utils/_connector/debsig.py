# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a debsig-verify policy: which key it asks for and the file name of the keyring, so that a throw-away keyring
can be laid out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .._common.text import quoted

if TYPE_CHECKING:
    from lxml.etree import _Element

_KEY_ID = re.compile(r"[0-9A-Fa-f]{8,40}")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class PolicyError(ValueError):
    """Report that debsig-verify could not use the policy; the text completes "The policy ..."."""


def read_policy(content: bytes) -> tuple[str, str]:
    """Return the key id of the policy's origin, in upper case, and the file name of its keyring.

    The file is the user's own, so the usual document type is accepted; entities are not. Comments do not count.
    Raises PolicyError.
    """
    root = _parse(content)
    origins = [element for element in _named(root, "Origin") if _KEY_ID.fullmatch(element.get("id", ""))]
    if len(origins) != 1:
        raise PolicyError("does not have exactly one Origin element with the id of a key")
    files = {element.get("File", "") for element in _named(root, "Required")}
    wrong = sorted(name for name in files if not _FILE_NAME.fullmatch(name))
    if len(files) != 1 or wrong:
        named = f" ({', '.join(map(quoted, sorted(files)))})" if files else ""
        raise PolicyError(f"does not name exactly one keyring file in its Required elements{named}")
    return origins[0].get("id", "").upper(), files.pop()


def _parse(content: bytes) -> _Element:
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise PolicyError(f"is not XML: {quoted(error, 160)}") from None
    if root is None or not isinstance(root.tag, str) or etree.QName(root).localname != "Policy":
        raise PolicyError("is not a debsig-verify policy: its first element is not Policy")
    document_type = root.getroottree().docinfo.internalDTD
    # lxml-stubs does not know the method.
    if document_type is not None and list(document_type.iterentities()):  # type: ignore[union-attr]
        raise PolicyError("declares entities, which a policy does not need: remove them")
    return root


def _named(root: _Element, name: str) -> list[_Element]:
    return list(root.iterfind(f".//{{*}}{name}"))
