# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP endpoints for sinks: plain, Splunk's HEC, Elasticsearch's bulk endpoint, answering as the products document."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Request(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes


class Answer(NamedTuple):
    status: int
    body: bytes = b""
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_arguments: object) -> None:
        """A client that was killed is no news."""


class Endpoint:
    """Answers with what `behave` says and keeps every request. Use as a context manager."""

    def __init__(self, behave: Callable[[Request], Answer | None] = lambda _request: Answer(200)) -> None:
        self.requests: list[Request] = []
        self.behave = behave
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                request = Request(self.path, {key.lower(): value for key, value in self.headers.items()}, body)
                endpoint.requests.append(request)
                answer = endpoint.behave(request)
                if answer is None:  # a cut connection
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_arguments: Any) -> None:
                """Say nothing."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.url = f"http://127.0.0.1:{self._server.server_port}/services/collector"

    def __enter__(self) -> Endpoint:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Drip:
    """Answers one byte each half second, for half a minute: of the headers, or of the body behind them."""

    def __init__(self, part: str) -> None:
        self._head = b"HTTP/1.1 200 OK\r\n" if part == "headers" else b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"

    def _serve(self) -> None:
        connection, _address = self._socket.accept()
        with connection, suppress(OSError):
            connection.sendall(self._head)
            for _step in range(60):
                if self._over.wait(0.5):
                    return
                connection.sendall(b"x")

    def __enter__(self) -> Drip:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._over.set()
        self._thread.join()
        self._socket.close()


class Splunk:
    """HTTP Event Collector: objects one after the other; code 6 for unreadable data, code 4 for a wrong token."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.events: list[dict[str, Any]] = []
        self.busy = 0

    def __call__(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Splunk {self.token}":
            return Answer(403, b'{"text":"Invalid token","code":4}')
        if self.busy:
            self.busy -= 1
            return Answer(503, b'{"text":"Server is busy","code":9}')
        decoder, text, taken = json.JSONDecoder(), request.body.decode(), []
        while text.strip():
            try:
                value, end = decoder.raw_decode(text.lstrip())
            except ValueError:
                return Answer(400, b'{"text":"Invalid data format","code":6}')
            if "event" not in value or "POISON" in json.dumps(value):
                return Answer(400, b'{"text":"Invalid data format","code":6,"invalid-event-number":0}')
            taken.append(value)
            text = text.lstrip()[end:]
        self.events += taken
        return Answer(200, b'{"text":"Success","code":0}')


class Elasticsearch:
    """The bulk endpoint: 200 with a verdict for each item; create of a document that is there is 409."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self.overloaded: set[str] = set()

    def __call__(self, request: Request) -> Answer:
        assert request.headers["content-type"] == "application/x-ndjson"
        rows = [json.loads(row) for row in request.body.splitlines()]
        items = [
            self._create(action["create"]["_id"], document)
            for action, document in zip(rows[::2], rows[1::2], strict=True)
        ]
        answer = {"took": 1, "errors": any(item["create"]["status"] >= 300 for item in items), "items": items}
        return Answer(200, json.dumps(answer).encode())

    def _create(self, identity: str, document: dict[str, Any]) -> dict[str, Any]:
        if document.get("key") in self.overloaded:
            self.overloaded.discard(document["key"])
            return {"create": {"_id": identity, "status": 429, "error": {"type": "es_rejected_execution_exception"}}}
        if "POISON" in json.dumps(document):
            return {"create": {"_id": identity, "status": 400, "error": {"type": "mapper_parsing_exception"}}}
        if identity in self.documents:
            return {"create": {"_id": identity, "status": 409, "error": {"type": "version_conflict_engine_exception"}}}
        self.documents[identity] = document
        return {"create": {"_id": identity, "status": 201}}
