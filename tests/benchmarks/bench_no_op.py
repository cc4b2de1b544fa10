# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one task of ours costs that changes nothing: as much as the bare GET that it needs."""

from __future__ import annotations

from collections.abc import Iterator

from simulator import Simulator

from .harness import Row, benchmark, compare
from .plays import alternating_tasks


@benchmark
def no_op_task(runs: int) -> Iterator[Row]:
    """`event_stream_info` against `ansible.builtin.uri` with the same GET, both checking the certificate."""
    with Simulator(broker=False, rate_limit=1_000_000) as tenant:
        uri = {
            "url": f"https://{tenant.api_host}/v1/event_streams",
            "url_username": tenant.client_id,
            "url_password": tenant.api_key,
            "force_basic_auth": True,
            "ca_path": tenant.ca_path,
            "return_content": True,
        }
        for latency in (0.0, 0.08):
            tenant.control.clear_faults()
            if latency:
                tenant.control.set_latency(latency)
            pairs = alternating_tasks(
                {"ampops.secure_endpoint.event_stream_info": {}},
                {"ansible.builtin.uri": uri},
                runs,
                tenant.environment,
            )
            yield compare(f"no-op task against uri, {latency * 1000:.0f} ms", pairs, target=1.1)
