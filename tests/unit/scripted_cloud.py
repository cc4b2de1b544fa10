# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cloud that answers exactly the requests that a test expects, in their order, and a way to run a module against it.

    def test_a_no_op_is_one_request(cloud):
        cloud.expects(GET("/v1/event_streams").answers([stream(1474, "soc")]))
        assert not run(event_stream, name="soc").changed

Everything above the socket is real: requests, urllib3, gzip, headers. A request that is not expected, or differs in
method, path, query, body, login or TLS settings, fails the test; so does an expected one that never comes.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import urllib3
from ansible.module_utils import basic
from ansible.module_utils.common import warnings as module_warnings
from requests.adapters import HTTPAdapter

HOST = "api.amp.cisco.com"
CLIENT_ID = "5ec0de1dea5ec0de1dea"
API_KEY = "11111111-2222-3333-4444-555566667777"
ENVIRONMENT = (
    *(f"SECURE_ENDPOINT_{name}" for name in ("REGION", "API_HOST", "CLIENT_ID", "API_KEY", "CA_PATH")),
    *("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"),
    *("AWX_ISOLATED_DATA_DIR", "KUBERNETES_SERVICE_HOST"),
)
RATE_LIMIT = {"x-ratelimit-limit": "3000", "x-ratelimit-remaining": "2998", "x-ratelimit-reset": "3573"}


