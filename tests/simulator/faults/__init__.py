# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad days on demand: which faults there are (`faults.py`) and what they look like on the wire (`answers.py`)."""
