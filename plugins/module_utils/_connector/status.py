# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge the status of a connector by the evidence that was gathered on its host.

Evidence is gathered per operating system and judged here, in one place, so that every system says the same words. The
sources, and which of them decides, are R40's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .._common.text import quoted
from .ampcli import Fault, read_ampcli_status
from .global_xml import read_global_xml
from .local_xml import LocalConfig, read_local_xml
from .versions import compare, is_version
from .xml_document import ConnectorFileError

# macOS has had three: to 1.12, 1.14 and 1.15 under the name "AMP for Endpoints", and from the rename on (contract 13).
GENERATIONS = ("legacy", "amp_for_endpoints", "current")
_MOST_TEXT = 200


@dataclass
class Status:
    """The fact `connector_status_result`, which playbooks rely on."""

    installed: bool = False
    running: bool = False
    version: str | None = None
    connector_guid: str | None = None
    business_guid: str | None = None
    install_dir: str | None = None
    switches: dict[str, str] = field(default_factory=dict)
    policy: dict[str, str] = field(default_factory=dict)
    generation: str | None = None
    service: str | None = None
    reboot_pending: bool = False
    orbital: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def judge(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Turn evidence into the status.

    Keys of `evidence`, all optional: `installed`, `running`, `reboot_pending` (bool), `install_dir`, `service`,
    `generation` (one of GENERATIONS), `orbital` ({installed, version, running}), `versions` (source to text; the first
    decides), `local_xml` and `global_xml` (base64; absent or empty = no such file; a mapping {error: text} = it could
    not be read), `ampcli_status` (its output), `problems` (list of text).
    """
    status = Status(
        installed=bool(evidence.get("installed")),
        running=bool(evidence.get("running")),
        reboot_pending=bool(evidence.get("reboot_pending")),
        install_dir=evidence.get("install_dir") or None,
        service=evidence.get("service") or None,
        generation=evidence.get("generation") or None,
        orbital=dict(evidence.get("orbital") or {}),
        problems=[str(problem) for problem in evidence.get("problems") or ()],
    )
    versions = {str(source): str(text) for source, text in (evidence.get("versions") or {}).items() if text}
    if "global_xml" in evidence:
        versions = {**_version_of_global_xml(evidence["global_xml"], status), **versions}
    status.version = _agreed_version(versions, status.problems)
    _take_local_config(evidence.get("local_xml"), status)
    _take_ampcli_status(str(evidence.get("ampcli_status") or ""), status)
    if status.running and not status.installed:
        status.problems.append("the connector runs, but its files are not where it installs them")
    return asdict(status)


def sentences(status: Mapping[str, Any]) -> list[str]:
    """Return one sentence for each fault and problem of a status that `judge` made, faults first."""
    said = []
    for fault in status.get("faults") or ():
        number = "a fault" if fault.get("id") is None else f"fault {fault['id']}"
        severity = f" ({fault['severity']})" if fault.get("severity") else ""
        said.append(f"{number}{severity}: {fault.get('text') or 'ampcli gives no text'}")
    return said + [str(problem) for problem in status.get("problems") or ()]


def _version_of_global_xml(content: object, status: Status) -> dict[str, str]:
    try:
        version = _read_or_raise(content, "global.xml", read_global_xml, status.installed, status.problems)
    except ConnectorFileError as error:
        status.problems.append(str(error))
        return {}
    return {"global.xml": version} if version else {}


def _take_local_config(content: object, status: Status) -> None:
    try:
        config = (
            _read_or_raise(content, "local.xml", read_local_xml, status.installed, status.problems) or LocalConfig()
        )
    except ConnectorFileError as error:
        status.problems.append(str(error))
        return
    status.connector_guid, status.business_guid = config.connector_guid, config.business_guid
    status.switches = dict(config.switches)
    status.problems += config.problems


def _read_or_raise(content: Any, name: str, read: Any, expected: bool, problems: list[str]) -> Any:
    """Return the parsed file, or None where it is missing, which is a problem where a connector is `expected`."""
    if isinstance(content, Mapping):
        problems.append(f"{name} cannot be read: {quoted(str(content.get('error')), _MOST_TEXT)}")
        return None
    if not content:
        if expected:
            problems.append(f"{name} is missing")
        return None
    return read(str(content))


def _agreed_version(versions: Mapping[str, str], problems: list[str]) -> str | None:
    """Return the version of the first source; report every other one that differs as a problem."""
    usable = {}
    for source, text in versions.items():
        if is_version(text):
            usable[source] = text
        else:
            problems.append(f"{source} names a version that is none: {quoted(text)}")
    if not usable:
        return None
    deciding, version = next(iter(usable.items()))
    problems += [
        f"{deciding} says version {version}, {source} says {other}"
        for source, other in usable.items()
        if compare(version, other) != 0
    ]
    return max((text for text in usable.values() if compare(version, text) == 0), key=len)


def _take_ampcli_status(output: str, status: Status) -> None:
    said = read_ampcli_status(output)
    status.policy, status.faults = said.values, said.faults
    status.problems += said.problems
