# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The template of a report's page, for Jinja with autoescape. See `page.py`."""

from __future__ import annotations

TEMPLATE = """\
{% macro time(text) %}{% if text %}
<time datetime="{{ text }}">{{ text | local }}</time>{% else %}unknown{% endif %}{% endmacro %}
{# "Time *": the rows come in this order, the last first; "Events #": numbers #}
{% macro heads() %}{% for text in varargs %}
<th scope="col"{% if text.endswith(" *") %} aria-sort="descending"
{% elif text.endswith(" #") %} class="number"{% endif %}>
{{- text.removesuffix(" *").removesuffix(" #") }}</th>{% endfor %}{% endmacro %}
{% macro rest(place) %}{% if place == first_rows %}</tbody><tbody class="more">{% endif %}{% endmacro %}
{% macro list(texts, total) %}{% for text in texts[:3] %}{{ text | shown }}{{ ", " if not loop.last }}{% endfor %}
{% if total > 3 or texts | length > 3 %} and {{ [total, texts | length] | max - 3 }} more{% endif %}{% endmacro %}
{% macro link(urls, words) %}{% for name, url in urls.items() if url.startswith("https://") %}{% if loop.first %}
<a href="{{ url }}" rel="noreferrer">{{ words }}</a>{% endif %}{% endfor %}{% endmacro %}
{% macro links(urls) %}{% for name, url in urls.items() if url.startswith("https://") %}
<a href="{{ url }}" rel="noreferrer">{{ name | words }}</a>{{ " " if not loop.last }}{% endfor %}{% endmacro %}
{% macro outcome(name) %}<span class="outcome of-{{ name }}">{{ name | words }}</span>{% endmacro %}
{% macro host(urls, texts, total) %}{% set names %}{{ list(texts, total) }}{% endset %}
{% if urls.device_trajectory is defined and urls.device_trajectory.startswith("https://") %}
<a href="{{ urls.device_trajectory }}" rel="noreferrer">{{ names | trim or "unknown" }}</a>
{% else %}{{ names | trim or "unknown" }}{% endif %}{% endmacro %}
{% macro counted(counter, what) %}<h3>{{ what }}</h3><ul class="counts">
{% for name, count in counter.most_common(24) %}<li><b>{{ count | number }}</b>{{ name | words }}</li>
{% else %}<li>none</li>
{% endfor %}</ul>
{% if counter | length > 24 %}<p class="quiet">and {{ counter | length - 24 }} more in {{ names.json }}</p>
{% endif %}{% endmacro %}
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<meta name="referrer" content="no-referrer">
<title>{{ report.title | shown }}</title>
<link rel="icon" href="data:,">
<style>{{ style }}</style>
<script>document.documentElement.className = "js"</script>
</head>
<body>
<a class="skip" href="#needs-person">Skip to what needs a person</a>
<header>
<h1>{{ report.title | shown }}</h1>
<p class="quiet">{{ time(report.since) }} to {{ time(report.generated) }} (<span class="zone">{{ zone }}</span>),
from {{ report.origin | shown }}</p>
<dl class="tiles">
<div{% if counts.incidents_need_person %} class="bad"{% endif %}>
<dt>of {{ counts.incidents | number }} incidents need a person</dt>
<dd>{{ counts.incidents_need_person | number }}</dd></div>
<div><dt>detections</dt><dd>{{ counts.detections | number }}</dd></div>
{% if found.events is not none %}<div><dt>events</dt><dd>{{ counts.events | number }}</dd></div>
{% endif %}
<div{% if counts.health %} class="bad"{% endif %}><dt>times protection stopped</dt>
<dd>{{ counts.health | number }}</dd></div>
{% if fleet %}
<div><dt>computers</dt><dd>{{ counts.computers | number }}</dd></div>
{% for name in ("faulty", "stale", "unprotected", "isolated") %}
<div><dt>{{ name }}</dt><dd>{{ counts[name] | number }}</dd></div>
{% endfor %}
{% endif %}
</dl>
</header>
<main>
<h2 id="needs-person">Needs a person</h2>
{% if not worst %}
<p>None of the incidents needs a person.</p>
{% else %}
{% if counts.incidents_need_person > worst | length %}
<p>{{ counts.incidents_need_person | number }} incidents need a person.
These are the {{ worst | length }} worst, <a href="#incidents">all are below</a>.</p>
{% endif %}
<div class="scroll"><table class="worst">
<thead><tr>{{ heads("Since", "Host", "Outcome", "Severity", "What", "Link") }}</tr></thead>
<tbody>
{% for one in worst %}
<tr><td class="time">{{ time(one.first_time) }}</td>
<td>{{ host(one.pivot_urls, one.hostnames, one.totals.hostnames) }}</td>
<td>{{ outcome(one.outcome) }}</td>
<td>{{ one.severity | shown }}</td>
<td>{{ list(one.names[:1], one.totals.names) }}
{% if one.totals.names > 1 %} and {{ one.totals.names - 1 }} more{% endif %}</td>
<td>{{ link(one.pivot_urls, "open") }}</td></tr>
{% endfor %}
</tbody></table></div>
{% endif %}
{% if report.notes or charts_missing %}
<ul class="quiet">
{% for note in report.notes %}<li>{{ note | shown }}</li>
{% endfor %}
{% if charts_missing %}
<li>There are no charts: the Python library pygal is not installed on the controller.
The numbers stand in the tables.</li>
{% endif %}
</ul>
{% endif %}

<h2 id="health">Health of protection</h2>
{% if found.events is none %}
<p>Not known: a consumer's state folder keeps no events but those of detections.</p>
{% elif not found.health %}
<p>None: no event says that protection stopped on a computer.</p>
{% else %}
<div class="scroll"><table class="sortable">
<caption>Computers on which protection stopped, or isolating failed</caption>
<thead><tr>{{ heads("Time", "Host", "What") }}</tr></thead><tbody>
{% for one in found.health %}
{{ rest(loop.index0) }}
<tr><td class="time" data-sort="{{ one.time }}">{{ time(one.time) }}</td>
<td>{{ (one.hostname or one.connector_guid) | shown }}</td>
<td>{{ one.event_type | shown }}</td></tr>
{% endfor %}
</tbody></table></div>
{% endif %}

<h2 id="incidents">Incidents that need a person</h2>
{% if not report.urgent %}
<p>None. {{ counts.incidents | number }} other incidents are in {{ names.csv }} and {{ names.json }}.</p>
{% else %}
<div class="scroll"><table class="sortable timeline">
<caption>All {{ counts.incidents_need_person | number }}, the latest first;
{{ (counts.incidents - counts.incidents_need_person) | number }} others are in {{ names.csv }}
and {{ names.json }}</caption>
<thead><tr>
{{ heads("Time *", "Host", "Outcome", "Severity", "User", "File", "What", "Techniques", "Links") }}
</tr></thead>
<tbody>
{% for one in report.urgent | sort(attribute="first_time", reverse=true) %}
{{ rest(loop.index0) }}
<tr class="of-{{ one.outcome }}"><td class="time" data-sort="{{ one.first_time }}">{{ time(one.first_time) }}</td>
<td>{{ list(one.hostnames, one.totals.hostnames) | trim or "unknown" }}</td>
<td>{{ outcome(one.outcome) }}</td>
<td data-sort="{{ severities.index(one.severity) + 1 if one.severity in severities else 0 }}">
{{- one.severity | shown }}</td>
<td>{{ list(one.users, one.totals.users) }}</td>
<td>{{ list(one.file_names, one.totals.file_names) }}</td>
<td>{{ list(one.names, one.totals.names) }}</td>
<td>{{ list(one.techniques, one.totals.techniques) }}</td>
<td>{{ links(one.pivot_urls) }}</td></tr>
{% endfor %}
</tbody></table></div>
{% endif %}

<h2 id="detections">Detections</h2>
{% if not found.detections %}
<p>None.</p>
{% else %}
<div class="charts">
{% if outcome_chart %}<figure>{{ outcome_chart }}<figcaption>By day (UTC) and outcome</figcaption></figure>
{% endif %}
<div class="scroll"><table><caption>By day (UTC) and outcome</caption>
<thead><tr><th scope="col">Day</th>
{% for name in outcomes %}<th scope="col" class="number">{{ name | words }}</th>
{% endfor %}</tr></thead><tbody>
{% for day in days %}{% set at = loop.index0 %}<tr><th scope="row">{{ day }}</th>
{% for values in outcomes.values() %}<td class="number">{{ values[at] | number }}</td>
{% endfor %}</tr>
{% endfor %}
</tbody></table></div>
</div>
<div class="scroll"><table class="sortable">
<caption>{% if counts.detections > max_detections %}
The newest {{ max_detections | number }} of {{ counts.detections | number }};
all are in {{ names.csv }} and {{ names.json }}
{% else %}
All {{ counts.detections | number }}, the newest first{% endif %}</caption>
<thead><tr>{{ heads("Time *", "Host", "Outcome", "User", "File", "What", "Link") }}</tr></thead>
<tbody>
{% for one in report.newest %}
{{ rest(loop.index0) }}
<tr><td class="time" data-sort="{{ one.time }}">{{ time(one.time) }}</td>
<td>{{ one.hostname | shown or "unknown" }}</td>
<td>{{ outcome(one.outcome) }}{% if one.error %}
<br><span class="quiet">{{ one.error.description | shown }}</span>{% endif %}</td>
<td>{{ one.user | shown }}</td>
<td>{{ one.file_name | shown }}</td>
<td>{{ one.name | shown }}</td>
<td>{{ link(one.pivot_urls, "open") }}</td></tr>
{% endfor %}
</tbody></table></div>
{% endif %}

<h2 id="isolation">Isolation</h2>
{% if fleet and fleet.isolated %}
<div class="scroll"><table class="sortable"><caption>Computers that are isolated now, or about to be</caption>
<thead><tr>{{ heads("Host", "State", "Group", "Last seen") }}</tr></thead><tbody>
{% for one in fleet.isolated %}
{{ rest(loop.index0) }}
<tr><td>{{ one.hostname | shown }}</td>
<td>{{ one.isolation | words }}</td>
<td>{{ one.group | shown }}</td>
<td class="time" data-sort="{{ one.last_seen or "" }}">{{ time(one.last_seen) }}</td></tr>
{% endfor %}
</tbody></table></div>
{% elif fleet %}
<p>None of the computers is isolated.</p>
{% endif %}
{% if found.isolations %}
<div class="scroll"><table class="sortable"><caption>What events say of isolation</caption>
<thead><tr>{{ heads("Time", "Host", "What") }}</tr></thead><tbody>
{% for one in found.isolations[-2000:] | reverse %}
{{ rest(loop.index0) }}
<tr><td class="time" data-sort="{{ one.time }}">{{ time(one.time) }}</td>
<td>{{ (one.hostname or one.connector_guid) | shown }}</td>
<td>{{ one.event_type | shown }}</td></tr>
{% endfor %}
</tbody></table></div>
{% elif found.events is not none %}
<p>None of the events tells of isolation.</p>
{% endif %}

<h2 id="fleet">Fleet</h2>
{% if not fleet %}
<p>Not read.</p>
{% else %}
<p>{{ counts.computers | number }} computers: {{ counts.faulty | number }} with faults,
{{ counts.stale | number }} stale,
{{ counts.unprotected | number }} not or not fully protected,
{{ counts.compromised | number }} marked as compromised.</p>
<div class="charts"><div>{{ counted(fleet.faults, "Faults") }}</div>
<div>{{ counted(fleet.versions, "Connector versions") }}</div>
<div>{{ counted(fleet.systems, "Operating systems") }}</div>
<div>{{ counted(fleet.policies, "Policies") }}</div></div>
{% if fleet.troubled %}
<div class="scroll"><table class="sortable">
<caption>Faulty, stale or unprotected: all {{ fleet.troubled | length | number }};
{{ fleet.healthy | length | number }} others are in {{ names.csv }} and {{ names.json }}</caption>
<thead><tr>{{ heads("Host", "Problems", "Group", "Policy", "System", "Version", "Last seen") }}</tr></thead><tbody>
{% for one in fleet.troubled %}
{{ rest(loop.index0) }}
<tr><td>{{ link({"": one.link or ""}, one.hostname | shown) or one.hostname | shown }}</td>
<td>{{ one.problems | join("; ") | shown }}</td>
<td>{{ one.group | shown }}</td>
<td>{{ one.policy | shown }}</td>
<td>{{ one.operating_system | shown }}</td>
<td>{{ one.connector_version | shown }}</td>
<td class="time" data-sort="{{ one.last_seen or "" }}">{{ time(one.last_seen) }}</td></tr>
{% endfor %}
</tbody></table></div>
{% else %}
<p>None is faulty, stale or unprotected. All are in {{ names.csv }} and {{ names.json }}.</p>
{% endif %}
{% endif %}

<h2 id="coverage">Coverage</h2>
{% if not report.coverage %}
<p>Not compared with an inventory.</p>
{% else %}
<div class="scroll"><table class="sortable"><caption>Hosts of the inventory against the tenant</caption>
<thead><tr>{{ heads("Host", "Outcome", "Detail") }}</tr></thead><tbody>
{% for one in report.coverage %}
{{ rest(loop.index0) }}
<tr><td>{{ one.hostname | shown }}</td><td>{{ one.outcome | words }}</td><td>{{ one.detail | shown }}</td></tr>
{% endfor %}
</tbody></table></div>
{% endif %}

<h2 id="volume">Volume</h2>
{% if not hours %}
<p>{% if found.events is none %}Not known: a consumer's state folder keeps no events.{% else %}None.{% endif %}</p>
{% else %}
<div class="charts">
{% if hour_chart %}<figure>{{ hour_chart }}<figcaption>Events by hour ({{ zone }})</figcaption></figure>{% endif %}
<details{% if charts_missing %} open{% endif %}><summary>Events by hour as a table</summary>
<div class="scroll"><table class="sortable">
<caption>Events by hour</caption>
<thead><tr>{{ heads("Hour", "Events #") }}</tr></thead><tbody>
{% for one in hours %}<tr><td class="time" data-sort="{{ one.time }}">{{ time(one.time) }}</td>
<td class="number" data-sort="{{ one.events }}">{{ one.events | number }}</td></tr>
{% endfor %}
</tbody></table></div></details></div>
{% endif %}
</main>
<footer><p class="quiet">Made by ampops.secure_endpoint at {{ time(report.generated) }}.
All records: {{ names.csv }}, {{ names.json }}.</p></footer>
<script>{{ script }}</script>
</body>
</html>
"""
