# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service's commands: init, check-config, run, drain, status, replay, relay-declare.

Exit codes: 0 well, 1 unhealthy, 2 cannot go on.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from ..._common.garbage import collect_garbage_rarely
from ..broker.connection import PIKA_MISSING
from ..broker.topology import declare
from ..drain.drain import drain
from ..drain.progress import on_terminal
from ..errors import SettingsError, StreamError
from ..pipeline.notices import unknown_types_warning
from ..secret_file import read_secret
from ..sinks.relay import RelaySettings
from ..store.state_folder import StateFolder
from ..store.summary import is_held, summary
from .first_configuration import STATE_DIR, write_first_configuration
from .logs import Log
from .metrics import Health
from .notify import Systemd
from .replay import replay
from .service import Service
from .settings import ServiceSettings, load

WELL, UNHEALTHY, CANNOT = 0, 1, 2


COMMANDS = {
    "init": "write a first configuration for a stream, from its credentials file",
    "check-config": "judge the configuration and start nothing",
    "run": "follow the streams for ever",
    "drain": "read every queue until it is empty, with the state and the sinks of the service",
    "status": "say how the service is",
    "replay": "deliver again what a sink refused",
    "relay-declare": "make the exchanges and queues of the relay",
}


def main(arguments: Sequence[str] | None = None, version: str = "not packed") -> int:
    """Run one command; what it has to say goes to standard output, what went wrong to standard error."""
    given = _parser(version).parse_args(arguments)
    if PIKA_MISSING is not None:
        sys.stderr.write("the Python library pika is missing; install it for this interpreter\n")
        return CANNOT
    try:
        if given.command == "init":
            return _init(given.config, given.credentials, given.state_dir)
        settings = load(given.config)
        if given.command != "run":  # which logs them
            sys.stderr.writelines(f"warning: {one}\n" for one in settings.warnings)
        if given.command == "relay-declare":
            return _declare(settings, given.user_name, given.password_path)
        commands = {"run": _run, "drain": _drain, "status": _status, "replay": _replay, "check-config": _check}
        return commands[given.command](settings)
    except StreamError as error:
        sys.stderr.write(f"{error}\n")
        return CANNOT


def _parser(version: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="secure-endpoint-consumer",
        description="Consumes event streams for ever.",
        epilog="\n".join(f"{name:15}{what}" for name, what in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="command", help="one of those below")
    parser.add_argument("--version", action="version", version=version)
    parser.add_argument("--config", required=True, metavar="PATH", help="the configuration, a JSON file")
    parser.add_argument("--credentials", metavar="PATH", help="init: the credentials file of the stream")
    parser.add_argument(
        "--state-dir", metavar="PATH", default=STATE_DIR, help="init: where the service keeps its state (%(default)s)"
    )
    parser.add_argument("--user-name", help="relay-declare: who declares, instead of the one who publishes")
    parser.add_argument("--password-path", metavar="PATH", help="relay-declare: the file of that user's password")
    return parser


def _init(config: str, credentials: str | None, state_dir: str) -> int:
    if credentials is None:
        raise SettingsError("init needs --credentials, the file that the module event_stream wrote")
    write_first_configuration(config, credentials, state_dir)
    _say(f"{config} is written. Next: check-config, then run, each with --config {config}")
    return WELL


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _check(settings: ServiceSettings) -> int:
    _say(f"the configuration is valid: {len(settings.streams)} streams, {len(settings.sinks)} sinks")
    return WELL


def _run(settings: ServiceSettings) -> int:
    collect_garbage_rarely()
    log = Log(settings.log_level)
    service = Service(settings, log, Systemd())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_ignored: service.stop())
    try:
        service.run()
    except StreamError as error:
        log.error("cannot go on", error=error)
        return CANNOT
    return WELL


def _drain(settings: ServiceSettings) -> int:
    """Drain every queue, with the service's own state and sinks; the service must not run."""
    if settings.worker is not None:
        raise SettingsError("partitions: a worker follows them for ever: use run; only streams can be drained")
    collect_garbage_rarely()
    progress = on_terminal(sys.stderr)
    folder = StateFolder(settings.state_dir)
    try:
        result = drain(
            settings.streams,
            folder,
            sinks=settings.sinks,
            grouping=settings.grouping,
            retention=settings.retention,
            limit=None,
            progress=progress,
        )
    finally:
        folder.release()
        if progress is not None:
            progress.end()
    streams = [
        {"name": one.settings.name, "counts": dict(one.counts), "error": str(one.error) if one.error else None}
        for one in result.streams
    ]
    told = {
        "stopped_by": result.stopped_by,
        "streams": streams,
        "unknown_event_types": result.unknown_types,
        "health": result.health,
        "protection_stopped": result.protection_stopped,
        "late": result.late,
        "dropped": result.drops,
    }
    _warn_of(result.unknown_types)
    _say(json.dumps(told, indent=2))
    return UNHEALTHY if result.late or any(one.error for one in result.streams) else WELL


def _warn_of(unknown_types: Mapping[str, int]) -> None:
    if unknown_types:
        sys.stderr.write(f"warning: {unknown_types_warning(unknown_types)}\n")


def _status(settings: ServiceSettings) -> int:
    """Ask the running service, else look at what it left in the state folder."""
    told = _ask(settings)
    if told is None:
        told = _left_behind(settings)
    _say(json.dumps(told, indent=2))
    return WELL if told["healthy"] else UNHEALTHY


def _ask(settings: ServiceSettings) -> dict[str, Any] | None:
    connection = HTTPConnection(settings.monitor_host, settings.monitor_port, timeout=10)
    try:
        connection.request("GET", "/status")
        answer = connection.getresponse()
        told = json.loads(answer.read())
    except (OSError, HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return told if isinstance(told, dict) and "healthy" in told else None


def _left_behind(settings: ServiceSettings) -> dict[str, Any]:
    folder = Path(os.path.abspath(settings.state_dir))
    address = f"{settings.monitor_host}, port {settings.monitor_port}"
    why = f"the service does not answer on {address}" if is_held(folder) else "the service does not run"
    return {"state": Health.UNHEALTHY.value, "healthy": False, "alarms": [why], **summary(folder)}


def _replay(settings: ServiceSettings) -> int:
    result = replay(settings)
    _warn_of(result["unknown_event_types"])
    _say(json.dumps(result))
    return WELL


def _declare(settings: ServiceSettings, user_name: str | None, password_path: str | None) -> int:
    """Make the relay's exchanges and queues, or check them: in the clusters of the relay sinks, or of the worker."""
    clusters = [sink.own.cluster for sink in settings.sinks if isinstance(sink.own, RelaySettings)]
    clusters += [settings.worker.cluster] if settings.worker is not None else []
    if not clusters:
        raise SettingsError("there is no sink of type relay and no section partitions: nothing to declare")
    if (user_name is None) != (password_path is None):
        raise SettingsError("--user-name and --password-path belong together")
    for cluster in clusters:
        if user_name is not None and password_path is not None:
            cluster = replace(cluster, user_name=user_name, password=read_secret(password_path))
        _say(f"{cluster.name}: {declare(cluster)}")
    return WELL


def run_from_command_line(version: str = "not packed") -> None:
    """Run the command that the process was started with; `version` is what --version prints."""
    raise SystemExit(main(version=version))


if __name__ == "__main__":
    run_from_command_line()
