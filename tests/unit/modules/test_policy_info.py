# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""policy_info: filters that are exact, details and XML only when asked for, no password in sight."""

from __future__ import annotations

import sys

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import policy_info
from unit.scripted_cloud import GET, ScriptedCloud, run

PATH = "/v1/policies"
WINDOWS = {"guid": "a599bf5b-2cb7-4a5b-90bd-d0199e2ccd67", "name": "Protect", "product": "windows"}
LINUX = {"guid": "1a352c59-793b-44f3-b8f9-0ddd354057bc", "name": "Protect", "product": "linux"}
LIKE_IT = {"guid": "dd1da971-926c-42ab-9e5a-154f2695d995", "name": "Protect more", "product": "linux"}
XML = """<?xml version="1.0" encoding="UTF-8"?>
<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><Object><config><agent><control><uninstallex>S3cret-1</uninstallex>
<serviceex>S3cret-2</serviceex></control></agent><proxy><password><!-- by hand -->S3cret-3</password>
<server>proxy.example</server></proxy></config></Object></Signature>"""


@pytest.mark.parametrize("check", [False, True])
def test_all_policies_are_one_page(cloud: ScriptedCloud, check: bool) -> None:
    cloud.expects(GET(PATH, limit=500).answers([WINDOWS, LINUX]))

    result = run(policy_info, _check=check)

    assert not result.changed
    assert result["policies"] == [WINDOWS, LINUX]


def test_filters_are_sent_and_checked(cloud: ScriptedCloud) -> None:
    query = {"product[]": ["linux", "mac"], "name[]": ["Protect"], "limit": 500}
    cloud.expects(GET(PATH, **query).answers([WINDOWS, LINUX, LIKE_IT]))

    assert run(policy_info, products=["mac", "linux"], name="Protect")["policies"] == [LINUX]


def test_an_empty_choice_is_empty_and_asks_nothing(cloud: ScriptedCloud) -> None:
    assert run(policy_info, names=[])["policies"] == []
    assert run(policy_info, products=[])["policies"] == []
    assert cloud.requests == []


def test_details_are_one_request_more_for_each(cloud: ScriptedCloud) -> None:
    whole = {**WINDOWS, "file_lists": [], "used_in_groups": []}
    cloud.expects(
        GET(PATH, limit=500).answers([WINDOWS, LINUX]),
        GET(f"{PATH}/{WINDOWS['guid']}").answers(whole),
        GET(f"{PATH}/{LINUX['guid']}").refuses(404, "Policy not found"),
    )

    assert run(policy_info, details=True, concurrency=1)["policies"] == [whole]


def test_by_guid_what_is_not_there_is_left_out(cloud: ScriptedCloud) -> None:
    cloud.expects(
        GET(f"{PATH}/{LINUX['guid']}").answers(LINUX), GET(f"{PATH}/{WINDOWS['guid']}").refuses(404, "Policy not found")
    )

    result = run(policy_info, guids=[LINUX["guid"].upper(), WINDOWS["guid"], LINUX["guid"]], concurrency=1)

    assert result["policies"] == [LINUX]


def test_what_is_no_guid_is_refused(cloud: ScriptedCloud) -> None:
    assert 'not a GUID: "Protect".' in run(policy_info, guids=["Protect"]).msg
    assert cloud.requests == []


def test_xml_comes_without_its_passwords(cloud: ScriptedCloud) -> None:
    cloud.expects(
        GET(f"{PATH}/{LINUX['guid']}").answers(LINUX),
        GET(f"{PATH}/{LINUX['guid']}.xml").answers(XML, headers={"Content-Type": "application/xml"}),
    )

    result = run(policy_info, guids=[LINUX["guid"]], xml=True)

    assert "S3cret" not in str(result)
    assert "<server>proxy.example</server>" in result["policies"][0]["xml"]
    assert result["policies"][0]["xml"].count("********") == 3


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<html><head><title>Log in</title></head></html>", "an HTML page titled 'Log in'"),
        ("", "but empty"),
        ("<Signature><Object>", "damaged or cut off"),
        ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Signature>&e;</Signature>', "document type"),
        ('<?xml version="1.0"?>' + " " * 5000 + '<!DOCTYPE x [<!ENTITY e "boom">]><x>&e;</x>', "document type"),
    ],
)
def test_what_is_no_policy_is_refused(cloud: ScriptedCloud, body: str, said: str) -> None:
    cloud.expects(GET(f"{PATH}/{LINUX['guid']}").answers(LINUX), GET(f"{PATH}/{LINUX['guid']}.xml").answers(body))

    assert said in run(policy_info, guids=[LINUX["guid"]], xml=True).msg


def test_without_lxml_the_xml_is_refused_and_all_else_works(
    cloud: ScriptedCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lxml", None)
    cloud.expects(GET(f"{PATH}/{LINUX['guid']}").answers(LINUX))
    assert run(policy_info, guids=[LINUX["guid"]])["policies"] == [LINUX]

    cloud.expects(GET(f"{PATH}/{LINUX['guid']}").answers(LINUX), GET(f"{PATH}/{LINUX['guid']}.xml").answers(XML))
    assert f"lxml, which {sys.executable} does not have" in run(policy_info, guids=[LINUX["guid"]], xml=True).msg
