# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an analyst wants to know of an event: file, user, parent, command line, network, MITRE ATT&CK (R6a).

Pure. Every field of an event may be absent, of another type, or hostile: texts are cut to MAX_TEXT characters and made
fit for UTF-8, identifiers are checked against their pattern. Shapes: api-contract.md sections 6 and 18.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from subprocess import list2cmdline
from typing import Any

Facts = dict[str, Any]
Fields = Mapping[str, Any]

MAX_TEXT = 500
MAX_LISTED = 20
MAX_READ = 1000  # of a list in an event: it may be very long

_SHA256 = re.compile(r"[0-9a-fA-F]{64}").fullmatch
_TACTIC = re.compile(r"TA[0-9]{1,6}").fullmatch
_TECHNIQUE = re.compile(r"T[0-9]{1,6}([.][0-9]{1,6})?").fullmatch
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,9}", re.IGNORECASE).fullmatch
_WINDOWS_PROGRAM = re.compile(
    r"""(?i)["']?([a-z]:[\\/]|\\\\|/[a-z]:/|file:///[a-z](:|%3a)/)|.*[.](exe|com|bat|cmd|ps1|scr|msi)["']?"""
)
_PLAIN_WORDS = re.compile(r"[\w@%+=:,./-]+( [\w@%+=:,./-]+)*", re.ASCII).fullmatch
_DIRECTIONS = ("incoming", "outgoing")
_NOBODY = ("not available", "n/a")


def facts_of(fields: Fields) -> Facts:
    """Return what the event says, under the names of a detection's record; what it does not say is absent."""
    facts: Facts = {}
    get = fields.get
    file, computer, groups = get("file"), get("computer"), get("group_guids")
    if file.__class__ is dict:
        _add_file(facts, file)
    if computer.__class__ is dict:
        _add_computer(facts, computer)
    if groups.__class__ is list and groups:
        _add(facts, "group_guids", _groups(groups))
    if "network_info" in fields:
        _add_network(facts, get("network_info"))
    if "command_line" in fields:
        _add(facts, "command_line", _command_line(get("command_line"), facts.get("file_path")))
    if "error" in fields:
        _add(facts, "error", _error(get("error")))
    is_rich = (
        "threat_hunting" in fields or "cloud_ioc" in fields or (file.__class__ is dict and "attack_details" in file)
    )
    name = get("detection")
    if name is not None:
        name = _shared_text(name) if name.__class__ is str and len(name) <= MAX_TEXT else text(name)
    if name is None and is_rich:
        name = _name_elsewhere(fields)
    if name is not None:
        facts["name"] = name
    if is_rich or "tactics" in fields or "techniques" in fields:
        for key, kind in (("tactics", _TACTIC), ("techniques", _TECHNIQUE)):
            _add(facts, key, sorted(set(_attack_ids(fields, key, kind)))[:MAX_LISTED])
    if "vulnerabilities" in fields:
        _add(facts, "cves", sorted({cve.upper() for cve in _cves(get("vulnerabilities"))})[:MAX_LISTED])
    return facts


def text(value: object) -> str | None:
    """Return a text that can be stored and shown, cut to MAX_TEXT characters; None for anything else."""
    if not isinstance(value, str) or not value:
        return None
    cut = value if len(value) <= MAX_TEXT else value[:MAX_TEXT]
    return cut if cut.isascii() else cut.encode("utf-8", "replace").decode("utf-8")


_shared_text = lru_cache(maxsize=4096)(text)
"""As `text`, for a str of MAX_TEXT characters at most: what an attack repeats, all its detections hold once."""


def sha256(value: object) -> str | None:
    """Return a SHA-256 in lower case; None for anything else."""
    return _sha256(value) if isinstance(value, str) and len(value) == 64 else None


@lru_cache(maxsize=4096)
def _sha256(digest: str) -> str | None:
    """Judge 64 characters. Cached: an attack repeats few files, and few programs start them."""
    return digest.lower() if _SHA256(digest) else None


