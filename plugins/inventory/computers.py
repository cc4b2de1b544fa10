# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Inventory computers."""

from __future__ import annotations

DOCUMENTATION = r"""
name: computers
short_description: The computers of a Cisco Secure Endpoint tenant
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
description:
  - Makes a host of each computer of the tenant. The whole record of the computer is its variable C(secure_endpoint).
  - The name of the configuration file ends in C(secure_endpoint.yml) or C(secure_endpoint.yaml).
  - What the tenant says is untrusted. Host names lose every character that is none of letters, digits, C(_), C(.) and
    C(-); no text from the tenant is ever taken for a template.
  - Host names are in lower case, because DNS and Windows do not tell cases apart while Ansible does. In any other
    case V(PC) and V(pc) would be two hosts of one machine. The name as the console shows it is
    C(secure_endpoint.hostname).
  - A computer says itself what it is called. Renaming one changes no other host, its variables, address or groups, as
    long as the other one was installed first and is still seen; the warnings say which names are in question. This
    cannot protect the name of a machine that has been silent for O(reimaged_after), of one that is not in the tenant,
    or of one that was installed later than the computer that takes its name.
  - Where variables of your own for some host hold secrets, take O(host_name=connector_guid), or a computer that takes
    this host's name may get them. A host of another inventory source that has the same name is the same host.
  - Take no address from what an endpoint sets freely, such as its internal addresses.
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Marks the file as one for this plugin.
    type: str
    required: true
    choices: [ampops.secure_endpoint.computers]
  hostnames:
    description: Only computers of exactly these host names, in any case.
    type: list
    elements: str
  internal_ip:
    description: Only computers with this internal address.
    type: str
  external_ip:
    description: Only computers with this external address.
    type: str
  computer_groups:
    description: Only computers right in these groups of the tenant, by name or GUID.
    type: list
    elements: str
  last_seen_within:
    description: Only computers that were seen within so many days. Leaves out stale records.
    type: int
  last_seen_over:
    description: Only computers that were last seen more than so many days ago.
    type: int
  host_name:
    description: What the hosts of the inventory are called.
    type: str
    choices: [hostname, short_hostname, connector_guid]
    default: hostname
  duplicates:
    description:
      - Several records of one host name are normal, for instance after a host was installed anew. The one that was
        installed first has the plain name, or a newer one that replaced it (see O(reimaged_after)).
      - V(suffix) adds the first 8 characters of the GUID to the names of the others, V(newest) leaves them out.
      - A computer that is called like a group of the inventory (known when this file is read), like the controller
        (C(localhost)), or as if it had such a suffix, always gets one.
    type: str
    choices: [suffix, newest]
    default: suffix
  reimaged_after:
    description:
      - Days of silence after which a host name passes to a newer record of the same name. All older records must have
        been silent for so long, and since before the newer one was installed.
    type: int
    default: 7
  group_by:
    description:
      - Groups to make without templates, which is faster than C(keyed_groups). Entries of C(keyed_groups) whose key is
        a plain path, such as C(secure_endpoint.policy.name), are nearly as fast. Other expressions take much longer.
      - V(group) makes C(group_NAME), V(os_family) C(os_windows), C(os_macos), C(os_linux), C(os_ios), C(os_android) or
        C(os_other), V(policy) C(policy_NAME), V(connector_version) C(connector_VERSION), V(isolation)
        C(isolation_STATUS), V(faults) C(faulty).
    type: list
    elements: str
    choices: [group, os_family, policy, connector_version, isolation, faults]
    default: [group, os_family]
"""

EXAMPLES = r"""
---
# secure_endpoint.yml: the computers of one group that were seen within a month, reached by their DNS name.
# Only the first line is needed.
plugin: ampops.secure_endpoint.computers
region: eu
last_seen_within: 30
duplicates: newest
computer_groups: [Protect]
group_by: [os_family, isolation]
compose:
  ansible_host: inventory_hostname ~ '.corp.example.com'
groups:
  outdated: secure_endpoint.connector_version is version('8.0', '<')
keyed_groups:
  - prefix: orbital
    key: secure_endpoint.orbital.status
strict: false
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/secure_endpoint
cache_timeout: 3600
"""

