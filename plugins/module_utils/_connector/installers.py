# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the manifest of installers as a whole before anything is fetched, then choose the entry for one host."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .._common.ids import is_sha256
from .._common.text import quoted
from .versions import compare, is_version, padded

WAIVED = "waived"
CHANNELS = ("n", "n-1")
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "64-bit": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}
# What each kind of file needs to know about its signer.
SIGNER_KEYS = {"exe": ("subject",), "dmg": ("team_id",), "rpm": ("key",), "deb": ("key", "debsig_policy")}
_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_KNOWN = {"os", "os_versions", "arch", "path", "url", "fetch_on", "version", "sha256", "signer", "signature"}


class ManifestError(ValueError):
    """Report a manifest that is invalid or has nothing for a host. Says where, without the URL, which is a secret."""


@dataclass(frozen=True)
class Host:
    """What decides which installer fits a host. `names` are its distribution and its family, in lower case."""

    names: tuple[str, ...]
    major: str
    arch: str
    kind: str


@dataclass(frozen=True)
class Installer:
    """A checked entry. `index`: its place in the manifest, where the URL stays; `cache_name`: its file in the cache."""

    index: int
    os: str
    os_versions: tuple[str, ...]
    arch: str
    path: str
    cache_name: str
    fetch_on: str
    version: str
    sha256: str
    signer: Mapping[str, str]
    signature: str


def label(installer: Installer) -> str:
    """Return what a person calls an installer, such as `debian x86_64 1.26.0`."""
    return " ".join(word for word in (installer.os, installer.arch, installer.version) if word)


def host_from_facts(facts: Mapping[str, Any]) -> Host:
    """Read a host from `ansible_facts` (os_family, distribution, distribution_major_version, architecture)."""
    family = str(facts.get("os_family") or "").lower()
    distribution = str(facts.get("distribution") or "").lower().replace(" ", "_")
    machine = str(facts.get("architecture") or "").lower()
    arch = ARCHITECTURES.get(machine, machine)
    major = str(facts.get("distribution_major_version") or "")
    if family == "windows":
        return Host(("windows",), major, arch, "exe")
    if family == "darwin":
        return Host(("macos",), major, arch, "dmg")
    return Host((distribution, family), major, arch, "deb" if family == "debian" else "rpm")


def read_manifest(entries: object, name: str = "installers") -> list[Installer]:
    """Check the manifest `name`, a list of mappings (R43). Raises ManifestError, naming the entry."""
    if not isinstance(entries, Sequence) or isinstance(entries, (str, bytes)):
        raise ManifestError(f"{name} is no list of installers")
    if not entries:
        raise ManifestError(f"{name} is empty: name at least one installer")
    manifest = [_read_entry(entry, index, f"{name}[{index}]") for index, entry in enumerate(entries)]
    for place, entry in enumerate(manifest):
        twin = next((one for one in manifest[:place] if _is_twin(one, entry)), None)
        if twin is not None:
            raise ManifestError(
                f"{name}[{entry.index}] has the version of {name}[{twin.index}] for the same system, {entry.os} on"
                f" {entry.arch}: remove one of the two"
            )
    return manifest


def _is_twin(one: Installer, other: Installer) -> bool:
    """Return whether two entries have the same version for the same hosts; 7.2.7 and 7.2.7.0 are the same."""
    return (
        (one.os, one.arch, sorted(one.os_versions)) == (other.os, other.arch, sorted(other.os_versions))
        and bool(one.version and other.version)
        and padded(one.version) == padded(other.version)
    )


def _read_entry(entry: object, index: int, where: str) -> Installer:
    if not isinstance(entry, Mapping):
        raise ManifestError(f"{where} is no mapping")
    unknown = sorted(str(key) for key in entry if key not in _KNOWN)
    if unknown:
        raise ManifestError(f"{where} has the unknown key {quoted(unknown[0])}; known are {', '.join(sorted(_KNOWN))}")

    def text(key: str, default: str = "") -> str:
        value = entry.get(key)
        return default if value is None else str(value)

    os_name = text("os").lower()
    if not _NAME.fullmatch(os_name):
        raise ManifestError(
            f"{where}.os is missing or wrong: windows, macos, or a distribution or family such as redhat"
        )
    arch = text("arch", "x86_64").lower()
    if arch not in {*ARCHITECTURES.values(), "any"}:
        raise ManifestError(f"{where}.arch is {quoted(arch, 20)}; it is x86_64, aarch64 or any")
    sha256 = text("sha256").lower()
    if sha256 != WAIVED and not is_sha256(sha256):
        raise ManifestError(f"{where}.sha256 is missing or no SHA-256: give 64 hexadecimal digits, or {WAIVED}")
    version = text("version")
    if version and not isinstance(entry.get("version"), str):
        raise ManifestError(
            f"{where}.version is the number {quoted(version, 40)}: YAML reads 1.30 as 1.3, so write it in quotes"
        )
    if version and not (is_version(version) and "." in version):
        raise ManifestError(
            f"{where}.version is {quoted(version, 40)}: give at least two numbers joined by dots, in quotes"
        )
    if not version and os_name in ("windows", "macos"):
        raise ManifestError(
            f"{where}.version is missing: an EXE or DMG does not say its version before it is installed"
        )
    signature = text("signature", "required")
    if signature not in ("required", WAIVED):
        raise ManifestError(f"{where}.signature is {quoted(signature, 20)}; it is required or {WAIVED}")
    path, fetch_on = _read_source(text("path"), text("url"), text("fetch_on", "controller"), where)
    if fetch_on == "target" and not version:
        raise ManifestError(f"{where}.version is missing: it must be known before the target fetches the file")
    return Installer(
        index=index,
        os=os_name,
        os_versions=tuple(str(each) for each in entry.get("os_versions") or ()),
        arch=arch,
        path=path,
        cache_name="" if path else _cache_name(text("url"), sha256),
        fetch_on=fetch_on,
        version=version,
        sha256=sha256,
        signer={str(key): str(value) for key, value in (entry.get("signer") or {}).items() if value},
        signature=signature,
    )


