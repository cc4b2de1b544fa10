# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let Ansible's own stat module (behind `fetch`) find files by their Windows path on this test host."""

from __future__ import annotations

import builtins
import os
import re
from typing import Any


def _placed(path: Any) -> Any:
    if isinstance(path, bytes):
        return os.fsencode(_placed(os.fsdecode(path)))
    windows = re.fullmatch(r"/?([A-Za-z]):\\(.*)", path) if isinstance(path, str) else None
    return f"/win/drive_{windows[1].lower()}/" + windows[2].replace("\\", "/") if windows else path


def _wrapped(function: Any) -> Any:
    return lambda path, *args, **kwargs: function(_placed(path), *args, **kwargs)


for _module, _name in ((os, "stat"), (os, "lstat"), (os, "access"), (os, "listxattr"), (builtins, "open")):
    setattr(_module, _name, _wrapped(getattr(_module, _name)))
