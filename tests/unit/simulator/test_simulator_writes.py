# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Computers moved and removed, groups, file lists: what changes, what is refused, what is told about it."""

from __future__ import annotations

from typing import Any

import pytest
from plain_client import Api
from simulator import Simulator

NOBODY = "00000000-0000-4000-8000-000000000000"
DIGEST = "5a" * 32


def group_named(api: Api, name: str) -> dict[str, Any]:
    (found,) = [one for one in api.data("/v1/groups") if one["name"] == name]
    return dict(found)


def first_computer(api: Api) -> dict[str, Any]:
    return dict(api.data("/v1/computers?limit=1")[0])


def file_list(api: Api, name: str = "Simple Custom Detection List") -> str:
    kind = "application_blocking" if "Block" in name else "simple_custom_detections"
    (found,) = [one for one in api.data(f"/v1/file_lists/{kind}") if one["name"] == name]
    return str(found["guid"])


# computers


@pytest.mark.parametrize("as_form", [False, True])
def test_a_computer_moves_with_its_policy_and_tells_so(api: Api, simulator_api: Simulator, as_form: bool) -> None:
    computer, target = first_computer(api), group_named(api, "Triage")
    body = {"data" if as_form else "json": {"group_guid": target["guid"]}}
    answered = api("PATCH", f"/v1/computers/{computer['connector_guid']}", **body)
    assert answered.status_code == 202
    moved = answered.json()["data"]
    assert moved["group_guid"] == target["guid"]
    assert moved["groups"] == [{"guid": target["guid"], "name": "Triage"}]
    assert moved["policy"]["name"] == "Hunt"
    assert moved["links"]["group"].endswith(target["guid"])
    now = api.data(f"/v1/computers/{computer['connector_guid']}")
    assert {**moved, "last_seen": now["last_seen"]} == now
    assert "last_seen" not in moved  # recorded (api-contract 16)
    event = simulator_api.tenant.events[-1]
    assert (event["event_type_id"], event["group_guids"]) == (553648130, [target["guid"]])
    audit = simulator_api.tenant.audit_logs[-1]
    assert audit["audit_log_user"] == simulator_api.client_id
    assert audit["new_attributes"] == {"group_guid": target["guid"]}
    assert audit["old_attributes"] == {"group_guid": computer["group_guid"]}


def test_a_move_may_show_only_after_some_reads(api: Api, simulator_api: Simulator) -> None:
    simulator_api.control.set_switches(group_patch_delay=2, computer_patch_status=200)
    computer, target = first_computer(api), group_named(api, "Triage")
    path = f"/v1/computers/{computer['connector_guid']}"
    answered = api("PATCH", path, json={"group_guid": target["guid"]})
    assert (answered.status_code, answered.json()["data"]["group_guid"]) == (200, target["guid"])
    groups = [api.data(path)["group_guid"] for _number in range(3)]
    assert groups == [computer["group_guid"], computer["group_guid"], target["guid"]]


@pytest.mark.parametrize("body", [{}, {"group_guid": NOBODY}, {"group": "x"}, {"group_guid": ""}])
def test_a_bad_move_changes_nothing(api: Api, body: dict[str, str]) -> None:
    computer = first_computer(api)
    path = f"/v1/computers/{computer['connector_guid']}"
    answered = api("PATCH", path, json=body)
    assert answered.status_code == 400
    assert "group" in answered.json()["errors"][0]["details"][0]
    assert api.data(path) == computer
    assert api("PATCH", f"/v1/computers/{NOBODY}", json={"group_guid": NOBODY}).status_code == 404


def test_a_computer_can_be_removed_once(api: Api, simulator_api: Simulator) -> None:
    path = f"/v1/computers/{first_computer(api)['connector_guid']}"
    answered = api("DELETE", path)
    assert (answered.status_code, answered.json()["data"]) == (200, {"deleted": True})
    assert api.get(path).status_code == 404
    assert api("DELETE", path).status_code == 404
    simulator_api.control.set_switches(computer_delete_missing="deleted_false")
    assert api("DELETE", path).json()["data"]["deleted"] is False


