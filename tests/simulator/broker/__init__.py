# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event streams of a tenant on a RabbitMQ node of the simulator's own.

Chaos, benchmarks and the tests of the consumer use it without a cloud. May import: `tenant`, `ports`.
"""

from __future__ import annotations

from .event_streams import EXCHANGE, NoBroker, RabbitBroker, StreamBroker, binding_keys
from .publisher import Message, Publisher
from .rabbit_admin import RabbitAdmin
from .rabbit_node import SERVER, RabbitNode

__all__ = [
    "EXCHANGE",
    "SERVER",
    "Message",
    "NoBroker",
    "Publisher",
    "RabbitAdmin",
    "RabbitBroker",
    "RabbitNode",
    "StreamBroker",
    "binding_keys",
]
