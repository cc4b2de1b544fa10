# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The few calls of AWX's API that storing a stream's credentials needs, on loopback.

A stand-in: it proves what we send, not that AWX takes it. The names of paths and fields are those of AWX's API v2.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

TOKEN = "pretend-token"
# What has event_stream_create keep the credentials there.
STORE = {
    "event_stream_name": "job",
    "event_stream_store": "awx",
    "event_stream_awx_credential": "stream of the SOC",
    "event_stream_awx_organization": "SOC",
}


class PretendAwx:
    """Organizations, credential types and credentials as lists of objects; a POST to a kind in `refused` gets 403."""

    def __init__(self) -> None:
        self.objects: dict[str, list[dict[str, Any]]] = {
            "organizations": [{"id": 1, "name": "SOC"}],
            "credential_types": [],
            "credentials": [],
        }
        self.refused: set[str] = set()
        self.host = ""

    def application(self) -> Flask:
        app = Flask("pretend AWX", static_folder=None)

        @app.before_request
        def authenticate() -> Response | None:
            if request.headers.get("Authorization") == f"Bearer {TOKEN}":
                return None
            return Response('{"detail": "Authentication credentials were not provided."}', 401)

        @app.get("/api/v2/<kind>/")
        def find(kind: str) -> Response:
            found = [o for o in self.objects[kind] if o["name"] == request.args["name"]]
            return jsonify(count=len(found), results=found)

        @app.post("/api/v2/<kind>/")
        def create(kind: str) -> tuple[Response, int]:
            if kind in self.refused:
                return jsonify(detail="You do not have permission to perform this action."), 403
            made = {"id": len(self.objects[kind]) + 1, **request.get_json()}
            self.objects[kind].append(made)
            return jsonify(made), 201

        return app


@contextmanager
def pretend_awx() -> Iterator[PretendAwx]:
    awx = PretendAwx()
    server = make_server("127.0.0.1", 0, awx.application(), threaded=True)
    awx.host = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield awx
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