def test_a_computer_that_cannot_be_removed_is_told_as_recorded(api: Api, simulator_api: Simulator) -> None:
    guid = first_computer(api)["connector_guid"]
    simulator_api.control.set_computer(guid, undeletable=True)
    answered = api("DELETE", f"/v1/computers/{guid}")
    assert (answered.status_code, answered.json()["data"]) == (200, {"deleted": False, "connector_guid": guid})
    assert api.get(f"/v1/computers/{guid}").status_code == 200


# groups


def test_a_new_group_is_a_root_with_the_default_policies(api: Api) -> None:
    answered = api("POST", "/v1/groups", json={"name": "New", "description": "for a test"})
    assert answered.status_code == 201
    made = answered.json()["data"]
    assert (made["source"], made["creator"], made["computers_count"]) == ("Created via API", None, 0)
    assert {policy["name"] for policy in made["policies"]} == {"Guard"}
    assert all(policy["default"] for policy in made["policies"])
    assert api.data(f"/v1/groups/{made['guid']}") == made
    assert group_named(api, "New")["source"] == "Created via API"


@pytest.mark.parametrize("how", ["json", "data"])
def test_a_new_group_may_come_with_an_email(api: Api, how: str) -> None:
    """Cisco's LDAP tool sends one with every group, as a form, and expects `Created` (api-contract 14)."""
    body = {"name": "From LDAP", "description": "x", "email": "owner@corp.example"}
    answered = api("POST", "/v1/groups", **{how: body})
    assert (answered.status_code, answered.reason) == (201, "Created")
    assert "email" not in answered.json()["data"]


@pytest.mark.parametrize("body", [{"name": "x"}, {"description": "x"}, {"name": "", "description": "x"}, {"nome": "x"}])
def test_name_and_description_are_required(api: Api, body: dict[str, str]) -> None:
    before = api.data("/v1/groups")
    assert api("POST", "/v1/groups", json=body).status_code == 400
    assert api.data("/v1/groups") == before


def test_names_of_groups_may_repeat_or_not(api: Api, simulator_api: Simulator) -> None:
    body = {"name": "Twice", "description": "x"}
    assert [api("POST", "/v1/groups", json=body).status_code for _number in range(2)] == [201, 201]
    simulator_api.control.set_switches(group_unique_names=True, group_name_status=422, group_create_status=200)
    assert api("POST", "/v1/groups", json=body).status_code == 422
    assert api("POST", "/v1/groups", json={"name": "Once", "description": "x"}).status_code == 200


def test_policies_of_a_group_change_a_product_at_a_time(api: Api) -> None:
    group = group_named(api, "Unused")
    hunts = {one["product"]: one["guid"] for one in api.data("/v1/policies?name[]=Hunt")}
    answered = api("PATCH", f"/v1/groups/{group['guid']}", json={"windows_policy_guid": hunts["windows"]})
    assert answered.status_code == 202
    policies = {one["product"]: one["name"] for one in api.data(f"/v1/groups/{group['guid']}")["policies"]}
    assert (policies["windows"], policies["mac"]) == ("Hunt", "Guard")
    for wrong in ({"windows_policy_guid": hunts["mac"]}, {"mac_policy_guid": NOBODY}, {"ios_policy_guid": NOBODY}):
        assert api("PATCH", f"/v1/groups/{group['guid']}", json=wrong).status_code == 400


def test_other_products_are_a_switch(api: Api, simulator_api: Simulator) -> None:
    simulator_api.control.set_switches(group_patch_other_products=True, group_patch_status=200)
    (guard,) = api.data("/v1/policies?product[]=ios")
    path = f"/v1/groups/{group_named(api, 'Unused')['guid']}"
    assert api("PATCH", path, json={"ios_policy_guid": guard["guid"]}).status_code == 200


