# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Isolate and release computers, many at once, and wait until they are (R25; api-contract 5).

The endpoint acts when it hears from the cloud, so a write begins something: success is what a later read says, never
the status in the write's own answer. This file is private to the collection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..._api.client import Answer, Client
from ..._api.concurrency import Attempt, for_each
from ..._api.errors import (
    ApiError,
    AuthError,
    BadRequest,
    Conflict,
    LostAnswer,
    NotFound,
    Refused,
    Unavailable,
)
from ..._api.paging import PAGE, read_list
from ..._common.text import quoted
from .._shared.bulk import (
    announce,
)
from .._shared.tenant import Tenant
from ..computer.read import COMPUTER, PATH, Computer, read_computer
from ..computer.resolve import resolve_computers
from ..fleet.exclusions import Exclusions, read_exclusions
from .outcome import fail_on, result_of
from .read import ISOLATION
from .states import (
    GOALS,
    Endpoint,
    Goal,
    Step,
    next_step,
    unavailable_reason,
)

GONE = "the computer is not in the tenant any more"
SHORTEST_UNLOCK_CODE = 6
COMPARED = 3  # isolated computers whose comment and code are compared with what the task gives
FIRST_PAUSE, PAUSE_GROWTH, LONGEST_PAUSE = 2.0, 1.5, 30.0  # seconds between two looks


