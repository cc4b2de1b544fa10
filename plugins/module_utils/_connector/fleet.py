# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sum up a roll-out over a fleet: hosts by outcome and version, faults by id, and what to do next (R48)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .._common.text import printable
from .status import sentences
from .versions import compare, is_version

DEPLOY, UPGRADE, UNINSTALL, STATUS = "deploy", "upgrade", "uninstall", "status"
JOBS = (DEPLOY, UPGRADE, UNINSTALL, STATUS)
DONE = "done"  # the state of a host whose tasks came to their end; failed and faulty are the others
OUTCOME_OF_ACTION = {
    "none": "unchanged",
    "start": "started",
    "install": "installed",
    "upgrade": "upgraded",
    "downgrade": "downgraded",
    "repair": "repaired",
}
# From what needs somebody first to what is well; a table and the totals are in this order.
OUTCOMES = (
    "failed",
    "faulty",
    "disappeared",
    "unreachable",
    "not tried",
    "stopped",
    "not installed",
    "newer",
    "repaired",
    "downgraded",
    "upgraded",
    "installed",
    "removed",
    "started",
    "unchanged",
    "well",
)
FAILURES = OUTCOMES[:4]
NOT_TRIED = "not tried"
NEXT = {
    "failed": "Mend what the message says, then run the playbook again: it goes on where it stopped.",
    "faulty": "Look up the fault in the guide for connectors, mend it, then run the playbook again.",
    "disappeared": "Bring the host back, then run the playbook again: what is half installed is repaired.",
    "unreachable": "Check that Ansible reaches the host (ansible -m ping), then run the playbook again.",
    "not tried": "Run the playbook again when the hosts that stopped the roll-out are mended.",
    "stopped": "Start the connector with the playbook connector_service, or find out who stopped it.",
    "not installed": "Install the connector with the playbook connector_deploy.",
    "newer": "A product update of the policy was faster: add its version to the manifest, or change the policy.",
}
REBOOT = "Reboot the host to complete it, for example with the playbook connector_troubleshoot."
NO_VERSION, UNKNOWN = "none", "unknown"
_MOST_NAMED = 5
_MOST_MESSAGE = 500
COLUMNS = (
    "host",
    "outcome",
    "version_before",
    "version",
    "running",
    "reboot_pending",
    "faults",
    "message",
    "next",
    "connector_guid",
)


def sum_up(job: str, hosts: Mapping[str, Mapping[str, Any]], *, check_mode: bool = False) -> dict[str, Any]:
    """Return the summary of a fleet.

    `hosts` maps each host of the run to what is known of it, all optional: `state` (DONE, failed, faulty or not tried;
    nothing where the host was lost), `message`, `result` (the fact of the role that ran), `status` (the status of the
    connector) and `wanted` (the version of the manifest).
    """
    if job not in JOBS:
        raise ValueError(f"the job is {printable(job, 20)}; it is one of {', '.join(JOBS)}")
    records = [_record(job, name, known) for name, known in hosts.items()]
    records.sort(key=lambda record: OUTCOMES.index(record["outcome"]))
    outcomes = _counted((record["outcome"] for record in records), OUTCOMES.index)
    versions = _counted((record["version"] or _no_version(record) for record in records), lambda version: version)
    return {
        "job": job,
        "check_mode": check_mode,
        "hosts": len(records),
        "headline": _headline(outcomes, len(records), check_mode),
        "outcomes": outcomes,
        "versions": versions,
        "faults": _faults(hosts),
        "records": records,
        "todo": [record for record in records if record["next"] and record["outcome"] != NOT_TRIED],
        "next": _next(records),
        "failed": sum(outcomes.get(outcome, 0) for outcome in FAILURES if (job, outcome) != (STATUS, "faulty")),
    }