def test_a_group_moves_below_another_and_back_to_the_root(api: Api) -> None:
    group, parent = group_named(api, "Unused"), group_named(api, "Servers")
    path = f"/v1/groups/{group['guid']}/parent"
    assert api("PATCH", path, json={"parent_group_guid": parent["guid"]}).status_code == 202
    assert [one["name"] for one in group_named(api, "Unused")["ancestry"]] == ["Servers"]
    assert api("PATCH", path).status_code == 202
    assert "ancestry" not in group_named(api, "Unused")


@pytest.mark.parametrize("empty", [{"json": {"parent_group_guid": ""}}, {"data": {"parent_group_guid": ""}}])
def test_an_empty_parent_is_the_root_too(api: Api, empty: dict[str, dict[str, str]]) -> None:
    """How Cisco's LDAP tool makes a group a root (api-contract 14)."""
    child = group_named(api, "Database Servers")
    answered = api("PATCH", f"/v1/groups/{child['guid']}/parent", **empty)
    assert (answered.status_code, answered.reason) == (202, "Accepted")
    assert "ancestry" not in group_named(api, "Database Servers")


def test_a_group_cannot_be_below_itself(api: Api) -> None:
    parent, child = group_named(api, "Servers"), group_named(api, "Database Servers")
    for target in (parent, child):
        answered = api("PATCH", f"/v1/groups/{parent['guid']}/parent", json={"parent_group_guid": target["guid"]})
        assert answered.status_code == 400


def test_an_empty_group_goes_a_full_one_is_a_switch(api: Api, simulator_api: Simulator) -> None:
    empty, full = group_named(api, "Unused"), group_named(api, "Servers")
    gone = api("DELETE", f"/v1/groups/{empty['guid']}")
    assert (gone.status_code, gone.json()["data"]) == (200, {"deleted": True, "group_guid": empty["guid"]})
    assert api("DELETE", f"/v1/groups/{empty['guid']}").status_code == 404
    assert api("DELETE", f"/v1/groups/{full['guid']}").status_code == 409
    members = api.data(f"/v1/computers?group_guid[]={full['guid']}")
    simulator_api.control.set_switches(group_delete_full="move_up")
    assert api("DELETE", f"/v1/groups/{full['guid']}").status_code == 200
    assert "ancestry" not in group_named(api, "Database Servers")
    refuge = group_named(api, "Protect")["guid"]
    assert members
    assert {api.data(f"/v1/computers/{one['connector_guid']}")["group_guid"] for one in members} == {refuge}


# policies


def test_policies_are_listed_by_product_and_name(api: Api) -> None:
    guards = api.data("/v1/policies?name[]=Guard")
    assert {one["product"] for one in guards} == {"windows", "mac", "linux", "android", "ios", "network"}
    some = api.data("/v1/policies?product[]=mac&product[]=linux&name[]=Guard")
    assert {one["product"] for one in some} == {"mac", "linux"}
    assert set(guards[0]) == {"name", "description", "guid", "product", "default", "serial_number", "links"}


def test_a_policy_alone_has_its_lists_and_its_xml(api: Api) -> None:
    listed = {one["name"]: one for one in api.data("/v1/policies?product[]=windows")}
    whole = api.data(f"/v1/policies/{listed['Guard']['guid']}")
    assert {one["type"] for one in whole["file_lists"]} == {
        "simple_custom_detections",
        "application_blocking",
        "allowed_applications",
    }
    assert whole["links"]["policy_xml"] == api.url(f"/v1/policies/{whole['guid']}.xml")
    texts = {name: api.get(f"/v1/policies/{one['guid']}.xml").text for name, one in listed.items()}
    assert "<endpointisolation><enable>1</enable>" in texts["Guard"]
    assert "<endpointisolation><enable>0</enable>" in texts["Observe"]
    assert ["<qaction>0<" in texts[name] for name in ("Observe", "Guard")] == [True, False]
    assert api.get(f"/v1/policies/{NOBODY}.xml").status_code == 404


# file lists


