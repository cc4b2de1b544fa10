# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide names every key of the service's configuration with the default that the code has, and every metric.

`UPDATE_GUIDES=1 pytest tests/unit/stream/service/test_guide.py` writes the table of metrics anew.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.broker.settings import (
    KEYS,
    stream_settings,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.options import REQUIRED
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.service.metrics import (
    SinkState,
    Snapshot,
    StreamState,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.service.settings import DEFAULTS

GUIDE = Path(__file__).resolve().parents[4] / "docs" / "docsite" / "rst" / "guide_event_consumer.rst"
ROW = re.compile(r"^   \* - ``([a-z_.]+)``\n     - (?:``(.*)``|none)$", re.MULTILINE)


def test_every_key_stands_in_the_guide_with_its_default() -> None:
    shown = dict(ROW.findall(GUIDE.read_text(encoding="utf-8")))
    wanted = {
        f"{section}.{key}": "" if value is REQUIRED else json.dumps(value)
        for section, keys in DEFAULTS.items()
        for key, value in keys.items()
    }
    assert {key: value for key, value in shown.items() if not key.startswith("streams.")} == wanted

    streams = {key.removeprefix("streams."): value for key, value in shown.items() if key.startswith("streams.")}
    assert set(streams) == KEYS
    settings = stream_settings({"host": "h", "queue_name": "q", "user_name": "u", "password": "p"}, "a stream")
    for key, value in streams.items():
        if value:
            assert json.loads(value) == getattr(settings, key), key


def metrics_table() -> str:
    """Every metric as Prometheus reads it: name, type and labels, meaning."""
    shown = Snapshot([StreamState("q")], [SinkState("s")], unknown_types={"1": 1}).prometheus()
    rows = [".. list-table::\n   :header-rows: 1\n\n   * - Metric\n     - Type, labels\n     - Meaning\n"]
    family = re.compile(r"# HELP (\w+) (.*)\n# TYPE \w+ (\w+)\n\w+(?:\{(.*)\})? ")
    for name, meaning, kind, labels in family.findall(shown):
        named = "".join(f", ``{label}``" for label in re.findall(r'(\w+)="', labels))
        rows.append(f"   * - ``{name}``\n     - {kind}{named}\n     - {meaning}\n")
    return "".join(rows)


def test_the_guide_has_the_table_of_metrics_that_the_code_makes() -> None:
    before, begin, rest = GUIDE.read_text(encoding="utf-8").partition(".. metrics begin\n")
    shown, end, after = rest.partition(".. metrics end\n")
    if os.environ.get("UPDATE_GUIDES"):
        GUIDE.write_text(f"{before}{begin}\n{metrics_table()}\n{end}{after}", encoding="utf-8")
    else:
        assert shown.strip() == metrics_table().strip()