def _record(job: str, name: str, known: Mapping[str, Any]) -> dict[str, Any]:
    status, result = known.get("status") or {}, known.get("result") or {}
    state = str(known.get("state") or "")
    ended = state == DONE
    outcome = _outcome(job, known) if ended else state or ("disappeared" if status else "unreachable")
    reboot = bool(status.get("reboot_pending"))
    version = status.get("version") if not ended or job in (UNINSTALL, STATUS) else result.get("version")
    message = str(known.get("message") or "")
    if not message and job == STATUS:
        message = "; ".join(sentences(status))
    return {
        "host": name,
        "outcome": outcome,
        "version_before": result.get("version_before") if ended else None,
        "version": version,
        "running": status.get("running") if status else None,
        "reboot_pending": reboot,
        "faults": [_short(fault) for fault in status.get("faults") or ()],
        "message": printable(message, _MOST_MESSAGE),
        "next": NEXT.get(outcome, REBOOT if reboot and job != UNINSTALL else ""),
        "connector_guid": result.get("connector_guid") or status.get("connector_guid"),
    }


def _outcome(job: str, known: Mapping[str, Any]) -> str:
    """Return the outcome of a host whose tasks came to their end."""
    status, result = known.get("status") or {}, known.get("result") or {}
    if job == UNINSTALL:
        return "removed" if result.get("version_before") else "unchanged"
    if job == STATUS:
        if not status.get("installed"):
            return "not installed"
        if not status.get("running"):
            return "stopped"
        return "faulty" if status.get("faults") or status.get("problems") else "well"
    if _is_newer(result.get("version"), known.get("wanted")):
        return "newer"
    return OUTCOME_OF_ACTION.get(str(result.get("action")), "unchanged")


def _no_version(record: Mapping[str, Any]) -> str:
    """Return the word for a host without a version; of one that was never looked at, nothing is known."""
    return UNKNOWN if record["running"] is None else NO_VERSION


def _is_newer(version: object, wanted: object) -> bool:
    texts = str(version or ""), str(wanted or "")
    return all(map(is_version, texts)) and compare(*texts) > 0


def _counted(words: Any, order: Callable[[str], Any]) -> dict[str, int]:
    counts = Counter(words)
    return {word: counts[word] for word in sorted(counts, key=order)}


def _headline(outcomes: Mapping[str, int], hosts: int, check_mode: bool) -> str:
    said = ", ".join(f"{count} {outcome}" for outcome, count in reversed(list(outcomes.items()))) or "none"
    return f"{hosts} host{'' if hosts == 1 else 's'}: {said}" + (
        " (check mode: nothing was changed)" if check_mode else ""
    )


def _short(fault: Mapping[str, Any]) -> str:
    number = "fault" if fault.get("id") is None else f"{fault['id']}"
    return f"{number} {fault['severity']}" if fault.get("severity") else number


def _faults(hosts: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return each fault once, those of most hosts first, with the hosts that have it."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for name, known in hosts.items():
        for fault in (known.get("status") or {}).get("faults") or ():
            identity = (fault.get("id"), fault.get("severity"), fault.get("text") if fault.get("id") is None else "")
            entry = found.setdefault(identity, {**fault, "hosts": []})
            entry["hosts"].append(name)
    for entry in found.values():
        entry["count"] = len(entry["hosts"])
    return sorted(found.values(), key=lambda entry: -entry["count"])


def _next(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what to do next, one sentence for each kind of thing to do, with the hosts that it concerns."""
    hosts_of: dict[str, list[str]] = {}
    for record in records:
        if record["next"]:
            hosts_of.setdefault(record["next"], []).append(record["host"])
    return [f"{sentence} ({_named(hosts)})" for sentence, hosts in hosts_of.items()]


def _named(hosts: Sequence[str]) -> str:
    shown = ", ".join(printable(host, 80) for host in hosts[:_MOST_NAMED])
    return f"{shown} and {len(hosts) - _MOST_NAMED} more" if len(hosts) > _MOST_NAMED else shown