def test_lists_by_type_and_name(api: Api) -> None:
    detections = api.data("/v1/file_lists/simple_custom_detections")
    assert {one["type"] for one in detections} == {"simple_custom_detections"}
    assert [one["name"] for one in detections].count("Quarterly") == 2
    (one,) = api.data("/v1/file_lists/application_blocking?name[]=Unused")
    assert api.data(f"/v1/file_lists/{one['guid']}") == one
    assert one["links"]["file_list"] == api.url(f"/v1/file_lists/{one['guid']}")


def test_items_of_a_list_come_in_pages_with_the_policies(api: Api) -> None:
    guid = file_list(api)
    body = api.get(f"/v1/file_lists/{guid}/files?limit=2").json()
    assert body["metadata"]["results"] == {"total": 3, "current_item_count": 2, "index": 0, "items_per_page": 2}
    assert body["data"]["guid"] == guid
    assert {one["name"] for one in body["data"]["policies"]} == {"Observe", "Guard", "Hunt", "Servers"}
    rest = api.session.get(body["metadata"]["links"]["next"], timeout=20).json()
    items = body["data"]["items"] + rest["data"]["items"]
    assert [one.get("description") for one in items] == ["Seen in a phishing wave", "", None]
    assert items[1]["source"].startswith("Created by uploading ")
    assert api.data(f"/v1/file_lists/{file_list(api, 'Unused Blocking')}/files")["policies"] == []


def test_a_hash_is_added_once_and_removed_once(api: Api, simulator_api: Simulator) -> None:
    guid = file_list(api)
    path = f"/v1/file_lists/{guid}/files/{DIGEST}"
    answered = api("POST", path.upper().replace("/V1/FILE_LISTS/", "/v1/file_lists/").replace("/FILES/", "/files/"))
    assert answered.status_code == 201
    assert answered.json()["data"] == {
        "sha256": DIGEST,
        "source": "Created by entering SHA-256 via Public api.",
        "links": {"file_list": api.url(f"/v1/file_lists/{guid}")},
    }
    assert api("POST", path, json={"description": "again"}).status_code == 409
    assert api.data(path) == answered.json()["data"]
    removed = api("DELETE", path)
    assert (removed.status_code, removed.json()["data"]) == (200, {})
    assert [api("DELETE", path).status_code, api.get(path).status_code] == [404, 404]
    described = api("POST", path, json={"description": "Incident 123"}).json()["data"]
    assert described["description"] == "Incident 123"
    assert [one["event"] for one in simulator_api.tenant.audit_logs[-3:]] == ["create", "delete", "create"]


def test_refusals_of_a_hash_have_the_recorded_texts_and_echo_it_as_sent(api: Api) -> None:
    """api-contract 14 and 16: upper case is taken, and answered in lower case."""
    upper = f"/v1/file_lists/{file_list(api)}/files/{DIGEST.upper()}"
    assert api("POST", upper).json()["data"]["sha256"] == DIGEST
    taken = api("POST", upper)
    assert (taken.status_code, taken.reason) == (409, "Conflict")
    assert taken.json() == {
        "version": "v1.2.0",
        "metadata": {"links": {"self": api.url(upper)}},
        "data": {},
        "errors": [
            {
                "error_code": 409,
                "description": "Conflict",
                "details": ["Validation failed: SHA-256 has already been taken"],
            }
        ],
    }
    assert api("DELETE", upper).status_code == 200
    for method in ("DELETE", "GET"):
        missing = api(method, upper)
        assert (missing.status_code, missing.reason) == (404, "Not Found")
        assert missing.json()["errors"][0]["details"] == [
            f"Imn File List Item not found for given sha256: {DIGEST.upper()}"
        ]
        assert missing.json()["metadata"]["links"]["self"] == api.url(upper)


def test_switches_of_file_lists(api: Api, simulator_api: Simulator) -> None:
    simulator_api.control.set_switches(
        file_list_create_status=200, file_list_conflict_status=422, file_list_delete_missing_status=200
    )
    path = f"/v1/file_lists/{file_list(api)}/files/{DIGEST}"
    assert [api("POST", path).status_code for _number in range(2)] == [200, 422]
    assert [api("DELETE", path).status_code for _number in range(2)] == [200, 200]


