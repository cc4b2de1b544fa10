# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cell of the matrix: run a task against a mode, then judge what came out.

Modules run in this process, with the bounds of R30a in small: what is bounded by a minute here takes half a second.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import re
import tempfile
import time
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader, lookup_loader
from ansible.utils.display import Display
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api import paging, session, transport
from simulator import Simulator
from unit.scripted_cloud import ENVIRONMENT, run

from .modes import BEFORE_THE_REQUEST, MODES
from .server import HostileCloud, wait
from .tasks import INVENTORY, LOOKUP, tasks_of

NAME = "ampops.secure_endpoint"
ANSWER = 0.5  # seconds, in place of 60, for one answer with all its tries
SLACK = 10.0  # seconds of a busy machine
MIB = 1024 * 1024
LEAK = 12  # characters of the key, or of its base64, that are a leak
# What a terminal acts on: control characters, marks that turn the direction of writing, invisible ones.
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069]")


class Outcome(NamedTuple):
    """What a task gave out: everything as text, and the part that a person is shown as it is."""

    everything: str
    shown: str


class Cell(NamedTuple):
    entry: str
    mode: str
    problems: list[str]
    seconds: float


class Matrix:
    """The simulated tenant behind a hostile cloud. Use it as a context manager."""

    def __enter__(self) -> Matrix:
        self._closing = contextlib.ExitStack()
        self._folder = Path(self._closing.enter_context(tempfile.TemporaryDirectory()))
        self._simulator = self._closing.enter_context(Simulator(broker=False, rate_limit=10**6))
        self.cloud = self._closing.enter_context(HostileCloud(self._simulator, self._folder))
        self._closing.enter_context(small_bounds())
        self.tasks = tasks_of(self._simulator, self._folder)
        return self

    def __exit__(self, *_error: object) -> None:
        self._closing.close()

    def cells(self, modes: list[str], entries: list[str]) -> Iterator[Cell]:
        for name in modes:
            self._simulator.control.reset()
            self.cloud.mode = MODES[name]
            self.cloud.before_the_request = name == BEFORE_THE_REQUEST
            for entry in entries:
                yield self._cell(entry, name)

    def _cell(self, entry: str, mode: str) -> Cell:
        problems: list[str] = []
        began = time.monotonic()
        for task in self.tasks[entry]:
            problems += self._judged(lambda task=task: self._run(entry, task))  # type: ignore[misc]
        return Cell(entry, mode, problems, time.monotonic() - began)

    def _judged(self, task: Callable[[], Outcome]) -> Iterator[str]:
        self.cloud.requests = 0
        began = time.monotonic()
        try:
            outcome = task()
        except Exception:  # noqa: BLE001 - whatever it is, it is a finding
            outcome = Outcome(text := traceback.format_exc(), "")
            yield f"ended with an exception: {text.splitlines()[-1][:200]} ({text.splitlines()[-3].strip()})"
        took = time.monotonic() - began
        if took > SLACK + ANSWER * max(1, self.cloud.requests):
            yield f"took {took:.1f} seconds for {self.cloud.requests} requests"
        if "Traceback (most recent call last)" in outcome.everything and outcome.shown:
            yield "shows a traceback"
        if leaked := leak(outcome.everything, self._simulator.api_key, self._simulator.client_id):
            yield f"shows the key: {leaked}"
        if found := CONTROL.search(outcome.shown):
            around = outcome.shown[max(0, found.start() - 30) : found.end() + 10]
            yield f"shows a control character: {around!r}"
        if self.cloud.trapped:
            self.cloud.trapped = 0
            yield "followed a redirect"
        if Path(self.cloud.mark).exists():
            Path(self.cloud.mark).unlink()
            yield "executed a template"

    def _run(self, entry: str, task: Mapping[str, Any]) -> Outcome:
        connection = {
            "api_host": self.cloud.api_host,
            "client_id": self._simulator.client_id,
            "api_key": self._simulator.api_key,
            "ca_path": self.cloud.ca_path,
            "timeout": 5.0,
            "concurrency": 2,
            "rate_limit_wait": 0,
        }
        if entry == INVENTORY:
            return self._inventory(connection)
        if entry == LOOKUP:
            return _look_up(connection, task)
        return _module(entry, {**connection, **task})

    def _inventory(self, connection: Mapping[str, Any]) -> Outcome:
        path = self._folder / "secure_endpoint.yml"
        options = {
            "plugin": f"{NAME}.computers",
            **connection,
            "compose": {"copied": "secure_endpoint.hostname ~ ''"},
            "keyed_groups": [{"key": "secure_endpoint.operating_system", "prefix": "system"}],
            "group_by": ["group", "os_family", "policy", "connector_version", "isolation", "faults"],
        }
        path.write_text(json.dumps(options))
        inventory = InventoryData()

        def parse() -> str:
            inventory_loader.get(f"{NAME}.computers").parse(inventory, DataLoader(), str(path), cache=False)
            return json.dumps({name: str(host.get_vars()) for name, host in inventory.hosts.items()})

        return _on_the_controller(parse)


