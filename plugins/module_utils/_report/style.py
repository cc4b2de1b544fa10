# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the page of a report looks: light or dark as the viewer's system says, and on paper. WCAG AA contrasts."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --page: #ffffff; --soft: #f4f6f8; --line: #d0d7de; --text: #1b1f24; --quiet: #57606a; --link: #0b57a4;
  --bad: #b3261e; --warn: #8a4b00; --good: #1a6b34; --focus: #0b57a4;
  --restored: #7a1f8a; --quarantine_failed: #b3261e; --detected: #c2560c; --indicated: #8a6d00;
  --cleared: #5c6670; --blocked: #1f6f8b; --quarantined: #2b7a3f; --plain: #33639c;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --soft: #1e2327; --line: #3a4149; --text: #e6e8ea; --quiet: #a9b1b9; --link: #8ec2ff;
    --bad: #ff8f85; --warn: #ffb870; --good: #7fd695; --focus: #8ec2ff;
    --restored: #dd9bea; --quarantine_failed: #ff8f85; --detected: #ffab6b; --indicated: #e6c84f;
    --cleared: #a9b1b9; --blocked: #74c5e0; --quarantined: #7fd695; --plain: #8ec2ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 12px 20px 40px; max-width: 1600px; background: var(--page); color: var(--text);
  font: 14px/1.4 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 20px; margin: 0; } h2 { font-size: 17px; margin: 28px 0 6px; } h2:first-of-type { margin-top: 12px; }
p { margin: 4px 0; } .quiet { color: var(--quiet); }
a { color: var(--link); } :focus-visible { outline: 3px solid var(--focus); outline-offset: 1px; }
.skip { position: absolute; left: -999px; } .skip:focus { left: 8px; top: 8px; background: var(--page); padding: 6px; }
.tiles { display: flex; flex-wrap: wrap; gap: 6px 22px; margin: 8px 0 0; padding: 8px 12px; background: var(--soft);
  border: 1px solid var(--line); border-radius: 6px; }
.tiles div { display: flex; gap: 6px; align-items: baseline; } .tiles dt { order: 2; color: var(--quiet); }
.tiles dd { order: 1; margin: 0; font-size: 18px; font-weight: 600; } .tiles .bad dd { color: var(--bad); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--quiet); padding: 2px 0; }
th, td { text-align: left; vertical-align: top; padding: 3px 8px 3px 0; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; }
th { white-space: nowrap; } td { min-width: 6.5em; }
td.time, td.number { white-space: nowrap; font-variant-numeric: tabular-nums; }
td.number, th.number { text-align: right; padding-right: 16px; }
th button { font: inherit; font-weight: 600; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
th button::after { content: " \\2195"; color: var(--quiet); }
th[aria-sort=ascending] button::after { content: " \\2191"; }
th[aria-sort=descending] button::after { content: " \\2193"; }
.js .more { display: none; }
.tools { margin: 2px 0 4px; } .tools button { font: inherit; }
.tools input { font: inherit; width: 26em; max-width: 100%; padding: 2px 6px; color: inherit; background: var(--page);
  border: 1px solid var(--quiet); border-radius: 4px; }
.worst { table-layout: fixed; } .worst td { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.worst th:nth-child(1) { width: 12em; } .worst th:nth-child(3) { width: 12em; } .worst th:nth-child(4) { width: 6em; }
.worst th:nth-child(6) { width: 4em; }
.outcome { font-weight: 600; white-space: nowrap; }
.of-restored { --mark: var(--restored); } .of-quarantine_failed { --mark: var(--quarantine_failed); }
.of-detected { --mark: var(--detected); } .of-indicated { --mark: var(--indicated); }
.of-cleared { --mark: var(--cleared); } .of-blocked { --mark: var(--blocked); }
.of-quarantined { --mark: var(--quarantined); } .of-plain { --mark: var(--plain); }
.outcome::before { content: ""; display: inline-block; width: .7em; height: .7em; margin-right: .4em;
  background: var(--mark);  border-radius: 2px; }
.timeline td:first-child { border-left: 4px solid var(--mark); padding-left: 8px; }
.counts { columns: 22em; list-style: none; padding: 0; margin: 4px 0; } .counts li { break-inside: avoid; }
.counts b { display: inline-block; min-width: 4em; text-align: right; margin-right: .6em; }
.charts { display: flex; flex-wrap: wrap; gap: 8px 24px; }
.charts figure { margin: 6px 0; flex: 1 1 480px; max-width: 760px; }
figcaption { color: var(--quiet); }
.chart { width: 100%; height: auto; font-size: 12px; } .chart text { fill: var(--quiet); font-family: inherit; }
.chart .background { fill: none; } .chart .guide, .chart .axis path { stroke: var(--line); fill: none; }
.chart .rect, .chart .legend rect { fill: var(--mark); stroke: var(--page); stroke-width: .5; }
.chart .x text { text-anchor: middle; } .chart .y text { text-anchor: end; }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; } .tools, .skip { display: none; }
  .js .more { display: table-row-group; } thead { display: table-header-group; }
  tr, figure { break-inside: avoid; } h2 { break-after: avoid; }
  th button::after { content: none !important; } .scroll { overflow: visible; }
}
"""
