# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API client: one object a task, typed answers, typed errors.

What lives in this package: session (bytes over HTTPS), rate limit, paging, errors, options, regions. Modules and
plugins do not use it directly: `_resources` does. It imports nothing else of ours but `_progress`.
This file is private to the collection.
"""

from __future__ import annotations

import json
import random
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any, NamedTuple, NoReturn

from .._common.text import printable
from .._progress import Progress
from .errors import (
    ApiError,
    Exchange,
    LostAnswer,
    ProtocolError,
    RateLimited,
    Unavailable,
    answer_error,
    details_of,
)
from .options import ConnectionOptions
from .rate_limit import (
    RateLimit,
    RateLimitStatus,
    WaitTooLong,
)
from .session import (
    AnswerLost,
    NotSent,
    RawAnswer,
    Session,
)
from .transport import TimeBudget

READS = frozenset({"GET", "HEAD", "OPTIONS"})
TRIES = 4
TRY_AGAIN = frozenset({502, 503, 504})
FIRST_PAUSE = 0.5  # seconds, doubled for each further try, then shortened at random
TOLD_PAUSE = 1.0  # seconds from which a pause is worth a line


class Answer(NamedTuple):
    """A 2xx answer. `document` is the whole envelope, {} where the cloud sent no body."""

    status: int
    document: Mapping[str, Any]
    headers: Mapping[str, str]
    exchange: Exchange
    size: int = 0  # bytes of the body, after decompression

    @property
    def data(self) -> Any:
        return self.document.get("data", {})

    @property
    def records(self) -> list[dict[str, Any]]:
        """`data` as the list of objects that a list endpoint gives. Raises ProtocolError where it is something else."""
        data = self.document.get("data")
        if not isinstance(data, list) or not all(isinstance(record, dict) for record in data):
            raise ProtocolError(self.exchange, "the answer holds no list of records")
        return data

    @property
    def record(self) -> dict[str, Any]:
        """`data` as one object. Raises ProtocolError where it is something else."""
        if not isinstance(self.data, dict):
            raise ProtocolError(self.exchange, "the answer holds no record")
        return self.data

    @property
    def allowed_methods(self) -> frozenset[str]:
        """Return the `Allow` header of an OPTIONS, in upper case."""
        return frozenset(
            method.strip().upper() for method in self.headers.get("Allow", "").split(",") if method.strip()
        )


class Client:
    """Requests to one tenant. `path` begins with /v1/; `query` values may be lists (a filter repeated).

    Reads are tried again where that may help. A write whose answer is lost raises LostAnswer: the resource reads again
    and decides. Every method raises the other errors of `errors.py`. `requests_made` counts what was really sent.
    """

    def __init__(
        self,
        options: ConnectionOptions,
        *,
        read_only: bool = False,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        clock = clock or time.monotonic
        self.options = options
        self.writes_made = 0
        self.requests_made = 0
        self._read_only = read_only
        self._clock = clock
        self._sleep = sleep or time.sleep
        self._session = Session(options)
        self._rate_limit = RateLimit(options.rate_limit_wait, options.rate_limit_reserve, clock, self.pause)
        self._progress = Progress()
        self._counting = threading.Lock()
        login = b64encode(f"{options.client_id}:{options.api_key}".encode())
        self._plain_secrets = (options.api_key.encode(), login)

    @property
    def rate_limit(self) -> RateLimitStatus | None:
        return self._rate_limit.status

    def now(self) -> float:
        """Seconds on the clock that waiting goes by; its zero means nothing."""
        return self._clock()

    def pause(self, seconds: float, why: str = "") -> None:
        """Wait before something is looked at or tried again."""
        if seconds >= TOLD_PAUSE:
            waiting = f"waiting {round(seconds)} seconds"
            self.tell(f"{why}, {waiting}" if why else waiting)
        self._sleep(seconds)

    def tell(self, doing: str = "") -> None:
        """Say at -v how far the task is."""
        left = self.rate_limit
        so_far = f"{self.requests_made} requests made" + (f", {left.remaining} left" if left else "")
        self._progress.tell(printable(f"{doing}; {so_far}" if doing else so_far))

    def get(self, path: str, query: Mapping[str, Any] | None = None, *, bulk: bool = False) -> Answer:
        return self.request("GET", path, query=query, bulk=bulk)

    def get_bytes(self, path: str, *, bulk: bool = False) -> bytes:
        """Return a body that is not JSON, such as a policy's XML; refuse a page that a proxy or a login puts there."""
        exchange, raw = self._exchange("GET", path, None, None, bulk)
        if not 200 <= raw.status < 300:
            self._refuse(exchange, raw, _parse(raw.body))
        if not raw.body.strip() or b"<html" in raw.body[:2000].lower():
            self._not_this_api(exchange, raw)
        return self._without_secrets(raw.body)

    def options_of(self, path: str, *, bulk: bool = False) -> Answer:
        return self.request("OPTIONS", path, bulk=bulk)

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, bulk: bool = False) -> Answer:
        return self.request("POST", path, body=body, bulk=bulk)

    def put(self, path: str, body: Mapping[str, Any] | None = None, *, bulk: bool = False) -> Answer:
        return self.request("PUT", path, body=body, bulk=bulk)

    def patch(self, path: str, body: Mapping[str, Any] | None = None, *, bulk: bool = False) -> Answer:
        return self.request("PATCH", path, body=body, bulk=bulk)

    def delete(self, path: str, body: Mapping[str, Any] | None = None, *, bulk: bool = False) -> Answer:
        return self.request("DELETE", path, body=body, bulk=bulk)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        bulk: bool = False,
    ) -> Answer:
        """Send one request, with the tries that are safe. `bulk`: one of many, which leaves the reserve alone."""
        return self._understand(*self._exchange(method, path, query, body, bulk))

    def _exchange(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
        bulk: bool,
    ) -> tuple[Exchange, RawAnswer]:
        """Return a complete answer, whatever its status."""
        exchange = Exchange(method, path, self.options.api_host)
        if self._read_only and method not in READS:
            raise RuntimeError(f"{method} {path}: a write in check mode is a defect of this collection")
        budget = TimeBudget(self.options.timeout, self._clock)
        for tries_left in reversed(range(TRIES)):
            pause = FIRST_PAUSE * 2 ** (TRIES - 1 - tries_left) * random.uniform(0.5, 1)  # noqa: S311 - jitter
            try:
                raw = self._send(exchange, query, body, bulk, budget)
            except NotSent as error:
                if not (error.again and tries_left and budget.left > pause):
                    self._fail(Unavailable, exchange, str(error), "Nothing was changed by this request")
            except AnswerLost as error:
                if method not in READS:
                    self._fail(LostAnswer, exchange, str(error))
                if not (error.again and tries_left and budget.left > pause):
                    self._fail(Unavailable, exchange, str(error))
            else:
                if not (raw.status in TRY_AGAIN and method in READS and tries_left and budget.left > pause):
                    return exchange._replace(status=raw.status, request_id=self._request_id(raw.headers)), raw
            with budget.spending():
                self.pause(pause)
        raise AssertionError("the last try answers or fails")

    def _send(
        self,
        exchange: Exchange,
        query: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
        bulk: bool,
        budget: TimeBudget,
    ) -> RawAnswer:
        """Send until the answer is something else than 429, which means that nothing was done."""
        try:
            while True:
                with self._rate_limit.bulk_request() if bulk else nullcontext():
                    resets = self._rate_limit.resets_waited_for
                    self._count(exchange.method)
                    raw = self._session.send(exchange.method, exchange.path, query, body, budget=budget)
                    self._rate_limit.learn(raw.headers)
                if raw.status != 429:
                    self.tell()
                    return raw
                self._rate_limit.wait_after_refusal(raw.headers, resets)
        except WaitTooLong as error:
            when = "The cloud does not say when it resets"
            if error.seconds is not None:
                when = f"It resets in {error.seconds} seconds"
            raise RateLimited(
                exchange,
                "the hourly limit of requests is used up"
                + (f" but for the reserve of {self.options.rate_limit_reserve}" if bulk else ""),
                f"{when}, longer than rate_limit_wait allows to wait",
                reset_seconds=error.seconds,
            ) from None

    def _count(self, method: str) -> None:
        with self._counting:
            self.requests_made += 1
            self.writes_made += method not in READS

    def _understand(self, exchange: Exchange, raw: RawAnswer) -> Answer:
        """Return a 2xx as Answer; raise the error that any other status means."""
        document = _parse(self._without_secrets(raw.body))
        if not 200 <= raw.status < 300:
            self._refuse(exchange, raw, document)
        if raw.body.strip() and not isinstance(document, dict):
            self._not_this_api(exchange, raw)
        if exchange.method == "GET" and not document:
            self._not_this_api(exchange, raw)
        return Answer(raw.status, document or {}, raw.headers, exchange, len(raw.body))

    def _refuse(self, exchange: Exchange, raw: RawAnswer, document: Any) -> NoReturn:
        details = tuple(self.options.shown(detail) for detail in details_of(document))
        if not details and document is None and raw.body.strip():
            details = (f"the answer is not JSON but {_shape(raw, self.options.shown)}",)
        exchange = exchange._replace(details=details)
        if raw.status < 400:
            target = self.options.shown(raw.headers.get("Location", "somewhere"))
            self._fail(
                ProtocolError, exchange, f"redirected to {target}, which is not followed: credentials stay on this host"
            )
        if raw.status >= 500 and exchange.method not in READS:
            self._fail(LostAnswer, exchange, "the cloud is out of order")
        raise answer_error(exchange)

    def _not_this_api(self, exchange: Exchange, raw: RawAnswer) -> NoReturn:
        """Return the error for a success that cannot be read. After a write that is a lost answer."""
        self._fail(
            ProtocolError if exchange.method in READS else LostAnswer,
            exchange,
            f"the answer is not the JSON of this API but {_shape(raw, self.options.shown)}",
            "Is there a proxy or a login page in between, or is api_host another service?",
        )

    def _without_secrets(self, body: bytes) -> bytes:
        """Mask an API key that an answer's records repeat; a search in bytes, because nearly no answer does."""
        if not any(secret in body for secret in self._plain_secrets):
            return body
        return self.options.secrets.mask(body.decode("utf-8", "replace")).encode()

    def _request_id(self, headers: Mapping[str, str]) -> str | None:
        return self.options.shown(headers["x-request-id"], 80) if headers.get("x-request-id") else None

    def _fail(self, kind: type[ApiError], exchange: Exchange, problem: str, advice: str = "") -> NoReturn:
        raise kind(exchange, problem, advice) from None


def _parse(body: bytes) -> Any:
    """Return the JSON of a body, or None where it is not JSON. NaN and Infinity are not JSON."""
    try:
        return json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None


def _no_constant(text: str) -> NoReturn:
    raise ValueError(text)


def _shape(raw: RawAnswer, shown: Callable[[object, int], str] = printable) -> str:
    """Describe a body without repeating it: it may hold what must not be seen."""
    if not raw.body.strip():
        return "empty"
    start = raw.body[:20_000]
    lower = start.lower()
    opened = lower.find(b">", lower.find(b"<title")) + 1 if b"<title" in lower else 0
    title = start[opened : lower.find(b"<", opened)].decode("utf-8", "replace").strip() if opened else ""
    if title:
        return f"an HTML page titled {shown(title, 100)!r}"
    if b"<html" in lower[:2000]:
        return "an HTML page"
    kind = shown(raw.headers.get("Content-Type", "no content type"), 60)
    return f"{len(raw.body)} bytes of something else ({kind})"
