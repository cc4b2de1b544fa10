# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real ansible-rulebook, with PyPI's `ansible` beside it: source, hostile names, crashes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from .documents import examples
from .harness import CHECKOUT, Playbooks
from .pretend_jobs import TOKEN, pretend_controller
from .rulebooks import COLLECTIONS, COMMAND, NEEDS_JAVA, Rulebook, is_isolated, make_stream, rulebook

if TYPE_CHECKING:
    from simulator import Simulator

GUIDE = "guide_event_driven_ansible.rst"

pytestmark = NEEDS_JAVA


def own_rulebook(folder: Path, source: dict[str, Any], action: dict[str, Any]) -> str:
    path = folder / "own.yml"
    rules = [{"name": "Any", "condition": "event.kind is defined", "action": action}]
    named = [{"name": "secure_endpoint", "ampops.secure_endpoint.event_stream": source}]
    path.write_text(json.dumps([{"name": "Own", "hosts": "localhost", "sources": named, "rules": rules}]))
    return str(path)


def test_pypis_ansible_is_in_the_same_environment() -> None:
    """It is a package named ansible_collections, which shadows ours for whoever imports by that name."""
    script = "import ansible_collections.ansible.windows, ansible_rulebook; print(ansible_collections.__path__)"
    python = Path(COMMAND).with_name("python")
    ended = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True, cwd="/")
    assert "site-packages" in ended.stdout


def test_hosts_and_files_named_like_templates_do_not_run(simulator: Simulator, playbooks: Playbooks) -> None:
    """Names are asked for, and a playbook renders the whole event, as an event, as a detection and as an incident."""
    _stream_id, credentials = make_stream(simulator, playbooks)
    witness, shown = playbooks.folder / "witness", playbooks.folder / "shown"
    run = f"lookup('pipe', 'touch {witness}')"
    victim = simulator.control.computer().guid
    simulator.control.set_computer(victim, hostname=f"{{{{ {run} }}}}")
    source = {
        "credentials_path": str(credentials),
        "state_dir": str(playbooks.folder / "state"),
        "kinds": ["event", "detection", "incident"],
        "rules": ["same_computer"],
        "lateness_seconds": 0,
        "idle_after_seconds": 1,
        "untrusted": True,
    }
    own = own_rulebook(
        playbooks.folder, source, {"run_playbook": {"name": rendering_playbook(playbooks.folder, shown)}}
    )
    with rulebook(playbooks, own, persistence=False, interpreter=sys.executable) as running:
        names = {"file_name": f"{{% set x = {run} %}}{{{{ x }}}}", "detection": f"{{# #}}{{{{ {run} }}}}"}
        simulator.control.publish("detected", computer=victim, **names)
        for kind in source["kinds"]:
            running.wait_for(lambda kind=kind: has_written(shown.with_suffix(f".{kind}")), f"no {kind} was shown")
    event, detection, incident = (json.loads(shown.with_suffix(f".{kind}").read_text()) for kind in source["kinds"])
    for text in [
        *(event["untrusted"][name] for name in ("hostname", "name", "file_name")),
        *(detection["untrusted"][name] for name in ("hostname", "name")),
        *incident["untrusted"]["hostnames"],
    ]:
        assert "lookup(" in text
    assert not witness.exists()


def rendering_playbook(folder: Path, shown: Path) -> str:
    """It writes the event that Ansible makes of its variable, into a file for each kind of event."""
    playbook = folder / "show.yml"
    copy = {"content": "{{ ansible_eda.event | to_json }}", "dest": f"{shown}.{{{{ ansible_eda.event.kind }}}}"}
    task = {"name": "Render the event", "ansible.builtin.copy": {**copy, "mode": "0600"}}
    playbook.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
    return str(playbook)


def has_written(path: Path) -> bool:
    return path.exists() and path.read_text().endswith("}")


def test_nothing_is_lost_when_it_is_killed(simulator: Simulator, playbooks: Playbooks) -> None:
    stream_id, credentials = make_stream(simulator, playbooks)
    source = {
        "credentials_path": str(credentials),
        "feedback": True,
        "state_dir": str(playbooks.folder / "state"),
    }
    own = own_rulebook(playbooks.folder, source, {"print_event": {}})
    waiting = publish_numbered(simulator, stream_id, range(1, 301))
    with rulebook(playbooks, own) as running:
        running.wait_for(lambda: len(printed(running)) >= 2, "nothing was worked on")
        running.kill()
        handed = waiting - simulator.control.queue_length(stream_id)["messages"]
        assert 2 <= handed < waiting
    with rulebook(playbooks, own) as running:
        # Feedback means "handed to the engine": what the engine held when it was killed was acknowledged.
        expected = set(range(handed + 1, waiting + 1))
        running.wait_for(lambda: printed(running) >= expected, "it did not go on where it was")


