# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: serve in the foreground until a signal, or until the process named by --end-with has ended."""

from __future__ import annotations

import argparse
import os
import select
import shlex
import signal
import sys
import tempfile
from pathlib import Path

from .simulator import COMPUTERS, EVENTS, RATE_LIMIT, SEED, Simulator
from .switches import TABLE, Switches

SUMMARY = """\
The tenant in a box answers.

  API       https://{host}
  client    {client_id}
  key       {api_key}
  read-only {read_only_client_id} : {read_only_api_key}
  CA        {ca_path}
  control   {control_url}  (GET / lists what it takes)
  tenant    {computers} computers, {groups} groups, {events} events, seed {seed}{broker}

Use it with:
{exports}

Ctrl-C or SIGTERM stops it."""


def parser() -> argparse.ArgumentParser:
    """Return the options."""
    options = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    options.add_argument("--env-file", type=Path, help="write the environment variables there once it answers (0600)")
    options.add_argument("--state-dir", type=Path, help="folder for certificates and broker (default: a temporary one)")
    options.add_argument("--port", type=int, default=0, help="HTTPS port (default: a free one)")
    options.add_argument("--control-port", type=int, default=0, help="control port (default: a free one)")
    options.add_argument("--computers", type=int, default=COMPUTERS, help="how many (default: %(default)s)")
    options.add_argument("--events", type=int, default=EVENTS, help="history (default: about %(default)s)")
    options.add_argument("--seed", type=int, default=SEED, help="the same seed makes the same tenant")
    options.add_argument("--rate-limit", type=int, default=RATE_LIMIT, help="requests an hour (default: %(default)s)")
    options.add_argument(
        "--isolation-seconds", type=float, default=5.0, help="how long a start or stop takes (default: %(default)s)"
    )
    options.add_argument(
        "--end-with", type=int, metavar="PID", help="end when that process has ended, e.g. the shell that ran make"
    )
    options.add_argument("--no-broker", action="store_true", help="the API alone; streams lead nowhere")
    options.add_argument("--switch", action="append", default=[], metavar="NAME=VALUE", help="see --list-switches")
    options.add_argument("--list-switches", action="store_true", help="print the switches and exit")
    return options


def main() -> int:
    """Run; return the exit status."""
    options = parser().parse_args()
    if options.list_switches:
        for name, switch in TABLE.items():
            print(f"{name}={switch.default}  ({', '.join(map(str, switch.allowed)) or 'any text'}) {switch.decides}")
        return 0
    stopped = _Stop()
    if options.env_file is not None:
        options.env_file.unlink(
            missing_ok=True
        )  # a file of a simulator that died must not mislead whoever waits for it
    simulator = Simulator(
        broker=not options.no_broker,
        computers=options.computers,
        events=options.events,
        seed=options.seed,
        rate_limit=options.rate_limit,
        isolation=options.isolation_seconds,
        port=options.port,
        control_port=options.control_port,
        state_dir=options.state_dir,
    )
    try:
        for setting in options.switch:
            Switches().set(*_pair(setting))  # told before anything starts
        with simulator:
            for setting in options.switch:
                simulator.control.set_switches(**dict([_pair(setting)]))
            _announce(simulator, options)
            stopped.wait(options.end_with)
    except (OSError, RuntimeError, ValueError) as error:
        print(f"The simulator cannot run: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    finally:
        if options.env_file is not None:
            options.env_file.unlink(missing_ok=True)
    return 0


def _pair(setting: str) -> tuple[str, str]:
    name, _equals, value = setting.partition("=")
    return name, value


class _Stop:
    """Turn SIGTERM, SIGINT and a closed terminal into KeyboardInterrupt at any time, so that `with` cleans up."""

    SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def __init__(self) -> None:
        for number in self.SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
                signal.signal(number, self._interrupt)

    def _interrupt(self, _number: int, _frame: object) -> None:
        for number in self.SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    def wait(self, process: int | None) -> None:
        """Sleep until a signal comes, or until a process has ended."""
        while process is None:
            signal.pause()
        try:
            handle = os.pidfd_open(process)
        except ProcessLookupError:
            return
        try:
            select.select([handle], [], [])
        finally:
            os.close(handle)


def _announce(simulator: Simulator, options: argparse.Namespace) -> None:
    variables = "".join(f"{name}={shlex.quote(value)}\n" for name, value in simulator.environment.items())
    exported = f"export {' '.join(simulator.environment)}\n"
    if options.env_file is not None:
        _write_private(options.env_file, variables + exported)
    host, port = simulator.cloud.broker.address
    print(
        SUMMARY.format(
            host=simulator.api_host,
            client_id=simulator.client_id,
            api_key=simulator.api_key,
            read_only_client_id=simulator.read_only_client_id,
            read_only_api_key=simulator.read_only_api_key,
            ca_path=simulator.ca_path,
            control_url=simulator.control_url,
            computers=len(simulator.tenant.computers),
            groups=len(simulator.tenant.groups),
            events=len(simulator.tenant.events),
            seed=options.seed,
            broker="" if options.no_broker else f", event streams on amqps://{host}:{port}",
            exports="\n".join(f"  export {line}" for line in variables.splitlines()),
        ),
        flush=True,
    )


def _write_private(path: Path, text: str) -> None:
    """Write a file with mode 0600 so that nobody ever sees half of it."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
