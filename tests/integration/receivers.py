# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Slack, Teams, Jira and a web hook, behind their own names: they judge a request as their documentation says.

A proxy takes `CONNECT slack.com:443` and the like to one HTTPS server with a certificate for all these names, so that
the modules speak to the addresses that they always speak to.
"""

from __future__ import annotations

import re
import shutil
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request
from simulator.tls import Authority
from werkzeug.serving import make_server

from .mail_server import Mail, MailServer

SLACK, SLACK_HOOKS = "slack.com", "hooks.slack.com"
TEAMS, JIRA, HOOK = "prod-01.westeurope.logic.azure.com", "jira.example.com", "hooks.example.com"
HOSTS = (SLACK, SLACK_HOOKS, TEAMS, JIRA, HOOK)
SLACK_TOKEN, JIRA_TOKEN, HOOK_TOKEN = "xoxb-1234-56789abcdef", "jira-Personal+Token/7", "hook-secret-9f2"
TEAMS_SIGNATURE = "Zk9-teams-signature"
TEAMS_URL = f"https://{TEAMS}:443/workflows/0f3/triggers/manual/paths/invoke?api-version=1&sig={TEAMS_SIGNATURE}"
SLACK_HOOK = "T0/B0/hooksecret"
CHANNEL = "C0SOC42"
ERROR_PAGE = "<!doctype html><title>Sign in</title><p>Your session has ended."


class Refusal(Exception):
    """What a receiver answers instead."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def refuse(status: int, body: Any = "", **headers: str) -> Refusal:
    response = jsonify(body) if isinstance(body, (dict, list)) else Response(body, mimetype="text/plain")
    response.status_code = status
    response.headers.update(headers)
    return Refusal(response)


