# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create, change and delete event streams, also when answers get lost and disks get full (R20, R21).

This file is private to the collection.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from ..._api.client import Answer, Client
from ..._api.errors import (
    ApiError,
    AuthError,
    BadRequest,
    Conflict,
    LostAnswer,
    NotFound,
    Refused,
    SecureEndpointError,
    says_not_found,
)
from ..._common.text import quoted
from ..._credentials_file import (
    CredentialsFile,
    CredentialsFileError,
    PendingCreation,
    StreamCredentials,
)
from .authority import where_it_lasts
from .plan import changes
from .read import (
    PATH,
    Settings,
    Stream,
    read_streams,
)

# A refusal of the request as such. 401 and 429 would meet every other request too.
REFUSALS = (BadRequest, Conflict, NotFound, AuthError)


def create_stream(client: Client, settings: Settings, prior_ids: Collection[str]) -> StreamCredentials:
    """Create the stream, and once more after a lost answer when no stream of the first try is left (R20).

    Raises LostAnswer where that stays unknown, after saying which streams it may be; Refused where another task made a
    stream of this name at the same time.
    """
    try:
        credentials = _post(client, settings)
    except LostAnswer as lost:
        _delete_orphan(client, settings, prior_ids, lost)
        credentials = _post_again(client, settings, prior_ids)
    _yield_to_another(client, credentials, prior_ids)
    return credentials


def _post_again(client: Client, settings: Settings, prior_ids: Collection[str]) -> StreamCredentials:
    try:
        return _post(client, settings)
    except LostAnswer as lost:
        _delete_orphan(client, settings, prior_ids, lost)
        raise NothingLeft(
            lost.exchange, "its answer was lost twice; no event stream was left behind", "Try again"
        ) from None


def _yield_to_another(client: Client, made: StreamCredentials, prior_ids: Collection[str]) -> None:
    """Keep one of two streams of a name that two tasks made at once: the one with the smaller id.

    Each task looks after its own POST, so the later one sees the stream of the earlier one. Raises Refused for it.
    """
    try:
        streams = read_streams(client)
    except ApiError:
        return  # the stream is there and its password is known: nothing is better than keeping both
    others = [
        stream.id
        for stream in streams
        if stream.id not in (*prior_ids, made.stream_id) and stream.settings.name == made.name
    ]
    if not others or min([*others, made.stream_id], key=_in_order) == made.stream_id:
        return
    delete_stream(client, made.stream_id)
    raise Refused(
        f"Another task made the event stream {quoted(made.name)} with the id {others[0]} at the same time, so this one"
        " was deleted again. Run the task again: it finds the other stream, and says what to do where its credentials"
        " are saved somewhere else."
    )


def _in_order(stream_id: str) -> tuple[int, str]:
    """Return the id as a number: ids grow (api-contract 7), and as text 10 would come before 9."""
    return len(stream_id), stream_id


class NothingLeft(LostAnswer):
    """The answers were lost, but what they belonged to is known to be gone."""


def create_and_save(
    client: Client,
    file: CredentialsFile,
    settings: Settings,
    streams: Collection[Stream],
    *,
    saved_name: str | None = None,
    first: Callable[[], None] | None = None,
) -> StreamCredentials:
    """Create a stream whose password is on the disk afterwards, or no stream at all.

    `first` runs after the place on the disk is sure and before the stream is asked for. `saved_name`: the name that the
    file gives where the stream is created under another one for a moment.
    """
    prior_ids = [stream.id for stream in streams]
    with file.reserve(_note(client, settings, prior_ids)) as place:
        try:
            if first:
                first()
            credentials = create_stream(client, settings, prior_ids)
        except SecureEndpointError as error:
            if not isinstance(error, LostAnswer) or isinstance(error, NothingLeft):
                place.abandon()
            raise
        try:
            place.commit(replace(credentials, name=saved_name or credentials.name))
        except CredentialsFileError as error:
            _take_back(client, credentials, error)
            place.abandon()
            raise Refused(f"{error}. The event stream that was made for it is deleted again.") from None
    return credentials


def recreate(
    client: Client, file: CredentialsFile, settings: Settings, old: Stream, streams: Collection[Stream]
) -> StreamCredentials:
    """Create the new stream first and delete the old one after the password is saved (R23).

    A cloud that takes no second stream of a name gets the new one under another name for that moment.
    """
    try:
        credentials = create_and_save(client, file, settings, streams)
    except REFUSALS as refusal:
        if refusal.status == 401 or settings.name != old.settings.name:
            raise
        return _recreate_renamed(client, file, settings, old, streams, refusal)
    _delete_old(client, old, credentials)
    return credentials


def change_stream(client: Client, stream: Stream, wanted: Settings) -> None:
    """Change the stream, which keeps its queue; after a lost answer the list shows whether to repeat it."""
    body = changes(stream.settings, wanted)
    try:
        client.patch(stream.path, body)
    except LostAnswer:
        now = next((listed for listed in read_streams(client) if listed.id == stream.id), None)
        if now is None or now.settings != wanted:
            client.patch(stream.path, body)


