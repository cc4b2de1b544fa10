# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare wanted objects with those of the controller: what a run creates, updates, refuses, removes, keeps.

Nothing is read or written here, so check mode predicts by the same code. Pure; private to the collection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .kinds import KINDS, endpoints_of

CREATE, UPDATE, UNCHANGED, REMOVE, ABSENT, KEEP, REFUSE = (
    "create",
    "update",
    "unchanged",
    "remove",
    "absent",
    "keep",
    "refuse",
)
NO_VALUES = "it has no values yet"
CHANGES = (CREATE, UPDATE, REMOVE)
DONE = {CREATE: "created", UPDATE: "updated", REMOVE: "removed", KEEP: "kept", REFUSE: "refused"}


class Wanted(NamedTuple):
    """An object as it should be. `initial` are settings that are the user's once it is created."""

    kind: str
    name: str
    settings: Mapping[str, Any]
    initial: Mapping[str, Any] = {}

    @property
    def scope(self) -> dict[str, Any]:
        """Return the settings that tell it apart from objects of the same name."""
        return {setting: self.settings[setting] for setting in KINDS[self.kind].scope if setting in self.settings}


class Current(NamedTuple):
    """An object of the controller, its settings in the words of a `Wanted`; `elsewhere` where its scope is another.

    `filled` says that a credential has values, `users` names the credentials of a credential type.
    """

    settings: Mapping[str, Any]
    description: str = ""
    filled: bool = False
    users: Sequence[str] = ()


class Step(NamedTuple):
    """What a run does with one object, and why; `before` and `after` are the settings that differ."""

    wanted: Wanted
    action: str
    detail: str = ""
    before: Mapping[str, Any] = {}
    after: Mapping[str, Any] = {}

    @property
    def label(self) -> str:
        """Return how messages name the object."""
        return f"{self.wanted.kind} {self.wanted.name}"

    def result(self, outcome: str | None = None, detail: str | None = None) -> dict[str, str]:
        """Return the record of the object, as planned or as it ended."""
        return {
            "kind": self.wanted.kind,
            "name": self.wanted.name,
            "outcome": outcome or DONE.get(self.action, self.action),
            "detail": self.detail if detail is None else detail,
        }


def differences(wanted: Wanted, current: Current) -> dict[str, Any]:
    """Return the settings that the object does not have."""
    partly = KINDS[wanted.kind].partly
    return {
        setting: value
        for setting, value in wanted.settings.items()
        if not same(value, current.settings.get(setting), setting in partly)
    }


def same(wanted: Any, found: Any, partly: bool = False) -> bool:
    """Say whether a setting is as wanted. A list of names has no order; an empty text counts as none."""
    if partly and isinstance(wanted, Mapping) and isinstance(found, Mapping):
        # The controller shows no secret, so one cannot be compared.
        return all(found.get(key) in (value, "$encrypted$") for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list) and all(isinstance(one, str) for one in wanted + found):
        return sorted(wanted) == sorted(found)
    return bool(wanted == found or (wanted in ("", None) and found in ("", None)))


def step_of(wanted: Wanted, found: Sequence[Current], elsewhere: Sequence[str], mark: str, adopt: bool) -> Step:
    """Decide what happens to an object that should be there. `elsewhere` is where else an object has its name."""
    if elsewhere:
        return Step(
            wanted, REFUSE, f"the name is taken in {', '.join(elsewhere)}, and the modules go by names: choose another"
        )
    empty = NO_VALUES if wanted.kind == "credential" and not (found and found[0].filled) else ""
    if not found:
        return Step(wanted, CREATE, empty, {}, {**wanted.settings, **wanted.initial})
    current = found[0]
    after = differences(wanted, current)
    if not after:
        return Step(wanted, UNCHANGED, empty)
    before = {setting: current.settings.get(setting) for setting in after}
    if mark not in current.description and not adopt:
        return Step(
            wanted, REFUSE, f"there is one already that was not made here; {', '.join(after)} differ", before, after
        )
    if "inputs" in after and current.users:
        users = ", ".join(current.users)
        return Step(
            wanted, KEEP, f"its inputs differ, and the controller changes none while credentials use it: {users}"
        )
    taken_over = {} if mark in current.description else dict(wanted.initial)
    return Step(wanted, UPDATE, ", ".join(after), before, {**after, **taken_over})


def removal_of(wanted: Wanted, found: Sequence[Current], mark: str) -> Step:
    """Decide what happens to an object that should not be there."""
    if not found:
        return Step(wanted, ABSENT)
    current = found[0]
    if wanted.kind == "organization":
        return Step(wanted, KEEP, "with it goes everything in it")
    if mark not in current.description:
        return Step(wanted, KEEP, "it was not made here")
    if current.filled:
        return Step(wanted, KEEP, "it holds values")
    return Step(wanted, REMOVE, "", {setting: current.settings.get(setting) for setting in wanted.settings})


def keep_used_types(steps: Iterable[Step], users: Mapping[str, Sequence[str]]) -> list[Step]:
    """Keep the credential types that a credential still uses after the run; `users` maps a type to its credentials."""
    steps = list(steps)
    going = {step.wanted.name for step in steps if step.wanted.kind == "credential" and step.action == REMOVE}
    kept = []
    for step in steps:
        left = [name for name in users.get(step.wanted.name, ()) if name not in going]
        used = step.wanted.kind == "credential_type" and step.action == REMOVE and left
        kept.append(Step(step.wanted, KEEP, f"credentials use it: {', '.join(left)}") if used else step)
    return kept


def calls_of(step: Step) -> list[dict[str, Any]]:
    """Return the options of each call of the module that carries out a step.

    An approval and what follows it are two calls: the module would look for the nodes below the approval, where the
    controller has none (the examples of awx.awx 24.6.1 do the same).
    """
    kind, wanted = KINDS[step.wanted.kind], step.wanted
    state = "absent" if step.action == REMOVE else "present"
    initial = {name: value for name, value in step.after.items() if name in wanted.initial}
    options = {kind.name: wanted.name, **wanted.settings, **initial, "state": state}
    if "approval_node" not in options:
        return [options]
    approval = {name: value for name, value in options.items() if name not in kind.lists}
    followed = {name: value for name, value in options.items() if name != "approval_node"}
    return [approval, followed]


def blocked_by(wanted: Wanted, failed: Iterable[tuple[str, str]]) -> str | None:
    """Return the name of a failed object that an object cannot be made without, or None. Failed: endpoint and name."""
    kind, missing = KINDS[wanted.kind], set(failed)
    for setting in kind.relations:
        for endpoint in endpoints_of(kind, setting):
            if (endpoint, wanted.settings.get(setting)) in missing:
                return str(wanted.settings[setting])
    nodes = [name for setting in kind.lists for name in wanted.settings.get(setting) or []]
    return next((name for name in nodes if any(name == lost for _endpoint, lost in missing)), None)


def in_order(wanted: Iterable[Wanted], removing: bool = False) -> list[Wanted]:
    """Return objects in the order in which they can be made, or removed. Nodes go with their workflow."""
    kinds = list(KINDS)
    ordered = sorted(wanted, key=lambda one: kinds.index(one.kind))
    if not removing:
        return ordered
    return [one for one in reversed(ordered) if one.kind != "workflow_job_template_node"]
