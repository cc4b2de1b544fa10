# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module event_stream_drain; see plugins/plugin_utils/_direct.py."""

from __future__ import annotations

from ansible_collections.ampops.secure_endpoint.plugins.modules import event_stream_drain as module
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._direct import DirectAction


class ActionModule(DirectAction):
    """Runs the module in the process of Ansible where the result is the same."""

    module = module
