# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add one SHA-256 to a file list and remove it, whatever may happen on the way (R20, R24).

This file is private to the collection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..._api.client import Client
from ..._api.errors import (
    ApiError,
    BadRequest,
    Conflict,
    LostAnswer,
    NotFound,
)
from .read import (
    Entry,
    entry_path,
    read_entry,
)

PUT_BACK_PAUSES = (1.0, 4.0)  # seconds between the tries to put an entry back


class Gone(ApiError):
    """An entry was taken out for its description and could not be put back."""

    kind: ClassVar[str] = "gone"

    def __init__(self, cause: ApiError) -> None:
        super().__init__(
            cause.exchange,
            "the entry was taken out of the list to change its description and could not be put back: it is GONE and"
            " has no effect until it is added again",
            str(cause).rstrip("."),
        )


@dataclass(frozen=True)
class EntryWriter:
    """Writes to the list `guid`. `bulk`: one write of many, which leaves the limit's reserve alone.

    Each method returns what it found or did: added, present, removed, absent or description_updated. Where it is not
    known what was done, it raises LostAnswer.
    """

    client: Client
    guid: str
    bulk: bool

    def add(self, entry: Entry) -> str:
        """Add an entry. A conflict means that it exists: by somebody else, or by our own try whose answer was lost."""
        body = {"description": entry.description} if entry.description else None
        lost = False
        while True:
            try:
                self.client.post(entry_path(self.guid, entry.sha256), body, bulk=self.bulk)
            except Conflict:
                return "added" if lost else "present"
            except LostAnswer as error:
                if not self._is_there(entry, error):
                    if lost:
                        raise
                    lost = True
                    continue
            except BadRequest as error:
                # Which status a conflict has is not certain (R31); whether the entry is there is.
                if not self._is_there(entry, error):
                    raise
                return "added" if lost else "present"
            return "added"

    def remove(self, entry: Entry) -> str:
        """Remove an entry. A 404 may mean that it is gone, which is fine, or that the API client may not write."""
        lost = False
        while True:
            try:
                self.client.delete(entry_path(self.guid, entry.sha256), bulk=self.bulk)
            except LostAnswer as error:
                if self._is_there(entry, error):
                    if lost:
                        raise
                    lost = True
                    continue
            except (NotFound, BadRequest) as error:
                if self._is_there(entry, error):
                    raise
                return "removed" if lost else "absent"
            return "removed"

    def redescribe(self, entry: Entry) -> str:
        """Remove an entry and add it again with nothing in between: v1 cannot change a description (api-contract 9)."""
        unsure: LostAnswer | None = None
        try:
            self.remove(entry)
        except LostAnswer as error:
            unsure = error
        # From here on the file may have no entry, so the reserve is not left alone.
        if EntryWriter(self.client, self.guid, bulk=False).put_back(entry) == "present" and unsure:
            raise unsure
        return "description_updated"

    def put_back(self, entry: Entry) -> str:
        """Add it, and try again. Raises Gone."""
        for pause in (*PUT_BACK_PAUSES, None):
            try:
                return self.add(entry)
            except ApiError as error:
                if pause is None:
                    raise Gone(error) from None
            self.client.pause(pause)
        raise AssertionError("the last try returns or raises")

    def _is_there(self, entry: Entry, error: ApiError) -> bool:
        """Look, to understand an answer. Where that fails too, the answer's own error is raised."""
        try:
            return read_entry(self.client, self.guid, entry.sha256, bulk=self.bulk) is not None
        except ApiError:
            raise error from None
