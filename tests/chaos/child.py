# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The consumer under the storm: the service itself, or a flushing drain, with a clock that jumps and a disk that fills.

`python child.py MODULE_UTILS CONFIG {run,flush} CLOCK_OFFSET_SECONDS FILE_LIMIT_BYTES`; a limit of 0 is none.
"""

from __future__ import annotations

import importlib
import json
import resource
import signal
import sys
import time
import types


def main() -> int:
    module_utils, config, command, offset, limit = sys.argv[1:]
    real = time.time_ns
    time.time_ns = lambda: real() + int(offset) * 10**9
    if int(limit):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
    parent = types.ModuleType("synthetic")
    parent.__path__ = [module_utils]
    sys.modules["synthetic"] = parent
    if command == "run":
        code: int = importlib.import_module("synthetic._stream.service.cli").main(["run", "--config", config])
        return code
    return flush(config)


def flush(config: str) -> int:
    """Empty the queues and take what was drained for complete."""
    settings = importlib.import_module("synthetic._stream.service.settings").load(config)
    folders = importlib.import_module("synthetic._stream.store.state_folder")
    consumer = importlib.import_module("synthetic._stream.drain.drain")
    folder = folders.StateFolder(settings.state_dir)
    result = consumer.drain(settings.streams, folder, grouping=settings.grouping, flush=True, limit=0)
    folder.release()
    print(json.dumps({"errors": [str(one.error) for one in result.streams if one.error]}))
    return 0


sys.exit(main())
