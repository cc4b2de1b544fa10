# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments of the Windows installer, and how Windows splits them again."""

from __future__ import annotations

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.switches import (
    CARRIED,
    DOCUMENTED,
    SwitchError,
    command_line,
    installer_arguments,
)
from hypothesis import given
from hypothesis import strategies as st

# The local.xml of the workflows document, "Upgrade Windows AMP for Endpoints Connector".
GUIDE = {
    "skipdfc": "1",
    "desktopicon": "0",
    "sendfile": "1",
    "versioncheck": "0",
    "noadmin": "0",
    "skiposcheck": "0",
    "skiptetra": "1",
    "contextmenu": "0",
    "startmenu": "0",
    "trayicon": "0",
    "overridepolicy": "1",
    "skipexprevprereqcheck": "0",
    "overrideinstpathlength": "0",
    "renameinstalldir": "1",
}


def test_the_guides_upgrade_verbatim() -> None:
    assert command_line(["amp_GroupName.exe", *installer_arguments(GUIDE)]) == (
        "amp_GroupName.exe /R /S /skipdfc 1 /skiptetra 1 /skipexprevprereqcheck 0 /desktopicon 0"
        " /startmenu 0 /contextmenu 0 /overridepolicy 1"
    )


@pytest.mark.parametrize(
    ("profile", "ui", "line"),
    [
        ("server", True, "/R /S /skiptetra 1 /skipdfc 1"),
        ("desktop", True, "/R /S"),
        ("server", False, "/R /S /skiptetra 1 /skipdfc 1 /desktopicon 0 /startmenu 0 /contextmenu 0"),
        ("desktop", False, "/R /S /desktopicon 0 /startmenu 0 /contextmenu 0"),
    ],
)
def test_the_guides_four_deployments_verbatim(profile: str, ui: bool, line: str) -> None:
    assert command_line(installer_arguments(profile=profile, ui=ui)) == line


@given(st.dictionaries(st.sampled_from(DOCUMENTED), st.sampled_from(["0", "1"])).map(dict))
def test_an_upgrade_carries_the_seven_in_order_and_nothing_else(read: dict[str, str]) -> None:
    arguments = installer_arguments(read)
    assert arguments[:2] == ["/R", "/S"]
    pairs = list(zip(arguments[2::2], arguments[3::2], strict=True))
    assert pairs == [(f"/{name}", read[name]) for name in CARRIED if name in read]


def test_others_come_only_when_the_user_lists_them_and_the_order_stays() -> None:
    arguments = installer_arguments(
        {"overridepolicy": "1"}, chosen={"trayicon": True, "skipdfc": 1}, extra=["/x", "a b"]
    )
    assert arguments == ["/R", "/S", "/skipdfc", "1", "/overridepolicy", "1", "/trayicon", "1", "/x", "a b"]


def test_the_folder_stands_last_and_bare_behind_the_golden_image() -> None:
    arguments = installer_arguments(extra=["/D=E:\\My Tools\\AMP", "/temppath", "E:\\t m p"], golden_image=True)
    assert arguments[2:] == ["/temppath", "E:\\t m p", "/goldenimage", "1", "/D=E:\\My Tools\\AMP"]
    assert command_line(["s.exe", *arguments]) == (
        's.exe /R /S /temppath "E:\\t m p" /goldenimage 1 /D=E:\\My Tools\\AMP'
    )


def test_what_the_user_chose_wins_over_profile_ui_and_local_xml() -> None:
    assert installer_arguments(profile="server", chosen={"skiptetra": 0})[2:4] == ["/skiptetra", "0"]
    assert installer_arguments({"skipdfc": "1"}, chosen={"skipdfc": "0"})[2:] == ["/skipdfc", "0"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"chosen": {"skipdfcs": "1"}},
        {"chosen": {"skipdfc": "yes"}},
        {"carried": {"skipdfc": "2"}},
        {"profile": "laptop"},
        {"extra": ["/S"]},
        {"extra": ["/r"]},
        {"extra": [""]},
        {"extra": [1]},
        {"extra": "/goldenimage 1"},
        {"extra": ["/x\n/y"]},
        {"extra": ['/D="E:\\My Tools"']},
        {"extra": ["/D="]},
        {"extra": ["/D=Tools"]},
        {"extra": ["/d=E:\\Tools"]},
        {"extra": ["/D=E:\\a", "/D=E:\\b"]},
    ],
)
def test_what_the_installer_would_misunderstand_is_refused(wrong: dict[str, object]) -> None:
    carried = wrong.pop("carried", None)
    with pytest.raises(SwitchError):
        installer_arguments(carried, **wrong)  # type: ignore[arg-type]


def command_line_to_argv(line: str) -> list[str]:
    """CommandLineToArgvW behind the program name, written from its documentation, not from our quoting."""
    argv: list[str] = []
    position = 0
    while position < len(line):
        if line[position] in " \t":
            position += 1
            continue
        argument, inside = "", False
        while position < len(line) and (inside or line[position] not in " \t"):
            if line[position] == "\\":
                end = position
                while end < len(line) and line[end] == "\\":
                    end += 1
                count = end - position
                if end < len(line) and line[end] == '"':
                    argument += "\\" * (count // 2)
                    if count % 2:
                        argument += '"'
                        end += 1
                else:
                    argument += "\\" * count
                position = end
            elif line[position] == '"':
                if inside and line[position + 1 : position + 2] == '"':
                    argument += '"'
                    position += 2
                    continue
                inside = not inside
                position += 1
            else:
                argument += line[position]
                position += 1
        argv.append(argument)
    return argv


@pytest.mark.parametrize(
    "argument",
    [
        "",
        " ",
        "C:\\Program Files\\Cisco\\",
        'pa"ss',
        '\\\\"',
        "50%",
        "%PATH%",
        "a^b&c|d",
        "\\",
        'end\\"',
        "ü €",
        "()<>!",
    ],
)
def test_windows_gets_exactly_the_argument(argument: str) -> None:
    assert command_line_to_argv(command_line(["x", argument, "y"])) == ["x", argument, "y"]


@given(st.lists(st.text(st.sampled_from('ab \\"%^&|<>()=;,!\u00e9\u4e2d/'), max_size=12), min_size=1, max_size=6))
def test_windows_gets_exactly_any_arguments(arguments: list[str]) -> None:
    assert command_line_to_argv(command_line(arguments)) == arguments


@given(st.text(st.sampled_from("ab^&|<>()% "), min_size=1))
def test_what_cmd_would_take_as_syntax_stands_inside_quotes(argument: str) -> None:
    line = command_line([argument])
    assert line == argument or (line[0] == line[-1] == '"')
    assert line[0] == '"' or not set(line) & set("^&|<>()% ")


@pytest.mark.parametrize("character", ["\x00", "\n", "\r", "\t", "\x1b", "\x7f"])
def test_control_characters_are_refused(character: str) -> None:
    with pytest.raises(SwitchError):
        command_line([f"a{character}b"])