def _module(name: str, options: Mapping[str, Any]) -> Outcome:
    module = importlib.import_module(f"ansible_collections.ampops.secure_endpoint.plugins.modules.{name}")
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors):
        result = run(module, _connect=False, **options)
    # As it was given: Ansible shows it at -vvv only, with the key masked by its no_log; some releases leave it out.
    result.pop("invocation", None)
    shown = [result.msg, *result.warnings, json.dumps(result.get("error"), ensure_ascii=False)]
    return Outcome(json.dumps(result) + errors.getvalue(), "\n".join(shown) + errors.getvalue())


def _look_up(connection: Mapping[str, Any], task: Mapping[str, Any]) -> Outcome:
    options = {**connection, **{name: value for name, value in task.items() if name != "terms"}}
    lookup = lookup_loader.get(f"{NAME}.computer_guids")
    return _on_the_controller(lambda: json.dumps(lookup.run(list(task["terms"]), variables={}, **options)))


def _on_the_controller(call: Callable[[], str]) -> Outcome:
    """Run a plugin of the controller; only an error of Ansible's own kind is an answer."""
    told: list[str] = []

    def tell(_display: object, message: object, *_more: object, **_options: object) -> None:
        told.append(str(message))

    with (
        contextlib.redirect_stderr(io.StringIO()) as errors,
        mock.patch.object(Display, "warning", tell),
        mock.patch.object(Display, "v", tell),
    ):
        try:
            everything = call()
        except AnsibleError as error:
            told.append(str(error))
            everything = "".join(traceback.format_exception(error)).replace("Traceback (most recent call last)", "")
    shown = "\n".join([*told, errors.getvalue()])
    return Outcome(everything + shown, shown)


def leak(text: str, key: str, client_id: str) -> str | None:
    """Return the part of the key that is in `text`, in clear or as base64 of any text that holds it."""
    forms = [key, b64encode(f"{client_id}:{key}".encode()).decode()[len(client_id) * 4 // 3 + 4 :]]
    forms += [b64encode((" " * before + key).encode()).decode()[4:-4] for before in range(3)]
    for form in forms:
        for start in range(len(form) - LEAK + 1):
            if form[start : start + LEAK] in text:
                return form[start : start + LEAK]
    return None


@contextlib.contextmanager
def small_bounds() -> Iterator[None]:
    patches = [
        mock.patch.object(transport, "LEAST_ANSWER_TIME", ANSWER),
        mock.patch.object(transport, "ANSWER_TIMEOUTS", 0),
        mock.patch.object(transport, "LARGEST_ANSWER", 2 * MIB),
        mock.patch.object(session, "LARGEST_BODY", MIB),
        mock.patch.object(paging, "MOST_PAGES", 8),
        mock.patch.object(paging, "SPARE_PAGES", 3),
        mock.patch("time.sleep", lambda seconds: wait(min(seconds, 0.005))),
        mock.patch.dict("os.environ", {}),
    ]
    import os

    with contextlib.ExitStack() as stack:
        for patch in patches:
            stack.enter_context(patch)
        for name in ENVIRONMENT:
            os.environ.pop(name, None)
        yield