@dataclass
class Receivers:
    """What each receiver took, and how they are to be unwell."""

    environment: dict[str, str]
    ca_path: str
    mail: MailServer
    slack: list[dict[str, Any]] = field(default_factory=list)
    teams: list[dict[str, Any]] = field(default_factory=list)
    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    hook: list[dict[str, Any]] = field(default_factory=list)
    unwell: dict[str, Callable[[], Response]] = field(default_factory=dict)
    """Host to what it answers to everything."""

    @property
    def mails(self) -> list[Mail]:
        return self.mail.taken

    def all(self) -> list[int]:
        """Return how many messages each took."""
        comments = sum(len(issue["comments"]) for issue in self.issues.values())
        return [len(self.slack), len(self.teams), len(self.issues) + comments, len(self.hook), len(self.mails)]

    def answer(self, host: str) -> Response:
        if host in self.unwell:
            return self.unwell[host]()
        judges = {SLACK: self._slack, SLACK_HOOKS: self._slack_hook, TEAMS: self._teams, JIRA: self._jira}
        try:
            return judges.get(host, self._hook)()
        except Refusal as refusal:
            return refusal.response

    def _slack(self) -> Response:
        """api.slack.com/methods/chat.postMessage: errors come as 200 with ok false."""

        def error(name: str) -> Refusal:
            return refuse(200, {"ok": False, "error": name})

        if request.path != "/api/chat.postMessage":
            raise error("unknown_method")
        if request.headers.get("Authorization") != f"Bearer {SLACK_TOKEN}":
            raise error("invalid_auth")
        if not request.headers["Content-Type"].startswith("application/json"):
            raise error("invalid_post_type")
        message: dict[str, Any] = request.get_json()
        if message.get("channel") not in (CHANNEL, "soc-alerts", "#soc-alerts"):
            raise error("channel_not_found")
        thread = message.get("thread_ts")
        if thread is not None and thread not in [one["ts"] for one in self.slack]:
            raise error("cannot_reply_to_message")
        judge_slack_message(message, error)
        message["ts"] = f"17{len(self.slack):08}.000100"
        self.slack.append(message)
        return jsonify({"ok": True, "channel": CHANNEL, "ts": message["ts"], "message": {"text": message["text"]}})

    def _slack_hook(self) -> Response:
        if request.path != f"/services/{SLACK_HOOK}":
            raise refuse(404, "no_service")
        message = request.get_json()
        judge_slack_message(message, lambda _name: refuse(400, "invalid_payload"))
        self.slack.append({**message, "ts": None})
        return Response("ok", mimetype="text/html")

    def _teams(self) -> Response:
        """Answer as a workflow "when a Teams webhook request is received" does: 202 without content."""
        if request.args.get("sig") != TEAMS_SIGNATURE:
            raise refuse(401, {"error": {"code": "DirectApiAuthorizationRequired"}})
        if len(request.data) > 28 * 1024:
            raise refuse(413, "RequestEntityTooLarge")
        message = request.get_json()
        attachments = message.get("attachments")
        if message.get("type") != "message" or not attachments:
            raise refuse(400, {"error": {"code": "TriggerInputSchemaMismatch"}})
        for attachment in attachments:
            card = attachment["content"]
            valid = attachment["contentType"] == "application/vnd.microsoft.card.adaptive" and is_card(card)
            if not valid:
                raise refuse(400, {"error": {"code": "BadRequest"}})
        self.teams.append(attachments[0]["content"])
        return Response(status=202)

    def _jira(self) -> Response:
        """Jira REST API 2: create issue, add comment."""
        if request.headers.get("Authorization") != f"Bearer {JIRA_TOKEN}":
            raise refuse(401, {"errorMessages": ["You are not authenticated."], "errors": {}})
        body = request.get_json()
        comment = re.fullmatch(r"/rest/api/2/issue/([A-Z]+-[0-9]+)/comment", request.path)
        if comment:
            issue = self.issues.get(comment[1])
            if issue is None:
                raise refuse(404, {"errorMessages": ["Issue Does Not Exist"], "errors": {}})
            if not body.get("body"):
                raise refuse(400, {"errorMessages": [], "errors": {"comment": "Comment body can not be empty!"}})
            issue["comments"].append(body["body"])
            answer = jsonify({"id": f"{10000 + len(issue['comments'])}", "body": body["body"], "author": {}})
            answer.status_code = 201
            return answer
        if request.path.rstrip("/") != "/rest/api/2/issue":
            raise refuse(404, {"errorMessages": ["not found"], "errors": {}})
        errors = wrong_fields(body.get("fields") or {})
        if errors:
            raise refuse(400, {"errorMessages": [], "errors": errors})
        key = f"SOC-{len(self.issues) + 1}"
        self.issues[key] = {**body["fields"], "comments": []}
        answer = jsonify({"id": str(20000 + len(self.issues)), "key": key, "self": f"https://{JIRA}/{key}"})
        answer.status_code = 201
        return answer

    def _hook(self) -> Response:
        if request.headers.get("Authorization") != f"Bearer {HOOK_TOKEN}":
            raise refuse(401, {"error": "who are you"})
        key = request.headers.get("Idempotency-Key")
        if not key or request.headers["Content-Type"] != "application/json":
            raise refuse(400, {"error": "no key"})
        self.hook.append({**request.get_json(), "key": key})
        return jsonify({"taken": True})


def judge_slack_message(message: dict[str, Any], error: Callable[[str], Refusal]) -> None:
    """Judge text and blocks (docs.slack.dev/reference/block-kit)."""
    text, blocks = message.get("text") or "", message.get("blocks") or []
    if not text and not blocks:
        raise error("no_text")
    if len(text) > 40000:
        raise error("msg_too_long")
    for block in blocks:
        part = block.get("text") or {}
        keys = {"plain_text": {"type", "text", "emoji"}, "mrkdwn": {"type", "text", "verbatim"}}.get(part.get("type"))
        if (
            block.get("type") != "section"
            or keys is None
            or not set(part) <= keys
            or not 1 <= len(part["text"]) <= 3000
        ):
            raise error("invalid_blocks")


def mentioned_in_slack(message: dict[str, Any]) -> list[str]:
    """Return who or what Slack would link or notify: control sequences of mrkdwn, and names where it looks for them."""
    parsed = [message.get("text") or ""]
    parsed += [block["text"]["text"] for block in message.get("blocks") or [] if block["text"]["type"] == "mrkdwn"]
    found = [mark for text in parsed for mark in re.findall(r"<([!@#][^>]*)>", text)]
    if message.get("link_names") or message.get("parse") == "full":
        found += [name for text in parsed for name in re.findall(r"[@#][\w.-]+", text)]
    return found


