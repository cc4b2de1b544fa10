# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of the source: judged as a whole, and the same in the code, in the documentation and in the schema."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import SettingsError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.rulebook.settings import (
    DEFAULTS,
    KEYS,
    source_settings,
)
from jinja2 import StrictUndefined
from jinja2.nativetypes import NativeTemplate

EDA = Path(__file__).resolve().parents[4] / "extensions" / "eda"
PLUGIN = EDA / "plugins" / "event_source"
STREAM = {"host": "broker.example", "queue_name": "q", "user_name": "u", "password": "p"}


def test_one_stream_is_enough() -> None:
    settings = source_settings({**STREAM, "event_types": ["threat detected", 553648143, "1107296272"]})
    assert settings.selection.event_types == {1090519054, 553648143, 1107296272}
    assert not settings.correlate
    assert settings.streams[0].prefetch > 1


def test_what_comes_out_of_templates_is_understood() -> None:
    texts = {"feedback": "true", "feedback_timeout": "5", "port": "5671", "ca_path": "", "credentials_path": ""}
    settings = source_settings({**STREAM, **texts, "state_dir": "/state", "eda_feedback_queue": object()})
    assert settings.feedback
    assert settings.feedback_timeout == 5
    assert settings.streams[0].port == 5671
    assert settings.streams[0].prefetch == 1, "one event is in flight"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"colour": 1}, "colour"),
        ({"host": ""}, "host missing"),
        ({"streams": [STREAM]}, "exclude each other"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["incident"]}, "state_dir: is missing"),
        ({"feedback": True}, "state_dir: is missing"),
        ({"feedback": "maybe"}, "feedback"),
        ({"feedback_timeout": 0}, "feedback_timeout"),
        ({"event_types": ["No such type"]}, "event_types"),
        ({"event_types": [True]}, "event_types"),
        ({"event_types": "Threat Detected"}, "event_types"),
        ({"severities": ["Huge"]}, "severities"),
        ({"groups": ["Protect"]}, "groups"),
        ({"source": "{{ a }}"}, "source"),
        ({"rules": ["same_mood"]}, "rules"),
        ({"window_seconds": -1}, "window_seconds"),
        ({"state_dir": 5}, "state_dir"),
        ({"skip_backlog": "perhaps"}, "skip_backlog"),
    ],
)
def test_a_wrong_argument_is_named_and_no_secret_with_it(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError) as caught:
        source_settings({**STREAM, "password": "hunter22", **changes})
    assert named in str(caught.value)
    assert "hunter22" not in str(caught.value)


BRAKES = {
    *("act", "respond_severity", "exclude_groups", "exclude_hosts", "max_actions_per_hour", "block_computers"),
}
GROUPS = ["5b1857e3-ba49-46cf-9bf1-0cad6b5ecd18", "6c1857e3-ba49-46cf-9bf1-0cad6b5ecd18"]
ISOLATE = {"state_dir": "/state", "kinds": ["detection", "incident"], "respond": ["isolate"]}


def test_a_response_is_a_dry_run_with_brakes_unless_more_is_said() -> None:
    response = source_settings({**STREAM, **ISOLATE}).response
    assert response is not None
    assert (response.act, response.severity, response.max_actions_per_hour) == (False, "Medium", 10)


def test_without_respond_there_is_no_response() -> None:
    assert source_settings(STREAM).response is None


def test_brakes_that_come_out_of_templates_are_understood() -> None:
    texts = {"act": "true", "max_actions_per_hour": "2", "respond_severity": "", "exclude_hosts": ["dc-"]}
    group = "5B1857E3-BA49-46CF-9BF1-0CAD6B5ECD18"
    response = source_settings({**STREAM, **ISOLATE, **texts, "exclude_groups": [group]}).response
    assert response is not None
    assert (response.act, response.max_actions_per_hour, response.severity) == (True, 2, "Medium")
    assert response.exclude_groups == {group.lower()}
    assert response.exclude_hosts.reason("DC-01")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"respond": ["isolate", "shout"]}, "respond"),
        ({"kinds": ["incident"]}, "respond: isolate goes by records of kind detection"),
        ({"rules": ["same_hash"]}, "respond: isolate goes by incidents of same_computer"),
        ({"respond": ["block_hash"]}, "respond: block_hash goes by incidents of same_hash"),
        ({"respond": [], "act": True}, "act: is true, but respond is empty"),
        ({"exclude_groups": ["Servers"]}, "exclude_groups: 'Servers' is no GUID"),
        ({"exclude_hosts": ["*dc*"]}, "exclude_hosts"),
        ({"exclude_hosts": [""]}, "exclude_hosts"),
        ({"exclude_hosts": "dc-"}, "exclude_hosts"),
        ({"max_actions_per_hour": 0}, "max_actions_per_hour"),
        ({"respond_severity": "Huge"}, "respond_severity"),
        ({"act": "perhaps"}, "act"),
    ],
)
def test_wrong_brakes_end_the_source_before_anything_is_consumed(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError) as caught:
        source_settings({**STREAM, **ISOLATE, **changes})
    assert named in str(caught.value)


@pytest.mark.parametrize("key", sorted(KEYS))
def test_no_argument_takes_a_value_of_the_wrong_kind(key: str) -> None:
    """An object with a number in it is right nowhere."""
    with pytest.raises(SettingsError, match=rf"(^|\W){key}\b"):
        source_settings({**STREAM, key: {"a": 1}})


