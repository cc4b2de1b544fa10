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
  const show = (time) => {
    const text = shown(time);
    if (time.textContent !== text) time.textContent = text;
  };
  document.querySelectorAll("time").forEach(show);
  const zone = new Intl.DateTimeFormat(undefined, {timeZoneName: "short"}).formatToParts(new Date())
    .find((part) => part.type === "timeZoneName").value;
  for (const place of document.querySelectorAll(".zone")) place.textContent = zone;

  const value = (row, column) => {
    const cell = row.cells[column];
    return "sort" in cell.dataset ? cell.dataset.sort : cell.textContent.trim();
  };
  const isNumber = (text) => text !== "" && !Number.isNaN(Number(text));
  const compare = new Intl.Collator(undefined, {numeric: true, sensitivity: "base"}).compare;
  const prepare = (table) => {
    const [first, ...others] = table.tBodies, heads = [...table.tHead.rows[0].cells];
    const more = others[0] ?? table.createTBody(), shownRows = first.rows.length;
    let order = [...first.rows, ...more.rows], words = [], all = false;
    const everything = document.createElement("button"), count = document.createElement("span");
    const show = () => {
      const texts = words.length ? new Map(order.map((row) => [row, row.textContent.toLowerCase()])) : null;
      const kept = texts ? order.filter((row) => words.every((word) => texts.get(row).includes(word))) : order;
      const end = all ? kept.length : shownRows;
      first.replaceChildren(...kept.slice(0, end));
      more.replaceChildren(...kept.slice(end));
      const shown = Math.min(end, kept.length);
      count.textContent = [texts ? `${kept.length} of ${order.length} ` : "",
        shown < kept.length ? `the first ${shown} are shown ` : ""].filter(Boolean).join(", ");
      everything.hidden = shown === kept.length;
    };
    const sort = (head) => {
      const down = head.getAttribute("aria-sort") === "ascending";
      const keyed = order.map((row) => [value(row, head.cellIndex), row]);
      const numbers = keyed.every(([key]) => key === "" || isNumber(key));
      keyed.sort(([one], [other]) => numbers ? Number(one) - Number(other) : compare(one, other));
      if (down) keyed.reverse();
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      order = keyed.map(([, row]) => row);
      show();
    };
    for (const head of heads) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(head));
      head.append(button);
    }
    if (order.length < 6) return;
    const tools = document.createElement("p"), label = document.createElement("label");
    const input = document.createElement("input");
    tools.className = "tools";
    input.type = "search";
    label.append("Filter: ", input);
    count.setAttribute("role", "status");
    everything.type = "button";
    everything.textContent = "Show all";
    tools.append(label, " ", count, everything);
    let waiting = 0;
    input.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
        show();
      }, 120);
    });
    everything.addEventListener("click", () => {
      all = true;
      show();
    });
    if (more.rows.length) count.textContent = `the first ${shownRows} are shown `;
    everything.hidden = !more.rows.length;
    table.parentNode.before(tools);
  };
  document.querySelectorAll("table.sortable").forEach(prepare);
})();
"""
