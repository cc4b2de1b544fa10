# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How events are made: single ones (`factory.py`), stories (`scenarios.py`), the history of a new tenant.

May import: `tenant` and `clock`.
"""
