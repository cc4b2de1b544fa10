# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials whose reader finds the authority of a private cloud: as the file `ca_path`, or as its text (R21, R22).

This file is private to the collection.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..._common.certificates import certificates_in
from ..._credentials_file import LARGEST, StreamCredentials
from ..._job_container import ephemeral_reason


def where_it_lasts(credentials: StreamCredentials) -> StreamCredentials:
    """Replace a `ca_path` that ends with the job, as AWX injects it, by the text of its certificates."""
    ends = credentials.ca_path is not None and ephemeral_reason(credentials.ca_path)
    return that_travel(credentials) if ends else credentials


def that_travel(credentials: StreamCredentials) -> StreamCredentials:
    """Replace `ca_path` by the text of its certificates, for a reader on another machine or in another job.

    A folder of certificates stays a path: it is part of a system or an image.
    """
    path = Path(credentials.ca_path or "")
    try:
        text = certificates_in(path.read_text("ascii", "ignore")) if path.is_file() else ""
    except OSError:
        text = ""  # the stream is there already: its password matters more than this
    fits = 0 < len(text) < LARGEST / 2
    return replace(credentials, ca_path=None, ca=text) if fits else credentials
