# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments of the Windows installer: which, in which order, and how a command line quotes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from .._common.text import quoted as shown

# Carried over in an upgrade, in this order (workflows document, "Upgrade Windows AMP for Endpoints Connector").
CARRIED = (
    "skipdfc",
    "skiptetra",
    "skipexprevprereqcheck",
    "desktopicon",
    "startmenu",
    "contextmenu",
    "overridepolicy",
)
# The others that local.xml shows (api-contract 13).
OTHERS = (
    "sendfile",
    "versioncheck",
    "noadmin",
    "skiposcheck",
    "trayicon",
    "overrideinstpathlength",
    "renameinstalldir",
)
DOCUMENTED = CARRIED + OTHERS

PROFILES = ("desktop", "server")
_SERVER = {"skiptetra": "1", "skipdfc": "1"}
_NO_UI = {"desktopicon": "0", "startmenu": "0", "contextmenu": "0"}
_PATH = re.compile(r"[A-Za-z]:\\[^/\"<>|?*]+|\\\\[^/\"<>|?*]+")
_FOLDER = "/D="  # NSIS knows it in upper case only
_NEEDS_QUOTES = re.compile(r'[\s"^%&|<>()]')


class SwitchError(ValueError):
    """A switch or an argument that the installer would misunderstand."""


def installer_arguments(
    carried: Mapping[str, object] | None = None,
    *,
    profile: str = "desktop",
    ui: bool = True,
    chosen: Mapping[str, object] | None = None,
    extra: Sequence[str] = (),
    golden_image: bool = False,
) -> list[str]:
    """Return the installer's arguments: /R first, as every connector since 5.1.13 asks for, then /S.

    `carried` holds the switches of local.xml when upgrading; only the seven of CARRIED are taken, in that order.
    `profile` and `ui` are the guide's server and UI-less forms. `chosen` holds documented switches, which win over
    both. `extra` arguments follow as they are, but NSIS wants the folder, /D=PATH, as the very last argument
    (contract 13). Raises SwitchError.
    """
    if profile not in PROFILES:
        raise SwitchError(f"profile {shown(profile)} is unknown: {' or '.join(PROFILES)}")
    wanted: dict[str, str] = {}
    wanted.update(_SERVER if profile == "server" else {})
    wanted.update({} if ui else _NO_UI)
    read = _checked(carried or {}, "local.xml", documented_only=False)
    wanted.update({name: read[name] for name in CARRIED if name in read})
    wanted.update(_checked(chosen or {}, "the switches given", documented_only=True))
    in_order = sorted(wanted, key=DOCUMENTED.index) if carried else wanted
    arguments = ["/R", "/S"]
    for name in in_order:
        arguments += [f"/{name}", wanted[name]]
    others = _checked_extra(extra)
    folder = [argument for argument in others if is_folder(argument)]
    arguments += [argument for argument in others if not is_folder(argument)]
    return arguments + (["/goldenimage", "1"] if golden_image else []) + folder


def is_folder(argument: str) -> bool:
    """Return whether this is NSIS's folder argument, /D=PATH."""
    return argument.startswith(_FOLDER)


def _checked(switches: Mapping[str, object], origin: str, *, documented_only: bool) -> dict[str, str]:
    checked = {}
    for name, value in switches.items():
        text = str(int(value)) if isinstance(value, bool) else str(value)
        if documented_only and name not in DOCUMENTED:
            raise SwitchError(
                f"switch {shown(name)} in {origin} is not documented; pass it among the extra switches, or use one of "
                + ", ".join(DOCUMENTED)
            )
        if (documented_only or name in CARRIED) and text not in ("0", "1"):
            raise SwitchError(f"switch {shown(name)} in {origin} is {shown(text, 40)}; it takes 0 or 1")
        checked[name] = text
    return checked


def _checked_extra(extra: Sequence[str]) -> list[str]:
    if isinstance(extra, str):
        raise SwitchError("the extra switches are a list, one item an argument, such as ['/goldenimage', '1']")
    for argument in extra:
        if not isinstance(argument, str) or not argument:
            raise SwitchError("an extra switch is empty or no text; quote numbers, such as '1'")
        if argument.upper() in ("/R", "/S"):
            raise SwitchError(f"extra switch {argument}: /R and /S are always there, in front")
        _refuse_control_characters(argument)
        if argument.upper().startswith(_FOLDER):
            _check_folder(argument)
    if sum(map(is_folder, extra)) > 1:
        raise SwitchError("the extra switches name the folder, /D=, twice")
    return list(extra)


def _check_folder(argument: str) -> None:
    """NSIS takes everything behind /D= as the path, quotes included."""
    path = argument[len(_FOLDER) :]
    if not is_folder(argument) or '"' in argument or not _PATH.match(path):
        raise SwitchError(
            f"extra switch {shown(argument)}: give the folder as /D= and an absolute path of Windows, without quotes"
            " even where it holds spaces, such as /D=D:\\Security Tools\\AMP"
        )


def command_line(arguments: Iterable[str]) -> str:
    """Return one command line for CreateProcess.

    CommandLineToArgvW, and so every program of the vendor, splits it into exactly `arguments` again, except the folder
    /D=PATH at the end: NSIS reads that from the raw line and takes quotes for a part of the path. `cmd.exe` would
    replace %names% even inside quotes, so the roles never go through it.
    """
    given = list(arguments)
    last = [given.pop()] if given and is_folder(given[-1]) else []
    return " ".join([quoted(argument) for argument in given] + last)


def quoted(argument: str) -> str:
    """Return one argument, quoted where it must be: backslashes double only in front of a quote."""
    _refuse_control_characters(argument)
    if argument and not _NEEDS_QUOTES.search(argument):
        return argument
    escaped = re.sub(r'(\\*)"', r'\1\1\\"', argument)
    escaped = re.sub(r"(\\+)$", r"\1\1", escaped)
    return f'"{escaped}"'


def _refuse_control_characters(argument: str) -> None:
    if any(ord(character) < 32 or ord(character) == 127 for character in argument):
        raise SwitchError("an argument holds a line break or another control character")
