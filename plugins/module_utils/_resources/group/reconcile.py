# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One group as desired state: read, plan (`plan.py`), apply. This file is private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..._api.client import Answer, Client
from ..._api.errors import (
    ApiError,
    Exchange,
    LostAnswer,
    Refused,
    Unavailable,
)
from ..._api.paging import Record
from ..._common.ids import is_guid
from ..._common.text import printable, quoted
from .._shared.names import Named, Names
from .._shared.plan import (
    Call,
    Plan,
    changing_result,
)
from .._shared.tenant import Tenant
from ..policy.read import read_policies
from .plan import (
    PRODUCTS,
    Desired,
    Group,
    check_parent,
    plan,
)
from .read import PATH, group_names, named_groups, read_group, read_group_records

# Seconds before each look at what was accepted: PATCH answers 202, and some clouds show it later.
LOOKS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass
class Known:
    """The groups that were read so far; further ones are read when they are asked for."""

    client: Client
    records: dict[str, Record] = field(default_factory=dict)

    @classmethod
    def read(cls, client: Client, texts: set[str]) -> Known:
        """Read at least the groups of these names; nothing is read if all of them are GUIDs."""
        names = {text for text in texts if text and not is_guid(text)}
        return cls(client, read_group_records(client, names) if names else {})

    def guid_of(self, text: str) -> str:
        """Return the GUID of a name or GUID. Raises Refused if no group or several have this name."""
        if is_guid(text):
            return text.lower()
        return group_names(self.client, self.records).resolve([text])[text].id

    def has(self, name: str) -> bool:
        return any(record.get("name") == name for record in self.records.values())

    def record(self, guid: str) -> Record | None:
        """Return a group's record, from the list or from the group itself; None if it does not exist."""
        if guid not in self.records:
            record = read_group(self.client, guid)
            if record is None:
                return None
            self.records[guid] = record
        return self.records[guid]

    def whole(self, guid: str) -> Group | None:
        """Read the group itself again."""
        record = read_group(self.client, guid)
        if record is None:
            return None
        ancestry = record.get("ancestry") or []
        if len(ancestry) > 1:
            # In which order they come is not documented; how deep each one lies tells the nearest.
            for one in ancestry:
                self.record(one["guid"].lower())
        depths = {known.get("guid"): len(known.get("ancestry") or []) for known in self.records.values()}
        return Group.parse(record, depths)

    def existing(self, text: str) -> tuple[Named, frozenset[str]]:
        """Return a group that has to exist, and its ancestors. Raises Refused."""
        guid = self.guid_of(text)
        record = self.record(guid)
        if record is None:
            raise Refused(f"The tenant has no group {guid}. Nothing was changed.")
        above = frozenset(one["guid"].lower() for one in record.get("ancestry") or [])
        return Named(guid, record.get("name") or ""), above