def shown_in_slack(message: dict[str, Any]) -> str:
    """Return the text of the blocks that Slack does not parse."""
    return "\n".join(b["text"]["text"] for b in message.get("blocks") or [] if b["text"]["type"] == "plain_text")


def is_card(card: dict[str, Any]) -> bool:
    """Judge an adaptive card of the kind that we send (adaptivecards.io/explorer)."""
    if card.get("type") != "AdaptiveCard" or not re.fullmatch(r"1\.[0-5]", card.get("version", "")):
        return False
    texts = [run for block in card["body"] for run in block.get("inlines", [])]
    blocks = all(block["type"] in ("RichTextBlock", "TextBlock") for block in card["body"])
    runs = all(run["type"] == "TextRun" and isinstance(run["text"], str) for run in texts)
    links = all(a["type"] == "Action.OpenUrl" and a["url"].startswith("https://") for a in card.get("actions", []))
    return blocks and runs and links


def shown_in_teams(card: dict[str, Any]) -> str:
    """Return the texts that Teams does not read as Markdown; a TextBlock would be."""
    assert [block["type"] for block in card["body"]] == ["RichTextBlock"]
    return "".join(run["text"] for block in card["body"] for run in block["inlines"])


def wrong_fields(fields: dict[str, Any]) -> dict[str, str]:
    """Return Jira's errors about the fields of a new issue."""
    errors = {}
    if fields.get("project") != {"key": "SOC"}:
        errors["project"] = "valid project is required"
    if (fields.get("issuetype") or {}).get("name") not in ("Task", "Incident"):
        errors["issuetype"] = "The issue type selected is invalid."
    summary = fields.get("summary") or ""
    if not summary or len(summary) > 255 or "\n" in summary:
        errors["summary"] = "The summary is invalid because it contains newline characters or is too long."
    if any(" " in label for label in fields.get("labels", [])):
        errors["labels"] = "The label contains spaces which is invalid."
    return errors


def formatted_by_jira(wiki: str) -> tuple[str, list[str]]:
    """Return what Jira shows as it is, and whom it mentions: it looks for names everywhere."""
    parts = re.split(r"\{noformat\}", wiki)
    assert len(parts) == 3, "one block without formatting"
    return parts[1], re.findall(r"\[~[^\]]*\]", wiki)


class _Tunnel(socketserver.StreamRequestHandler):
    """CONNECT host:port, whatever the host."""

    server: _Proxy

    def handle(self) -> None:
        host = self.rfile.readline().split()[1].decode().partition(":")[0]
        while self.rfile.readline().strip():
            pass
        if host in self.server.gone:
            self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            return
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self.server.port)) as upstream:
            back = threading.Thread(target=_copy, args=(upstream, self.connection), daemon=True)
            back.start()
            _copy(self.connection, upstream)
            back.join(timeout=10)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


class _Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.port = port
        self.gone: set[str] = set()


@contextmanager
def receivers(folder: Path) -> Iterator[Receivers]:
    """Run them all; `environment` leads whoever has it to them."""
    folder.mkdir()
    authority = Authority(folder, "receivers")
    certificate, key = authority.issue(hosts=HOSTS)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    app = Flask("receivers")
    server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=context)
    proxy = _Proxy(server.server_port)
    address = f"http://127.0.0.1:{proxy.server_address[1]}"
    environment = {
        "https_proxy": address,
        "no_proxy": "127.0.0.1,localhost",
        "SSL_CERT_FILE": str(authority.path),
    }
    with MailServer(certificate, key) as mail:
        running = Receivers(environment, str(authority.path), mail)

        @app.post("/", defaults={"path": ""})
        @app.post("/<path:path>")
        def take(path: str) -> Response:  # noqa: ARG001
            return running.answer(request.host.partition(":")[0])

        threads = [threading.Thread(target=one.serve_forever, daemon=True) for one in (server, proxy)]
        for thread in threads:
            thread.start()
        try:
            yield running
        finally:
            proxy.shutdown()
            proxy.server_close()
            server.shutdown()
            shutil.rmtree(folder)
