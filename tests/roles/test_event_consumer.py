# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role event_consumer on hosts with systemd, their streams on the broker of the simulated tenant."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from roles.pretend.hosts import CHECKOUT, Host, Outcome, pretend_host
from roles.pretend.outcomes import record
from simulator import Simulator
from simulator.ports import free_port

ROLE = "event_consumer"
UNIT = "secure-endpoint-consumer"
EVENTS = f"/var/log/{UNIT}/events.jsonl"
CONFIG = f"/etc/{UNIT}/config.json"
CURRENT = f"/opt/{UNIT}/current"
PATIENCE = 90
# What the role makes of each family on its own; the fast one brings its libraries, for that takes no network.
HOSTS = [
    ("debian", "packages"),
    ("ubuntu", "packages"),
    ("el", "venv"),
    ("el", "packages"),
    pytest.param(("el", "there"), marks=pytest.mark.fast),
]
PURE_PYTHON = ("--only-binary=:all:", "--platform=any", "--implementation=py", "--abi=none", "--python-version=3.11")
PYTHON_RPM = """%global __os_install_post %{nil}
Name: python3.12
Version: 3.12.0
Release: 1
Summary: A name for the Python of this image
License: GPL-3.0-or-later
BuildArch: noarch
AutoReqProv: no
%description
The distribution that this image stands for has a package of this name.
%install
mkdir -p %{buildroot}/usr/bin && ln -s python3 %{buildroot}/usr/bin/python3.12
%files
/usr/bin/python3.12
"""


class Consumer:
    """One host, one stream, and the variables of the role for both."""

    def __init__(self, host: Host, simulator: Simulator, folder: Path, libraries: str) -> None:
        self.host = host
        self.simulator = simulator
        self.stream = make_stream(simulator)
        self.published_at = int(time.time())
        self.port = free_port()
        host.put(Path(simulator.ca_path), "/etc/ssl/simulator.pem")
        host.sh("chmod 0644 /etc/ssl/simulator.pem")
        login = {key: self.stream[key] for key in ("host", "port", "queue_name", "user_name", "password")}
        login["port"] = int(login["port"])
        file = {"version": 1, "stream_id": str(self.stream["id"]), "name": "soc", "vhost": "/", "ca_path": None}
        self.variables: dict[str, Any] = {
            "event_consumer_streams": [{"credentials": "soc", "ca_path": "/etc/ssl/simulator.pem", "source": "soc"}],
            "event_consumer_credentials": [{"name": "soc", "content": {**file, "api_host": None, **login}}],
            "event_consumer_settings": {"monitor": {"port": self.port}},
            "event_consumer_health_timeout": 20,
        }
        if libraries == "there":
            put_libraries(host, folder)
            self.variables |= {"event_consumer_dependencies": "none", "event_consumer_python": "/usr/bin/python3"}
        elif libraries == "packages" and host.family == "el":
            offer_libraries(host, folder)
        elif libraries == "venv":
            offer_python_and_wheels(host, folder)
            self.variables["event_consumer_pip_arguments"] = "--no-index --find-links /root/wheels"

    def converge(self, *, check: bool = False, **more: Any) -> Outcome:
        return self.host.role(ROLE, check=check, **{**self.variables, **more})

    def publish(self, *numbers: int) -> None:
        """Publish events that are the same each time: their time is a part of what they are known by (R1)."""
        for number in numbers:
            body = json.dumps({"id": number, "event_type_id": 1107296272, "timestamp": self.published_at})
            self.simulator.control.publish_raw(body.encode(), stream_id=self.stream["id"])

    def events(self) -> list[int]:
        found = self.host.sh(f"cat {EVENTS} 2>/dev/null", check=False).splitlines()
        return [int(json.loads(line)["event"]["id"]) for line in found]

    def wait_for_events(self, wanted: list[int]) -> None:
        until = time.monotonic() + PATIENCE
        while self.events() != wanted:
            assert time.monotonic() < until, f"{self.events()} {self.journal()}"
            time.sleep(0.2)

    def journal(self) -> str:
        return self.host.sh(f"journalctl -u {UNIT} -o cat --no-pager | tail -30", check=False)

    def pid(self) -> str:
        return self.host.sh(f"systemctl show -p MainPID --value {UNIT}").strip()

    def release(self) -> str:
        return self.host.sh(f"readlink {CURRENT}").strip()