@dataclass(frozen=True)
class Expected:
    """One request that must come, and what it gets: an answer or a failure of the connection."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    host: str = HOST
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    failure: Exception | None = None
    then: Callable[[], None] | None = None

    def answers(
        self,
        what: Any = None,
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        total: int | None = None,
        offset: int = 0,
    ) -> Expected:
        """A number is a status without body, text is the raw body, anything else the `data` of an envelope.

        A list gets `metadata.results`; where `total` says that more is to come, also the link to the next page.
        """
        if isinstance(what, int) and not isinstance(what, bool):
            return replace(self, status=what, headers=headers or {})
        content = what.encode() if isinstance(what, str) else what
        if not isinstance(content, bytes):
            content = json.dumps(self._envelope(what, total, offset)).encode()
        default = 201 if self.method == "POST" else 200
        return replace(self, status=status or default, headers=headers or {}, content=content)

    def refuses(self, status: int, detail: str | None = None, headers: Mapping[str, str] | None = None) -> Expected:
        """An error envelope, as the cloud gives it."""
        errors = [{"error_code": status, "description": "Error", "details": [detail] if detail else []}]
        document = {"version": "v1.2.0", "data": {}, "errors": errors}
        return replace(self, status=status, headers=headers or {}, content=json.dumps(document).encode())

    def cut(self, failure: Exception | None = None) -> Expected:
        """The request arrives, its answer does not."""
        return replace(self, failure=failure or requests.ConnectionError("Connection aborted."))

    def meanwhile(self, action: Callable[[], None]) -> Expected:
        """Something that happens on our side while the request is under way."""
        return replace(self, then=action)

    def on(self, host: str) -> Expected:
        return replace(self, host=host)

    def _envelope(self, data: Any, total: int | None, offset: int) -> dict[str, Any]:
        url = f"https://{self.host}{self.path}"
        metadata: dict[str, Any] = {"links": {"self": url}}
        if isinstance(data, list):
            total = len(data) if total is None else total
            metadata["results"] = {
                "total": total,
                "current_item_count": len(data),
                "index": offset,
                "items_per_page": 500,
            }
            if offset + len(data) < total:
                metadata["links"]["next"] = f"{url}?offset={offset + len(data)}"
        return {"version": "v1.2.0", "metadata": metadata, "data": data}


def GET(path: str, **query: Any) -> Expected:  # noqa: N802 - reads as the request it is
    return Expected("GET", path, query=query)


def OPTIONS(path: str) -> Expected:  # noqa: N802
    return Expected("OPTIONS", path)


def POST(path: str, **body: Any) -> Expected:  # noqa: N802
    return Expected("POST", path, body=body)


def PUT(path: str, **body: Any) -> Expected:  # noqa: N802
    return Expected("PUT", path, body=body)


def PATCH(path: str, **body: Any) -> Expected:  # noqa: N802
    return Expected("PATCH", path, body=body)


def DELETE(path: str, **body: Any) -> Expected:  # noqa: N802
    return Expected("DELETE", path, body=body)


class ScriptedCloud:
    """The far side of the connection. `pauses` are the sleeps that were asked for; none of them takes time."""

    def __init__(self) -> None:
        self.host = HOST
        self.login = f"{CLIENT_ID}:{API_KEY}"
        self.verify: str | bool = True
        self.pauses: list[float] = []
        self.requests: list[str] = []
        self.now = 1000.0
        self.any_order = False  # for requests that are under way at the same time
        self._expected: list[Expected] = []
        self._lock = threading.Lock()

    def expects(self, *calls: Expected) -> None:
        """Further requests, in this order."""
        self._expected += [replace(call, host=self.host) if call.host == HOST else call for call in calls]

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now

    def assert_nothing_left(self) -> None:
        assert not self._expected, f"expected but never sent: {[f'{c.method} {c.path}' for c in self._expected]}"

    def answer(self, adapter: HTTPAdapter, request: requests.PreparedRequest, **settings: Any) -> requests.Response:
        """In place of `HTTPAdapter.send`."""
        url = urlsplit(request.url or "")
        line = f"{request.method} {url.path}"
        self.requests.append(line)
        assert self._expected, f"unexpected request: {line}?{url.query} after {self.requests[:-1]}"
        call = self._take(line)
        assert (line, url.netloc) == (f"{call.method} {call.path}", call.host)
        assert _query(url.query) == {name: _texts(value) for name, value in call.query.items()}, line
        assert _body(request) == (call.body or None), line
        self._assert_transport(request, settings)
        if call.then:
            call.then()
        if call.failure is not None:
            raise call.failure
        return _response(adapter, request, call)

    def _take(self, line: str) -> Expected:
        with self._lock:
            lines = [f"{call.method} {call.path}" for call in self._expected]
            return self._expected.pop(lines.index(line) if self.any_order and line in lines else 0)

    def _assert_transport(self, request: requests.PreparedRequest, settings: Mapping[str, Any]) -> None:
        assert (request.url or "").startswith("https://")
        assert request.headers["Authorization"] == f"Basic {b64encode(self.login.encode()).decode()}"
        assert request.headers["Accept-Encoding"] == "gzip"
        assert request.headers["Accept"] == "application/json"
        assert ("Content-Type" in request.headers) == (request.body is not None)
        assert "Cookie" not in request.headers
        assert settings["verify"] == self.verify
        assert settings["timeout"] == (10.0, 30.0)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedCloud]:
    """The scripted cloud in place of the network, with a clean environment and sleeps that take no time."""
    scripted = ScriptedCloud()

    def send(adapter: HTTPAdapter, request: requests.PreparedRequest, **settings: Any) -> requests.Response:
        return scripted.answer(adapter, request, **settings)

    monkeypatch.setattr(HTTPAdapter, "send", send)
    monkeypatch.setattr("time.sleep", scripted.sleep)
    for variable in ENVIRONMENT:
        monkeypatch.delenv(variable, raising=False)
    yield scripted
    scripted.assert_nothing_left()


# R30b: what a callback takes for a loop's or a condition's own, and what Jinja finds on every dictionary instead.
TAKEN_KEYS = {"results", "failed_when_result", "skipped", "skip_reason", "item", "ansible_loop", "ansible_loop_var"} | {
    name for name in dir(dict) if not name.startswith("_")
}


class Result(dict[str, Any]):
    """What a module returned: its JSON, after Ansible masked and warned."""

    @property
    def changed(self) -> bool:
        return bool(self["changed"])

    @property
    def failed(self) -> bool:
        return bool(self.get("failed"))

    @property
    def msg(self) -> str:
        return str(self.get("msg", ""))

    @property
    def warnings(self) -> list[str]:
        given = self.get("warnings", [])
        return [warning if isinstance(warning, str) else warning["event"]["msg"] for warning in given]

    @property
    def diff(self) -> tuple[str, str]:
        """The lines that differ, before and after."""
        before, after = (self["diff"][side] or {} for side in ("before", "after"))
        keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        return _lines(before, keys), _lines(after, keys)


def run(
    module: ModuleType, *, _check: bool = False, _diff: bool = False, _connect: bool = True, **options: Any
) -> Result:
    """Run a module in this process as Ansible would: options in as JSON, JSON out. None: an omitted option."""
    connection = {"region": "na", "client_id": CLIENT_ID, "api_key": API_KEY} if _connect else {}
    if "api_host" in options:
        connection.pop("region", None)
    given = {name: value for name, value in {**connection, **options}.items() if value is not None}
    given |= {"_ansible_check_mode": _check, "_ansible_diff": _diff, "_ansible_verbosity": 4}
    for kept in ("_global_warnings", "_global_deprecations"):
        getattr(module_warnings, kept, {}).clear()
    output = io.StringIO()
    with (
        _arguments(given),
        _as_on_a_host(),
        mock.patch("gc.freeze"),  # this process does not end with the module
        contextlib.redirect_stdout(output),
        contextlib.suppress(SystemExit),
    ):
        module.main()
    result = Result(json.loads(output.getvalue()))
    assert not result.keys() & TAKEN_KEYS, "Ansible or Jinja would take these keys of the result for its own"
    return result


def _arguments(options: Mapping[str, Any]) -> contextlib.AbstractContextManager[None]:
    try:
        from ansible.module_utils.testing import patch_module_args
    except ImportError:  # ansible-core 2.16
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": options}).encode()
        return contextlib.nullcontext()
    patched: contextlib.AbstractContextManager[None] = patch_module_args(dict(options))
    return patched


def _as_on_a_host() -> contextlib.AbstractContextManager[Any]:
    """Warnings go into the result even where another test made this process one of the controller (2.19 and later)."""
    try:
        from ansible.module_utils import _internal
    except ImportError:
        return contextlib.nullcontext()
    if not hasattr(_internal, "is_controller"):  # 2.18
        return contextlib.nullcontext()
    return mock.patch.object(_internal, "is_controller", False)


def _response(adapter: HTTPAdapter, request: requests.PreparedRequest, call: Expected) -> requests.Response:
    headers = {"Content-Type": "application/json", **RATE_LIMIT, "x-request-id": "req-1", **call.headers}
    content = gzip.compress(call.content) if headers.get("Content-Encoding") == "gzip" else call.content
    headers.setdefault("Content-Length", str(len(content)))
    raw = urllib3.HTTPResponse(
        body=io.BytesIO(content),
        headers=headers,
        status=call.status,
        preload_content=False,
        request_method=request.method,
    )
    return adapter.build_response(request, raw)


def _query(text: str) -> dict[str, list[str]]:
    return parse_qs(text, keep_blank_values=True)


def _texts(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else [str(value)]


def _body(request: requests.PreparedRequest) -> Any:
    return json.loads(request.body) if request.body else None


def _lines(record: Mapping[str, Any], keys: list[str]) -> str:
    shown = []
    for key in keys:
        value = record.get(key)
        shown.append(f"{key}: {', '.join(map(str, value)) if isinstance(value, list) else value}")
    return "\n".join(shown)
