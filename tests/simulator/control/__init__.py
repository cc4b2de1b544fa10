# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests do to a simulated cloud: in process (`control.py`) and over HTTP (`control_app.py`)."""
