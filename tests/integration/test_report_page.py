# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a report in a browser: first screen, links, sorting, filters, light and dark, paper, keyboard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browser
import pytest

from .harness import CHECKOUT
from .report_pages import write_page

pytestmark = pytest.mark.skipif(
    browser.PROGRAM is None, reason="Chromium is not installed: apt-get install chromium-headless-shell"
)

CONTRASTS = (CHECKOUT / "tests" / "integration" / "contrasts.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Page]:
    folder = tmp_path_factory.mktemp("report")
    path = write_page(folder)
    with browser.Page(folder / "profile") as opened:
        opened.open(path)
        yield opened


def column(page: browser.Page, section: str, number: int) -> list[str]:
    """The texts of a column of a section's first table, those of hidden rows left out."""
    script = f"""[...[...document.querySelectorAll("table.sortable")].find((table) =>
        document.getElementById("{section}").compareDocumentPosition(table) & 4).tBodies[0].rows]
        .filter((row) => !row.hidden).map((row) => row.cells[{number}].textContent.trim())"""
    found: list[str] = page.run(script)
    return found


def test_nothing_fails_and_nothing_is_asked_of_a_network(page: browser.Page) -> None:
    assert page.errors == []
    assert [url for url in page.requests if not url.startswith(("file:", "data:"))] == []


def test_the_first_screen_has_the_number_and_the_ten_worst(page: browser.Page) -> None:
    rows = page.run(
        """[...document.querySelectorAll("table.worst tbody tr")].map((row) => ({host: row.cells[1].textContent.trim(),
        bottom: row.getBoundingClientRect().bottom, right: row.getBoundingClientRect().right}))"""
    )
    assert len(rows) == 10
    assert all(row["bottom"] <= 720 and row["right"] <= 1280 for row in rows), rows
    assert "30 incidents need a person. These are the 10 worst" in " ".join(page.run("document.body.innerText").split())


def test_hostile_names_are_text(page: browser.Page) -> None:
    assert page.run("window.hacked") is None
    assert page.run('document.querySelectorAll("main img, main script, main iframe").length') == 0
    assert "<img src=x onerror=" in page.run('document.querySelector("table.worst").textContent')


def test_links_lead_to_the_console_or_within_the_page(page: browser.Page) -> None:
    links: list[str] = page.run('[...document.querySelectorAll("a")].map((link) => link.getAttribute("href"))')
    assert len(links) > 50
    hosts = {link.partition("//")[2].partition("/")[0] for link in links if link[0] != "#"}
    assert hosts == {"console.eu.amp.cisco.com"}
    inside = [link[1:] for link in links if link[0] == "#"]
    assert all(page.run(f"document.getElementById({json.dumps(name)}) !== null") for name in inside)


def test_a_table_is_sorted_by_the_keyboard_both_ways(page: browser.Page) -> None:
    page.run('document.querySelectorAll("table.timeline th button")[1].focus()')
    page.press("Enter")
    hosts = column(page, "incidents", 1)
    assert hosts == sorted(hosts, key=str.casefold)
    assert len(set(hosts)) > 20
    assert page.run('document.querySelectorAll("table.timeline th")[1].getAttribute("aria-sort")') == "ascending"
    page.press("Enter")
    assert column(page, "incidents", 1) == hosts[::-1]
    assert page.run('document.querySelectorAll("table.timeline th[aria-sort]").length') == 1


def test_every_control_is_reached_by_the_tab_key(page: browser.Page) -> None:
    wanted = page.run('document.querySelectorAll("a, button, input, summary").length')
    page.run("document.activeElement.blur(); window.scrollTo(0, 0); window.reached = new Set()")
    page.run('addEventListener("focusin", (event) => window.reached.add(event.target))')
    for _press in range(wanted + 2):
        page.press("Tab")
    assert page.run("window.reached.size") == page.run(
        '[...document.querySelectorAll("a, button, input, summary")].filter((one) => one.checkVisibility()).length'
    )


def test_a_table_is_filtered_by_words(page: browser.Page) -> None:
    page.run('document.querySelector("#incidents ~ .tools input").focus()')
    page.call("Input.insertText", text="pc-0007 detected")
    page.run("new Promise((done) => setTimeout(done, 400))")
    assert column(page, "incidents", 1) == ["PC-0007"]
    assert page.run('document.querySelector("#incidents ~ .tools [role=status]").textContent').strip() == "1 of 30"


def test_a_long_table_shows_its_first_rows_until_asked_for_all(page: browser.Page) -> None:
    rows = "[...document.querySelectorAll('#detections ~ .scroll table.sortable')][0].querySelectorAll('tbody tr')"
    visible = f"[...{rows}].filter((row) => row.checkVisibility()).length"
    assert page.run(f"{rows}.length") == 330
    assert page.run(visible) == 200
    page.show_as(media="print")
    assert page.run(visible) == 330
    page.show_as()
    page.run("[...document.querySelectorAll('#detections ~ .tools button')][0].click()")
    assert page.run(visible) == 330


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_the_contrast_of_wcag_aa(page: browser.Page, scheme: str) -> None:
    page.show_as(scheme=scheme)
    background = page.run("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(20, 23, 26)")
    assert page.run(CONTRASTS) == []


def test_on_paper_it_is_light_without_controls_and_every_row_is_there(page: browser.Page) -> None:
    page.show_as(media="print", scheme="dark")
    assert page.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.run('[...document.querySelectorAll(".tools")].every((one) => !one.checkVisibility())') is True
    printed: dict[str, Any] = page.call("Page.printToPDF")
    assert len(printed["data"]) > 10_000
    page.show_as()


def test_without_script_times_and_rows_are_there(tmp_path: Path) -> None:
    with browser.Page(tmp_path / "profile") as plain:
        plain.call("Emulation.setScriptExecutionDisabled", value=True)
        plain.open(write_page(tmp_path))
        assert plain.run('document.querySelectorAll("table.timeline tbody tr").length') == 30
        assert plain.run('document.querySelectorAll("th button").length') == 0
        assert plain.run('document.querySelector("table.timeline time").textContent').startswith("2026-11-18 1")