import json
import os
import time
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.client import Client
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.errors import SecureEndpointError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.options import (
    DEFAULTS,
    ENVIRONMENT,
    ConnectionOptions,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.paging import PAGE
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.session import REQUESTS_IMPORT_ERROR
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.computer.inventory_names import (
    groups_of,
    merged_groups,
    named,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.computer.read import (
    ComputerFilter,
    read_computers,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.group.read import resolve_groups
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._keyed_groups import KeyedGroups

try:  # since 2.19 only what is tagged as trusted is a template, and nothing of ours is
    from ansible.template import trust_as_template as _has_trust
except ImportError:
    _has_trust = None

SUFFIXES = ("secure_endpoint.yml", "secure_endpoint.yaml")
FILTERS = ("hostnames", "internal_ip", "external_ip", "computer_groups", "last_seen_within", "last_seen_over")
LOCATIONS = ("region", "api_host", "client_id", "api_key", "ca_path")
VARIABLE = "secure_endpoint"

Record = dict[str, Any]


def pack(records: Sequence[Record]) -> list[str]:
    """Records for the cache: a compressed text for each page.

    Cache plugins look at each object that they read, which takes longer than all the rest, and keep what they have
    read; of texts there are few, and small ones.
    """
    pages = (records[start : start + PAGE] for start in range(0, len(records), PAGE))
    return [b64encode(zlib.compress(json.dumps(page).encode(), level=1)).decode() for page in pages]


def unpack(pages: Iterable[str]) -> list[Record]:
    """The records that `pack` was given."""
    return [record for page in pages for record in json.loads(zlib.decompress(b64decode(page)))]


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Reads the computers once, then everything is plain Python but for what the user's file asks Jinja for."""

    NAME = "ampops.secure_endpoint.computers"
    inventory: Any

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(SUFFIXES)

    def parse(self, inventory: Any, loader: DataLoader, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        try:
            self._populate(self._records(path, cache))
        except SecureEndpointError as error:
            raise AnsibleParserError(f"{path}: {error}") from None

    def _records(self, path: str, cache: bool) -> list[Record]:
        """The cached records if the file allows it and they are of the same filters, else those of the tenant."""
        self.load_cache_plugin()
        key = self._cache_key(path)
        use_cache = bool(self.get_option("cache"))
        if use_cache and cache:
            with suppress(KeyError):
                return unpack(self._cache[key])
        records, complete = self._download()
        if use_cache and complete:
            self._cache[key] = pack(records)
        return records

    def _cache_key(self, path: str) -> str:
        """Of the file, its filters and the tenant: what was read by others is not taken for an answer."""
        given = self._connection()
        tenant = [given[name] or os.environ.get(ENVIRONMENT[name]) for name in ("region", "api_host", "client_id")]
        asked = json.dumps([tenant, {name: self.get_option(name) for name in FILTERS}], default=str)
        return f"{self.get_cache_key(path)}_{sha256(asked.encode()).hexdigest()[:12]}"

    def _download(self) -> tuple[list[Record], bool]:
        if REQUESTS_IMPORT_ERROR is not None:
            raise AnsibleParserError("The Python library requests is needed for the inventory computers")
        client = Client(ConnectionOptions.parse(self._connection()))
        groups = self.get_option("computer_groups")
        wanted = ComputerFilter(
            hostnames=self.get_option("hostnames"),
            internal_ip=self.get_option("internal_ip"),
            external_ip=self.get_option("external_ip"),
            group_guids=None if groups is None else resolve_groups(client, groups).guids,
            last_seen_within=self.get_option("last_seen_within"),
            last_seen_over=self.get_option("last_seen_over"),
        )
        listing = read_computers(client, wanted, until=self._tell_progress)
        if listing.warning:
            self.display.warning(f"{listing.warning}. The inventory is not cached.")
        self.display.v(f"computers: {len(listing.records)} records in {client.requests_made} requests")
        return listing.records, listing.complete

    def _tell_progress(self, pages: int) -> bool:
        self.display.v(f"computers: {pages} pages left")
        return False

    def _connection(self) -> dict[str, Any]:
        """The options of the connection; those that say where and who may be templates of the user's file."""
        given = {name: self.get_option(name) for name in (*LOCATIONS, *DEFAULTS)}
        for name in LOCATIONS:
            if isinstance(given[name], str) and self.templar.is_template(given[name]):
                given[name] = self.templar.template(given[name])
        return given

    def _populate(self, records: list[Record]) -> None:
        """Make the groups first: a computer that is called like one of them gets another name (R30c)."""
        groups = self._groups(records)
        composed = {self._sanitize_group_name(name) for name in self.get_option("groups") or ()}
        found = named(
            records,
            by=self.get_option("host_name"),
            now=time.time_ns(),
            one_of_a_name=self.get_option("duplicates") == "newest",
            taken=composed | set(self.inventory.groups),
            reimaged_after=self.get_option("reimaged_after"),
        )
        for warning in (*found.warnings, *merged_groups(records, groups)):
            self.display.warning(f"computers: {warning}.")
        self._add_hosts(found.hosts, groups)

    def _groups(self, records: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """Add the groups of `group_by`; return the name that Ansible gave each."""
        group_by = self.get_option("group_by")
        names = dict.fromkeys(name for record in records for name in groups_of(record, group_by))
        return {name: self.inventory.add_group(self._sanitize_group_name(name)) for name in names}

    def _add_hosts(self, hosts: Iterable[tuple[str, Mapping[str, Any]]], groups: Mapping[str, str]) -> None:
        constructed, group_by = self._constructed(), self.get_option("group_by")
        for name, record in hosts:
            host = self.inventory.add_host(name)
            untrusted = record if _has_trust else wrap_var(record)
            self.inventory.set_variable(host, VARIABLE, untrusted)
            for group in groups_of(record, group_by):
                self.inventory.add_host(host, groups[group])  # add_child would take a group of that name for the host
            if constructed:
                constructed(host, record, {VARIABLE: untrusted})

    def _constructed(self) -> Callable[[str, Mapping[str, Any], Mapping[str, Any]], None] | None:
        """What the file asks Jinja for; None where it asks for nothing."""
        compose, groups, keyed = (self.get_option(name) for name in ("compose", "groups", "keyed_groups"))
        strict = self.get_option("strict")
        if not (compose or groups or keyed):
            return None

        inventory = self.inventory
        replaced = VARIABLE in (compose or ()) or (self.get_option("use_extra_vars") and VARIABLE in self._vars)
        keyed_groups = KeyedGroups(keyed or (), "" if replaced else VARIABLE)

        def ask_ansible(host: str, question: Callable[[], None]) -> list[str]:
            """Return the groups that Ansible's own way adds the host to."""
            self.inventory = groups_of_host = _HostsInGroups(inventory, host)
            question()
            self.inventory = inventory
            return groups_of_host.joined

        def construct(host: str, record: Mapping[str, Any], variables: Mapping[str, Any]) -> None:
            def compose_host() -> None:
                self._set_composite_vars(compose, variables, host, strict=strict)
                self._add_host_to_composed_groups(groups, variables, host, strict=strict)

            def by_ansible(entry: Any) -> list[str]:
                call = self._add_host_to_keyed_groups
                return ask_ansible(host, lambda: call([entry], variables, host, strict=strict))

            if compose or groups:
                ask_ansible(host, compose_host)
            keyed_groups.add(record, lambda group: inventory.add_host(host, group), by_ansible)

        return construct


class _HostsInGroups:
    """The inventory for the constructed features of Ansible, which add a host by a call that prefers groups."""

    def __init__(self, inventory: Any, host: str) -> None:
        self._inventory = inventory
        self._host = host
        self.joined: list[str] = []

    def add_child(self, group: str, child: str) -> Any:
        if child == self._host:
            return self.add_host(child, group)
        return self._inventory.add_child(group, child)

    def add_host(self, host: str, group: str) -> Any:
        self.joined.append(group)
        return self._inventory.add_host(host, group)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inventory, name)
