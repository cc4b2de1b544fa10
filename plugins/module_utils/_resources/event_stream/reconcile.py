# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One event stream as desired state (R20 to R23): read, plan, apply. This file is private to the collection."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ..._api.errors import Refused, SecureEndpointError
from ..._credentials_file import (
    CredentialsFile,
    StreamCredentials,
)
from .._shared.plan import changing_result
from .._shared.tenant import Tenant
from ..event_type.read import read_event_types, resolve_event_types
from ..group.read import read_group_names, resolve_groups
from .apply import (
    change_stream,
    create_and_save,
    create_stream,
    delete_stream,
    recreate,
)
from .authority import that_travel
from .plan import (
    MISSING,
    Action,
    DesiredStream,
    Names,
    Saved,
    StreamPlan,
    plan_absent,
    plan_present,
)
from .read import (
    MOST_STREAMS,
    Stream,
    read_streams,
)
from .saved import (
    FileState,
    check_place,
    file_errors,
    inspect,
    matches,
)

Options = Mapping[str, Any]


def reconcile(tenant: Tenant, options: Options) -> dict[str, Any]:
    """Run `event_stream`: make the tenant's stream as the options say."""
    _check_identity(options)
    file = CredentialsFile(options["credentials_path"]) if options["credentials_path"] else None
    return (_absent if options["state"] == "absent" else _present)(tenant, options, file)


def _present(tenant: Tenant, options: Options, file: CredentialsFile | None) -> dict[str, Any]:
    if file:
        check_place(file, allow_ephemeral=options["allow_ephemeral"])
    streams = read_streams(tenant.client)
    desired, names = _resolve(tenant, options)
    state = FileState(Saved.NOT_ASKED)
    if file:
        state = inspect(file, desired, streams, tenant.client.options.api_host)
    remaining = [stream for stream in streams if stream != state.orphan]
    plan = plan_present(desired, remaining, state.saved, names, state.orphan)
    if plan.calls and tenant.diff_mode:
        names = _complete(tenant, names, plan)
        plan = plan_present(desired, remaining, state.saved, names, state.orphan)
    _say_what_gets_lost(tenant, plan, state.saved, file)
    if tenant.check_mode:
        return changing_result(plan, made=0)
    with file_errors():
        credentials = _apply(tenant, plan, state, file, remaining)
    after = {"id": credentials.stream_id, **(plan.after or {})} if credentials else None
    result = changing_result(plan, made=tenant.client.writes_made, after=after)
    if credentials and options["return_credentials"]:
        result["credentials"] = json.loads(that_travel(credentials).to_json())
    return result


def _absent(tenant: Tenant, options: Options, file: CredentialsFile | None) -> dict[str, Any]:
    streams = read_streams(tenant.client)
    desired = DesiredStream(name=options["name"], stream_id=options["stream_id"])
    ours = file is not None and matches(file, desired, streams, tenant.client.options.api_host)
    plan = plan_absent(desired, streams, Saved.PRESENT if ours else Saved.NOT_ASKED)
    if file and ours:
        with file_errors():
            file.check()
    if not tenant.check_mode:
        if plan.current:
            delete_stream(tenant.client, plan.current.id)
        if file and ours:
            with file_errors():
                file.remove()
        if file:
            _forget_note(file, plan.current.settings.name if plan.current else desired.name)
    return changing_result(plan, made=tenant.client.writes_made)


def _check_identity(options: Options) -> None:
    name, stream_id = options["name"], options["stream_id"]
    if name is not None and not name.strip():
        raise Refused("name is empty. Nothing was changed.")
    if stream_id is not None and not (stream_id.isascii() and stream_id.isdigit()):
        raise Refused("stream_id is not a whole number, such as 1474. Nothing was changed.")


