# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An answer that repeats the credentials (R30a): they are masked in whatever is shown, in every encoding."""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.client import Client
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.errors import ApiError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.options import ConnectionOptions
from unit.api.raw_cloud import listening
from unit.scripted_cloud import CLIENT_ID, GET, Expected, ScriptedCloud

KEY = "0badc0de-feed/face+b00c-0123456789ab"
ENCODINGS: dict[str, Callable[[str], str]] = {
    "clear": lambda key: key,
    "header": lambda key: "Basic " + b64encode(f"{CLIENT_ID}:{key}".encode()).decode(),
    "base64": lambda key: b64encode(key.encode()).decode(),
    "url": lambda key: quote(key, safe=""),
    "far into the text": lambda key: "x" * 250 + key,
    "where it is cut": lambda key: "x" * 280 + key,
    "at the end of what is looked at": lambda key: "\x00" * (16 * 1024 - 20) + key,
    "hidden by its own repetition": lambda key: key * 454 + "y" * 10 + key,
}


def page(text: str) -> str:
    return f"<html><title>{text}</title>"


PLACES: dict[str, Callable[[Expected, str], Expected]] = {
    "title": lambda call, text: call.answers(page(text), status=500),
    "title of a success": lambda call, text: call.answers(page(text)),
    "details": lambda call, text: call.refuses(400, text),
    "details of another shape": lambda call, text: call.answers(
        json.dumps({"errors": [{"details": {"x": [text]}}]}), status=400
    ),
    "message of a gateway": lambda call, text: call.answers(json.dumps({"error": {"message": text}}), status=403),
    "content type": lambda call, text: call.answers("nothing", headers={"Content-Type": text}),
    "request id": lambda call, text: call.refuses(404, headers={"x-request-id": text}),
    "redirect": lambda call, text: call.answers("", status=302, headers={"Location": f"https://x/{text}"}),
    "encoding": lambda call, text: call.answers("[]", headers={"Content-Encoding": text}),
    "exception": lambda call, text: call.cut(OSError(f"BadStatusLine {text}")),
}


def visible(text: str) -> bool:
    """Is any part of the secret that is long enough to be of use in a text?"""
    forms = {KEY, quote(KEY, safe=""), *(b64encode((" " * n + KEY).encode()).decode()[4:-4] for n in range(3))}
    return any(form[at : at + 10] in text for form in forms for at in range(len(form) - 9))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("place", PLACES)
def test_an_error_never_shows_the_key(cloud: ScriptedCloud, place: str, encoding: str) -> None:
    cloud.login = f"{CLIENT_ID}:{KEY}"
    call = PLACES[place](GET("/v1/things"), ENCODINGS[encoding](KEY))
    cloud.expects(*[call] * 4)
    cloud.requests.clear()
    client = Client(ConnectionOptions("api.amp.cisco.com", CLIENT_ID, KEY), sleep=cloud.sleep)

    with pytest.raises(ApiError) as failed:
        client.get("/v1/things")

    cloud._expected.clear()
    shown = f"{failed.value} {json.dumps(failed.value.as_result())}"
    assert not visible(shown), shown


@pytest.mark.parametrize("encoding", ["clear", "header"])
def test_records_that_repeat_the_key_are_masked_and_stay_records(cloud: ScriptedCloud, encoding: str) -> None:
    cloud.login = f"{CLIENT_ID}:{KEY}"
    cloud.expects(GET("/v1/things").answers([{"guid": "1", "name": ENCODINGS[encoding](KEY)}]))
    client = Client(ConnectionOptions("api.amp.cisco.com", CLIENT_ID, KEY), sleep=cloud.sleep)

    [record] = client.get("/v1/things").records

    assert record["guid"] == "1"
    assert "********" in record["name"]
    assert not visible(record["name"])


def test_headers_that_cannot_be_parsed_are_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    answer = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n key in a line of no header\r\nno header key\r\n\r\n{"data":{}}'
    caplog.set_level(logging.DEBUG)
    with listening(tmp_path, [answer]) as options:
        client: Any = Client(options, sleep=lambda _seconds: None)
        client.get("/v1/version")
    assert "no header" not in caplog.text
