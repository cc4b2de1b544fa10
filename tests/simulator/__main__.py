# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m simulator`."""

from __future__ import annotations

import sys

from .cli import main

sys.exit(main())
