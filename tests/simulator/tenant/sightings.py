# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What computers have seen: the sightings behind activity and trajectory (api-contract 4).

Beside the events of the tenant every computer has some quiet sightings ("Executed by", "Created by", "NFM"), made from
the seed. The files of QUIET_FILES are seen and never raise an event in the history: what a hunt is after.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from random import Random
from typing import TYPE_CHECKING, Any

from ..clock import offset_date
from . import words
from .computers import Computer
from .events import Event, connector_of, sha256_of
from .seeds import DAY, make_sha256

if TYPE_CHECKING:
    from ..cloud import Cloud

OBSERVED = 2000  # beyond so many computers a big tenant has no quiet sightings
QUIET = {
    "windows": ("taskhelper.exe", "quietloader.dll", "notes.scr", "searchtool.exe"),
    "mac": ("PackageKit.app", "sync-agent"),
    "linux": ("sync-agent", "searchtool"),
}
QUIET_FILES = tuple(dict.fromkeys(name for names in QUIET.values() for name in names))
TOOL_FOLDERS = {"windows": "/c:/program files/tools/", "mac": "/Applications/Utilities/", "linux": "/opt/tools/"}
URLS = ("http://bad.example/drop?x=1&y=2", "https://files.example/a b/setup.exe", "http://203.0.113.9:8080/beacon")
ADDRESSES = ("203.0.113.66", "203.0.113.9", "198.51.100.250")


def make_sightings(cloud: Cloud) -> dict[str, list[Event]]:
    """Make the sightings by connector GUID, oldest first: events without id and type id, as trajectories show them."""
    random = Random(f"sightings {cloud.tenant.seed}")
    now = cloud.clock.now()
    hashes = {name: make_sha256(random) for name in QUIET_FILES}
    by_computer: dict[str, list[Event]] = {}
    for computer in itertools.islice(cloud.tenant.computers.values(), OBSERVED):
        seen: list[Event] = []
        for _number in range(random.randint(2, 5)):
            at = now - random.uniform(0.01, 20) * DAY
            seen += _connection(random, computer, at) if random.random() < 0.25 else _file(random, computer, hashes, at)
        by_computer[computer.guid] = sorted(seen, key=lambda one: (one["timestamp"], one["timestamp_nanoseconds"]))
    return by_computer


def _entry(computer: Computer, kind: str, user: str, at: float, **fields: Any) -> Event:
    seconds = int(at)
    return {
        "timestamp": seconds,
        "timestamp_nanoseconds": int((at - seconds) * 1_000_000_000),
        "date": offset_date(at),
        "event_type": kind,
        "group_guids": [computer.group_guid],
        "user": user,
        **fields,
    }


def _connection(random: Random, computer: Computer, at: float) -> list[Event]:
    """Make the entry of a program that connected to somewhere."""
    network = {
        "dirty_url": random.choice(URLS),
        "remote_ip": random.choice(ADDRESSES),
        "remote_port": random.choice((80, 443, 8080)),
        "local_ip": computer.internal_ip,
        "local_port": random.randint(49152, 65000),
        "nfm": {"direction": "Outgoing connection from", "protocol": "TCP"},
        "parent": _parent(random, computer),
    }
    return [_entry(computer, "NFM", random.choice(words.USERS), at, network_info=network)]


def _file(random: Random, computer: Computer, hashes: dict[str, str], at: float) -> list[Event]:
    """Make the entries of a file that came and mostly was executed a little later: same hash, command line."""
    name = random.choice(words.of_product(QUIET, computer.product))
    path = TOOL_FOLDERS.get(computer.product, TOOL_FOLDERS["linux"]) + name
    user = random.choice(words.USERS)
    file = {
        "disposition": random.choice(("Clean", "Unknown")),
        "file_name": name,
        "file_path": path,
        "file_type": "PE Executable" if computer.product == "windows" else "Unknown",
        "identity": {"sha256": hashes[name]},
    }
    came = _entry(
        computer,
        random.choice(("Created by", "Created by", "Moved by")),
        user,
        at,
        file={**file, "parent": _parent(random, computer)},
    )
    if random.random() < 0.2:
        return [came]
    command_line = {"arguments": f"{path.lstrip('/') if computer.product == 'windows' else path} --quiet"}
    executed = _entry(
        computer,
        "Executed by",
        user,
        at + random.uniform(1, 600),
        file={**file, "parent": _parent(random, computer)},
        command_line=command_line,
    )
    return [came, executed]


def _parent(random: Random, computer: Computer) -> dict[str, Any]:
    names = Random(f"{computer.product} {random.randint(1, 6)}")  # few parents, so that their hashes repeat
    return {
        "disposition": "Clean",
        "file_name": names.choice(words.of_product(words.PARENTS, computer.product)),
        "identity": {"sha256": make_sha256(names)},
    }


def seen_by(cloud: Cloud, guid: str) -> list[Event]:
    """Everything of one computer, newest first: quiet sightings and events."""
    events = (event for event in cloud.tenant.events if connector_of(event) == guid)
    both = itertools.chain(cloud.sightings.get(guid, ()), events)
    return sorted(both, key=lambda event: (event["timestamp"], event["timestamp_nanoseconds"]), reverse=True)


def words_of(event: Event) -> Iterator[str]:
    """Yield what a query is compared with: hashes, file names, addresses, URLs; lower case."""
    network = event.get("network_info") or {}
    for file in _files(event):
        yield from (str(value).lower() for value in (file.get("identity") or {}).values())
        if "file_name" in file:
            yield file["file_name"].lower()
    yield from (str(network[name]).lower() for name in ("remote_ip", "local_ip", "dirty_url") if name in network)


def _files(event: Event) -> Iterator[dict[str, Any]]:
    file = event.get("file")
    if file:
        yield file
        for inner in ("parent", "archived_file"):
            if file.get(inner):
                yield file[inner]
    parent = (event.get("network_info") or {}).get("parent")
    if parent:
        yield parent


def matches(event: Event, query: str) -> bool:
    """IPv4, SHA-256 and file name match whole, a URL by a part of it."""
    wanted = query.lower()
    return any(word == wanted or ("/" in word and "://" in word and wanted in word) for word in words_of(event))


def search(cloud: Cloud, entries: Iterable[tuple[str, Event]], limit: int) -> list[Computer]:
    """Return the computers of the first `limit` entries that match, each once, in order."""
    guids = dict.fromkeys(guid for guid, _event in itertools.islice(entries, limit))
    return [cloud.tenant.computers[guid] for guid in guids if guid in cloud.tenant.computers]


def entries(cloud: Cloud) -> Iterator[tuple[str, Event]]:
    """Every entry of the history: events newest first, then quiet sightings."""
    for event in reversed(cloud.tenant.events):
        yield connector_of(event), event
    for guid, sightings in cloud.sightings.items():
        for sighting in sightings:
            yield guid, sighting


def index_hashes(entries: Iterable[tuple[str, Event]], into: dict[str, dict[str, None]]) -> None:
    """Note which computers (ordered, each once) have which files: for lists of thousands of hashes."""
    for guid, event in entries:
        digest = sha256_of(event)
        if digest is not None:
            into.setdefault(digest, {})[guid] = None


def who_saw(cloud: Cloud, query: str) -> list[Computer]:
    """Every computer that saw an observable."""
    found = ((guid, event) for guid, event in entries(cloud) if matches(event, query))
    return search(cloud, found, cloud.switches["activity_entries"])
