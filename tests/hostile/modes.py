# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways in which an answer does harm, by name. Each gets the conversation of one request and answers it."""

from __future__ import annotations

import gzip
import itertools
import json
import random
import uuid
from base64 import b64decode
from collections.abc import Callable
from typing import Any

from .server import PAUSE, Conversation, Mode, head

MODES: dict[str, Mode] = {}
BEFORE_THE_REQUEST = "an answer before the request"
JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html"}
CONTROLS = "\x1b[31mred\x1b[0m\u202egpj.exe\u202c\nok: [all]\r\x07\u200b"
NAMES = ("name", "hostname", "description", "user", "detection", "file_name", "comment", "operating_system", "source")


def mode(name: str) -> Callable[[Mode], Mode]:
    def register(function: Mode) -> Mode:
        MODES[name] = function
        return function

    return register


# redirects


@mode("a redirect to another host")
def _redirect(talk: Conversation) -> None:
    talk.send(302, {"Location": f"https://{talk.trap}/{talk.request.secret}"})


@mode("a redirect that keeps the method")
def _redirect_same(talk: Conversation) -> None:
    talk.send(307, {"Location": f"http://{talk.trap}{talk.request.target}"})


@mode("a next page on another host")
def _next_elsewhere(talk: Conversation) -> None:
    def elsewhere(document: Any) -> Any:
        if isinstance(document, dict) and isinstance(document.get("metadata"), dict):
            document["metadata"]["links"] = {"next": f"https://{talk.trap}/v1/computers?offset=1"}
            document["metadata"]["results"] = {"total": 9999, "current_item_count": 1, "index": 0}
        return document

    talk.changed(elsewhere)


# echoes of the credentials, each in clear and as sent


def echo(talk: Conversation) -> str:
    clear = b64decode(talk.request.secret.partition(" ")[2] or b"").decode("utf-8", "replace")
    return f"{talk.request.secret} {clear}"


@mode("an echo in the title of a page")
def _echo_title(talk: Conversation) -> None:
    talk.send(500, HTML, f"<html><title>{echo(talk)}</title></html>".encode())


@mode("an echo in the title of a success")
def _echo_title_ok(talk: Conversation) -> None:
    talk.send(200, HTML, f"<html><title>{'x' * 60}{echo(talk)}</title></html>".encode())


@mode("an echo in the details")
def _echo_details(talk: Conversation) -> None:
    talk.send(400, JSON, json.dumps({"errors": [{"details": ["y" * 200 + echo(talk), {"x": echo(talk)}]}]}).encode())


@mode("an echo in the content type")
def _echo_type(talk: Conversation) -> None:
    talk.send(200, {"Content-Type": f"text/{echo(talk)}"}, b"nothing")


@mode("an echo in the request id")
def _echo_request_id(talk: Conversation) -> None:
    talk.send(404, {**JSON, "x-request-id": echo(talk)}, b'{"errors": []}')


@mode("an echo in the status line")
def _echo_reason(talk: Conversation) -> None:
    talk.send(503, HTML, b"<html></html>", reason=echo(talk))


@mode("an echo in a line that is no header")
def _echo_header(talk: Conversation) -> None:
    line = echo(talk).encode()
    talk.connection.sendall(b"HTTP/1.1 200 OK\r\n" + line + b"\r\n " + line + b"\r\nContent-Length: 2\r\n\r\n{}")


@mode("an echo in place of the status line")
def _echo_bad_status(talk: Conversation) -> None:
    talk.connection.sendall(echo(talk).encode() + b"\r\n\r\n")


@mode("an echo in every text")
def _echo_records(talk: Conversation) -> None:
    talk.changed(lambda document: texts(document, lambda _key, _text: echo(talk)))


# drips


@mode("headers that drip")
def _drip_headers(talk: Conversation) -> None:
    line = b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 60_000
    talk.pieces((bytes([byte]) for byte in line), PAUSE)


@mode("a body that drips")
def _drip_body(talk: Conversation) -> None:
    talk.connection.sendall(head(200, {**JSON, "Content-Length": "100000"}))
    talk.pieces(itertools.repeat(b" "), PAUSE)


@mode("chunks that drip")
def _drip_chunks(talk: Conversation) -> None:
    talk.connection.sendall(head(200, {**JSON, "Transfer-Encoding": "chunked"}))
    talk.pieces(itertools.repeat(b"1\r\n \r\n"), PAUSE)


# sizes


@mode("a body that unpacks to a hundred times its size")
def _bomb(talk: Conversation) -> None:
    talk.send(200, {**JSON, "Content-Encoding": "gzip"}, gzip.compress(b" " * 4 * 1024 * 1024))


@mode("a body that is packed twice")
def _nested_bomb(talk: Conversation) -> None:
    packed = gzip.compress(gzip.compress(b" " * 4 * 1024 * 1024))
    talk.send(200, {**JSON, "Content-Encoding": "gzip, gzip"}, packed)


@mode("a body without an end")
def _endless_body(talk: Conversation) -> None:
    talk.connection.sendall(head(200, JSON))
    talk.pieces(itertools.repeat(b"[" * 65536))


@mode("a chunk length without an end")
def _endless_length(talk: Conversation) -> None:
    talk.connection.sendall(head(200, {**JSON, "Transfer-Encoding": "chunked"}))
    talk.pieces(itertools.repeat(b"0" * 65536))


