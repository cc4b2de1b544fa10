# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every request goes through: server, envelope, authentication, limits, parameters, pages.

Nothing here knows of a single resource but `app.py`, which takes them all in.
"""
