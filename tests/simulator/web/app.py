# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WSGI application: what every request goes through before and after its resource.

log -> faults -> authentication -> rate limit -> resource (under the tenant's lock) -> faults -> headers -> gzip.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import time
import uuid
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from ..cloud import Cloud, cloud
from ..faults import answers
from ..resources import RESOURCES
from .auth import authenticate
from .envelope import Problem, problem_response, status_line

GZIP_FROM = 1024
READING = ("GET", "HEAD", "OPTIONS")

# recorded in 2022; date, content-length and connection are the server's
RECORDED_HEADERS = {
    "cache-control": "no-cache, no-store",
    "pragma": "no-cache",
    "expires": "Fri, 01 Jan 1990 00:00:00 GMT",
    "strict-transport-security": "max-age=31536000; includeSubDomains, max-age=31536000",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-permitted-cross-domain-policies": "none",
    "x-xss-protection": "1; mode=block",
    "x-download-options": "noopen",
    "x-frame-options": "SAMEORIGIN",
    "x-content-type-options": "nosniff",
}


class CloudApp(Flask):
    """Flask, with the tenant's lock held while a resource works."""

    def dispatch_request(self) -> Any:
        """Answer one request with the tenant at rest."""
        with cloud().lock:
            return super().dispatch_request()


def create_app(tenant_cloud: Cloud) -> Flask:
    """Return the application of one cloud."""
    app = CloudApp("simulator", static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False  # OPTIONS is a call of isolation, and of nothing else
    app.extensions["cloud"] = tenant_cloud
    app.url_map.strict_slashes = False
    app.before_request(_before)
    app.after_request(_after)
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(HTTPException, _http_problem)
    for resource in RESOURCES:
        app.register_blueprint(resource.blueprint)
    return app


def _before() -> Response | None:
    here = cloud()
    g.began = time.monotonic()
    g.rate_headers = {}
    g.log = here.log.begin(request.method, request.path, request.query_string.decode("latin-1"), _logged_body())
    g.faults = here.faults.strike(request.method, request.path)
    early = answers.before(here, g.faults)
    if early is not None:
        return early
    client = authenticate(here.tenant.clients)
    # a refused login counts and has the headers, too (api-contract 14)
    allowed, g.rate_headers = here.rate_limit.count(_who(here))
    if client is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "Unknown API key or Client ID")
    if not allowed:
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "Rate limit exceeded")
    if client.read_only and request.method not in READING:
        raise Problem(here.switches["read_only_status"], "This API client may only read")
    g.client = client
    if request.method == "GET" and request.path.startswith(("/v1/computers", "/v1/groups")):
        with here.lock:
            here.deferred.read()
    return None


def _who(here: Cloud) -> str:
    """Return whose hour a request counts in: the client's, the organisation's (a switch), or a stranger's own."""
    named = (request.authorization.username if request.authorization else None) or ""
    known = any(named == client.client_id for client in here.tenant.clients)
    if known and here.switches["rate_limit_scope"] == "organisation":
        return here.tenant.business_guid
    return named


def _after(response: Response) -> Response:
    # `Not Found`, not Werkzeug's `NOT FOUND` (api-contract 16): a public client decides by the reason phrase
    response.status = status_line(response.status_code)
    response.headers.update(_spelled(g.rate_headers))
    if not isinstance(response, answers.GatewayResponse):
        _add_recorded_headers(response)
    response = answers.after(cloud(), g.faults, response)
    g.log["status"] = answers.logged_status(g.faults, response)
    if response.is_sequence and request.accept_encodings.quality("gzip") > 0 and len(response.get_data()) >= GZIP_FROM:
        response.set_data(gzip.compress(response.get_data(), compresslevel=1))
        response.headers["content-encoding"] = "gzip"
        response.headers["vary"] = "Accept-Encoding"
    return response


def _add_recorded_headers(response: Response) -> None:
    response.headers.update(RECORDED_HEADERS)
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        response.headers["cache-control"] = "no-cache"  # api-contract 16
    response.headers["status"] = status_line(response.status_code)
    response.headers["x-request-id"] = str(uuid.uuid4())
    response.headers["x-runtime"] = f"{time.monotonic() - g.began:.6f}"
    if response.status_code in (HTTPStatus.OK, HTTPStatus.CREATED):  # and on no other (api-contract 16)
        digest = hashlib.md5(response.get_data(), usedforsecurity=False).hexdigest()
        response.headers["etag"] = f'W/"{digest}"'


def _spelled(headers: dict[str, str]) -> dict[str, str]:
    if cloud().switches["rate_limit_spelling"] == "recorded":
        return headers
    return {name.replace("x-ratelimit", "X-Rate-Limit"): value for name, value in headers.items()}


def _problem(problem: Problem) -> Response:
    return problem_response(problem.status, problem.details)


def _http_problem(problem: HTTPException) -> Response:
    """Answer what no resource takes: to Rails an unknown path and an unknown method are one thing, no route."""
    if problem.code not in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        return problem_response(problem.code or 500, [problem.description or "Internal Server Error"])
    if cloud().switches["unknown_path_answer"] == "page":
        return answers.gateway_page(HTTPStatus.NOT_FOUND)
    return problem_response(HTTPStatus.NOT_FOUND, ["Not Found"])


def _logged_body() -> Any:
    raw = request.get_data(cache=True)
    if not raw:
        return None
    if request.mimetype == "application/x-www-form-urlencoded":
        return {name: values if len(values) > 1 else values[0] for name, values in request.form.lists()}
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode("utf-8", "replace")
