# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module installer_cache: it works on the controller, in the worker that Ansible forked for the task.

So it is the user who started Ansible, whatever `ansible_become` says, and needs no `delegate_to`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.installers import (
    Installer,
    ManifestError,
    label,
    read_manifest,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._installer_cache.cache import (
    FAILED,
    FETCHED,
    Cache,
    Record,
    get_all,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._installer_cache.download import (
    DownloadError,
    Limits,
)

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "installers": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "os": {"type": "str"},
            "os_versions": {"type": "list", "elements": "str"},
            "arch": {"type": "str"},
            "path": {"type": "path"},
            "url": {"type": "str", "no_log": True},
            "fetch_on": {"type": "str"},
            "version": {"type": "raw"},
            "sha256": {"type": "str"},
            "signer": {"type": "dict"},
            "signature": {"type": "str"},
        },
    },
    "wanted": {"type": "list", "elements": "int"},
    "cache_dir": {"type": "path", "default": "~/.cache/ampops.secure_endpoint/installers"},
    "allowed_hosts": {"type": "list", "elements": "str", "default": []},
    "proxy": {"type": "str", "no_log": True},
    "ca_path": {"type": "path"},
    "timeout": {"type": "int", "default": 60},
    "download_timeout": {"type": "int", "default": 3600},
    "max_size_mb": {"type": "int", "default": 2048},
    "concurrency": {"type": "int", "default": 4},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """Finds or downloads installers, and fails after the last one if any of them failed."""

    TRANSFERS_FILES = False
    _supports_async = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validated, options = self.validate_argument_spec(ARGUMENT_SPEC)
        try:
            wanted = self._wanted(options)
            cache = self._cache(options)
            prepared = any(not installer.path for installer, _url in wanted) and cache.prepare()
            records = get_all(cache, wanted, max(1, options["concurrency"]))
        except (ManifestError, DownloadError) as error:
            return {**result, "failed": True, "msg": str(error)}
        return {**result, **told(records, prepared, cache.folder if self._task.diff else "")}

    def _wanted(self, options: Mapping[str, Any]) -> list[tuple[Installer, str]]:
        """Return the entries to get, each with its URL. Raises ManifestError."""
        entries = [{key: value for key, value in entry.items() if value is not None} for entry in options["installers"]]
        manifest = read_manifest(entries)
        if options["wanted"] is None:
            chosen = [entry for entry in manifest if entry.fetch_on == "controller"]
        else:
            chosen = [chosen_entry(manifest, index) for index in sorted(set(options["wanted"]))]
        return [(self._located(entry), str(entries[entry.index].get("url") or "")) for entry in chosen]

    def _located(self, entry: Installer) -> Installer:
        """Make a relative path one below the playbook, as Ansible does for tasks on the controller."""
        return replace(entry, path=self._loader.path_dwim(entry.path)) if entry.path else entry

    def _cache(self, options: Mapping[str, Any]) -> Cache:
        limits = Limits(
            allowed_hosts=options["allowed_hosts"],
            proxy=options["proxy"] or "",
            ca_path=options["ca_path"] or "",
            timeout=options["timeout"],
            seconds=options["download_timeout"],
            megabytes=options["max_size_mb"],
        )
        return Cache(self._loader.path_dwim(options["cache_dir"]), limits, check=self._task.check_mode)


def chosen_entry(manifest: list[Installer], index: int) -> Installer:
    """Return an entry that the controller can get. Raises ManifestError."""
    if not 0 <= index < len(manifest):
        raise ManifestError(f"wanted names the entry {index}, but installers has {len(manifest)}, counted from 0")
    if manifest[index].fetch_on != "controller":
        raise ManifestError(f"wanted names installers[{index}] ({label(manifest[index])}), which the target downloads")
    return manifest[index]


def told(records: list[Record], prepared: bool, diff_of: str) -> dict[str, Any]:
    """Return the records as the result of a module; with `diff_of`, the cache folder, as a diff, too."""
    fetched = [record.item for record in records if record.outcome == FETCHED]
    failed = [record for record in records if record.outcome == FAILED]
    result: dict[str, Any] = {
        "changed": prepared or bool(fetched),
        "installers": [asdict(record) for record in records],
        "counts": dict(Counter(record.outcome for record in records)),
    }
    if failed:
        said = "; ".join(f"installers[{record.index}] ({record.item}) {record.detail}" for record in failed)
        result |= {"failed": True, "msg": f"{said}."}
    if diff_of:
        lines = "".join(f"{item}\n" for item in fetched)
        result["diff"] = {"before_header": diff_of, "after_header": diff_of, "before": "", "after": lines}
    return result