def delete_stream(client: Client, stream_id: str) -> None:
    """Delete the stream. Gone already is fine, but only the list decides that: a refusal may look like it."""
    for again in (True, False):
        try:
            client.delete(f"{PATH}/{stream_id}")
            return
        except ApiError as error:
            lost = isinstance(error, LostAnswer)
            if not lost and not says_not_found(error):
                raise
            if stream_id not in {stream.id for stream in read_streams(client)}:
                return
            if not (lost and again):
                raise


def _post(client: Client, settings: Settings) -> StreamCredentials:
    answer = client.post(PATH, settings.body())
    credentials = _credentials(answer, client, settings)
    if credentials is None:
        raise LostAnswer(answer.exchange, "the answer holds no complete credentials of the new event stream")
    return credentials


def _credentials(answer: Answer, client: Client, settings: Settings) -> StreamCredentials | None:
    """Return what a consumer needs, None if the answer lacks it; the port comes as text (api-contract 7)."""
    record = answer.data if isinstance(answer.data, Mapping) else {}
    amqp = record.get("amqp_credentials")
    if not isinstance(amqp, Mapping) or isinstance(record.get("id"), (bool, type(None))):
        return None
    texts: dict[str, Any] = {name: amqp.get(name) for name in ("user_name", "password", "queue_name", "host")}
    port = str(amqp.get("port") or "443")
    if not all(isinstance(text, str) and text for text in texts.values()) or not (port.isascii() and port.isdigit()):
        return None
    made = StreamCredentials(
        stream_id=str(record["id"]),
        name=settings.name,
        port=int(port),
        vhost=str(amqp.get("vhost") or "/"),
        api_host=client.options.api_host,
        ca_path=client.options.ca_path,
        **texts,
    )
    return where_it_lasts(made)


def orphans(streams: Collection[Stream], settings: Settings, prior_ids: Collection[str]) -> list[Stream]:
    """Return the streams that can only come from a POST of these settings whose answer was lost."""
    return [stream for stream in streams if stream.id not in prior_ids and stream.settings == settings]


def _delete_orphan(client: Client, settings: Settings, prior_ids: Collection[str], lost: LostAnswer) -> None:
    """Leave no stream behind whose password nobody knows. Raises LostAnswer where it cannot tell or not delete."""
    advice = (
        f'An event stream "{settings.name}" whose password nobody knows may be there: with credentials_path the next'
        " run finds and deletes it, else look for it with event_stream_info"
    )
    try:
        found = orphans(read_streams(client), settings, prior_ids)
    except ApiError as error:
        raise LostAnswer(lost.exchange, f"its answer was lost, and then: {error}", advice) from None
    ids = ", ".join(stream.id for stream in found)
    if len(found) > 1:
        raise LostAnswer(
            lost.exchange, f"its answer was lost, and any of the new event streams {ids} may be of it", advice
        )
    for stream in found:
        try:
            delete_stream(client, stream.id)
        except ApiError as error:
            problem = f"its answer was lost, and the event stream {ids} that it made cannot be deleted: {error}"
            raise LostAnswer(lost.exchange, problem, f"Delete it with stream_id {ids}") from None


def _take_back(client: Client, credentials: StreamCredentials, reason: CredentialsFileError) -> None:
    try:
        delete_stream(client, credentials.stream_id)
    except ApiError as error:
        raise Refused(
            f"{reason}. The event stream {credentials.stream_id} that was made for it cannot be deleted either:"
            f" {error} Its password is lost: delete it with stream_id {credentials.stream_id}.",
            result={"changed": True},
        ) from None


def _delete_old(client: Client, old: Stream, new: StreamCredentials) -> None:
    try:
        delete_stream(client, old.id)
    except ApiError as error:
        raise Refused(
            f"The new event stream {new.stream_id} is there and its credentials are saved, but the old one {old.id}"
            f" cannot be deleted: {error} Delete it with stream_id {old.id}.",
            result={"changed": True},
        ) from None


def _recreate_renamed(
    client: Client,
    file: CredentialsFile,
    settings: Settings,
    old: Stream,
    streams: Collection[Stream],
    refusal: ApiError,
) -> StreamCredentials:
    meanwhile = settings._replace(name=f"{settings.name} (new)")
    try:
        credentials = create_and_save(client, file, meanwhile, streams, saved_name=settings.name)
    except REFUSALS:
        raise refusal from None  # so it was not the name
    _delete_old(client, old, credentials)
    change_stream(client, Stream(credentials.stream_id, meanwhile, {}), settings)
    return replace(credentials, name=settings.name)


def _note(client: Client, settings: Settings, prior_ids: Collection[str]) -> PendingCreation:
    record = settings.as_record()
    return PendingCreation(
        api_host=client.options.api_host,
        name=settings.name,
        event_types=tuple(record["event_types"]),
        groups=tuple(record["group_guids"]),
        prior_ids=tuple(prior_ids),
    )
