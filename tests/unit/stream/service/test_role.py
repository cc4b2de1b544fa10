# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role event_consumer without a host: what its documentation says is what its defaults are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.service.metrics import (
    Snapshot,
    StreamState,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.service.settings import DEFAULTS
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.registry import (
    SINK_TYPES,
    sinks_settings,
)
from jinja2 import Environment

ROLE = Path(__file__).resolve().parents[4] / "roles" / "event_consumer"
# Their defaults depend on the host, see vars/main.yml; the documentation tells how.
OF_THE_HOST = {"event_consumer_dependencies", "event_consumer_python", "event_consumer_packages"}


def read(place: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROLE / place).read_text(encoding="utf-8"))
    return content


def test_the_roles_own_sinks_are_such_as_the_service_takes() -> None:
    sinks = sinks_settings(read("defaults/main.yml")["event_consumer_sinks"])
    assert [(one.type.NAME, one.oldest) for one in sinks] == [("json_lines", True)]


def test_the_documentation_names_every_section_and_every_type_of_sink() -> None:
    options = read("meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    told = str(options["event_consumer_settings"]["description"])
    sections = set(DEFAULTS) - {"sink", "remote_sink", "partitions", *SINK_TYPES}
    assert set(re.findall(r"C\((\w+)\)", told)) == sections
    assert set(re.findall(r"C\((\w+)\)", str(options["event_consumer_sinks"]["description"]))) >= set(SINK_TYPES)


def test_the_secret_of_each_type_of_sink_goes_where_the_type_takes_it() -> None:
    template = (ROLE / "templates" / "config.json.j2").read_text(encoding="utf-8")
    assert "'password_path' if sink.user_name is defined else 'token_path'" in template
    secrets = {name: {"password_path", "token_path"} & set(one.DEFAULTS) for name, one in SINK_TYPES.items()}
    assert secrets == {
        name: {"password_path"} if "user_name" in one.DEFAULTS else {"token_path"} & set(one.DEFAULTS)
        for name, one in SINK_TYPES.items()
    }
    assert set.union(*secrets.values()) == {"password_path", "token_path"}


def test_every_variable_is_documented_with_its_default() -> None:
    options = read("meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    assert {name: option["default"] for name, option in options.items() if "default" in option} == read(
        "defaults/main.yml"
    )
    assert {name for name, option in options.items() if "default" not in option} == OF_THE_HOST


@pytest.mark.parametrize(
    ("stream", "is_good"),
    [
        (StreamState("q", connected=True), False),
        (StreamState("q", refused=True, error="the broker refused the login"), False),
        (StreamState("q", connected=True, consumed=True), True),
    ],
)
def test_the_role_takes_a_service_for_good_once_every_stream_was_consumed_from(
    stream: StreamState, is_good: bool
) -> None:
    """R15: a wrong password is not deployed as good. The role asks /status."""
    tasks = yaml.safe_load((ROLE / "tasks" / "switch.yml").read_text(encoding="utf-8"))[0]["block"]
    (wait,) = [task for task in tasks if "until" in task]
    until = Environment(autoescape=True).compile_expression(wait["until"])
    assert wait["ansible.builtin.uri"]["url"].endswith("/status")
    assert until(event_consumer_status={"json": Snapshot([stream], []).status()}) is is_good
    assert until(event_consumer_status={}) is False, "nobody answers yet"
