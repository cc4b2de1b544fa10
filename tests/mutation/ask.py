# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask the server whose socket is given for one run of the tests, and end with its exit code."""

import socket
import sys

with socket.socket(socket.AF_UNIX) as peer:
    peer.connect(sys.argv[1])
    sys.exit(int(peer.makefile().read() or 1))
