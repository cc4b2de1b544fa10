# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let Python programs on this test host believe that they run on macOS.

`sys.platform` stays linux: with darwin, urllib would want a module that only a Mac's Python has.
"""

from __future__ import annotations

import os
import platform

MACOS = os.environ.get("POSE_MACOS", "14.5")
RELEASE = "23.5.0"
VERSION = f"Darwin Kernel Version {RELEASE}"
NODE = os.uname().nodename


class _Uname(tuple):
    """What os.uname() answers on a Mac."""

    sysname = property(lambda self: self[0])
    nodename = property(lambda self: self[1])
    release = property(lambda self: self[2])
    version = property(lambda self: self[3])
    machine = property(lambda self: self[4])


os.uname = lambda: _Uname(("Darwin", NODE, RELEASE, VERSION, "arm64"))
platform.system = lambda: "Darwin"
platform.release = lambda: RELEASE
platform.version = lambda: VERSION
platform.machine = lambda: "arm64"
platform.mac_ver = lambda *_args, **_kwargs: (MACOS, ("", "", ""), "arm64")
