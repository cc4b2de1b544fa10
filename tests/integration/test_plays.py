# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each play of `plays/`: in check mode, for real, and again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .harness import PLAYS, Playbooks, assert_three_runs, exceptions_of

if TYPE_CHECKING:
    from simulator import Simulator

DRAIN = PLAYS / "drain.yml"
READS = {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("play", sorted(PLAYS.glob("*.yml")), ids=lambda play: play.stem)
def test_play(play: Path, playbooks: Playbooks, simulator: Simulator) -> None:
    simulator.control.clear_requests()
    check = playbooks.run(play, check=True)
    written = [f"{r['method']} {r['path']}" for r in simulator.control.requests() if r["method"] not in READS]
    assert not written, f"check mode wrote to the tenant: {written}"

    real = playbooks.run(play)
    again = playbooks.run(play)

    assert_three_runs(check, real, again, exceptions_of(play))
    for run in (check, real, again):
        assert simulator.api_key not in run.stdout + run.stderr


def test_a_drain_in_a_process_of_its_own_finds_the_same(playbooks: Playbooks) -> None:
    ended = playbooks.run(DRAIN, arguments=("-v",), environment={"SECURE_ENDPOINT_DIRECT": "false"})
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "event_stream_drain runs as a module of its own: SECURE_ENDPOINT_DIRECT is false" in ended.stdout