@mode("huge headers")
def _huge_headers(talk: Conversation) -> None:
    talk.connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X-Huge: " + b"h" * 200_000 + b"\r\n\r\n{}")


@mode("ten thousand headers")
def _many_headers(talk: Conversation) -> None:
    talk.connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: a\r\n" % n for n in range(10_000)) + b"\r\n{}")


@mode("a title of blanks")
def _blank_title(talk: Conversation) -> None:
    talk.send(500, HTML, b"<html><title>" + b" " * 20_000 + b"x")


# JSON


@mode("broken JSON")
def _broken(talk: Conversation) -> None:
    status, headers, body = talk.honest()
    talk.send(status, headers, body[: len(body) // 2])


@mode("deep JSON")
def _deep(talk: Conversation) -> None:
    talk.send(200, JSON, b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")


@mode("records that are deep")
def _deep_records(talk: Conversation) -> None:
    keys = ("description", "policy", "user", "source")
    deep = '{"a":' * 800 + "1" + "}" * 800
    talk.changed(
        lambda document: texts(document, lambda key, text: "NEST" if key in keys else text),
        lambda text: text.replace('"NEST"', deep),
    )


def _wrong_types(seed: int) -> Mode:
    """Few wrong values reach further into a module than many: how many there are falls with the seed."""
    rate = 0.4 / seed

    def spoil(talk: Conversation) -> None:
        chosen = random.Random(seed)
        wrong = [None, True, -1, 1e308, [], {}, [[]], "", "x", {"a": None}]

        def swap(value: Any) -> Any:
            if isinstance(value, dict):
                return {k: chosen.choice(wrong) if chosen.random() < rate else swap(item) for k, item in value.items()}
            if isinstance(value, list):
                return [swap(item) for item in value]
            return chosen.choice(wrong) if chosen.random() < rate else value

        talk.changed(swap)

    return spoil


for _seed in range(1, 13):
    MODES[f"wrong types {_seed}"] = _wrong_types(_seed)


@mode("null everywhere")
def _nulls(talk: Conversation) -> None:
    def null(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: null(item) for key, item in value.items()}
        return [null(item) for item in value] if isinstance(value, list) else None

    talk.changed(null)


@mode("no records where a list is expected")
def _no_list(talk: Conversation) -> None:
    talk.send(200, JSON, b'{"data": [null, 1, "x", []], "metadata": {"results": {"total": 4}}}')


@mode("numbers without measure")
def _numbers(talk: Conversation) -> None:
    talk.changed(
        lambda document: document,
        lambda text: text.replace('": 1', '": 1e999').replace('": 0', '": ' + "9" * 5000),
        {"x-ratelimit-remaining": "9" * 5000},
    )


# pages


def _paged(talk: Conversation, total: Callable[[int], int]) -> None:
    def page(document: Any) -> Any:
        if isinstance(document, dict) and isinstance(document.get("data"), list):
            offset = int(talk.request.target.partition("offset=")[2].partition("&")[0] or 0)
            records = [renamed(record) for record in document["data"][:3]]
            results = {"total": total(offset), "current_item_count": len(records), "index": offset}
            links = {"next": f"https://{talk.request.headers['host']}/v1/next"}
            return {**document, "data": records, "metadata": {"links": links, "results": results}}
        return document

    talk.changed(page)


@mode("pages with ever new records beyond the total")
def _endless_pages(talk: Conversation) -> None:
    _paged(talk, lambda _offset: 9)


@mode("pages with a total that grows")
def _growing_pages(talk: Conversation) -> None:
    _paged(talk, lambda offset: offset + 1000)


def renamed(record: Any) -> Any:
    """The record with identities that nobody has seen yet."""
    fresh = {name: str(uuid.uuid4()) for name in ("guid", "connector_guid", "audit_log_id", "id") if name in record}
    return {**record, **fresh}


# connections


@mode("a reset after each answer")
def _reset(talk: Conversation) -> None:
    status, headers, body = talk.honest()
    talk.send(status, headers, body)
    talk.reset()


@mode("a reset in the middle of each answer")
def _cut(talk: Conversation) -> None:
    talk.connection.sendall(head(200, {**JSON, "Content-Length": "500"}) + b'{"data": [')
    talk.reset()


@mode(BEFORE_THE_REQUEST)
def _before(talk: Conversation) -> None:
    """The server sends one more as soon as the connection stands."""
    talk.send(*talk.honest())


# what is shown


@mode("a template in every name")
def _templates(talk: Conversation) -> None:
    command = f"touch {talk.mark}"
    text = "{{ lookup('pipe', '" + command + "') }}{% set x = lookup('pipe', '" + command + "') %}"
    talk.changed(lambda document: texts(document, lambda key, value: text if key in NAMES else value))


@mode("control characters in every name")
def _controls(talk: Conversation) -> None:
    talk.changed(lambda document: texts(document, lambda key, value: value + CONTROLS if key in NAMES else value))


@mode("control characters in the details")
def _control_details(talk: Conversation) -> None:
    talk.send(409, JSON, json.dumps({"errors": [{"details": [CONTROLS]}]}).encode())


def texts(value: Any, change: Callable[[str, str], str], key: str = "") -> Any:
    """`value` with each text changed; `change` gets the key that it stands under, too."""
    if isinstance(value, dict):
        return {name: texts(item, change, name) for name, item in value.items()}
    if isinstance(value, list):
        return [texts(item, change, key) for item in value]
    return change(key, value) if isinstance(value, str) else value
