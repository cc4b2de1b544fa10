# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""GET /v1/audit_logs (api-contract 10): who changed what, newest first."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response

from ..cloud import cloud
from ..web.paging import paged
from ..web.parameters import Query

blueprint = Blueprint("audit_logs", __name__)
EXACT = ("audit_log_type", "audit_log_id", "audit_log_user", "event")


@blueprint.get("/v1/audit_logs")
def list_audit_logs() -> Response:
    """Entries by type, object, user, event and time."""
    query = Query("start_time", "end_time", *EXACT)
    start, end = query.time("start_time"), query.time("end_time")
    found = cloud().tenant.audit_logs[::-1]
    for name in EXACT:
        if wanted := query.many(name):
            found = [one for one in found if one[name] in wanted]
    if start is not None:
        found = [one for one in found if _time(one["created_at"]) >= start]
    if end is not None:
        found = [one for one in found if _time(one["created_at"]) <= end]
    return paged(found, query, dict)


def _time(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
