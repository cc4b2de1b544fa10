# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""List the objects that awx_setup makes, from the description of the templates, the surveys and what the user chose.

The description is playbooks/vars/awx_setup.yml. Pure; private to the collection.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

MARK = "ampops.secure_endpoint"
CONTROLLER_CREDENTIAL = "controller"
CREDENTIALS = {"api": "API", "event_stream": "event stream"}

Object = dict[str, Any]
Names = Mapping[str, str]


class Choices(NamedTuple):
    """What the user chose; an empty text is a choice not made.

    `storage` is a folder that jobs find again, `notify` names notification templates that are there already, `webhook`
    is a URL for one that is made, `rrules` maps schedules to their rules. `playbooks` limits the templates.
    """

    organization: str = "Default"
    prefix: str = "Secure Endpoint"
    project_url: str = ""
    project_branch: str = ""
    project_credential: str = ""
    project_folder: str = ""
    image: str = ""
    image_credential: str = ""
    controller_credential: str = ""
    storage: str = ""
    tree: str = "tenant"
    webhook: str = ""
    notify: Sequence[str] = ()
    rrules: Mapping[str, str] = {}
    playbooks: Sequence[str] = ()


def setup_objects(
    description: Mapping[str, Any], types: Mapping[str, Any], surveys: Mapping[str, Any], chosen: Choices
) -> list[Object]:
    """Return the objects in the form that the module controller_objects takes.

    Raises ValueError where the choices contradict each other or name a playbook that has no template.
    """
    return list(Setup(description, types, surveys, chosen).objects())


