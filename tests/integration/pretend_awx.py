# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in of AWX's API v2 on loopback: objects, their relations, what it refuses. It runs no job.

It proves what we and the modules of awx.awx 24.6.1 send and do with the answers, not that AWX takes it. From the source
of these modules: paths, filters, related lists, answers of a survey (200), of an association (204) and of a deletion,
`current_update` of a project, the approval below its node. From AWX's own source and tests: which names are unique, an
organization that follows from the project, playbooks that the project has to list (by the same regular expression),
403 for a credential type that credentials use, secrets shown as $encrypted$, defaults added to a notification.
Not here: permissions of users, pages of more than one list, launching, instance groups, labels.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, jsonify, request
from werkzeug.serving import make_server

from .pretend_awx_kinds import CASCADES, KINDS, LISTS, UNIFIED, WEBHOOK

TOKEN = "pretend-token"
ROOT = "/api/v2"
PLATFORM_ROOT = "/api/controller/v2"  # where the Automation Platform has the same API
# What has event_stream_create keep the credentials there.
STORE = {
    "event_stream_name": "job",
    "event_stream_store": "awx",
    "event_stream_awx_credential": "stream of the SOC",
    "event_stream_awx_organization": "SOC",
}
PLAYBOOK = re.compile(r"^\s*?-?\s*?(?:hosts|include|import_playbook):\s*?.*?$", re.MULTILINE)
ENCRYPTED = "$encrypted$"


class Refusal(Exception):
    """An answer of the API that is not the object."""

    def __init__(self, status: int, **body: Any) -> None:
        super().__init__(status)
        self.status, self.body = status, body