def reconcile(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `group` with state present. Raises Refused before anything is changed."""
    client, name = tenant.client, options["name"].strip()
    _check(options)
    parent_text = None if options["parent"] is None else options["parent"].strip()
    known = Known.read(client, {name, parent_text or ""})
    current = _current(known, name)
    parent = _parent(known, parent_text, current)
    policies = _policies(client, options["policies"] or {}, current)
    desired = Desired(name, options["description"], parent_text is not None, parent, policies)
    if current and desired.description not in (None, current.description):
        tenant.warn(
            f"The description of the group {quoted(current.name)} is another one and stays: the API cannot change it."
        )
    todo = plan(desired, current)
    if tenant.check_mode or not todo.calls:
        return changing_result(todo, made=0)
    return _apply(tenant, known, desired, todo)


def _check(options: Mapping[str, Any]) -> None:
    if not options["name"].strip():
        raise Refused("name is empty. Nothing was changed.")
    others = sorted(set(options["policies"] or {}) - set(PRODUCTS))
    if others:
        raise Refused(
            f"policies: the API cannot set a policy for {printable(', '.join(map(str, others)), 100)},"
            f" only for {', '.join(PRODUCTS)}. Nothing was changed."
        )
    empty = sorted(product for product, policy in (options["policies"] or {}).items() if not str(policy or "").strip())
    if empty:
        raise Refused(f"policies: there is nothing given for {', '.join(empty)}. Nothing was changed.")


def _current(known: Known, name: str) -> Group | None:
    """Return the group of this name or GUID; None if a new one has to be created."""
    if not is_guid(name) and not known.has(name):
        return None
    guid = known.guid_of(name)
    current = known.whole(guid)
    if current is None and is_guid(name):
        raise Refused(f"The tenant has no group {guid}. A new group is given by its name. Nothing was changed.")
    return current


def _parent(known: Known, text: str | None, current: Group | None) -> Named | None:
    """Return the wanted parent; None for the top. It has to exist, and not below the group itself."""
    if not text:
        return None
    if current and current.parent and text.lower() == current.parent.id:
        return current.parent
    parent, above = known.existing(text)
    if current:
        check_parent(current, parent, above)
    return parent


def _policies(client: Client, wanted: Mapping[str, Any], current: Group | None) -> dict[str, Named]:
    """Return the wanted policy of each product. Nothing is read if the group has it. Raises Refused for all at once."""
    found: dict[str, Named] = {}
    for product, text in wanted.items():
        here = current.policies.get(product) if current else None
        if here and str(text).strip() in (here.name, here.id):
            found[product] = here
    missing = {product: str(text).strip() for product, text in wanted.items() if product not in found}
    if not missing:
        return found
    known = read_policies(client, products=set(missing)).records
    problems = []
    for product, text in missing.items():
        named = [Named(one["guid"].lower(), one.get("name") or "") for one in known if one.get("product") == product]
        try:
            found[product] = Names(f"{product} policies", named).resolve([text])[text]
        except Refused as error:
            problems.append(str(error).removesuffix(" Nothing was changed."))
    if problems:
        raise Refused(f"{' '.join(problems)} Nothing was changed.")
    return found


def _apply(tenant: Tenant, known: Known, desired: Desired, todo: Plan) -> dict[str, Any]:
    """Make the calls of the plan. A failure on the way tells what was done before it."""
    client, calls = tenant.client, list(todo.calls)
    guid = None if todo.before is None else str(todo.before["guid"])
    done = 0
    try:
        if guid is None:
            created = create(client, known, calls.pop(0))
            guid, done = str(created["guid"]).lower(), 1
            if not calls:
                return changing_result(todo, made=client.writes_made, after=Group.parse(created, {}).state())
        for call in calls:
            write(client, Call(call.method, call.path.replace("(new)", guid), call.body))
            done += 1
        after = _wait(known, desired, guid)
    except ApiError as error:
        error.result |= changing_result(todo, made=client.writes_made)
        error.result |= {"changed": done > 0, "after": {"guid": guid} if guid else None}
        raise
    return changing_result(todo, made=client.writes_made, after=after.state())


def create(client: Client, known: Known, call: Call, *, bulk: bool = False) -> Record:
    """Create the group. If the answer is lost, exactly one new group of this name is ours (R20)."""
    name = str((call.body or {})["name"])
    for last in (False, True):
        try:
            answer = client.post(call.path, call.body, bulk=bulk)
            if answer.record.get("guid"):
                return answer.record
            lost: ApiError = LostAnswer(answer.exchange, "the answer does not say which group was made")
        except LostAnswer as error:
            lost = error
        listing = named_groups(client, name)
        new = [record for record in listing.records if record["guid"].lower() not in known.records]
        if len(new) > 1:
            guids = ", ".join(sorted(str(record.get("guid")) for record in new))
            raise Refused(
                f"Several groups named {quoted(name)} came to be while the answer was lost: {guids}. Remove"
                " those that are too many."
            )
        if new:
            return client.get(f"{PATH}/{new[0]['guid']}").record
        if last or not listing.complete:
            raise lost
    raise AssertionError("the last try returns or raises")


def write(client: Client, call: Call, *, bulk: bool = False) -> Answer:
    """Send a PATCH, and again if its answer is lost: the same one twice does no harm."""
    try:
        return client.patch(call.path, call.body, bulk=bulk)
    except LostAnswer:
        return client.patch(call.path, call.body, bulk=bulk)


def _wait(known: Known, desired: Desired, guid: str) -> Group:
    """Look until what was accepted shows, within bounds."""
    for pause in LOOKS:
        if pause:
            known.client.pause(pause)
        answer = known.whole(guid)
        if answer is not None and desired.met_by(answer):
            return answer
    raise Unavailable(
        Exchange("GET", f"{PATH}/{guid}", known.client.options.api_host),
        f"the cloud accepted the change, but it did not show in {len(LOOKS)} looks",
        "Try again later",
    )
