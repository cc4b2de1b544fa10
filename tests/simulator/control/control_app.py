# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control port: plain HTTP on loopback, JSON in and out.

GET    /                         what there is to call
GET    /requests                 {requests: [...], count}; DELETE clears
GET    /faults                   POST {kind, method, path, count, skip, ...settings} (faults.py); DELETE clears
POST   /latency                  {seconds}: every request
GET    /switches                 PATCH {name: value} (switches.py)
POST   /rate_limit               {limit, remaining, reset}
POST   /clock                    {advance: seconds}
POST   /reset                    the tenant as its seed makes it, nothing of what tests set
GET    /tenant                   business_guid, clients, names to use in tests
POST   /publish                  {scenario, computer, count, at, stored, sha256, file_name, detection, user, severity}
                                 -> {count, events: the first 1000}
POST   /outbreak                 {hosts, scenario, sha256, ...}: one hash on many computers
POST   /events                   [event, ...] ready made
POST   /isolation                {seconds}: how long a start or stop takes
POST   /computers/<guid or name>/fail_isolation
PATCH  /computers/<guid or name> {online, active, last_seen, hostname, faults, undeletable, isolation_supported}
POST   /connectors               {hostname, operating_system, os_version, connector_version, group, connector_guid, ...}
                                 registers a test connector -> {connector_guid, group_guid, business_guid}
POST   /connectors/<guid>/seen   {connector_version, faults, ...}: it reports
POST   /connectors/<guid>/uninstalled
POST   /raw?stream_id=&routing_key=   the body as it is
GET    /streams                  GET /streams/<id>: {messages, consumers}
POST   /streams/<id>/<action>    purge_queue, delete_queue, change_password, close_connections
POST   /broker/<word>            stop, kill, start
POST   /listeners                {certificate: expired | wrong_host | other_ca} -> {api_host}
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Flask, Response, jsonify, request

from ..cloud import Cloud
from ..tenant.events import Event
from .control import Control

SHOWN_EVENTS = 1000
ACTIONS = ("purge_queue", "delete_queue", "change_password", "close_connections")


def create_control_app(cloud: Cloud, control: Control) -> Flask:
    """Return the WSGI application of the control port."""
    app = Flask("simulator control", static_folder=None)
    app.register_error_handler(ValueError, _refused)
    app.register_error_handler(TypeError, _refused)
    app.register_error_handler(RuntimeError, _failed)
    _add_levers(app, control)
    _add_tenant(app, cloud, control)
    _add_computers(app, control)
    _add_broker(app, control)
    return app


def _refused(error: Exception) -> tuple[Response, int]:
    return jsonify(error=str(error)), 400


def _failed(error: Exception) -> tuple[Response, int]:
    return jsonify(error=str(error)), 500


def _sent() -> dict[str, Any]:
    sent = request.get_json(force=True, silent=True)
    return sent if isinstance(sent, dict) else {}


def _published(events: list[Event]) -> Response:
    return jsonify(count=len(events), events=events[:SHOWN_EVENTS])


def _done() -> Response:
    return jsonify(done=True)


def _add_levers(app: Flask, control: Control) -> None:
    @app.get("/")
    def index() -> Response:
        return Response(__doc__, content_type="text/plain; charset=utf-8")

    @app.get("/requests")
    def requests() -> Response:
        found = control.requests()
        return jsonify(requests=found, count=len(found))

    @app.delete("/requests")
    def clear_requests() -> Response:
        control.clear_requests()
        return _done()

    @app.get("/faults")
    def faults() -> Response:
        return jsonify(faults=control.faults())

    @app.post("/faults")
    def add_fault() -> Response:
        options = _sent()
        return jsonify(asdict(control.add_fault(options.pop("kind", ""), **options)))

    @app.delete("/faults")
    def clear_faults() -> Response:
        control.clear_faults()
        return _done()

    @app.post("/latency")
    def latency() -> Response:
        return jsonify(asdict(control.set_latency(float(_sent()["seconds"]))))

    @app.get("/switches")
    def switches() -> Response:
        return jsonify(control.switches())

    @app.patch("/switches")
    def set_switches() -> Response:
        control.set_switches(**_sent())
        return jsonify(control.switches())

    @app.post("/rate_limit")
    def rate_limit() -> Response:
        control.set_rate_limit(**_sent())
        return _done()

    @app.post("/clock")
    def clock() -> Response:
        control.advance_clock(float(_sent()["advance"]))
        return _done()

    @app.post("/reset")
    def reset() -> Response:
        control.reset()
        return _done()

    @app.post("/listeners")
    def listen() -> Response:
        return jsonify(api_host=control.listen(str(_sent().get("certificate"))))


def _add_tenant(app: Flask, cloud: Cloud, control: Control) -> None:
    @app.get("/tenant")
    def tenant() -> Response:
        found = cloud.tenant
        return jsonify(
            business_guid=found.business_guid,
            clients=[asdict(client) for client in found.clients],
            computers=len(found.computers),
            groups={group.guid: group.name for group in found.groups.values()},
            events=len(found.events),
        )

    @app.post("/publish")
    def publish() -> Response:
        options = _sent()
        return _published(control.publish(options.pop("scenario", "detected_quarantined"), **options))

    @app.post("/outbreak")
    def outbreak() -> Response:
        options = _sent()
        return _published(control.outbreak(int(options.pop("hosts", 3)), **options))

    @app.post("/events")
    def events() -> Response:
        control.publish_events(request.get_json(force=True))
        return _done()

    @app.post("/raw")
    def raw() -> Response:
        stream_id = request.args.get("stream_id", type=int)
        control.publish_raw(request.get_data(), stream_id=stream_id, routing_key=request.args.get("routing_key"))
        return _done()


def _add_computers(app: Flask, control: Control) -> None:
    @app.post("/isolation")
    def isolation_pace() -> Response:
        control.set_isolation_pace(**_sent())
        return _done()

    @app.post("/computers/<which>/fail_isolation")
    def fail_isolation(which: str) -> Response:
        control.fail_isolation(which)
        return _done()

    @app.patch("/computers/<which>")
    def set_computer(which: str) -> Response:
        return jsonify(asdict(control.set_computer(which, **_sent())))

    @app.post("/connectors")
    def enrol() -> Response:
        return jsonify(control.enrol(**_sent()))

    @app.post("/connectors/<guid>/seen")
    def seen(guid: str) -> Response:
        control.seen(guid, **_sent())
        return _done()

    @app.post("/connectors/<guid>/uninstalled")
    def uninstalled(guid: str) -> Response:
        control.uninstalled(guid)
        return _done()


def _add_broker(app: Flask, control: Control) -> None:
    @app.get("/streams")
    def streams() -> Response:
        return jsonify(streams=control.streams())

    @app.get("/streams/<int:stream_id>")
    def queue_length(stream_id: int) -> Response:
        return jsonify(control.queue_length(stream_id))

    @app.post("/streams/<int:stream_id>/<action>")
    def act_on_stream(stream_id: int, action: str) -> Response:
        if action not in ACTIONS:
            raise ValueError(f"there are: {', '.join(ACTIONS)}")
        getattr(control, action)(stream_id)
        return _done()

    @app.post("/broker/<word>")
    def broker(word: str) -> Response:
        control.broker(word)
        return _done()