def make_stream(simulator: Simulator) -> dict[str, Any]:
    answer = requests.post(
        f"https://{simulator.api_host}/v1/event_streams",
        json={"name": "soc"},
        auth=(simulator.client_id, simulator.api_key),
        verify=simulator.ca_path,
        timeout=30,
    )
    answer.raise_for_status()
    made = answer.json()["data"]
    return {"id": made["id"], **made["amqp_credentials"]}


def put_libraries(host: Host, folder: Path) -> None:
    """pika and requests of the test environment: pure Python, they work in any."""
    place = host.sh("python3 -c 'import site; print(site.getsitepackages()[0])'").strip()
    host.sh(f"mkdir -p {place}")
    for name in ("pika", "requests", "urllib3", "idna", "certifi", "charset_normalizer"):
        package = Path(__import__(name).__file__).parent  # type: ignore[arg-type]
        copy = folder / "libraries" / name
        shutil.copytree(package, copy, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
        host.put(copy, f"{place}/{name}")


def offer(host: Host, folder: Path, *specs: str) -> None:
    """A repository of the host's own with the packages of these specs."""
    (folder / "python.repo").write_text("[python]\nname=python\nbaseurl=file:///root/repository\ngpgcheck=0\n")
    host.put(folder / "python.repo", "/etc/yum.repos.d/python.repo")
    for spec in specs:
        (folder / "python.spec").write_text(spec)
        host.put(folder / "python.spec", "/root/python.spec")
        host.sh("rpmbuild --quiet --define '_rpmdir /root/repository' -bb /root/python.spec 2>&1")
    host.sh("createrepo_c --quiet /root/repository")


def offer_libraries(host: Host, folder: Path) -> None:
    """Packages of Python's libraries, as EL 10 with EPEL has them; they bring what `put_libraries` put aside."""
    put_libraries(host, folder)
    place = host.sh("python3 -c 'import site; print(site.getsitepackages()[0])'").strip()
    names = {"python3-pika": "pika", "python3-requests": "requests", "python3": ""}
    specs = []
    for package, library in names.items():
        if library:
            host.sh(f"mkdir -p /root/aside && mv {place}/{library} /root/aside/")
        install = (
            f"mkdir -p %{{buildroot}}{place} && cp -r /root/aside/{library} %{{buildroot}}{place}/" if library else ""
        )
        files = f"{place}/{library}" if library else ""
        head, _install, _rest = PYTHON_RPM.partition("%install")
        head = head.replace("Name: python3.12", f"Name: {package}")
        specs.append(f"{head}%install\n{install}\n%files\n{files}\n")
    offer(host, folder, *specs)


def offer_python_and_wheels(host: Host, folder: Path) -> None:
    """A repository with the one package that the role wants of the RHEL family, and what its pip is to find."""
    offer(host, folder, PYTHON_RPM)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", *PURE_PYTHON, "--dest", str(folder / "wheels")]
    subprocess.run([*pip, "pika", "requests"], check=True)
    host.put(folder / "wheels", "/root/wheels")


@pytest.fixture
def consumer(request: pytest.FixtureRequest, simulator: Simulator, tmp_path: Path) -> Iterator[Consumer]:
    """The tests of one thing install no libraries, for that takes its time."""
    family, libraries = getattr(request, "param", ("debian", "there"))
    with pretend_host(family) as host:
        yield Consumer(host, simulator, tmp_path, libraries)


def assert_ran(outcome: Outcome, *, changes: bool) -> None:
    assert outcome.rc == 0, f"{outcome.error}\n{outcome.output[-4000:]}"
    assert bool(outcome.changed) == changes, outcome.changed


def changed_source(folder: Path, change: Callable[[Path], object]) -> str:
    """Other code to ship: a copy of the collection's, changed."""
    copy = folder / "module_utils"
    shutil.copytree(CHECKOUT / "plugins" / "module_utils", copy, ignore=shutil.ignore_patterns("__pycache__"))
    change(copy)
    return str(copy)


@pytest.mark.parametrize("consumer", HOSTS, indirect=True, ids="-".join)
def test_from_installation_to_removal(consumer: Consumer) -> None:
    host = consumer.host
    assert_ran(consumer.converge(check=True), changes=True)
    assert not host.sh(f"ls -d /opt/{UNIT} 2>/dev/null", check=False), "check mode writes nothing"
    consumer.publish(1, 2, 3)
    installed = consumer.converge()
    assert_ran(installed, changes=True)
    assert consumer.stream["password"] not in installed.output
    consumer.wait_for_events([1, 2, 3])
    assert_ran(consumer.converge(), changes=False)
    assert_ran(consumer.converge(check=True), changes=False)
    record(ROLE, host.family, "check, real, again ok")
    bounds = host.sh(f"systemctl show -p MemoryMax -p TasksMax -p UMask {UNIT}")
    assert sorted(bounds.split()) == ["MemoryMax=2147483648", "TasksMax=512", "UMask=0027"]

    exposure = host.sh(f"systemd-analyze security {UNIT}.service --no-pager | tail -1")
    level = re.search(r"([0-9.]+) (OK|MEDIUM|EXPOSED|UNSAFE)", exposure)
    assert level is not None, exposure
    assert float(level[1]) < 2.5, exposure
    password = consumer.stream["password"]
    assert password not in host.sh(f"cat {CONFIG}; ps axww; systemctl show {UNIT}; journalctl -u {UNIT}")
    assert host.sh(f"stat -c '%a %U' /etc/{UNIT}/credentials /etc/{UNIT}/credentials/soc").split("\n")[:2] == [
        "700 root",
        "600 root",
    ]
    assert host.sh(f"ps -o user= -p {consumer.pid()}").strip() not in ("", "root")

    kept = consumer.converge(event_consumer_state="absent")
    assert_ran(kept, changes=True)
    assert_ran(consumer.converge(event_consumer_state="absent"), changes=False)
    assert host.sh(f"ls -d /opt/{UNIT} /etc/{UNIT} 2>/dev/null", check=False) == ""
    assert consumer.events() == [1, 2, 3]
    consumer.publish(2, 4)
    assert_ran(consumer.converge(), changes=True)
    consumer.wait_for_events([1, 2, 3, 4])
    assert_ran(consumer.converge(event_consumer_state="absent", event_consumer_keep_state=False), changes=True)
    assert host.sh(f"ls -d /var/lib/{UNIT} /var/log/{UNIT} 2>/dev/null", check=False) == ""
    record(ROLE, host.family, "removal keeps or drops")


def test_a_wrong_configuration_is_refused_and_the_running_service_is_not_touched(consumer: Consumer) -> None:
    assert_ran(consumer.converge(), changes=True)
    pid, config = consumer.pid(), consumer.host.read(CONFIG)
    for wrong, told in [
        (
            {"event_consumer_settings": {"monitor": {"port": consumer.port}, "retention": {"days": -1}}},
            "retention.days",
        ),
        ({"event_consumer_sinks": [{"name": "x", "type": "pigeon"}]}, "sinks[0].type"),
        ({"event_consumer_streams": [{"credentials": "nobody"}]}, "nobody"),
        ({"event_consumer_credentials": [{"name": "soc", "content": "{}"}]}, "credentials_path"),
    ]:
        refused = consumer.converge(**wrong)
        assert refused.rc != 0
        assert told in refused.error.replace("\n", " "), refused.error
        assert (consumer.pid(), consumer.host.read(CONFIG)) == (pid, config)
        assert consumer.stream["password"] not in refused.output
    record(ROLE, consumer.host.family, "refuses wrong configuration")


def test_an_upgrade_loses_nothing_and_a_bad_one_is_taken_back(consumer: Consumer, tmp_path: Path) -> None:
    consumer.publish(*range(1, 6))
    assert_ran(consumer.converge(), changes=True)
    consumer.wait_for_events(list(range(1, 6)))
    first = consumer.release()

    def comment(source: Path) -> None:
        with (source / "_stream" / "service" / "cli.py").open("a") as file:
            file.write("# another release\n")

    upgrade = changed_source(tmp_path / "good", comment)
    consumer.publish(*range(6, 20))
    assert_ran(consumer.converge(event_consumer_source=upgrade), changes=True)
    second = consumer.release()
    assert second != first
    consumer.publish(20)
    consumer.wait_for_events(list(range(1, 21)))
    record(ROLE, consumer.host.family, "upgrade ok")

    def die(source: Path) -> None:
        path = source / "_stream" / "service" / "service.py"
        path.write_text(path.read_text().replace("self._systemd.ready(", "raise StreamError('broken') #"))

    bad = consumer.converge(
        event_consumer_source=changed_source(tmp_path / "bad", die),
        event_consumer_settings={"monitor": {"port": consumer.port}, "log": {"level": "debug"}},
    )
    assert bad.rc != 0
    assert "runs again" in bad.error
    assert consumer.release() == second
    assert b"debug" not in consumer.host.read(CONFIG)
    consumer.publish(21)
    consumer.wait_for_events(list(range(1, 22)))
    assert_ran(consumer.converge(event_consumer_source=upgrade), changes=False)
    record(ROLE, consumer.host.family, "rollback ok")


def test_secrets_can_be_files_of_the_service_and_the_role_becomes_root_itself(consumer: Consumer) -> None:
    consumer.publish(1)
    assert_ran(consumer.converge(event_consumer_credentials_by="file", ansible_user="deployer"), changes=True)
    consumer.wait_for_events([1])
    mode = consumer.host.sh(f"stat -c '%a %U' /etc/{UNIT}/credentials/soc").strip()
    assert mode == "600 secure-endpoint"
    assert_ran(consumer.converge(event_consumer_credentials_by="file"), changes=False)
    record(ROLE, consumer.host.family, "becomes root itself")


def test_the_guide_leads_to_a_running_service(consumer: Consumer, tmp_path: Path) -> None:
    """The play that the guide shows, with the credentials where its playbook puts them; only the port is another."""
    guide = (CHECKOUT / "docs" / "docsite" / "rst" / "guide_event_consumer.rst").read_text()
    block = re.search(r"\n    (- name: Consume the SOC's stream\n(?:    .*\n|\n)+)", guide)
    assert block is not None
    [play] = yaml.safe_load(textwrap.dedent("    " + block[1]))
    [role] = play["roles"]
    credentials = consumer.variables["event_consumer_credentials"][0]["content"]
    (tmp_path / "soc.json").write_text(json.dumps({**credentials, "ca_path": "/etc/ssl/simulator.pem"}))
    consumer.host.sh("mkdir -m 0700 /etc/secure_endpoint")
    consumer.host.put(tmp_path / "soc.json", "/etc/secure_endpoint/soc.json")
    consumer.host.sh("chmod 0600 /etc/secure_endpoint/soc.json")
    consumer.publish(1, 2)
    assert_ran(consumer.converge(**role["vars"]), changes=True)
    consumer.wait_for_events([1, 2])
    # The host shares the network of the machine, so its loopback is ours.
    assert requests.get(f"http://127.0.0.1:{consumer.port}/status", timeout=30).json()["healthy"]
