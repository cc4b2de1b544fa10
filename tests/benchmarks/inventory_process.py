# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One measurement of bench_inventory.py: `inventory_process.py WHAT FOLDER SOURCE COLLECTIONS`, seconds and MB as JSON.

WHAT is parse (ours, whole), download (ours, the reading only), minimal (the plugin below), write (its file).
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import BaseInventoryPlugin
from ansible.plugins.loader import inventory_loader
from ansible.utils.collection_loader import _collection_finder

NAME = "ampops.secure_endpoint.computers"


class Minimal(BaseInventoryPlugin):  # type: ignore[misc]
    """Adds hosts and their variable from a local JSON file."""

    NAME = "minimal"

    def parse(self, inventory: Any, loader: DataLoader, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        for name, record in json.loads(Path(path).read_text(encoding="utf-8")):
            inventory.add_host(name)
            inventory.set_variable(name, "secure_endpoint", record)


def main(what: str, folder: str, source: str, collections: str) -> dict[str, float]:
    """Do it and tell what it took."""
    _collection_finder._AnsibleCollectionFinder(paths=[collections])._install()
    hosts = Path(folder, "hosts.json")
    inventory, loader = InventoryData(), DataLoader()
    ours = inventory_loader.get(NAME)
    start, took = time.perf_counter(), 0.0
    if what == "minimal":
        Minimal().parse(inventory, loader, str(hosts))
    elif what == "download":
        super(type(ours), ours).parse(inventory, loader, source, True)
        ours._read_config_data(source)
        ours._download()
    else:
        ours.parse(inventory, loader, source, cache=True)
        took = time.perf_counter() - start
        ours.update_cache_if_changed()
    if what == "write":
        pairs = [(name, host.vars["secure_endpoint"]) for name, host in inventory.hosts.items()]
        hosts.write_text(json.dumps(pairs), encoding="utf-8")
    seconds = took if what == "parse" else time.perf_counter() - start
    return {"seconds": seconds, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
