# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""local.xml and global.xml come from a host that may be broken or hostile."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.global_xml import read_global_xml
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.local_xml import (
    LocalConfig,
    read_local_xml,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.xml_document import (
    LARGEST_FILE,
    ConnectorFileError,
)
from hypothesis import given
from hypothesis import strategies as st

GUID = "3b9d1c5e-8f0a-4d55-9a3e-6f2b1c0d7e88"
BUSINESS = "0c2f7a46-51d3-4f0e-8b1a-2d9e4c7b6a10"
LOCAL = f"""<?xml version="1.0" encoding="utf-8"?>
<config>
  <agent><uuid>{GUID}</uuid></agent>
  <install><switches><skipdfc>1</skipdfc><trayicon>0</trayicon></switches></install>
  <janus><business><uuid>{{{BUSINESS.upper()}}}</uuid></business></janus>
</config>
"""
GLOBAL = """<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/>
<Object Id="x"><config xmlns=""><agent><version>1.24.0.999</version></agent></config></Object></Signature>"""


def b64(text: str | bytes, encoding: str = "utf-8") -> str:
    return base64.b64encode(text if isinstance(text, bytes) else text.encode(encoding)).decode()


def kind_of(content: str) -> str:
    with pytest.raises(ConnectorFileError) as caught:
        read_local_xml(content)
    assert str(caught.value).startswith("local.xml ")
    return caught.value.kind


def test_guid_business_and_switches_are_read() -> None:
    config = read_local_xml(b64(LOCAL))
    assert config == LocalConfig(GUID, BUSINESS, {"skipdfc": "1", "trayicon": "0"})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("declared", ["utf-8", "UTF-16", "utf-16le", None])
def test_the_bytes_decide_the_encoding_whatever_is_declared(encoding: str, declared: str | None) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    text = declaration + LOCAL.partition("?>")[2].strip()
    assert read_local_xml(b64(text, encoding)).connector_guid == GUID


def test_namespaces_do_not_matter() -> None:
    assert read_local_xml(b64(LOCAL.replace("<config>", '<config xmlns="urn:x">'))).connector_guid == GUID
    assert read_local_xml(
        b64(LOCAL.replace("<config>", '<c:config xmlns:c="urn:x">').replace("</config>", "</c:config>"))
    )


def test_the_version_is_read_from_the_signed_object() -> None:
    assert read_global_xml(b64(GLOBAL)) == "1.24.0.999"
    assert read_global_xml(b64(GLOBAL.replace("1.24.0.999", ""))) is None


def test_a_file_wrapped_in_lines_as_base64_prints_it_is_understood() -> None:
    assert read_local_xml(base64.encodebytes(LOCAL.encode()).decode()).connector_guid == GUID


@pytest.mark.parametrize("content", ["", b64(" \r\n"), b64("\ufeff", "utf-16-le"), b64(b"\x00" * 4096)])
def test_an_empty_file_is_told_as_empty(content: str) -> None:
    assert kind_of(content) == "empty"


@pytest.mark.parametrize("cut", range(1, len(LOCAL.rstrip()) - 1, 7))
def test_a_truncated_file_is_told_as_damaged(cut: int) -> None:
    assert kind_of(b64(LOCAL.rstrip()[:cut])) == "damaged"


BILLION_LAUGHS = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol1 "&lol;&lol;&lol;&lol;&lol;">
<!ENTITY lol2 "&lol1;&lol1;&lol1;&lol1;&lol1;">]><config><agent><uuid>&lol2;</uuid></agent></config>"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    [
        BILLION_LAUGHS,
        '<!DOCTYPE config SYSTEM "file:///etc/passwd"><config/>',
        '<!DOCTYPE config [<!ENTITY % x SYSTEM "http://192.0.2.1/x">%x;]><config/>',
        "<!doctype config><config/>",
    ],
)
def test_any_document_type_is_refused_before_parsing(text: str, encoding: str) -> None:
    assert kind_of(b64(text, encoding)) == "doctype"


def test_an_unknown_encoding_and_broken_bytes_are_told() -> None:
    assert kind_of(b64('<?xml version="1.0" encoding="utf-7"?><config/>')) == "encoding"
    assert kind_of(b64(b'<?xml version="1.0"?><config>\xff\xff\xc3</config>')) == "encoding"


def test_a_file_beyond_the_limit_is_refused_unparsed() -> None:
    assert kind_of(b64(b"<config>" + b" " * LARGEST_FILE + b"</config>")) == "too_large"
    assert kind_of("A" * (LARGEST_FILE * 2)) == "too_large"


def test_another_file_is_told_apart_from_a_damaged_one() -> None:
    assert kind_of(b64(GLOBAL)) == "other_file"
    with pytest.raises(ConnectorFileError) as caught:
        read_global_xml(b64(LOCAL))
    assert caught.value.kind == "other_file"


def test_what_was_not_given_as_base64_is_told() -> None:
    assert kind_of(LOCAL) == "not_base64"


@pytest.mark.parametrize("hostile", ["{{ lookup('pipe', 'id') }}", "\u202egpj.exe", "x\ny", "' OR 1=1", "../../etc"])
def test_a_value_that_does_not_fit_its_pattern_is_a_problem_and_not_used(hostile: str) -> None:
    config = read_local_xml(b64(LOCAL.replace(GUID, hostile)))
    assert config.connector_guid is None
    assert config.business_guid == BUSINESS
    assert len(config.problems) == 1
    assert config.problems[0].isascii()
    assert "\n" not in config.problems[0]


def test_switches_that_are_no_switches_are_problems() -> None:
    config = read_local_xml(b64(LOCAL.replace("<skipdfc>1<", "<skipdfc>yes<")))
    assert config.switches == {"trayicon": "0"}
    assert config.problems == ('local.xml: switch "skipdfc" is "yes", not 0 or 1',)


def test_a_version_that_is_none_is_refused() -> None:
    with pytest.raises(ConnectorFileError):
        read_global_xml(b64(GLOBAL.replace("1.24.0.999", "1.24; rm -rf /")))


@given(st.binary(max_size=400))
def test_any_bytes_give_a_typed_error_or_a_value(raw: bytes) -> None:
    for read in (read_local_xml, read_global_xml):
        try:
            read(base64.b64encode(raw).decode())
        except ConnectorFileError as error:
            assert str(error).isprintable()  # noqa: PT017 - whichever of the two outcomes comes, it is checked


@given(st.text(max_size=200), st.sampled_from(["uuid", "skipdfc"]))
def test_any_text_inside_gives_a_typed_error_or_a_value(text: str, tag: str) -> None:
    document = f"<config><agent><uuid>{text if tag == 'uuid' else ''}</uuid></agent><install><switches>" + (
        f"<skipdfc>{text if tag == 'skipdfc' else ''}</skipdfc></switches></install></config>"
    )
    try:
        config = read_local_xml(b64(document.encode("utf-8", "surrogatepass")))
    except ConnectorFileError:
        return
    assert all(problem.isprintable() for problem in config.problems)
    assert set(config.switches.values()) <= {"0", "1"}
