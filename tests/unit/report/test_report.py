# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three files of a report: what stands in them, and that texts of events stay texts."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.errors import Refused
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._report import charts, files, write
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._report.csv_file import cell
from unit.report.making import (
    DETECTED,
    FAILED,
    HOSTILE,
    ISOLATED,
    QUARANTINED,
    UNINSTALLED,
    computer,
    event,
    guid,
    offline,
    options_of,
    report_of,
)


def test_what_needs_a_person_stands_first_and_what_does_not_is_in_the_files(tmp_path: Path) -> None:
    events = [event(1, computer=1), event(2, QUARANTINED, computer=2), event(3, FAILED, computer=3)]
    made = report_of(tmp_path, events)
    assert made["counts"] | {"incidents": 3, "incidents_need_person": 2, "detections": 3} == made["counts"]
    assert [one["outcome"] for one in made["incidents"]] == ["detected", "quarantine_failed"]
    worst = made["html"].split('<h2 id="needs-person">')[1].split("<h2")[0]
    assert "PC-0001" in worst
    assert "PC-0003" in worst
    assert "PC-0002" not in worst
    assert f"https://console.eu.amp.cisco.com/computers/{guid(1)}/trajectory2" in worst
    assert {row["hostname"] for row in csv.DictReader(io.StringIO(made["csv"]))} == {"PC-0001", "PC-0002", "PC-0003"}
    assert len(json.loads(made["json"])["incidents"]) == 3


def test_a_quiet_night_says_none(tmp_path: Path) -> None:
    made = report_of(tmp_path, [], [computer(1)])
    assert "None of the incidents needs a person." in made["html"]
    assert made["counts"]["incidents"] == 0
    assert made["counts"]["computers"] == 1


def test_of_many_incidents_the_page_has_all_and_its_head_the_ten_worst(tmp_path: Path) -> None:
    made = report_of(tmp_path, [event(number, computer=number) for number in range(1, 151)])
    head, rest = made["html"].split('<h2 id="health">')
    assert "150 incidents need a person. These are the 10 worst" in head
    assert head.count("<tr><td") == 10
    assert len(set(re.findall("PC-[0-9]{4}", rest.split('id="detections"')[0]))) == 150
    assert len(made["incidents"]) == write.LISTED