class Setup:
    """The objects of one organization."""

    def __init__(
        self, description: Mapping[str, Any], types: Mapping[str, Any], surveys: Mapping[str, Any], chosen: Choices
    ) -> None:
        chosen = chosen._replace(notify=_names(chosen.notify), playbooks=_names(chosen.playbooks))
        if bool(chosen.project_url) == bool(chosen.project_folder):
            raise ValueError("set either awx_setup_project_url or awx_setup_project_folder")
        known = [template["playbook"] for template in description["awx_templates"]]
        unknown = sorted(set(chosen.playbooks) - set(known))
        if unknown:
            raise ValueError(f"awx_setup_playbooks: no template for {', '.join(unknown)}; there are {', '.join(known)}")
        self._templates = [
            one for one in description["awx_templates"] if one["playbook"] in (chosen.playbooks or known)
        ]
        self._workflows = [one for one in description["awx_workflows"] if self._has(self._playbooks_of(one))]
        self._schedules = description["awx_schedules"]
        self._types, self._surveys, self._chosen = types, surveys, chosen
        self._in_organization = {"organization": chosen.organization}
        self._environment = {"execution_environment": self._name("environment")} if chosen.image else {}
        self._alarm = [*chosen.notify, *([self._name("webhook")] if chosen.webhook else [])]

    def objects(self) -> Iterator[Object]:
        """Yield the objects, those that others need first."""
        yield _object("organization", self._chosen.organization, {}, {"description": f"Made by {MARK}"})
        yield from self._credentials()
        yield from self._project()
        yield from self._inventories()
        for template in self._templates:
            yield self._template(template)
        for workflow in self._workflows:
            yield from self._workflow(workflow)
        yield from self._scheduled()

    def _name(self, what: str) -> str:
        return f"{self._chosen.prefix}: {what}"

    def _has(self, playbooks: set[str]) -> bool:
        return playbooks <= {template["playbook"] for template in self._templates}

    @staticmethod
    def _playbooks_of(workflow: Mapping[str, Any]) -> set[str]:
        return {node["playbook"] for node in workflow["nodes"] if "playbook" in node}

    def _credentials(self) -> Iterator[Object]:
        for kind, body in self._types.items():
            settings = {name: body[name] for name in ("kind", "inputs", "injectors")}
            yield _object("credential_type", body["name"], settings, {"description": body["description"]})
            belongs = {**self._in_organization, "credential_type": body["name"]}
            initial = {"description": f"{body['description']}. Fill in its values. Made by {MARK}"}
            yield _object("credential", self._credential(kind), belongs, initial)

    def _credential(self, kind: str) -> str:
        if kind == CONTROLLER_CREDENTIAL:
            return self._chosen.controller_credential
        return self._name(CREDENTIALS[kind])

    def _project(self) -> Iterator[Object]:
        chosen, settings = self._chosen, dict[str, Any](self._in_organization)
        if chosen.image:
            login = {"credential": chosen.image_credential} if chosen.image_credential else {}
            image = {**settings, "image": chosen.image, "pull": "missing", **login}
            yield self._made("execution_environment", "environment", image, "Image of the jobs")
        if chosen.webhook:
            webhook = {"url": chosen.webhook, "http_method": "POST", "headers": {}}
            about = {**settings, "notification_type": "webhook", "notification_configuration": webhook}
            yield self._made("notification_template", "webhook", about, "Tells of failed jobs and approvals")
        if chosen.project_url:
            login = {"credential": chosen.project_credential} if chosen.project_credential else {}
            source = {"scm_type": "git", "scm_url": chosen.project_url, "scm_branch": chosen.project_branch, **login}
        else:
            source = {"scm_type": "manual", "local_path": chosen.project_folder}
        yield self._made("project", "project", {**settings, **source}, "Playbooks and inventory of extensions/awx")

    def _inventories(self) -> Iterator[Object]:
        yield self._made("inventory", "no hosts", self._in_organization, "For jobs that talk to the cloud only")
        if not self._has({"coverage"}) and not any(template.get("hosts") for template in self._templates):
            return
        yield self._made("inventory", "computers", self._in_organization, "The computers of the tenant")
        settings = {
            "inventory": self._name("computers"),
            "source": "scm",
            "source_project": self._name("project"),
            "source_path": "inventory/secure_endpoint.yml",
            "credential": self._credential("api"),
            "overwrite": True,
            "overwrite_vars": True,
            **self._environment,
        }
        yield self._made("inventory_source", "computers of the tenant", settings, "Reads the computers of the tenant")

    def _template(self, template: Mapping[str, Any]) -> Object:
        playbook, hosts, check = template["playbook"], template.get("hosts", False), template.get("check", False)
        survey = self._survey(template)
        credentials = [name for kind in template.get("credentials", []) if (name := self._credential(kind))]
        asked = self._chosen.controller_credential or CONTROLLER_CREDENTIAL not in template.get("credentials", [])
        settings = {
            **self._in_organization,
            "job_type": "run",
            "project": self._name("project"),
            "playbook": f"{playbook}.yml",
            "inventory": self._name("computers" if hosts else "no hosts"),
            "credentials": credentials,
            "ask_inventory_on_launch": hosts or playbook.startswith("tenant_"),
            "ask_limit_on_launch": hosts,
            "ask_credential_on_launch": hosts or not asked,
            "ask_job_type_on_launch": check,
            "ask_diff_mode_on_launch": check,
            "ask_variables_on_launch": template.get("variables", False),
            "survey_enabled": survey is not None,
            **({"survey_spec": survey} if survey else {}),
            **self._environment,
            **({"notification_templates_error": self._alarm} if self._alarm and playbook == "incident_report" else {}),
        }
        made = self._made("job_template", playbook, settings, template["description"])
        if unasked := self._unasked(template):
            made["initial"]["extra_vars"] = unasked
        return made

    def _survey(self, template: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the playbook's survey with our answers as defaults: a default wins over a template's own variables."""
        survey = self._surveys.get(template["playbook"])
        if survey is None:
            return None
        answers = {**template.get("answers", {}), **self._places(template)}
        asked = {question["variable"] for question in survey["spec"]}
        if "event_stream_awx_organization" in asked:
            answers["event_stream_awx_organization"] = self._chosen.organization
        spec = [
            {**question, "default": answers.get(question["variable"], question["default"])}
            for question in survey["spec"]
        ]
        return {**survey, "spec": spec}

    def _unasked(self, template: Mapping[str, Any]) -> dict[str, str]:
        """Return the places that no survey asks for, which are variables of the template."""
        asked = {question["variable"] for question in self._surveys.get(template["playbook"], {"spec": []})["spec"]}
        return {name: place for name, place in self._places(template).items() if name not in asked}

    def _places(self, template: Mapping[str, Any]) -> dict[str, str]:
        trees = {name: self._chosen.tree for name in template.get("reads", []) if name.endswith("_tree")}
        if not self._chosen.storage:
            return trees
        folder = self._chosen.storage.rstrip("/")
        return {**trees, **{name: f"{folder}/{place}" for name, place in template.get("storage", {}).items()}}

    def _workflow(self, workflow: Mapping[str, Any]) -> Iterator[Object]:
        name = self._name(workflow["name"])
        survey = self._survey(self._template_of(workflow["survey"])) if "survey" in workflow else None
        settings = {
            **self._in_organization,
            "survey_enabled": survey is not None,
            **({"survey_spec": survey} if survey else {}),
        }
        if self._alarm:
            settings |= {"notification_templates_error": self._alarm, "notification_templates_approvals": self._alarm}
        yield self._made("workflow_job_template", workflow["name"], settings, workflow["description"])
        # A node names those that follow it, so these have to be there.
        for node in reversed(workflow["nodes"]):
            yield _object("workflow_job_template_node", node["name"], self._node(node, name), {})

    def _node(self, node: Mapping[str, Any], workflow: str) -> dict[str, Any]:
        then = {f"{ended}_nodes": node.get("then", {}).get(ended, []) for ended in ("always", "failure", "success")}
        settings: dict[str, Any] = {"workflow_job_template": workflow, **then}
        if "approval" in node:
            return {**settings, "approval_node": {"name": node["approval"], "description": node["explanation"]}}
        settings["unified_job_template"] = self._name(node["playbook"])
        if "job_type" in node:
            settings["job_type"] = node["job_type"]
        if "without_storage" in node and not self._chosen.storage:
            settings["extra_data"] = node["without_storage"]
        return settings

    def _template_of(self, playbook: str) -> Mapping[str, Any]:
        return next(template for template in self._templates if template["playbook"] == playbook)

    def _scheduled(self) -> Iterator[Object]:
        names = {workflow["name"] for workflow in self._workflows} | {one["playbook"] for one in self._templates}
        for schedule in self._schedules:
            what = schedule.get("workflow") or schedule["playbook"]
            if what in names and (self._chosen.storage or not schedule.get("needs_storage")):
                rrule = self._chosen.rrules.get(schedule["name"]) or schedule["rrule"]
                settings = {"unified_job_template": self._name(what), "rrule": rrule}
                about = {"description": f"Off until you enable it. Made by {MARK}", "enabled": False}
                yield _object("schedule", self._name(f"{schedule['name']} schedule"), settings, about)

    def _made(self, kind: str, name: str, settings: Mapping[str, Any], about: str) -> Object:
        return _object(kind, self._name(name), settings, {"description": f"{about}. Made by {MARK}"})


def _object(kind: str, name: str, settings: Mapping[str, Any], initial: Mapping[str, Any]) -> Object:
    return {"kind": kind, "name": name, "settings": dict(settings), "initial": dict(initial)}


def _names(given: Sequence[str] | str) -> list[str]:
    """Return a list of names, which an answer of a survey separates by commas."""
    parts = given.split(",") if isinstance(given, str) else given
    return [part.strip() for part in parts if part.strip()]