def _read_source(path: str, url: str, fetch_on: str, where: str) -> tuple[str, str]:
    if bool(path) == bool(url):
        raise ManifestError(f"{where} needs exactly one of path (a file on the controller) and url")
    if fetch_on not in ("controller", "target"):
        raise ManifestError(f"{where}.fetch_on is {quoted(fetch_on, 20)}; it is controller or target")
    if path and fetch_on == "target":
        raise ManifestError(f"{where}.fetch_on is target, which needs a url: a path is on the controller")
    if url:
        try:
            parts = urlsplit(url)
            sound = (
                parts.scheme == "https" and bool(parts.hostname) and parts.username is None and parts.password is None
            )
        except ValueError:
            sound = False
        if not sound:
            raise ManifestError(
                f"{where}.url must be an https URL without user name and password (it is not repeated here)"
            )
    return path, fetch_on


def _cache_name(url: str, sha256: str) -> str:
    """Name the file after its content where that is known, else after a digest of the URL, which is a secret."""
    return f"url-{hashlib.sha256(url.encode()).hexdigest()[:40]}" if sha256 == WAIVED else sha256


def choose(manifest: Sequence[Installer], host: Host, *, channel: str = "n", version: str = "") -> Installer:
    """Choose the entry for `host`: distribution before family, with os_versions before without.

    Among entries of one exactness the version or the channel decides. Raises ManifestError where nothing fits, and says
    what there is.
    """
    if channel not in CHANNELS:
        raise ManifestError(f"channel is {quoted(channel, 20)}; it is {' or '.join(CHANNELS)}")
    wanted = " ".join(word for word in (" / ".join(host.names), host.major, "on", host.arch) if word)
    fitting = _best_fit(manifest, host)
    if not fitting:
        there = sorted({f"{entry.os} on {entry.arch}" for entry in manifest})
        raise ManifestError(f"no installer fits {wanted}; the manifest has {', '.join(there)}")
    chosen = _of_version(fitting, channel, version, wanted)
    if chosen.signature == "required":
        missing = [key for key in SIGNER_KEYS[host.kind] if not chosen.signer.get(key)]
        if missing:
            raise ManifestError(
                f"installers[{chosen.index}].signer.{missing[0]} is missing: a {host.kind} counts for its signer only; "
                f"name it, or set signature to {WAIVED}"
            )
    return chosen


def _best_fit(manifest: Sequence[Installer], host: Host) -> list[Installer]:
    """Return the entries of the most exact match; entries of one exactness differ in version only."""
    ranked: dict[tuple[int, int], list[Installer]] = {}
    for entry in manifest:
        if entry.os in host.names and entry.arch in (host.arch, "any"):
            if entry.os_versions and host.major not in entry.os_versions:
                continue
            rank = (host.names.index(entry.os), 0 if entry.os_versions else 1)
            ranked.setdefault(rank, []).append(entry)
    return ranked[min(ranked)] if ranked else []


def _of_version(fitting: Sequence[Installer], channel: str, version: str, wanted: str) -> Installer:
    if version:
        found = [entry for entry in fitting if entry.version and compare(entry.version, version) == 0]
        if not found:
            there = ", ".join(sorted(entry.version or "(unread)" for entry in fitting))
            raise ManifestError(f"version {quoted(version, 40)} for {wanted} is not in the manifest; it has {there}")
        return max(found, key=lambda entry: padded(entry.version))
    if len(fitting) == 1 and channel == "n":
        return fitting[0]
    unread = [entry.index for entry in fitting if not entry.version]
    if unread:
        raise ManifestError(
            f"installers[{unread[0]}].version is missing: with several installers for {wanted} each needs one"
        )
    by_version = {padded(entry.version): entry for entry in reversed(fitting)}
    newest_first = sorted(by_version, reverse=True)
    place = CHANNELS.index(channel)
    if place >= len(newest_first):
        raise ManifestError(f"channel {channel} for {wanted} needs two versions in the manifest; there is one")
    return by_version[newest_first[place]]