def says_audit(fields: Fields) -> bool:
    """Return whether the event says that the connector only audits: in the text of its type, its action or its mode.

    Names of hosts, users and files never count, whatever they are.
    """
    return _is_audit(fields.get("event_type")) or any(map(_is_audit, _modes(fields, 0)))


def _modes(fields: Fields, depth: int) -> Iterator[object]:
    """Yield every field that is named for an action or a mode, also in nested objects."""
    for name, value in fields.items():
        if isinstance(value, dict):
            if depth < 3 and name not in ("computer", "command_line"):
                yield from _modes(value, depth + 1)
            continue
        words = re.split(r"[^a-z]+", name.lower()) if isinstance(name, str) else []
        if "action" in words or "mode" in words:
            yield f"audit {value}" if "audit" in words and value is True else value


def _is_audit(value: object) -> bool:
    return (
        isinstance(value, str) and re.search(r"\baudit(ed|ing)?\b", value.replace("_", " "), re.IGNORECASE) is not None
    )


def _add(facts: Facts, name: str, value: object) -> None:
    if value:
        facts[name] = value


def _object(value: object) -> Fields:
    return value if isinstance(value, dict) else {}


def _add_file(facts: Facts, file: Fields) -> None:
    for name in ("disposition", "file_name", "file_path"):
        value = file.get(name)
        if value.__class__ is str and 0 < len(value) <= MAX_TEXT:  # nearly always
            facts[name] = _shared_text(value)
        elif value is not None:
            _add(facts, name, text(value))
    if "archived_file" in file:
        _add(facts, "archived_sha256", sha256(_object(_object(file["archived_file"]).get("identity")).get("sha256")))
    if "parent" in file:
        _add(facts, "parent", _parent(file["parent"]))


def _parent(value: object) -> Facts | None:
    """Return the program that made or started the file."""
    parent = _object(value)
    name, disposition = parent.get("file_name"), parent.get("disposition")
    digest = sha256(_object(parent.get("identity")).get("sha256"))
    if name.__class__ is disposition.__class__ is str and len(name) <= MAX_TEXT and len(disposition) <= MAX_TEXT:
        return _shared_program(name, digest, disposition)  # nearly always
    return _program(name, digest, disposition)


def _program(name: object, digest: str | None, disposition: object) -> Facts | None:
    program = {"file_name": text(name), "sha256": digest, "disposition": text(disposition)}
    return program if any(program.values()) else None


_shared_program = lru_cache(maxsize=4096)(_program)


def _add_computer(facts: Facts, computer: Fields) -> None:
    hostname, user = text(computer.get("hostname")), computer.get("user")
    if hostname is not None:
        facts["hostname"] = hostname
    if user is not None:
        is_short = user.__class__ is str and len(user) <= MAX_TEXT  # nearly always
        _add(facts, "user", _shared_user(user) if is_short else _user(user))
    addresses = computer.get("network_addresses")
    if addresses.__class__ is list and addresses:
        ips = [one.get("ip") for one in addresses[:MAX_READ] if one.__class__ is dict]
        only = text(ips[0]) if len(ips) == 1 else None  # nearly always there is one
        _add(facts, "ips", _texts_of(ips) if only is None else [only])


def _user(value: object) -> str | None:
    user = text(value)
    return None if user is None or user.lower() in _NOBODY else user


_shared_user = lru_cache(maxsize=4096)(_user)


def _groups(guids: Sequence[Any]) -> list[str]:
    """Return the groups of a computer, of which there is nearly always one, and in few groups are many computers."""
    guid = guids[0]
    is_alone = len(guids) == 1 and guid.__class__ is str and 0 < len(guid) <= MAX_TEXT
    return _shared_group(guid) if is_alone else _texts_of(guids)


_shared_group = lru_cache(maxsize=4096)(lambda guid: _texts_of([guid]))


