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
) -> list[str]:
    """The installer's arguments, beginning with /R (it must be first since 5.1.13) and /S.

    `carried`: the switches of local.xml when upgrading; only the seven of CARRIED are taken, in that order.
    `profile` and `ui`: the
    guide's server and UI-less forms. `chosen`: documented switches that win over both. `extra`: arguments as they are,
    behind everything else. Raises SwitchError.
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
    return arguments + _checked_extra(extra)


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
    return list(extra)


def command_line(arguments: Iterable[str]) -> str:
    """One string that CommandLineToArgvW, and so every program of the vendor, splits into exactly `arguments` again.

    It is for CreateProcess. `cmd.exe` would replace %names% even inside quotes, so the roles never go through it.
    """
    return " ".join(quoted(argument) for argument in arguments)


def quoted(argument: str) -> str:
    """One argument, quoted where it must be: backslashes double only in front of a quote."""
    _refuse_control_characters(argument)
    if argument and not _NEEDS_QUOTES.search(argument):
        return argument
    escaped = re.sub(r'(\\*)"', r'\1\1\\"', argument)
    escaped = re.sub(r"(\\+)$", r"\1\1", escaped)
    return f'"{escaped}"'


def _refuse_control_characters(argument: str) -> None:
    if any(ord(character) < 32 or ord(character) == 127 for character in argument):
        raise SwitchError("an argument holds a line break or another control character")