class PretendAwx:
    """The objects by endpoint.

    `refused` names endpoints, and objects, that nobody may create; `repositories` are folders by the URL of a project;
    `calls` are method and path of each request.
    """

    def __init__(self) -> None:
        self.objects: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
        self.surveys: dict[int, dict[str, Any]] = {}
        self.members: dict[tuple[int, str], list[int]] = {}
        self.refused: set[str] = set()
        self.repositories: dict[str, Path] = {}
        self.calls: list[tuple[str, str]] = []
        self.host = ""
        self._ids = count(1)
        self.add("organizations", name="SOC")

    # -- What the tests say and ask -----------------------------------------------------------------------------------

    def add(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Have an object, as if somebody had made it on the page."""
        made = {"id": next(self._ids), **KINDS[kind].fields, **dict.fromkeys(KINDS[kind].relations), **fields}
        self.objects[kind].append(made)
        return made

    def named(self, kind: str, name: str) -> dict[str, Any]:
        """Return the one object of a name."""
        (found,) = (one for one in self.objects[kind] if one.get("name", one.get("identifier")) == name)
        return found

    def listed(self, one: Mapping[str, Any], what: str) -> list[str]:
        """Return the names of the members of a list of an object."""
        found = [self._by_id(identifier) for identifier in self.members.get((one["id"], what), [])]
        return [str(member.get("name", member.get("identifier"))) for member in found]

    def writes(self) -> list[tuple[str, str]]:
        """Return the requests that change something."""
        return [call for call in self.calls if call[0] != "GET"]

    # -- Rules --------------------------------------------------------------------------------------------------------

    def _all(self, kind: str) -> list[dict[str, Any]]:
        if kind == "unified_job_templates":
            return [one for name in UNIFIED for one in self.objects[name]]
        if kind not in self.objects:
            abort(404)
        return self.objects[kind]

    def _by_id(self, identifier: int) -> dict[str, Any]:
        found = next((one for objects in self.objects.values() for one in objects if one["id"] == identifier), None)
        return abort(404) if found is None else found

    def _check(self, kind: str, one: Mapping[str, Any]) -> None:
        """Refuse an object that AWX would refuse."""
        rules = KINDS[kind]
        missing = [field for field in rules.required if one.get(field) in (None, "")]
        if missing:
            raise Refusal(400, **{field: ["This field is required."] for field in missing})
        for field, where in rules.relations.items():
            known = {other["id"] for other in self._all(where)} | {
                o["id"] for o in self.objects["workflow_approval_templates"]
            }
            if one.get(field) is not None and one[field] not in known:
                raise Refusal(400, **{field: [f'Invalid pk "{one[field]}" - object does not exist.']})
        twins = [o for o in self.objects[kind] if o["id"] != one["id"] and all(o[f] == one[f] for f in rules.unique)]
        if twins and rules.unique:
            raise Refusal(400, __all__=[f"{rules.type} with this {' and '.join(rules.unique)} already exists."])
        if kind == "job_templates" and one["playbook"] not in self.playbooks(one["project"]):
            raise Refusal(400, playbook=["Playbook not found for project."])

    def playbooks(self, project: int) -> list[str]:
        """Return the files of a project that AWX takes for playbooks."""
        found = self._by_id(project)
        folder = self.repositories.get(found["scm_url"] or found["local_path"])
        files = sorted(folder.glob("*.yml")) if folder else []
        return [file.name for file in files if PLAYBOOK.search(file.read_text())]

    def _write(self, kind: str, one: dict[str, Any], given: Mapping[str, Any]) -> None:
        """Take the fields that an object of the kind has; AWX ignores the others."""
        rules = KINDS[kind]
        users = [
            credential["name"]
            for credential in self.objects["credentials"]
            if credential["credential_type"] == one["id"]
        ]
        if kind == "credential_types" and users and given.get("inputs", one["inputs"]) != one["inputs"]:
            raise Refusal(403, detail="Modifications to inputs are not allowed for credential types that are in use")
        new = {
            **one,
            **{name: value for name, value in given.items() if name in rules.fields or name in rules.relations},
        }
        if kind == "job_templates" and new["project"]:
            new["organization"] = self._by_id(new["project"])["organization"]
        if kind == "notification_templates" and new["notification_type"] == "webhook":
            new["notification_configuration"] = {**WEBHOOK, **new["notification_configuration"]}
        self._check(kind, new)
        one.update(new)

    def create(self, kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Create an object by a request."""
        if kind in self.refused or given.get("name") in self.refused:
            raise Refusal(403, detail="You do not have permission to perform this action.")
        made = {"id": next(self._ids), **KINDS[kind].fields, **dict.fromkeys(KINDS[kind].relations)}
        self._write(kind, made, given)
        self.objects[kind].append(made)
        return made

    def delete(self, kind: str, one: dict[str, Any]) -> None:
        """Delete an object and what goes with it."""
        if kind == "credential_types" and any(o["credential_type"] == one["id"] for o in self.objects["credentials"]):
            raise Refusal(403, detail="Credential types that are in use cannot be deleted")
        self.objects[kind].remove(one)
        for ids in self.members.values():
            ids[:] = [identifier for identifier in ids if identifier != one["id"]]
        for other, rules in KINDS.items():
            for field in rules.relations:
                for pointing in [o for o in self.objects[other] if o[field] == one["id"]]:
                    if kind == "organizations" or field in CASCADES.get(other, ()):
                        self.delete(other, pointing)
                    else:
                        pointing[field] = None

    # -- Answers ------------------------------------------------------------------------------------------------------

    def shown(self, kind: str, one: Mapping[str, Any]) -> dict[str, Any]:
        """Return an object as the API shows it."""
        if kind == "unified_job_templates":
            kind = next(name for name in UNIFIED if one in self.objects[name])
        root = request.environ.get("pretend.root", ROOT)
        url = f"{root}/{kind}/{one['id']}/"
        related = {what: f"{url}{what}/" for what in (*LISTS, "survey_spec", "update")}
        if one.get("unified_job_template"):
            where = next(
                name for name, objects in self.objects.items() if self._by_id(one["unified_job_template"]) in objects
            )
            related["unified_job_template"] = f"{root}/{where}/{one['unified_job_template']}/"
        shown = {**one, "type": KINDS[kind].type, "url": url, "related": related, "summary_fields": {}}
        if kind == "credentials":
            fields = self._by_id(one["credential_type"])["inputs"].get("fields", [])
            secret = {field["id"] for field in fields if field.get("secret")}
            shown["inputs"] = {name: ENCRYPTED if name in secret else value for name, value in one["inputs"].items()}
        if kind == "projects" and one["scm_type"]:
            shown["summary_fields"] = {"current_update": {"id": one["id"]}}
        return shown

    def answer_list(self, kind: str, found: list[dict[str, Any]]) -> Response:
        shown = [self.shown(kind, one) for one in found]
        return jsonify(count=len(shown), next=None, previous=None, results=shown)

    def filtered(self, kind: str) -> list[dict[str, Any]]:
        """Return the objects that the filters of the request let through."""
        found = self._all(kind)
        either = {name.removeprefix("or__"): value for name, value in request.args.items() if name.startswith("or__")}
        if either:
            found = [one for one in found if any(str(one.get(name)) == value for name, value in either.items())]
        for name, value in request.args.items():
            if not name.startswith("or__") and name not in ("page_size", "type"):
                found = [one for one in found if self._matches(one, name, value)]
        return found

    def _matches(self, one: Mapping[str, Any], name: str, value: str) -> bool:
        field, _, inner = name.partition("__")
        if field not in one:
            raise Refusal(400, detail=f"{type(one).__name__} has no field named '{field}'")
        found = one[field]
        if inner:
            found = self._by_id(found)[inner] if found else None
        return str(found) == value

    def check_survey(self, survey: Mapping[str, Any]) -> None:
        """Refuse a survey as AWX does."""
        for field, kind in (("name", str), ("description", str), ("spec", list)):
            if not isinstance(survey.get(field), kind):
                raise Refusal(400, error=f"Field '{field}' is missing from survey spec.")
        for question in survey["spec"]:
            for field, kind in (("type", str), ("question_name", str), ("variable", str), ("required", bool)):
                if not isinstance(question.get(field), kind):
                    raise Refusal(400, error=f"'{field}' missing from survey question")
            given, asked = question.get("default", ""), question["type"]
            if given != "" and not isinstance(given, {"integer": int, "float": (int, float)}.get(asked, str)):  # type: ignore[arg-type]
                raise Refusal(400, error=f"Default value {given} of {question['variable']} is not a {asked}")
            if asked in ("multiplechoice", "multiselect"):
                wrong = [choice for choice in str(given).splitlines() if choice not in question["choices"]]
                if wrong:
                    raise Refusal(400, error=f"Default choice must be answered from the choices listed: {wrong}")

    def application(self) -> Flask:
        app = Flask("pretend AWX", static_folder=None)
        app.register_error_handler(Refusal, lambda refusal: (jsonify(refusal.body), refusal.status))

        @app.before_request
        def authenticate() -> Response | None:
            root = request.environ.get("pretend.root", ROOT)
            self.calls.append((request.method, request.path.replace(ROOT, root, 1)))
            if request.headers.get("Authorization") == f"Bearer {TOKEN}":
                return None
            return Response('{"detail": "Authentication credentials were not provided."}', 401)

        @app.after_request
        def name_the_product(response: Response) -> Response:
            response.headers["X-API-Product-Name"], response.headers["X-API-Product-Version"] = "AWX", "24.6.1"
            return response

        self._add_objects(app)
        self._add_what_is_below(app)
        return app

    def _add_objects(self, app: Flask) -> None:
        @app.get(f"{ROOT}/<kind>/")
        def find(kind: str) -> Response:
            return self.answer_list(kind, self.filtered(kind))

        @app.post(f"{ROOT}/<kind>/")
        def create(kind: str) -> tuple[Response, int]:
            return jsonify(self.shown(kind, self.create(kind, request.get_json()))), 201

        @app.route(f"{ROOT}/<kind>/<int:identifier>/", methods=["GET", "PATCH", "DELETE"])
        def one(kind: str, identifier: int) -> Response | tuple[str, int]:
            if kind == "project_updates":
                return jsonify(status="successful", failed=False, finished="now", scm_revision="1")
            found = self._by_id(identifier)
            if request.method == "DELETE":
                self.delete(kind, found)
                return "", 202 if kind == "inventories" else 204
            if request.method == "PATCH":
                self._write(kind, found, request.get_json())
            return jsonify(self.shown(kind, found))

    def _add_what_is_below(self, app: Flask) -> None:
        @app.route(f"{ROOT}/<_kind>/<int:identifier>/survey_spec/", methods=["GET", "POST"])
        def survey(_kind: str, identifier: int) -> Response:
            if request.method == "POST":
                self.check_survey(request.get_json())
                self.surveys[identifier] = request.get_json()
                return Response(status=200)
            return jsonify(self.surveys.get(identifier, {}))

        @app.post(f"{ROOT}/workflow_job_template_nodes/<int:identifier>/create_approval_template/")
        def approval(identifier: int) -> tuple[Response, int]:
            made = self.create("workflow_approval_templates", request.get_json())
            self._by_id(identifier)["unified_job_template"] = made["id"]
            return jsonify(self.shown("workflow_approval_templates", made)), 201

        @app.route(f"{ROOT}/<kind>/<int:identifier>/<any({', '.join(LISTS)}):what>/", methods=["GET", "POST"])
        def members(kind: str, identifier: int, what: str) -> Response | tuple[str, int]:
            if what.endswith("_nodes") != (kind == "workflow_job_template_nodes"):
                abort(404)
            ids = self.members.setdefault((identifier, what), [])
            where = kind if what.endswith("_nodes") else what.replace("templates_", "templates__").partition("__")[0]
            if request.method == "POST":
                given = request.get_json()
                self._by_id(given["id"])
                ids.remove(given["id"]) if given.get("disassociate") else ids.append(given["id"])
                return "", 204
            return self.answer_list(where, [self._by_id(member) for member in ids])


def at_both_roots(app: Flask) -> Callable[..., Any]:
    """Serve the API where AWX has it, and where the Automation Platform has it."""

    def serve(environment: dict[str, Any], start: Any) -> Any:
        if environment["PATH_INFO"].startswith(PLATFORM_ROOT):
            environment["PATH_INFO"] = environment["PATH_INFO"].replace(PLATFORM_ROOT, ROOT, 1)
            environment["pretend.root"] = PLATFORM_ROOT
        return app(environment, start)

    return serve


@contextmanager
def pretend_awx() -> Iterator[PretendAwx]:
    awx = PretendAwx()
    server = make_server("127.0.0.1", 0, at_both_roots(awx.application()), threaded=True)
    awx.host = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield awx
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