def _resolve(tenant: Tenant, options: Options) -> tuple[DesiredStream, Names]:
    """Turn the task's names into ids: one request for event types and one for groups, if there are names."""
    types = groups = None
    if options["event_types"] is not None:
        types = resolve_event_types(tenant.client, options["event_types"])
    if options["groups"] is not None:
        groups = resolve_groups(tenant.client, options["groups"])
    desired = DesiredStream(
        name=options["name"],
        stream_id=options["stream_id"],
        event_types=types.ids if types else None,
        groups=groups.guids if groups else None,
        credentials_path=options["credentials_path"],
        return_credentials=options["return_credentials"],
        on_missing_credentials=options["on_missing_credentials"],
    )
    return desired, Names(types.names if types else {}, groups.names if groups else {})


def _complete(tenant: Tenant, names: Names, plan: StreamPlan) -> Names:
    """Read the names of those ids that the diff will show; where that fails it shows the ids."""
    shown = [plan.settings, *([plan.current.settings] if plan.current else [])]
    types, groups = names
    with suppress(SecureEndpointError):
        if any(one.event_types - types.keys() for one in shown):
            types = {**types, **{one.id: one.name for one in read_event_types(tenant.client)}}
        if any(one.groups - groups.keys() for one in shown):
            groups = {**groups, **read_group_names(tenant.client)}
    return Names(types, groups)


def _say_what_gets_lost(tenant: Tenant, plan: StreamPlan, saved: Saved, file: CredentialsFile | None) -> None:
    if plan.action is Action.RECREATE_IN_PLACE:
        tenant.warn(
            f"The tenant has {MOST_STREAMS} event streams, its maximum, so the event stream {plan.current} is deleted"
            " before the new one is made: events that wait in its queue, and those until then, are lost."
        )
    elif plan.current and file and saved in MISSING and plan.action is not Action.RECREATE:
        tenant.warn(
            f"{file.path}: the credentials of the event stream {plan.current} are missing, and the cloud shows a"
            " password only once. on_missing_credentials=recreate makes a new stream of the same settings in its place."
        )


def _apply(
    tenant: Tenant, plan: StreamPlan, state: FileState, file: CredentialsFile | None, streams: Sequence[Stream]
) -> StreamCredentials | None:
    """Do what the plan says. Returns the credentials of a stream that was made."""
    client = tenant.client
    if plan.orphan:
        delete_stream(client, plan.orphan.id)
    if file and state.saved is Saved.NOT_RENAMED:
        file.adopt_reserved()
    elif file and state.leftover:
        file.discard_pending()
    if plan.action is Action.CREATE:
        if file:
            return create_and_save(client, file, plan.settings, streams)
        return create_stream(client, plan.settings, [stream.id for stream in streams])
    if file and plan.current and plan.action is Action.RECREATE:
        return recreate(client, file, plan.settings, plan.current, streams)
    if file and plan.current and plan.action is Action.RECREATE_IN_PLACE:
        return _recreate_in_place(tenant, file, plan, plan.current, streams)
    if plan.current and plan.action is Action.CHANGE:
        change_stream(client, plan.current, plan.settings)
    if file:
        _mend_file(file, plan, state.saved)
    return None


def _recreate_in_place(
    tenant: Tenant, file: CredentialsFile, plan: StreamPlan, old: Stream, streams: Sequence[Stream]
) -> StreamCredentials:
    deleted: list[Stream] = []

    def delete_old() -> None:
        delete_stream(tenant.client, old.id)
        deleted.append(old)

    try:
        return create_and_save(tenant.client, file, plan.settings, streams, first=delete_old)
    except SecureEndpointError as error:
        if deleted:
            error.args = (f"{error} The old event stream {old} is deleted already: run again to create the new one.",)
            error.result["changed"] = True
        raise


def _mend_file(file: CredentialsFile, plan: StreamPlan, saved: Saved) -> None:
    if saved in (Saved.FORMER_NAME, Saved.NOT_RENAMED):
        kept = file.read()
        if kept and kept.name != plan.settings.name:
            file.save(replace(kept, name=plan.settings.name))
    if saved in (Saved.OPEN_TO_OTHERS, Saved.FORMER_NAME) and file.is_open_to_others():
        file.mend_mode()


def _forget_note(file: CredentialsFile, name: str | None) -> None:
    """Discard the note of a killed run that was creating the very stream that is deleted now."""
    with file_errors():
        note = file.pending()
        if note and note.name == name:
            file.discard_pending()
