# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse XML that a connector's host sent, on the controller, as untrusted input.

The package `_connector` is pure: what the roles read from a host goes in, values come out. It imports nothing of the
collection outside itself and no ansible; the filters in plugins/filter are its only users.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from .._common.text import quoted

if TYPE_CHECKING:
    from lxml.etree import _Element

LARGEST_FILE = 1024 * 1024

_ENCODINGS = {
    "utf-8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "latin-1",
    "windows-1252": "cp1252",
}
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DOCTYPE = re.compile(r"<!doctype|<!entity", re.IGNORECASE)


class ConnectorFileError(ValueError):
    """Report a file of the connector that cannot be used.

    `kind`: empty, too_large, not_base64, encoding, doctype, damaged or other_file.
    """

    def __init__(self, name: str, kind: str, detail: str) -> None:
        super().__init__(f"{name} {detail}")
        self.name = name
        self.kind = kind


def parse_document(content: str, name: str) -> _Element:
    """Return the root element of the base64 `content` that `slurp` or the probe returned for the file `name`.

    Any document type is refused before the parser sees it, so no entity is ever expanded; nothing is loaded from
    anywhere. Raises ConnectorFileError.
    """
    from lxml import etree

    text = _decode(_bytes_of(content, name), name)
    if _DOCTYPE.search(text):
        raise ConnectorFileError(name, "doctype", "declares a document type, which the connector never writes: refused")
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, UnicodeEncodeError, ValueError) as error:
        raise ConnectorFileError(name, "damaged", f"is damaged or cut off: {quoted(str(error), 160)}") from None
    if root is None:
        raise ConnectorFileError(name, "damaged", "holds no XML element")
    return root


def text_at(root: _Element, *path: str) -> str | None:
    """Return the stripped text below `root` at `path`, in any namespace, or None where it is missing or empty."""
    found = root.find("/".join(f"{{*}}{step}" for step in path))
    text = (found.text or "").strip() if found is not None else ""
    return text or None


def local_name(element: _Element) -> str:
    """Return the name of an element without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _bytes_of(content: str, name: str) -> bytes:
    if len(content) > LARGEST_FILE * 3 // 2:
        raise ConnectorFileError(name, "too_large", f"is larger than {LARGEST_FILE} bytes")
    try:
        raw = base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ConnectorFileError(
            name, "not_base64", "was not handed over as base64; give it the content of slurp"
        ) from None
    if len(raw) > LARGEST_FILE:
        raise ConnectorFileError(name, "too_large", f"is larger than {LARGEST_FILE} bytes")
    if not raw.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise ConnectorFileError(name, "empty", "is empty")
    return raw


def _decode(raw: bytes, name: str) -> str:
    """Decode by the bytes: Windows writes UTF-16, with or without a mark, whatever the declaration says."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif raw.startswith(b"<\x00"):
        encoding = "utf-16-le"
    elif raw.startswith(b"\x00<"):
        encoding = "utf-16-be"
    elif raw.startswith(b"\xef\xbb\xbf"):
        encoding = "utf-8-sig"
    else:
        declared = _DECLARED.match(raw)
        wanted = declared.group(1).decode("ascii").lower() if declared else "utf-8"
        encoding = _ENCODINGS.get("utf-8" if wanted.startswith("utf-16") else wanted, "")
        if not encoding:
            raise ConnectorFileError(
                name, "encoding", f"declares the encoding {quoted(wanted)}, which is not supported"
            )
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise ConnectorFileError(name, "encoding", f"is not valid {encoding} at byte {error.start}") from None