def printed(running: Rulebook) -> set[int]:
    """The ids of the events that the action has shown."""
    return set(map(int, re.findall(r"'event_id': '([0-9]+)'", running.said)))


def publish_numbered(simulator: Simulator, stream_id: int, numbers: range) -> int:
    for number in numbers:
        body = json.dumps({"id": number, "event_type_id": 1107296272, "timestamp": int(time.time())})
        simulator.control.publish_raw(body.encode(), stream_id=stream_id)
    return len(numbers)


def test_the_rules_of_the_guide_are_rules_of_ansible_rulebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """They need a state folder or a stream of the reader's own, so they are parsed and not run."""
    parser = pytest.importorskip("ansible_rulebook.rules_parser")
    validators = pytest.importorskip("ansible_rulebook.validators")
    monkeypatch.setenv("PATH", f"{Path(COMMAND).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", str(COLLECTIONS))
    source = {"ampops.secure_endpoint.event_stream": {}}
    actions = []
    for rules in rules_of_the_guide():
        ruleset = {"name": "Guide", "hosts": "localhost", "sources": [source], "rules": rules}
        validators.Validate.rulebook([ruleset])
        actions.append([one.action for rule in parser.parse_rule_sets([ruleset], {})[0].rules for one in rule.actions])
    assert actions == [
        ["print_event"],
        ["run_playbook"],
        ["run_job_template", "post_event", "debug", "run_job_template"],
    ]


def rules_of_the_guide() -> list[list[dict[str, Any]]]:
    texts = [one.text for one in examples() if (one.document, one.language) == (GUIDE, "text")]
    return [yaml.safe_load(text) for text in texts if text.startswith("- name: ")]


def test_the_jobs_of_the_guide_isolate_once(simulator: Simulator, playbooks: Playbooks) -> None:
    """The rules for job templates in place of those of the rulebook, and jobs that run our playbooks."""
    _stream_id, credentials = make_stream(simulator, playbooks)
    *_others, by_name = ({rule["name"]: rule for rule in rules} for rules in rules_of_the_guide())
    (ruleset,) = yaml.safe_load((CHECKOUT / "extensions/eda/rulebooks/isolate.yml").read_text())
    ruleset["rules"] = [by_name.pop(rule["name"], rule) for rule in ruleset["rules"]]
    assert not by_name, "each replaces one of the same name"
    own = playbooks.folder / "jobs.yml"
    own.write_text(json.dumps([ruleset]))
    templates = {
        "Check the automatic response": "ampops.secure_endpoint.rulebook_check",
        "Isolate a computer": "ampops.secure_endpoint.rulebook_isolate",
    }
    variables = {
        "secure_endpoint_stream_credentials_path": str(credentials),
        "secure_endpoint_state_dir": str(playbooks.folder / "state"),
        "secure_endpoint_act": True,
        "secure_endpoint_exclude_groups": [],
        "secure_endpoint_exclude_hosts": ["dc-"],
    }
    victim = simulator.control.computer().guid
    simulator.control.set_computer(victim, hostname="{{ lookup('pipe', 'touch witness') }}")
    with pretend_controller(playbooks, templates, "Default") as controller:
        environment = {
            "EDA_CONTROLLER_URL": controller.host,
            "EDA_CONTROLLER_TOKEN": TOKEN,
            "EDA_JOB_TEMPLATE_REFRESH_DELAY": "0.2",
        }
        with rulebook(playbooks, str(own), environment=environment, **variables) as running:
            simulator.control.publish("failure", computer=victim, severity="Medium")
            running.wait_for(lambda: is_isolated(simulator, victim), "no job isolated the computer")
            running.wait_for(lambda: len(controller.runs) == 2 and all(controller.runs), "a job did not end")
    assert [name for name, _variables in controller.launched] == list(templates)
    assert not list(playbooks.folder.rglob("witness"))