def _add_network(facts: Facts, value: object) -> None:
    network = _object(value)
    direction = (text(_object(network.get("nfm")).get("direction")) or "").lower()
    port = network.get("remote_port")
    known = {
        "direction": next((one for one in _DIRECTIONS if direction.startswith(one)), None),
        "remote_ip": text(network.get("remote_ip")),
        "remote_port": port if port.__class__ is int and 0 <= port < 65536 else None,
        "url": text(network.get("dirty_url")),
    }
    if any(part is not None for part in known.values()):
        facts["network"] = known
    if "parent" not in facts:
        _add(facts, "parent", _parent(network.get("parent")))


def _error(value: object) -> Facts | None:
    """Return why something failed, e.g. 3221225524 "Object name not found"."""
    error = _object(value)
    code = error.get("error_code")
    if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) <= 20:
        code = int(code)
    known = {
        "code": code if code.__class__ is int and abs(code) < 2**63 else None,
        "description": text(error.get("description")),
    }
    return known if any(part is not None for part in known.values()) else None


def _command_line(value: object, path: object) -> str | None:
    """Return the command line as text, made from a list of arguments in most events."""
    arguments = value.get("arguments") if isinstance(value, dict) else value
    if not isinstance(arguments, list):
        return text(arguments)
    words = [str(one) for one in arguments[:MAX_READ] if isinstance(one, (str, int, float))]
    is_short = sum(map(len, words)) <= MAX_TEXT  # nearly always; what an attack repeats is worked out once
    return (_shared_line if is_short else _line)(tuple(words), path)


def _line(words: Sequence[str], path: object) -> str | None:
    """Return the command line of arguments, as the computer's system would quote it."""
    line = " ".join(words)
    if line.count(" ") == len(words) - 1 and _PLAIN_WORDS(line):  # nothing that any system would quote
        return text(line)
    hints = [path, *words[:1]]
    windows = any(isinstance(hint, str) and _WINDOWS_PROGRAM.match(hint) for hint in hints)
    return text(list2cmdline(words) if windows else shlex.join(words))


_shared_line = lru_cache(maxsize=4096)(_line)


def _name_elsewhere(fields: Fields) -> str | None:
    """Return the name of what was detected from the other places that have it, in the order of section 18."""
    if "cloud_ioc" in fields:
        name = text(_object(fields["cloud_ioc"]).get("short_description"))
        if name is not None:
            return name
    if "threat_hunting" in fields:
        name = text(_object(fields["threat_hunting"]).get("incident_title"))
        if name is not None:
            return name
    attack = _object(_object(fields.get("file")).get("attack_details"))
    if attack:
        indicators = _objects(attack.get("indicators"))
        names = [attack.get("application"), *(one.get("short_description") for one in indicators)]
        return next((found for found in map(text, names) if found is not None), None)
    return None


def _attack_ids(fields: Fields, key: str, matches: Any) -> Iterator[str]:
    """Yield the ids of MITRE ATT&CK: texts in most events, objects in threat hunting incidents."""
    for place in _attack_places(fields):
        listed = place.get(key)
        for one in listed[:MAX_READ] if isinstance(listed, list) else ():
            found = one.get("external_id") if isinstance(one, dict) else one
            if isinstance(found, str) and matches(found):
                yield found


def _attack_places(fields: Fields) -> Iterable[Fields]:
    yield fields
    if "threat_hunting" in fields:
        yield _object(fields["threat_hunting"])
    file = fields.get("file")
    if isinstance(file, dict) and "attack_details" in file:
        yield from _objects(_object(file["attack_details"]).get("indicators"))


def _cves(value: object) -> Iterator[str]:
    for one in _objects(value):
        named = one.get("cve")
        for cve in named[:MAX_LISTED] if isinstance(named, list) else (named,):
            if isinstance(cve, str) and _CVE(cve):
                yield cve


def _objects(value: object) -> list[Fields]:
    return [one for one in value[:MAX_READ] if isinstance(one, dict)] if isinstance(value, list) else []


def _texts_of(values: Sequence[object]) -> list[str]:
    """Return the distinct texts of a list, in its order, at most MAX_LISTED."""
    found: list[str] = []
    for value in values[:MAX_READ]:
        one = text(value)
        if one is not None and one not in found:
            found.append(one)
            if len(found) == MAX_LISTED:
                break
    return found