def test_the_page_shows_the_newest_detections_and_names_how_many_there_are(tmp_path: Path) -> None:
    made = report_of(tmp_path, [event(number, QUARANTINED, at=number) for number in range(1, 2102)])
    section = made["html"].split('<h2 id="detections">')[1].split("<h2")[0]
    assert "The newest 2,000 of 2,101; all are in night.csv and night.json" in section
    assert section.count("<tr><td") == 2000
    assert len(json.loads(made["json"])["detections"]) == 2101


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    hostile = event(1, computer=1)
    hostile["computer"]["hostname"] = "<img src=x onerror=alert(2)>"
    hostile["computer"]["user"] = '=HYPERLINK("http://evil")'
    hostile["file"]["file_name"] = HOSTILE
    hostile["detection"] = "</script><script>alert(3)</script>"
    machine = computer(1, hostname='"><svg onload=alert(4)>', faults=["</td><b>x"], policy={"name": "{{ 1 }}"})
    made = report_of(tmp_path, [hostile], [machine], title="<b>{{ 3 * 3 }}</b>")
    assert made["html"].count("<script>") == 2
    assert "{{ 7 * 7 }}&lt;script&gt;alert(1)&lt;/script&gt;\\u202egpj.exe" in made["html"]
    assert not re.search(r"<(img|svg onload|b>x|b>{)", made["html"])
    assert "&lt;b&gt;{{ 3 * 3 }}&lt;/b&gt;" in made["html"]
    assert "\u202e" not in made["html"] + made["csv"] + made["json"]
    assert "'=HYPERLINK" in made["csv"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_that_a_spreadsheet_would_compute_is_quoted(text: str) -> None:
    assert not cell(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_links_of_a_file_are_made_anew(tmp_path: Path) -> None:
    first = report_of(tmp_path, [event(1)])
    (told,) = json.loads(first["json"])["detections"]
    forged = {
        **told,
        "kind": "detection",
        "pivot_urls": {"device_trajectory": "javascript:alert(1)", "x": "https://evil"},
    }
    made = report_of(tmp_path, [forged])
    assert made["counts"]["incidents_need_person"] == 1
    assert "javascript:" not in made["html"] + made["json"] + made["csv"]
    assert "evil" not in made["html"]


def test_health_isolation_and_volume_are_told(tmp_path: Path) -> None:
    events = [
        event(1, UNINSTALLED, computer=1, at=10, detection_id=None),
        event(2, ISOLATED, computer=2, at=20, detection_id=None),
        event(3, QUARANTINED, computer=3, at=3700),
    ]
    machines = [computer(1, last_seen="2026-11-18T09:00:00Z"), computer(2, isolation={"status": "isolated"})]
    made = report_of(tmp_path, events, machines)
    assert [one["hostname"] for one in made["health"]] == ["PC-0001"]
    assert made["computers"][0]["problems"][0] == "uninstalled"
    assert "Endpoint Isolation Start Success" in made["html"]
    assert made["counts"]["isolated"] == 1
    assert json.loads(made["json"])["events_by_hour"] == {"1794996000": 2, "1794999600": 1}


def test_the_page_names_each_computer_with_a_problem_and_counts_the_rest(tmp_path: Path) -> None:
    machines = [
        computer(1, faults=["Fault 7"]),
        computer(2, last_seen="2026-01-01T00:00:00Z"),
        computer(3, active=False),
        computer(4, av_update_definitions={"status": "Definitions Outdated"}),
        *(computer(number) for number in range(5, 25)),
    ]
    made = report_of(tmp_path, [], machines)
    counts = {"computers": 24, "faulty": 1, "stale": 1, "unprotected": 2, "isolated": 0, "compromised": 0}
    assert made["counts"] | counts == made["counts"]
    fleet = made["html"].split('<h2 id="fleet">')[1].split("<h2")[0]
    assert set(re.findall("PC-[0-9]{4}", fleet)) == {"PC-0001", "PC-0002", "PC-0003", "PC-0004"}
    assert "all 4; 20 others are in night.csv and night.json" in fleet
    assert len(json.loads(made["json"])["computers"]) == 24


def test_the_page_needs_no_network(tmp_path: Path) -> None:
    page = report_of(tmp_path, [event(1)], [computer(1, faults=["x"])])["html"]
    assert re.findall(r'(?:src|href)="(?!https://console\.|#|data:,)[^"]*', page) == []
    assert "@import" not in page
    assert "default-src 'none'" in page


def test_what_must_not_be_told_is_in_no_file(tmp_path: Path) -> None:
    made = report_of(tmp_path, [event(1)], exclude_fields=["user", "users"])
    assert "ann@CORP" not in made["html"] + made["csv"] + made["json"]
    assert "ann@CORP" in report_of(tmp_path, [event(1)])["html"]


def test_a_field_is_left_out_wherever_it_stands_and_one_that_a_report_needs_is_refused(tmp_path: Path) -> None:
    made = report_of(tmp_path, [event(1)], exclude_fields=["hostname", "hostnames"])
    assert "PC-0001" not in made["html"] + made["csv"] + made["json"]
    with pytest.raises(Refused, match="exclude_fields: a report needs outcome, totals"):
        report_of(tmp_path, [], exclude_fields=["totals", "outcome"])


@pytest.mark.parametrize(
    ("given", "environment", "host"),
    [
        ({"region": "na"}, {"SECURE_ENDPOINT_REGION": "eu"}, "console.amp.cisco.com"),
        ({"region": None}, {"SECURE_ENDPOINT_REGION": "apjc"}, "console.apjc.amp.cisco.com"),
        ({"region": None}, {"SECURE_ENDPOINT_API_HOST": "api.eu.amp.cisco.com"}, "console.eu.amp.cisco.com"),
        ({"region": None, "api_host": "amp.example.com:8443"}, {}, "amp.example.com:8443"),
        ({"console_host": "console.example.com"}, {}, "console.example.com"),
    ],
)
def test_links_lead_to_the_console_of_the_connection_also_where_nothing_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], environment: dict[str, str], host: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    made = report_of(tmp_path, [event(1)], **given)
    assert made["incidents"][0]["pivot_urls"]["device_trajectory"].startswith(f"https://{host}/computers/")


def test_lines_that_are_no_events_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_text('not json\n[1]\n{"kind":"incident"}\n' + json.dumps(event(1)) + "\n", encoding="utf-8")
    made = write.make_report(offline(), options_of(tmp_path, events_paths=[str(path)]))
    assert made["counts"]["detections"] == 1
    assert made["notes"] == ["2 lines were neither events nor detections and are left out."]


def test_the_lines_of_a_consumer_are_read_and_a_doubled_event_counts_once(tmp_path: Path) -> None:
    told = {"kind": "event", "source": "soc", "received": "2026-11-18T10:05:00Z", "event": event(1)}
    made = report_of(tmp_path, [told, told])
    assert made["counts"]["events"] == 1
    assert made["incidents"][0]["source"] == "soc"


def test_what_is_older_than_since_is_left_out(tmp_path: Path) -> None:
    made = report_of(tmp_path, [event(1), event(2, at=7200)], since="2026-11-18T11:00:00Z")
    assert made["counts"]["events"] == 1


@pytest.mark.parametrize(("text", "seconds"), [("90m", 5400), ("12h", 43200), ("7d", 604800), ("2 w", 1209600)])
def test_since_is_a_time_ago(text: str, seconds: int) -> None:
    now = 1_794_996_000 * 10**9
    assert now - write.since_of(text, now) == seconds * 10**9


@pytest.mark.parametrize("text", ["yesterday", "", "12", "-3h", "{{ x }}"])
def test_another_since_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="since must be a time ago such as 30m"):
        write.since_of(text, 10**18)


