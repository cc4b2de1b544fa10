# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in of the automation controller for ansible-rulebook's run_job_template, on loopback: it launches jobs.

A job is a real playbook with the variables of the launch; what set_stats sets are its artifacts, as on the controller.
It has the calls that ansible-rulebook 1.3.2 makes, and no more: it proves what is sent, not that a controller takes it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

from .harness import Playbooks, PlayRun

TOKEN = "pretend-token"


class PretendController:
    """Job templates by name, each with its playbook. `launched` has name and variables of each job."""

    def __init__(self, playbooks: Playbooks, templates: Mapping[str, str], organization: str) -> None:
        self.launched: list[tuple[str, dict[str, Any]]] = []
        self.runs: list[PlayRun | None] = []
        self.host = ""
        self._playbooks = playbooks
        self._templates = templates
        self._organization = organization
        self._threads: list[threading.Thread] = []

    def application(self) -> Flask:
        app = Flask("pretend controller", static_folder=None)

        @app.before_request
        def authenticate() -> Response | None:
            if request.headers.get("Authorization") == f"Bearer {TOKEN}":
                return None
            return Response('{"detail": "Authentication credentials were not provided."}', 401)

        @app.get("/api/v2/config/")
        def config() -> Response:
            return jsonify(version="4.6.0")

        @app.get("/api/v2/unified_job_templates/")
        def templates() -> Response:
            return listed([self._template(name) for name in self._templates if name == request.args["name"]])

        @app.post("/api/v2/job_templates/<name>/launch/")
        def launch(name: str) -> tuple[Response, int]:
            return jsonify(self._launch(name, request.get_json()["extra_vars"])), 201

        @app.get("/api/v2/jobs/")
        def jobs() -> Response:
            return listed([self._job(int(number)) for number in request.args["id__in"].split(",")])

        return app

    def _template(self, name: str) -> dict[str, Any]:
        asked = {f"ask_{what}_on_launch": what == "variables" for what in ("limit", "labels", "inventory", "variables")}
        return {
            "id": 1,
            "type": "job_template",
            "name": name,
            "summary_fields": {"organization": {"name": self._organization}},
            "related": {"launch": f"/api/v2/job_templates/{name}/launch/"},
            **asked,
        }

    def _launch(self, name: str, variables: dict[str, Any]) -> dict[str, Any]:
        self.launched.append((name, variables))
        self.runs.append(None)
        number = len(self.launched)
        thread = threading.Thread(target=self._run, args=(number, self._templates[name], variables))
        self._threads.append(thread)
        thread.start()
        return self._job(number)

    def _run(self, number: int, playbook: str, variables: dict[str, Any]) -> None:
        self.runs[number - 1] = self._playbooks.run(playbook, variables=variables)

    def _job(self, number: int) -> dict[str, Any]:
        run = self.runs[number - 1]
        status = "running" if run is None else "failed" if run.returncode else "successful"
        stats: dict[str, Any] = {}
        for task in run.tasks if run else ():
            stats |= task.result.get("ansible_stats", {}).get("data", {})
        url = f"/api/v2/jobs/{number}/"
        return {"id": number, "url": url, "status": status, "created": "2026-01-02T03:04:05Z", "artifacts": stats}

    def close(self) -> None:
        """Wait for the jobs."""
        for thread in self._threads:
            thread.join()


def listed(found: list[dict[str, Any]]) -> Response:
    return jsonify(count=len(found), next=None, results=found)


@contextmanager
def pretend_controller(
    playbooks: Playbooks, templates: Mapping[str, str], organization: str
) -> Iterator[PretendController]:
    controller = PretendController(playbooks, templates, organization)
    server = make_server("127.0.0.1", 0, controller.application(), threaded=True)
    controller.host = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield controller
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        controller.close()