@pytest.mark.parametrize("streams", [[], "q", [STREAM, STREAM], ["q"]])
def test_wrong_lists_of_streams_are_refused(streams: Any) -> None:
    with pytest.raises(SettingsError, match="streams"):
        source_settings({"streams": streams})


def test_documentation_schema_and_code_name_the_same_arguments_and_defaults() -> None:
    options = yaml.safe_load(runpy.run_path(str(PLUGIN / "event_stream.py"))["DOCUMENTATION"])["options"]
    schema = json.loads((PLUGIN / "schemas" / "event_stream.json").read_text())
    assert set(options) == set(schema["properties"]) == KEYS
    for name, option in options.items():
        shown = schema["properties"][name]
        assert option.get("default") == shown.get("default"), name
        if name in DEFAULTS:
            assert option.get("default") == DEFAULTS[name], name
        choices = option.get("choices")
        assert choices == (shown["items"] if option["type"] == "list" else shown).get("enum"), name


def test_examples_and_rulebooks_give_arguments_that_are_known() -> None:
    examples = yaml.safe_load(runpy.run_path(str(PLUGIN / "event_stream.py"))["EXAMPLES"])
    rulebooks = [yaml.safe_load(path.read_text()) for path in sorted((EDA / "rulebooks").glob("*.yml"))]
    assert len(rulebooks) == 4
    sources = [*examples, *(source for (rulebook,) in rulebooks for source in rulebook["sources"])]
    for source in sources:
        assert set(source["ampops.secure_endpoint.event_stream"]) <= KEYS


def test_the_credential_type_fills_what_the_rulebooks_read() -> None:
    injected = credential_type("injectors")["extra_vars"]
    without = {"isolate": {"block_computers"}, "block_hash": set(), "notify": BRAKES, "notify_only": BRAKES}
    for path in sorted((EDA / "rulebooks").glob("*.yml")):
        named = {name for name in injected if re.search(rf"\b{name} [|] default\(", path.read_text())}
        assert named == set(injected) - {f"secure_endpoint_stream_{brake}" for brake in without[path.stem]}, path.name


def test_the_credential_type_has_every_brake_of_the_source_with_its_default() -> None:
    fields = {field["id"]: field for field in credential_type("input")["fields"]}
    assert set(fields) & set(DEFAULTS) == BRAKES
    for brake in BRAKES:
        shown, default = fields[brake].get("default", ""), DEFAULTS[brake]
        assert shown == (default if isinstance(default, bool) else "" if default == [] else str(default)), brake


@pytest.mark.parametrize(
    ("given", "variables", "expected"),
    [
        ({}, {}, (False, "Medium", 10, 3, [], [])),
        (
            {
                "act": True,
                "respond_severity": "High",
                "max_actions_per_hour": "2",
                "block_computers": "5",
                "exclude_groups": f"{GROUPS[0]}\r\n\n{GROUPS[1]}\n",
                "exclude_hosts": "dc-\n srv-(db|mail) ",
            },
            {},
            (True, "High", 2, 5, GROUPS, ["dc-", "srv-(db|mail)"]),
        ),
        (
            {"act": True, "max_actions_per_hour": "2", "exclude_groups": GROUPS[0], "exclude_hosts": "7"},
            {"act": False, "max_actions_per_hour": 1, "exclude_groups": [GROUPS[1]], "exclude_hosts": ["dc-"]},
            (False, "Medium", 1, 3, GROUPS, ["dc-", "7"]),
        ),
    ],
    ids=["empty", "of the credential", "variables count before, exclusions of both"],
)
def test_the_brakes_of_a_credential_reach_the_source(
    given: dict[str, Any], variables: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    act, severity, actions, computers, groups, hosts = expected
    own = {f"secure_endpoint_{name}": value for name, value in variables.items()}
    context = {"secure_endpoint_state_dir": "/state", **injected_by({**STREAM, **given}), **own}
    for name in ("isolate", "block_hash"):
        (rulebook,) = yaml.safe_load((EDA / "rulebooks" / f"{name}.yml").read_text())
        source = rulebook["sources"][0]["ampops.secure_endpoint.event_stream"]
        arguments = {key: rendered(value, context) for key, value in source.items()}
        response = source_settings({**arguments, "eda_feedback_queue": object()}).response
        assert response is not None
        assert (response.act, response.severity, response.max_actions_per_hour) == (act, severity, actions)
        assert response.block_computers == (computers if name == "block_hash" else DEFAULTS["block_computers"])
        assert (response.exclude_groups, list(response.host_patterns)) == (set(groups), hosts)


def credential_type(part: str) -> dict[str, Any]:
    folder = PLUGIN / "credential_types" / "secure_endpoint_event_stream"
    content: dict[str, Any] = yaml.safe_load((folder / f"{part}.yml").read_text())
    return content


def injected_by(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the variables that a credential gives to an activation, where defaults fill what was left empty."""
    defaults = {one["id"]: one["default"] for one in credential_type("input")["fields"] if one.get("default")}
    context = {**defaults, **inputs, "eda": {"filename": {"ca": "/ca.pem"}}}
    return {name: rendered(value, context) for name, value in credential_type("injectors")["extra_vars"].items()}


def rendered(value: Any, context: dict[str, Any]) -> Any:
    """Render as Event-Driven Ansible Controller and ansible-rulebook do: a text that looks like a number is one."""
    return NativeTemplate(value, undefined=StrictUndefined).render(context) if isinstance(value, str) else value