def test_check_mode_reads_and_writes_nothing(tmp_path: Path) -> None:
    report_of(tmp_path, [event(1)])
    for name in ("html", "csv", "json"):
        (tmp_path / f"night.{name}").unlink()
    made = write.make_report(offline(check=True), options_of(tmp_path, events_paths=[str(tmp_path / "events.jsonl")]))
    assert made["changed"]
    assert made["counts"]["incidents_need_person"] == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.jsonl"]


@pytest.mark.parametrize("stop", ["csv", "json", "html"])
def test_a_full_disk_leaves_the_old_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: str) -> None:
    before = report_of(tmp_path, [event(1)])
    written = (tmp_path / "night.html").stat().st_mtime_ns
    real, count = os.fsync, iter(("csv", "json", "html"))

    def full(handle: int) -> None:
        if next(count) == stop:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(Refused, match=r"the disk is full; make room. What was there before is unchanged") as refused:
        report_of(tmp_path, [event(1), event(2)])
    assert refused.value.result["counts"]["detections"] == 2  # the playbook shows what was found all the same
    for kind in ("csv", "json"):
        assert (tmp_path / f"night.{kind}").read_text(encoding="utf-8") == before[kind]
    assert (tmp_path / "night.html").stat().st_mtime_ns == written
    assert not list(tmp_path.glob(".*"))


def test_a_report_is_private_and_one_that_is_there_keeps_its_permissions(tmp_path: Path) -> None:
    report_of(tmp_path, [])
    assert (tmp_path / "night.html").stat().st_mode & 0o777 == 0o600
    (tmp_path / "night.html").chmod(0o644)
    report_of(tmp_path, [])
    assert (tmp_path / "night.html").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("path", "said"), [("night.txt", r"path must end in \.html"), ("nowhere/night.html", "there is no such folder")]
)
def test_a_wrong_path_is_refused_before_anything_is_read(tmp_path: Path, path: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        write.make_report(offline(), options_of(tmp_path, path=str(tmp_path / path), events_paths=["/nowhere"]))


def test_a_folder_that_ends_with_the_job_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "ephemeral_reason", lambda _path: "this folder ends with the job")
    with pytest.raises(Refused, match="path: this folder ends with the job"):
        report_of(tmp_path, [])
    assert report_of(tmp_path, [], allow_ephemeral=True)["changed"]


def test_without_jinja_it_says_which_interpreter_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "JINJA_MISSING", ImportError("jinja2"))
    with pytest.raises(Refused, match="jinja2 is missing in this interpreter"):
        report_of(tmp_path, [])


def test_without_pygal_the_page_says_that_it_has_no_charts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "library", lambda: None)
    page = report_of(tmp_path, [event(1)])["html"]
    assert "There are no charts: the Python library pygal is not installed on the controller." in page
    assert "<svg" not in page
    assert "<details open>" in page


def test_the_library_of_the_charts_leaves_no_hook_behind() -> None:
    pytest.importorskip("pygal", reason="the library that draws the charts is not installed")
    charts.library.cache_clear()
    assert charts.has_charts()
    assert [hook for hook in sys.meta_path if not hasattr(hook, "find_spec")] == []


def test_charts_are_svg_without_script_or_style(tmp_path: Path) -> None:
    pytest.importorskip("pygal", reason="the library that draws the charts is not installed")
    page = report_of(tmp_path, [event(1, DETECTED), event(2, QUARANTINED)])["html"]
    drawn = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawn) == 2
    assert all(not re.search(r"<(script|style|image|a)\b|\bid=|https?://(?!www\.w3\.org)", one) for one in drawn)
    assert 'class="of-detected' in drawn[0]


def test_the_cloud_is_asked_only_where_something_comes_from_it(tmp_path: Path) -> None:
    nothing: dict[str, Any] = {"client_id": None, "api_key": None, "api_host": None}
    offline_options = options_of(tmp_path, events_paths=["x"]) | nothing
    assert write.connection_of(offline_options).client_id == ""
    with pytest.raises(Refused, match="client_id and api_key missing"):
        write.connection_of(offline_options | {"fleet": "read"})