@pytest.mark.parametrize("digest", ["5a" * 31, "zz" * 32, "5a" * 33])
def test_what_is_no_sha256_is_refused(api: Api, digest: str) -> None:
    guid = file_list(api)
    assert api("POST", f"/v1/file_lists/{guid}/files/{digest}").status_code == 400
    assert api("POST", f"/v1/file_lists/{NOBODY}/files/{DIGEST}").status_code == 404


def test_the_third_type_is_reached_through_a_policy(api: Api) -> None:
    assert api.get("/v1/file_lists/allowed_applications").status_code == 404
    policy = api.data(f"/v1/policies/{api.data('/v1/policies?product[]=windows&name[]=Guard')[0]['guid']}")
    (allowed,) = [one for one in policy["file_lists"] if one["type"] == "allowed_applications"]
    assert api.data(f"/v1/file_lists/{allowed['guid']}")["type"] == "allowed_applications"
    assert api("POST", f"/v1/file_lists/{allowed['guid']}/files/{DIGEST}").status_code == 201


def test_a_convicted_file_is_quarantined_where_it_was_seen(api: Api, simulator_api: Simulator) -> None:
    guid = file_list(api)
    on = next(
        one for one in simulator_api.tenant.computers.values() if guid in simulator_api.tenant.policy_of(one).file_lists
    )
    simulator_api.control.publish("detected", computer=on.guid, sha256=DIGEST)
    before = len(simulator_api.tenant.events)
    api("POST", f"/v1/file_lists/{guid}/files/{DIGEST}")
    told = [(one["event_type_id"], one["connector_guid"]) for one in simulator_api.tenant.events[before:]]
    assert told == [(553648147, on.guid), (553648155, on.guid)]
    api("POST", f"/v1/file_lists/{file_list(api, 'Blocked Application List')}/files/{DIGEST}")
    assert simulator_api.tenant.events[-1]["event_type_id"] == 553648168
    before = len(simulator_api.tenant.events)
    api("POST", f"/v1/file_lists/{file_list(api, 'Unused Blocking')}/files/{DIGEST}")
    assert len(simulator_api.tenant.events) == before


# test connectors


def test_a_connector_registers_keeps_its_guid_and_says_goodbye(api: Api, simulator_api: Simulator) -> None:
    control = simulator_api.control
    made = control.enrol(
        hostname="el9-test", operating_system="Red Hat Enterprise Linux 9.4", connector_version="1.22", group="Servers"
    )
    assert made["business_guid"] == simulator_api.tenant.business_guid
    path = f"/v1/computers/{made['connector_guid']}"
    computer = api.data(path)
    assert (computer["hostname"], computer["groups"][0]["name"]) == ("el9-test", "Servers")
    assert "windows_processor_id" not in computer
    assert simulator_api.tenant.events[-1]["event_type_id"] == 50331649
    api("PATCH", path, json={"group_guid": group_named(api, "Unused")["guid"]})
    again = control.enrol(
        hostname="el9-test", connector_guid=made["connector_guid"], connector_version="1.24", group="Servers"
    )
    assert again["connector_guid"] == made["connector_guid"]
    assert (api.data(path)["connector_version"], api.data(path)["groups"][0]["name"]) == ("1.24", "Unused")
    control.seen(made["connector_guid"], faults=["Scan engine failed to start"])
    assert api.data(path)["faults"] == ["Scan engine failed to start"]
    control.uninstalled(made["connector_guid"])
    assert api.data(path)["active"] is False
    assert simulator_api.tenant.events[-1]["event_type_id"] == 553648166
    for wrong in ({"group": "Kiosk"}, {"group": "None"}, {"connector_guid": "x"}):
        with pytest.raises(ValueError, match=r"group|GUID"):
            control.enrol(hostname="x", **wrong)
