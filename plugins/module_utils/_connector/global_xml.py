# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read global.xml, the signed file that says which version the connector is."""

from __future__ import annotations

from .._common.text import quoted
from .versions import is_version
from .xml_document import ConnectorFileError, local_name, parse_document, text_at


def read_global_xml(content: str, name: str = "global.xml") -> str | None:
    """Return the version at /Signature/Object/config/agent/version, or None (workflows document, Check Agent Status).

    The signature itself is the connector's business. Raises ConnectorFileError.
    """
    root = parse_document(content, name)
    if local_name(root) != "Signature":
        raise ConnectorFileError(name, "other_file", f"is no global.xml: it begins with {quoted(local_name(root))}")
    version = text_at(root, "Object", "config", "agent", "version")
    if version is not None and not is_version(version):
        raise ConnectorFileError(name, "damaged", f"names a version that is none: {quoted(version)}")
    return version