def reconcile(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `isolation`. Raises Refused before anything is sent, Incomplete where an outcome of `fail_on` came."""
    _check(options)
    goal = GOALS[options["state"]]
    exclusions = _exclusions(tenant, options)
    named, unknown = resolve_computers(tenant.client, options["computers"], missing_ok=options["unknown"] == "report")
    endpoints: dict[str, Endpoint] = {}
    for item, computer in named.items():
        endpoint = endpoints.setdefault(computer.guid, Endpoint.parse(item, computer))
        if exclusions and (reason := exclusions.reason(computer)):
            endpoint.end("excluded", reason)
    work = _Work(tenant, options, goal, list(endpoints.values()), unknown)
    if options["only_comment"] is not None:
        work.leave_others(options["only_comment"])
    work.begin()
    if not tenant.check_mode:
        work.finish()
    work.compare()
    result = work.report()
    fail_on(options["fail_on"], work.endpoints, result)
    return result


def _check(options: Mapping[str, Any]) -> None:
    if options["wait_timeout"] < 0:
        raise Refused("wait_timeout is negative. Give seconds, or wait=false. Nothing was changed.")
    if options["only_comment"] is not None and options["state"] != "released":
        raise Refused("only_comment goes with state=released: it decides what is released. Nothing was changed.")
    code = options["unlock_code"]
    if code is None:
        return
    if options["state"] != "isolated":
        raise Refused("unlock_code goes with state=isolated: a release needs none. Nothing was changed.")
    if len(code) < SHORTEST_UNLOCK_CODE:
        raise Refused(f"unlock_code is shorter than {SHORTEST_UNLOCK_CODE} characters. Nothing was changed.")


def _exclusions(tenant: Tenant, options: Mapping[str, Any]) -> Exclusions | None:
    """Return which computers may not be isolated. A release goes by none: whatever is isolated may be released."""
    if options["state"] != "isolated":
        return None
    return read_exclusions(tenant.client, options["exclude_groups"], options["exclude_hosts"])


class _Work:
    """The computers of one task on their way."""

    def __init__(
        self,
        tenant: Tenant,
        options: Mapping[str, Any],
        goal: Goal,
        endpoints: list[Endpoint],
        unknown: Sequence[str] = (),
    ) -> None:
        self.tenant = tenant
        self.client: Client = tenant.client
        self.options = options
        self.goal = goal
        self.endpoints = endpoints
        self.unknown = unknown
        self.pages = 1  # of the whole fleet, as far as is known

    @property
    def under_way(self) -> list[Endpoint]:
        return [endpoint for endpoint in self.endpoints if endpoint.outcome is None]

    def leave_others(self, comment: str) -> None:
        """End the way of each isolated computer that has another comment: somebody else isolated it."""

        def comment_of(endpoint: Endpoint) -> str:
            record = ISOLATION.record(self.client.get(f"{PATH}/{endpoint.computer.guid}/isolation"))
            return record.get("comment") or ""

        isolated = [one for one in self.under_way if one.status not in (self.goal.reached, self.goal.on_the_way)]
        for attempt in for_each(isolated, comment_of, workers=self.client.options.concurrency):
            if isinstance(attempt.error, NotFound):
                attempt.item.end("failed", GONE)
            elif attempt.error:
                attempt.item.end("failed", str(attempt.error))
            elif not attempt.tried:
                attempt.item.end("not_tried", "an earlier failure would have met this one too")
            elif attempt.value != comment:
                attempt.item.end("left", f"its isolation has the comment {quoted(attempt.value or '')}")

    def begin(self) -> None:
        """Start what can start now; in check mode, say what would be."""
        for endpoint in self.under_way:
            endpoint.on_the_way = endpoint.status == self.goal.on_the_way
        self._decide()
        if self.tenant.check_mode:
            for endpoint in self.under_way:
                endpoint.planned = endpoint.status != self.goal.on_the_way
                endpoint.end("changed" if endpoint.planned else "already")

    def finish(self) -> None:
        """Look again, with growing pauses, until all have arrived or the time is up."""
        give_up = self.client.now() + (self.options["wait_timeout"] if self.options["wait"] else 0)
        pause, trouble = FIRST_PAUSE, ""
        while self.under_way and (left := give_up - self.client.now()) > 0:
            self.client.pause(min(pause, left), f"{len(self.under_way)} of {len(self.endpoints)} computers under way")
            pause = min(pause * PAUSE_GROWTH, LONGEST_PAUSE)
            try:
                self._look()
                self._decide()
            except Unavailable as error:  # the next look may succeed
                trouble = f" as far as was seen ({error})"
            except ApiError as error:
                for endpoint in self.under_way:
                    endpoint.end("failed", f"whether it came to be is not known: {error}")
            else:
                trouble = ""
        for endpoint in self.under_way:
            self._end_under_way(endpoint, trouble)

    def _end_under_way(self, endpoint: Endpoint, trouble: str) -> None:
        """Return the detail of a computer whose change is still on its way."""
        if not self.options["wait"] and endpoint.status != self.goal.opposing:
            endpoint.end("changed" if endpoint.sent else "already", f"not waited for; it is {endpoint.status}")
            return
        detail = f"it is {endpoint.status} after {self.options['wait_timeout']} seconds{trouble}"
        if not self.options["wait"]:
            detail = f"it is {endpoint.status}, which has to end first"
        endpoint.end("timed_out", f"{detail}; running the task again goes on from there")

    def _look(self) -> None:
        """Read those under way: each one or the pages of all, whichever are fewer."""
        waiting = {endpoint.computer.guid: endpoint for endpoint in self.under_way}
        left = set(waiting)

        def take(record: Mapping[str, Any]) -> bool:
            computer = Computer.parse(record)
            if computer.guid in waiting:
                left.discard(computer.guid)
                waiting[computer.guid].read(computer, self.goal)
            return False

        if len(waiting) > self.pages:
            fewer = read_list(
                self.client,
                PATH,
                key="connector_guid",
                keep=take,
                until=lambda pages: len(left) < pages,
                records=COMPUTER.records,
            )
            self.pages = -(-(fewer.total or 0) // PAGE)
        single = for_each(
            sorted(left), lambda guid: read_computer(self.client, guid), workers=self.client.options.concurrency
        )
        for attempt in single:
            if attempt.error:
                raise attempt.error
            if attempt.value:
                waiting[attempt.item].read(attempt.value, self.goal)
            else:
                waiting[attempt.item].end("failed", GONE)

    def _decide(self) -> None:
        """Take one step with each computer that is under way."""
        to_send = []
        for endpoint in self.under_way:
            step = next_step(endpoint, self.goal)
            if step is Step.NOTHING:
                endpoint.end("changed" if endpoint.sent else "already")
            elif step is Step.FELL_BACK:
                self._confirm_fall(endpoint)
            elif step is Step.UNKNOWN:
                endpoint.end("not_available", f"its isolation status is {quoted(endpoint.status or '')}")
            elif step is Step.SEND:
                if self.goal.method == "PUT" and not endpoint.available:
                    endpoint.end("not_available", unavailable_reason(endpoint))
                else:
                    to_send.append(endpoint)
        if to_send:
            self._send_all(to_send)

    def _confirm_fall(self, endpoint: Endpoint) -> None:
        """Read each computer's own isolation, which decides: a list may lag behind."""
        try:
            self._read_status(endpoint, f"{PATH}/{endpoint.computer.guid}/isolation")
        except NotFound:
            endpoint.end("failed", GONE)
            return
        if endpoint.status == self.goal.opposite:
            endpoint.end("failed", f"it was {self.goal.on_the_way} and is {endpoint.status} again: it did not work")

    def _send_all(self, endpoints: Sequence[Endpoint]) -> None:
        if not any(endpoint.sent for endpoint in self.endpoints):
            announce(self.tenant, len(endpoints) * (2 if self._asks_first else 1), reserve=0)
        attempts: list[Attempt[Endpoint, None]] = for_each(
            endpoints, self._send, workers=self.client.options.concurrency
        )
        for attempt in attempts:
            if attempt.error:
                attempt.item.end("failed", str(attempt.error))
            elif not attempt.tried:
                attempt.item.end("not_tried", "an earlier failure would have met this one too")

    @property
    def _asks_first(self) -> bool:
        """Return whether OPTIONS has to be asked first, as the guide does before isolating."""
        return self.goal.method == "PUT" and self.options["precheck"] == "options"

    def _send(self, endpoint: Endpoint) -> None:
        """Ask whether it may be isolated, then do it. Raises ApiError for what the next computer would meet, too."""
        path = f"{PATH}/{endpoint.computer.guid}/isolation"
        try:
            if self._asks_first and "PUT" not in self.client.options_of(path).allowed_methods:
                endpoint.end("not_available", unavailable_reason(endpoint))
            else:
                endpoint.planned = True
                if not self.tenant.check_mode:
                    self._write(endpoint, path)
        except NotFound:
            endpoint.end("failed", GONE)
        except BadRequest as error:
            if error.status != 405:
                raise
            endpoint.end("not_available", unavailable_reason(endpoint))  # so OPTIONS may say it, too (api-contract 16)

    def _write(self, endpoint: Endpoint, path: str) -> None:
        try:
            answer = self.client.request(self.goal.method, path, body=self._body())
        except LostAnswer:
            self._after_lost_answer(endpoint, path)
        except (Conflict, BadRequest, NotFound, AuthError) as error:
            self._after_refusal(endpoint, path, error)
        else:
            self._note(endpoint, answer)

    def _note(self, endpoint: Endpoint, answer: Answer) -> None:
        endpoint.sent = True
        record = answer.data if isinstance(answer.data, dict) else {}
        endpoint.on_the_way = record.get("status") == self.goal.on_the_way
        endpoint.status = self.goal.on_the_way
        if self.options["return_unlock_code"] and self.options["unlock_code"] is None:
            endpoint.unlock_code = _text(record.get("unlock_code"))

    def _after_lost_answer(self, endpoint: Endpoint, path: str) -> None:
        """Read again after a lost answer, and send once more if nothing began (R20)."""
        self._read_status(endpoint, path)
        if endpoint.status == self.goal.opposite:
            self._note(endpoint, self.client.request(self.goal.method, path, body=self._body()))
        elif endpoint.status in (self.goal.reached, self.goal.on_the_way):
            endpoint.sent = True

    def _after_refusal(self, endpoint: Endpoint, path: str, error: ApiError) -> None:
        """Look why: somebody was quicker, a transition is going on, or it cannot be. After a 409 re-enter once.

        Which status refuses which of these is not documented (R31), so the state of the computer decides.
        """
        if error.status == 401:
            raise error
        self._read_status(endpoint, path)
        if endpoint.status == self.goal.reached:
            endpoint.end("already", "somebody else was quicker")
        elif endpoint.status == self.goal.opposite and (
            error.status == 405 or (self.goal.method == "PUT" and not endpoint.available)
        ):
            endpoint.end("not_available", unavailable_reason(endpoint))
        elif endpoint.status == self.goal.opposite and isinstance(error, Conflict) and not endpoint.refused:
            endpoint.refused = True
            self._write(endpoint, path)
        elif endpoint.status == self.goal.opposite:
            endpoint.end("failed", str(error))
            if isinstance(error, AuthError):  # the others would meet it, too
                raise error

    def _read_status(self, endpoint: Endpoint, path: str) -> None:
        record = ISOLATION.record(self.client.get(path))
        endpoint.read(Computer(endpoint.computer.guid, endpoint.computer.hostname, {"isolation": record}), self.goal)

    def _body(self) -> dict[str, str] | None:
        names = ("comment", "unlock_code") if self.goal.method == "PUT" else ("comment",)
        return {name: self.options[name] for name in names if self.options[name] is not None} or None

    def compare(self) -> None:
        """Look whether those that were isolated before have the comment and the code that the task gives."""
        before = [one for one in self.endpoints if one.outcome == "already" and one.status == "isolated"]
        wants_code = self.options["return_unlock_code"] and self.options["unlock_code"] is None
        wanted = self._body() or {}
        if self.goal.method != "PUT" or not before or not (wanted or wants_code):
            return
        for endpoint in before if wants_code else before[:COMPARED]:
            try:
                record = ISOLATION.record(self.client.get(f"{PATH}/{endpoint.computer.guid}/isolation"))
            except ApiError as error:
                endpoint.detail = f"its comment and unlock code could not be read: {error}"
                continue
            other = [name for name, value in wanted.items() if record.get(name) != value]
            if other:
                self.tenant.warn(
                    f"{quoted(endpoint.item)} is isolated already and keeps its own {' and '.join(other)}: the cloud"
                    " changes them on an isolated computer only by a release and a new isolation."
                )
            if wants_code:
                endpoint.unlock_code = _text(record.get("unlock_code"))
        if wanted and not wants_code:
            for endpoint in before[COMPARED:]:
                endpoint.detail = "isolated before; whether its comment and unlock code differ was not looked at"

    def report(self) -> dict[str, Any]:
        check, calls = self.tenant.check_mode, self.client.writes_made
        return result_of(self.endpoints, self.unknown, self.goal, check_mode=check, calls_made=calls)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
