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
    if not isinstance(path, str) or not re.match(r"[A-Za-z]:\\", path):
        return path
    return f"/win/drive_{path[0].lower()}/" + path[3:].replace("\\", "/")


def _wrapped(function: Any) -> Any:
    return lambda path, *args, **kwargs: function(_placed(path), *args, **kwargs)


for _module, _name in ((os, "stat"), (os, "lstat"), (os, "access"), (os, "listxattr"), (builtins, "open")):
    setattr(_module, _name, _wrapped(getattr(_module, _name)))
