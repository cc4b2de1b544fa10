# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes what a worker that has stopped holds for complete: `python finish.py MODULE_UTILS CONFIG`.

What waits is placed and told into the outbox, as a drain with `flush` does; then incidents can be compared with batch.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import types


def main() -> None:
    module_utils, config = sys.argv[1:]
    parent = types.ModuleType("synthetic")
    parent.__path__ = [module_utils]
    sys.modules["synthetic"] = parent
    settings = importlib.import_module("synthetic._stream.service.settings").load(config)
    folder = importlib.import_module("synthetic._stream.store.state_folder").StateFolder(settings.state_dir)
    store = importlib.import_module("synthetic._stream.store.store").Store(folder.path)
    correlation = importlib.import_module("synthetic._stream.pipeline.correlation").Correlation(
        store, {}, ["incident"], settings.grouping
    )
    splits = importlib.import_module("synthetic._stream.pipeline.splits").Splits(folder.path)
    correlation.findings.mark = splits.mark
    with store.transaction():
        for source, _at, shown, _flushed in correlation.findings.watermarks():
            for stream in json.loads(shown):
                correlation.join(source, stream, time.time_ns())
        correlation.finish(time.time_ns(), flush=True)
    store.close()
    folder.release()


main()
