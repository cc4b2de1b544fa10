# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the automatic response did, would have done and has under way: `responses` in a state folder (R18).

`record.jsonl` has a line for each decision, durable before the rule engine learns of it. `ID.json` is one action under
way: the source writes it with the state `claimed`, and the playbook that acts writes `done`, `failed` or `refused`. Who
dies between the two leaves `claimed`, which `rulebook_retry` finishes. `settings.json` has the exclusions, for the
playbooks. One source at a time holds the folder; only it writes decisions.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..._common.text import printable, quoted
from ..._common.time import iso_time, time_of_iso
from ..errors import OutputError, StoreError
from ..store.dead_letters import AppendedFile
from ..store.state_folder import FOLDER_MODE, StateFolder, reason_of, sync_folder
from .response import Proposal, ResponseSettings, Verdict

FOLDER = "responses"
RECORD = "record.jsonl"
SETTINGS = "settings.json"
HOUR = 3600 * 10**9
KEPT = 400 * 24 * HOUR  # longer than an incident can change (retention: finding_days)


class Decision(NamedTuple):
    """What is to become of a proposal. `why` is text for the log and the record, never for the rule engine."""

    id: str
    verdict: Verdict
    why: str


class Ledger:
    """The decisions of one source. Raises StateFolderInUse where another source holds the folder, StoreError.

    Nothing is decided on a record that cannot be read: a line that was torn by a crash was never handed on and is cut,
    any other damage ends the source.
    """

    def __init__(self, state_dir: str | Path, settings: ResponseSettings, now: int) -> None:
        self._settings = settings
        self._mode = "act" if settings.act else "would_act"
        Path(state_dir).mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        self._folder = StateFolder(Path(state_dir) / FOLDER)
        self.path = self._folder.path
        self._file = AppendedFile(self.path / RECORD)
        self._times: list[int] = []  # of actions of this mode, for the cap
        self._claimed: dict[str, str] = {}  # id: action
        self._detections: set[tuple[str, str]] = set()
        self._incidents: set[tuple[str, str]] = set()
        self._targets: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self._last: dict[tuple[str, str], tuple[str, str]] = {}
        try:
            for line in self._without_old(list(self._lines()), now):
                self._remember(line)
            self._write(SETTINGS, _json(self._told_settings()))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Release the folder."""
        self._file.close()
        self._folder.release()

    def decide(self, proposal: Proposal, response_id: str, now: int) -> Decision:
        """Return what is to become of a proposal, after it is durable. Raises OutputError: then nothing may be done.

        The same record, delivered again after a crash, has the same id: it may act while its action is still claimed.
        """
        if response_id in self._claimed:
            if self.state_of(response_id) not in (None, "claimed"):
                return Decision(response_id, "already", "this very response was carried out")
            self._claim(proposal, response_id, now)
            return Decision(response_id, self._acting, "")
        decision = self._judge(proposal, response_id, now)
        subject = (proposal.action, str(proposal.evidence["key"]))
        if decision.verdict == self._acting or self._last.get(subject) != (decision.verdict, decision.why):
            line = self._line(proposal, decision, now)
            self._file.append([_json(line)])
            self._remember(line)
            if decision.verdict == self._acting:
                self._claim(proposal, response_id, now)
        return decision

    def state_of(self, response_id: str) -> str | None:
        """Return the state of an action; None where it has no file. Raises StoreError where it cannot be read."""
        path = self.path / f"{response_id}.json"
        try:
            return str(json.loads(path.read_bytes())["state"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"{path}: cannot be read ({printable(error)}); nothing is done before it is repaired"
            ) from None

    def unfinished(self) -> list[str]:
        """Return the ids of the actions that were claimed or failed, which `rulebook_retry` carries out."""
        return [one for one in self._claimed if self.state_of(one) in ("claimed", "failed")]

    @property
    def _acting(self) -> Verdict:
        return "act" if self._settings.act else "would_act"

    def _judge(self, proposal: Proposal, response_id: str, now: int) -> Decision:
        if proposal.excluded is not None:
            return Decision(response_id, "excluded", proposal.excluded)
        if self._is_known(proposal):
            return Decision(response_id, "already", "this incident or computer had its response")
        recent = sum(at > now - HOUR for at in self._times)
        if recent >= self._settings.max_actions_per_hour:
            return Decision(
                response_id,
                "capped",
                f"{recent} actions within an hour, and max_actions_per_hour is {self._settings.max_actions_per_hour}",
            )
        return Decision(response_id, self._acting, "")

    def _is_known(self, proposal: Proposal) -> bool:
        """Return whether the incident had its response: by its id, by a detection, or on its target within a window."""
        action, window = proposal.action, self._settings.window_seconds * 10**9
        at = _time_of(proposal.evidence)
        return (
            (action, proposal.incident) in self._incidents
            or any((action, key) in self._detections for key in proposal.detections)
            or any(abs(at - other) < window for other in self._targets[action, proposal.target])
        )

    def _remember(self, line: Mapping[str, Any]) -> None:
        action = line["action"]
        self._last[action, line["detection"]] = (line["verdict"], line["why"])
        if line["verdict"] != self._mode:
            return
        self._claimed[line["id"]] = action
        self._times.append(line["at"])
        self._detections.add((action, line["detection"]))
        self._targets[action, line["target"]].append(line["detection_at"])
        if line["incident"]:
            self._incidents.add((action, line["incident"]))

    def _line(self, proposal: Proposal, decision: Decision, now: int) -> dict[str, Any]:
        evidence = proposal.evidence
        return {
            "time": iso_time(now),
            "at": now,
            "id": decision.id,
            "action": proposal.action,
            "verdict": decision.verdict,
            "why": decision.why,
            "target": proposal.target,
            "connector_guid": evidence["connector_guid"],
            "sha256": evidence["sha256"],
            "hostname": printable(evidence.get("hostname") or ""),
            "severity": evidence["severity"],
            "outcome": evidence["outcome"],
            "disposition": evidence["disposition"],
            "source": evidence["source"],
            "detection": evidence["key"],
            "detection_at": _time_of(evidence),
            "incident": proposal.incident,
            "revision": proposal.revision,
        }

    def _claim(self, proposal: Proposal, response_id: str, now: int) -> None:
        """Note an action as under way, unless it is noted already."""
        if not self._settings.act or self.state_of(response_id) is not None:
            return
        evidence = proposal.evidence
        claim = {
            "id": response_id,
            "action": proposal.action,
            "state": "claimed",
            "claimed_at": iso_time(now),
            "connector_guid": str(evidence["connector_guid"]).lower(),
            "sha256": evidence["sha256"],
            "problem": None,
        }
        self._write(f"{response_id}.json", _json(claim))

    def _told_settings(self) -> dict[str, Any]:
        settings = self._settings
        return {
            "act": settings.act,
            "respond": sorted(settings.actions),
            "exclude_groups": sorted(settings.exclude_groups),
            "exclude_hosts": list(settings.host_patterns),
        }

    def _without_old(self, lines: list[dict[str, Any]], now: int) -> list[dict[str, Any]]:
        """Forget decisions that are older than an incident can change, with their actions.

        A clock that is wrong for a while must not make them old, so the newest of them counts, too.
        """
        oldest = min(now, max((line["at"] for line in lines), default=0)) - KEPT
        kept = [line for line in lines if line["at"] > oldest]
        if len(kept) < len(lines):
            self._write(RECORD, b"".join(map(_json, kept)))
            for line in lines:
                if line["at"] <= oldest:
                    (self.path / f"{line['id']}.json").unlink(missing_ok=True)
        return kept

    def _write(self, name: str, content: bytes) -> None:
        """Replace a file as a whole: durable when this returns. Raises OutputError."""
        path, new = self.path / name, self.path / f".{name}.new"
        try:
            handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(new, path)
            sync_folder(self.path)
        except OSError as error:
            raise OutputError(f"{path}: cannot be written: {reason_of(error)}") from error

    def _lines(self) -> Iterator[dict[str, Any]]:
        """Yield the decisions of earlier runs. A torn last line is cut by the first append."""
        path = self.path / RECORD
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreError(f"{path}: cannot be read: {reason_of(error)}") from None
        *lines, _torn = content.split(b"\n")
        for number, text in enumerate(lines, start=1):
            try:
                line = json.loads(text)
                self._check(line)
            except (ValueError, KeyError, TypeError) as error:
                raise StoreError(
                    f"{path}, line {number}: is not a decision ({quoted(error)}). Nothing is done before the line is"
                    " repaired, or the file is moved away: then what was done before is not known any more"
                ) from None
            yield line

    @staticmethod
    def _check(line: Mapping[str, Any]) -> None:
        for name in ("id", "action", "verdict", "why", "target", "detection"):
            if not isinstance(line[name], str):
                raise TypeError(name)
        for name in ("at", "detection_at"):
            if not isinstance(line[name], int):
                raise TypeError(name)
        line["incident"]


def _json(content: Mapping[str, Any]) -> bytes:
    """Return an object as one line."""
    return json.dumps(content, separators=(", ", ": ")).encode() + b"\n"


def _time_of(detection: Mapping[str, Any]) -> int:
    return time_of_iso(detection["time"])
