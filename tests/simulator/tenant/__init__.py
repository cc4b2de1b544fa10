# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a tenant holds: one file a resource, with its record, its sample data and how the seed makes it.

Nothing here knows of HTTP. May import: `clock`, and `web.auth` for the API clients.
"""
