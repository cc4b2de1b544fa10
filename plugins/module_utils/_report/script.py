# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page of a report can do: sort and filter its tables, show times in the viewer's zone. It loads nothing."""

from __future__ import annotations

SCRIPT = """
"use strict";
(() => {
  const two = (number) => String(number).padStart(2, "0");
  const shown = (time) => {
    const at = new Date(time.getAttribute("datetime"));
    return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} `
      + `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  };
  for (const time of document.querySelectorAll("time")) time.textContent = shown(time);
  const zone = new Intl.DateTimeFormat(undefined, {timeZoneName: "short"}).formatToParts(new Date())
    .find((part) => part.type === "timeZoneName").value;
  for (const place of document.querySelectorAll(".zone")) place.textContent = zone;

  const value = (row, column) => {
    const cell = row.cells[column];
    return "sort" in cell.dataset ? cell.dataset.sort : cell.textContent.trim();
  };
  const isNumber = (text) => text !== "" && !Number.isNaN(Number(text));
  const compare = new Intl.Collator(undefined, {numeric: true, sensitivity: "base"}).compare;
  const sort = (table, head) => {
    const column = head.cellIndex, down = head.getAttribute("aria-sort") === "ascending";
    const keyed = [...table.tBodies[0].rows].map((row) => [value(row, column), row]);
    const numbers = keyed.every(([key]) => key === "" || isNumber(key));
    keyed.sort(([one], [other]) => numbers ? Number(one) - Number(other) : compare(one, other));
    if (down) keyed.reverse();
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    table.tBodies[0].append(...keyed.map(([, row]) => row));
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    for (const head of table.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(table, head));
      head.append(button);
    }
    if (table.tBodies[0].rows.length < 6) continue;
    const label = document.createElement("label"), input = document.createElement("input");
    const count = document.createElement("span");
    label.className = "filter";
    count.setAttribute("role", "status");
    count.className = "quiet";
    input.type = "search";
    label.append("Filter: ", input);
    const filter = () => {
      const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean), rows = table.tBodies[0].rows;
      let kept = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        kept += !row.hidden;
      }
      count.textContent = words.length ? `${kept} of ${rows.length}` : "";
    };
    let waiting = 0;
    input.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(filter, 120);
    });
    table.parentNode.before(label, count);
  }
})();
"""
