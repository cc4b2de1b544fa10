# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the faults of `faults.py` look on the wire."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from http import HTTPStatus

from flask import Response, request

from ..cloud import Cloud
from ..web.envelope import problem_response
from . import shifting
from .faults import Fault

SOCKET = "simulator.socket"  # where the server puts the connection into the WSGI environment
PAGE = """\
<html>
<head><title>{code} {phrase}</title></head>
<body><center><h1>{code} {phrase}</h1></center></body>
</html>
"""


class GatewayResponse(Response):
    """An answer that is not the cloud's: a gateway's page, a cut or an endless one. It gets no headers of the cloud."""


def before(cloud: Cloud, faults: list[Fault]) -> Response | None:
    """Apply what faults do before the request is looked at; an answer ends it there."""
    for fault in faults:
        if fault.kind == "delay":
            time.sleep(fault["seconds"])
        elif fault.kind == "hook":
            fault["call"]()
        elif fault.kind == "vanish":
            with cloud.lock:
                cloud.tenant.computers.pop(fault["connector_guid"], None)
        elif fault.kind == "status":
            return _status(fault)
        elif fault.kind == "cut" and fault["when"] == "before":
            return _cut(b"", 0, 200)
    return None


def after(cloud: Cloud, faults: list[Fault], response: Response) -> Response:
    """Return what faults make of the answer."""
    for fault in faults:
        if fault.kind == "effect_status":
            response = _status(fault)
        elif fault.kind == "cut" and fault["when"] == "after":
            response = _cut(b"", 0, response.status_code)
        elif fault.kind == "cut" and fault["when"] == "body":
            body = response.get_data()
            headers, status = response.headers, response.status_code
            response = _cut(body[: max(1, len(body) // 2)], len(body), status)
            response.headers.update({**headers, "content-length": str(len(body))})
        elif fault.kind == "broken_json":
            response.set_data(response.get_data()[:-2] or b"{")
        elif fault.kind == "content_type":
            response.headers["content-type"] = fault["value"]
        elif fault.kind == "oversized":
            response = _oversized(fault["bytes"])
        elif fault.kind == "shift":
            shifting.shift(cloud, fault["what"], fault["change"])
    return response


def _status(fault: Fault) -> Response:
    status = int(fault["status"])
    if fault["html"]:
        return gateway_page(status)
    default = {401: "Unknown API key or Client ID", 429: "Rate limit exceeded"}.get(status, HTTPStatus(status).phrase)
    response = problem_response(status, fault["details"] or [default])
    if fault["reset"] is not None:
        response.headers.update({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(fault["reset"])})
    return response


def gateway_page(status: int) -> GatewayResponse:
    """Return a page in HTML, as load balancers have them."""
    page = PAGE.format(code=int(status), phrase=HTTPStatus(status).phrase)
    return GatewayResponse(page, status=int(status), content_type="text/html")


def _cut(sent: bytes, promised: int, status: int) -> Response:
    """Send `sent` of the `promised` bytes, then close the connection; nothing promised: not even a status line."""
    connection: socket.socket | None = request.environ.get(SOCKET)

    def body() -> Iterator[bytes]:
        if sent:
            yield sent
        if connection is not None:
            connection.shutdown(socket.SHUT_RDWR)
        yield b"" if sent else b"x"

    response = GatewayResponse(body(), status=status)
    response.headers["content-length"] = str(promised or 1)
    return response


def logged_status(faults: list[Fault], response: Response) -> int | None:
    """Return the status for the log: none where the connection was cut before the request was looked at."""
    unseen = any(fault.kind == "cut" and fault["when"] == "before" for fault in faults)
    return None if unseen else response.status_code


def _oversized(size: int) -> Response:
    """Return valid JSON of about `size` bytes, made while it is sent."""
    head = json.dumps({"version": "v1.2.0", "metadata": {"links": {"self": request.url}}, "data": ""})[:-2].encode()
    block = b"x" * 65536

    def body() -> Iterator[bytes]:
        yield head
        left = size - len(head) - 2
        while left > 0:
            yield block[: min(left, len(block))]
            left -= len(block)
        yield b'"}'

    return GatewayResponse(body(), content_type="application/json")
