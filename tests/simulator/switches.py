# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unknowns of the contract, each a switch (R31): the collection's modules must pass under every value.

Every entry stands for a fact that api-contract.md marks NOT FOUND or [inferred]. `--switch NAME=VALUE` on the command
line, `PATCH /switches` on the control port, `sim.control.set_switches(NAME=VALUE)` in a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SUCCESS = (200, 201, 202)
SUCCESS_OR_NOTHING = (*SUCCESS, 204)
REFUSAL = (400, 403, 404, 409, 422)


@dataclass(frozen=True)
class Switch:
    """One unknown: its default, what it may be (empty: any text), and what it decides."""

    default: Any
    allowed: tuple[Any, ...]
    decides: str


TABLE: dict[str, Switch] = {
    # event streams
    "event_stream_create_status": Switch(201, SUCCESS, "status of POST /v1/event_streams"),
    "event_stream_patch_status": Switch(202, SUCCESS_OR_NOTHING, "status of PATCH /v1/event_streams/{id}"),
    "event_stream_patch_body": Switch(True, (True, False), "whether that PATCH answers with the stream"),
    "event_stream_delete_status": Switch(200, SUCCESS_OR_NOTHING, "status of DELETE /v1/event_streams/{id}"),
    "event_stream_results": Switch(True, (True, False), "whether the list of streams has metadata.results"),
    "event_stream_all": Switch("absent", ("absent", "empty"), "how a stream of all types or groups shows that"),
    "event_stream_password_shown": Switch(False, (True, False), "whether GET shows the password, as before 2018"),
    "event_stream_limit_status": Switch(400, REFUSAL, "status of the sixth POST /v1/event_streams"),
    "event_stream_limit_text": Switch("Maximum number of event streams reached", (), "details of that answer"),
    "event_stream_missing_status": Switch(400, (400, 404), "status where a stream is unknown (400 is recorded)"),
    "event_stream_unique_names": Switch(False, (True, False), "whether a second stream of one name is refused"),
    "event_stream_name_status": Switch(409, REFUSAL, "status of that refusal"),
    "stream_event_shape": Switch("today", ("today", "2017"), "streamed events as /v1/events, or as recorded in 2017"),
    # reading
    "name_filter": Switch(
        "substring", ("exact", "prefix", "substring"), "how name[] of groups, policies, lists matches"
    ),
    "hostname_filter": Switch("substring", ("exact", "prefix", "substring"), "how hostname[] matches"),
    "activity_entries": Switch(5000, (), "how many historical entries activity looks at; 5000 is documented"),
    "limit_over_maximum": Switch("clamp", ("clamp", "refuse"), "a limit above 500 becomes 500, or 400"),
    "bad_parameter_status": Switch(400, (400, 422), "status where a parameter is unknown or malformed"),
    "malformed_guid_status": Switch(404, (400, 404), "status where a GUID in the path is none"),
    "unknown_path_answer": Switch(
        "envelope", ("envelope", "page"), "a path or method that is none: 404 as JSON or HTML"
    ),
    "not_found_status": Switch(404, (403, 404), "status where a computer, group, policy or list is unknown"),
    # rights and limits
    "read_only_status": Switch(403, (401, 403, 404), "status of a write with a read-only API client"),
    "rate_limit_spelling": Switch(
        "recorded", ("recorded", "documented"), "x-ratelimit-* as recorded, or X-Rate-Limit-* as the prose has it"
    ),
    "rate_limit_scope": Switch("client", ("client", "organisation"), "who shares one hourly limit"),
    "computer_risk_score": Switch("word", ("word", "number"), "what the risk_score of a computer is"),
    "user_trajectory": Switch(
        "answers", ("answers", "gone"), "whether there still is /v1/computers/{guid}/user_trajectory"
    ),
    # writing
    "computer_patch_status": Switch(202, SUCCESS, "status of PATCH /v1/computers/{guid}"),
    "computer_delete_missing": Switch("404", ("404", "deleted_false"), "DELETE of a computer that is not there"),
    "group_create_status": Switch(201, SUCCESS, "status of POST /v1/groups"),
    "group_patch_status": Switch(202, SUCCESS, "status of PATCH /v1/groups/{guid} and its parent"),
    "group_patch_delay": Switch(0, (0, 1, 2, 3), "reads after which an accepted PATCH of a group or computer shows"),
    "group_patch_other_products": Switch(False, (True, False), "whether that PATCH takes iOS and network policies"),
    "group_unique_names": Switch(False, (True, False), "whether a second group of one name is refused"),
    "group_name_status": Switch(409, REFUSAL, "status of that refusal"),
    "group_delete_full": Switch("refuse", ("refuse", "move_up"), "DELETE of a group with computers or children"),
    "group_delete_full_status": Switch(409, REFUSAL, "status of that refusal"),
    "file_list_create_status": Switch(201, SUCCESS, "status of POST of a SHA-256"),
    "file_list_conflict_status": Switch(409, (400, 409, 422), "status of POST of a SHA-256 that is in the list"),
    "file_list_delete_missing_status": Switch(404, (200, 404), "status of DELETE of a SHA-256 that is not in the list"),
    "isolation_write_status": Switch(200, SUCCESS, "status of PUT and DELETE isolation"),
    "isolation_answer": Switch("after", ("after", "before"), "whether that answer shows the state after or before"),
    "isolation_conflict_status": Switch(409, (403, 409, 422), "status of PUT or DELETE in the wrong state"),
    "isolation_options_unavailable_status": Switch(
        204, (204, 405), "OPTIONS isolation where the policy does not allow it: Allow without PUT, or 405"
    ),
    "isolation_unavailable_status": Switch(409, (403, 405, 409, 422), "status of PUT where it is not available"),
}


class Switches:
    """The switches of one simulator."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self.reset()

    def reset(self) -> None:
        """Back to the defaults."""
        self._values = {name: switch.default for name, switch in TABLE.items()}

    def set(self, name: str, value: Any) -> None:
        """Set one switch; text is read as the switch's own type. Raises ValueError for what is not in the table."""
        if name not in TABLE:
            raise ValueError(f"unknown switch {name!r}; there are: {', '.join(sorted(TABLE))}")
        switch = TABLE[name]
        typed = _typed(value, switch.default)
        if switch.allowed and not any(typed == one and type(typed) is type(one) for one in switch.allowed):
            raise ValueError(f"switch {name} takes one of {', '.join(map(str, switch.allowed))}, not {value!r}")
        self._values[name] = typed

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def as_dict(self) -> dict[str, Any]:
        """Every switch with its present value."""
        return dict(self._values)


def _typed(value: Any, default: Any) -> Any:
    if not isinstance(value, str):
        return value
    if isinstance(default, bool):
        return {"true": True, "false": False}.get(value.lower(), value)
    if isinstance(default, int) and value.isdigit():
        return int(value)
    return value
