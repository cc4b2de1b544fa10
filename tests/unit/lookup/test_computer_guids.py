# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup computer_guids as Ansible runs it, over real TLS against the simulated cloud."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.plugins.loader import lookup_loader
from simulator import Simulator
from unit.scripted_cloud import ENVIRONMENT

Lookup = Callable[..., list[str]]


@pytest.fixture
def look_up(simulator_api: Simulator, monkeypatch: pytest.MonkeyPatch) -> Lookup:
    for variable in ENVIRONMENT:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("SECURE_ENDPOINT_CLIENT_ID", simulator_api.client_id)
    monkeypatch.setenv("SECURE_ENDPOINT_API_KEY", simulator_api.api_key)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)

    def run(*terms: Any, **options: Any) -> list[str]:
        place = {"api_host": simulator_api.api_host, "ca_path": str(simulator_api.ca_path)}
        simulator_api.control.clear_requests()
        found: list[str] = lookup_loader.get("ampops.secure_endpoint.computer_guids").run(
            list(terms), variables={}, **place, **options
        )
        return found

    return run


def test_names_and_guids_in_their_order_in_one_request(look_up: Lookup, simulator_api: Simulator) -> None:
    one, two = (simulator_api.control.computer(name).guid for name in ("PC-0000", "NB-0002"))

    assert look_up("nb-0002", "PC-0000") == [two, one]
    assert len(simulator_api.control.requests()) == 1
    assert look_up(["PC-0000", two.upper()]) == [one, two]
    assert look_up("pc-0000") == [one]
    assert len(simulator_api.control.requests()) == 1


def test_the_fleet_by_filters(look_up: Lookup, simulator_api: Simulator) -> None:
    fleet = simulator_api.cloud.tenant.computers

    assert set(look_up()) == set(fleet)
    protect = next(one.guid for one in simulator_api.cloud.tenant.groups.values() if one.name == "Protect")
    assert set(look_up(groups=["Protect"])) == {guid for guid, one in fleet.items() if one.group_guid == protect}
    assert look_up(groups=[]) == []
    assert 0 < len(look_up(last_seen_over=100)) < len(fleet)
    assert set(look_up(last_seen_over=100)).isdisjoint(look_up(last_seen_within=100))
    one = simulator_api.control.computer("PC-0000")
    assert one.guid in look_up(internal_ip=one.internal_ip)
    assert one.guid in look_up(external_ip=one.external_ip)


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        (["nobody", "PC-0000"], 'o computers are named "nobody"'),
        (["PC-REIMAGED"], '3 computers are named "PC-REIMAGED"'),
        ([""], "empty text"),
    ],
)
def test_what_is_not_certain_is_refused(look_up: Lookup, terms: list[str], told: str) -> None:
    with pytest.raises(AnsibleError, match=told):
        look_up(*terms)


def test_a_failed_reading_is_an_error_without_secrets(look_up: Lookup, simulator_api: Simulator) -> None:
    with pytest.raises(AnsibleError, match="401") as failed:
        look_up("PC-0000", api_key="00000000-0000-4000-8000-000000000000")
    assert "00000000-0000-4000" not in str(failed.value)
    simulator_api.control.add_fault("status", path="/v1/computers", count=None, status=503)
    with pytest.raises(AnsibleError, match="503"):
        look_up()
