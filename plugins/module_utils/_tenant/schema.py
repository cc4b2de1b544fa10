# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one source of what a tree may hold: a JSON Schema. `validation.py` checks trees by it; it is published as it is.

`title` of a part is how messages name it. This file is private to the collection.
"""

from __future__ import annotations

from typing import Any

SECTIONS = ("groups", "file_lists", "computers", "event_streams", "policies")
LIST_TYPES = ("simple_custom_detections", "application_blocking", "allowed_applications")
SETTABLE_PRODUCTS = ("windows", "mac", "linux", "android")  # api-contract 10: no field for ios and network is known
PRODUCTS = (*SETTABLE_PRODUCTS, "ios", "network")

GUID = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"


def _text(title: str, description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "title": title, "description": description, "minLength": 1, **more}


def _mapping(description: str, names: str, inner: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": ["object", "null"],
        "description": description,
        "propertyNames": {"title": names, "minLength": 1},
        "additionalProperties": inner,
    }


def _members(description: str) -> dict[str, Any]:
    return {"type": "array", "description": description, "items": {"$ref": "#/$defs/computer"}}


_GROUP = {
    "type": ["object", "null"],
    "title": "a group",
    "additionalProperties": False,
    "properties": {
        "guid": _text(
            "a GUID",
            "The GUID of the group. With it a group that was renamed or moved in the console is recognised.",
            pattern=f"^{GUID}$",
        ),
        "description": {
            "type": "string",
            "description": "The description of a new group. The API cannot change it later.",
        },
        "policies": {
            "type": "object",
            "description": "The policy of each product, by name. Products that are left out keep their policy.",
            "additionalProperties": False,
            "properties": {
                product: _text("the name of a policy", f"The {product} policy.") for product in SETTABLE_PRODUCTS
            },
        },
    },
}
_FILE_LIST = {
    "type": ["object", "null"],
    "title": "a file list",
    "additionalProperties": False,
    "properties": {
        "type": {
            "enum": list(LIST_TYPES),
            "description": "The type of the list, where lists of several types have its name.",
        },
        "entries": {
            "type": "array",
            "description": "The SHA-256s of the list.",
            "items": {"$ref": "#/$defs/entry"},
        },
        "files": {
            "type": "array",
            "description": "Text files with one SHA-256 a line, optionally followed by a description; # begins a"
            " comment. Paths are relative to the file that names them, within the tree.",
            "items": _text("the path of a file", "A text file."),
        },
    },
}
_MEMBERSHIP = {
    "type": "object",
    "title": "the computers of a group",
    "additionalProperties": False,
    "properties": {
        "at_least": _members("These computers belong to the group; it may have others."),
        "exactly": _members("These computers belong to the group and no others."),
        "others_to": _text("the path of a group", "With `exactly`: the group to which all other computers move."),
    },
}
_EVENT_STREAM = {
    "type": ["object", "null"],
    "title": "an event stream",
    "additionalProperties": False,
    "properties": {
        "event_types": {
            "type": "array",
            "description": "Names or ids; an empty list means all. Left out: all in a new stream, else untouched.",
            "items": {"type": ["string", "integer"], "title": "the name or the id of an event type"},
        },
        "groups": {
            "type": "array",
            "description": "Paths of groups; an empty list means all. Left out: all in a new stream, else untouched.",
            "items": _text("the path of a group", "A group."),
        },
        "credentials_path": _text(
            "the path of a file", "Where the credentials of a new stream are written: the cloud shows them once."
        ),
    },
}
_POLICY = {
    "type": "object",
    "title": "the snapshot of a policy",
    "additionalProperties": False,
    "required": ["xml"],
    "properties": {
        "serial_number": {"type": "integer", "description": "The serial number of the policy when it was exported."},
        "xml": _text(
            "the path of a file", "The XML of the policy, without passwords; relative to the file of the tree."
        ),
    },
}

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Tenant of Cisco Secure Endpoint, for the role ampops.secure_endpoint.tenant_config",
    "type": ["object", "null"],
    "additionalProperties": False,
    "properties": {
        "groups": _mapping(
            "Groups by path, such as `Branch North/Kiosk`.", "the path of a group", {"$ref": "#/$defs/group"}
        ),
        "file_lists": _mapping(
            "File lists by name. The API cannot create or delete a list itself.",
            "the name of a file list",
            {"$ref": "#/$defs/file_list"},
        ),
        "computers": _mapping(
            "Which computers belong to a group, by its path.", "the path of a group", {"$ref": "#/$defs/membership"}
        ),
        "event_streams": _mapping(
            "Event streams by name.", "the name of an event stream", {"$ref": "#/$defs/event_stream"}
        ),
        "policies": {
            "type": ["object", "null"],
            "description": "Snapshots of policies by product and name. The API cannot change a policy: drift is shown.",
            "additionalProperties": False,
            "properties": {
                product: _mapping(f"The {product} policies.", "the name of a policy", {"$ref": "#/$defs/policy"})
                for product in PRODUCTS
            },
        },
    },
    "$defs": {
        "group": _GROUP,
        "file_list": _FILE_LIST,
        "membership": _MEMBERSHIP,
        "event_stream": _EVENT_STREAM,
        "policy": _POLICY,
        "sha256": _text("a SHA-256 of 64 hexadecimal digits", "A SHA-256.", pattern="^[0-9A-Fa-f]{64}$"),
        "entry": {
            "title": "a SHA-256, or sha256 and description",
            "oneOf": [
                {"$ref": "#/$defs/sha256"},
                {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["sha256"],
                    "properties": {
                        "sha256": {"$ref": "#/$defs/sha256"},
                        "description": {"type": "string", "description": "The description of the entry."},
                    },
                },
            ],
        },
        "computer": _text(
            "a connector GUID, a host name or a pattern",
            "A connector GUID, a host name, `host name [GUID]`, or a pattern with * and ?.",
        ),
    },
}
