# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""GET /v1/version (api-contract 3: clients only test the status, what data holds is unknown)."""

from __future__ import annotations

from flask import Blueprint, Response

from ..web.envelope import answer
from ..web.parameters import Query

blueprint = Blueprint("version", __name__)


@blueprint.get("/v1/version")
def show_version() -> Response:
    """Whether the credentials are good."""
    Query(paged=False)
    return answer({})
