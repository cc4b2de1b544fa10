# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module in the process of Ansible leaves the process as it was, however it ends."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils import _direct_core as core
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._direct_run import run_main

ARGUMENTS = {"_ansible_tmpdir": None, "_ansible_check_mode": False}


class TimedOut(BaseException):
    """As core's."""


def state() -> dict[str, Any]:
    umask = os.umask(0o077)
    os.umask(umask)
    root = logging.getLogger()
    return {
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "umask": umask,
        "signals": [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)],
        "logging": (root.level, list(root.handlers)),
        "streams": (sys.stdout, sys.stderr),
        "warnings": list(warnings.filters),
        "arguments": basic._ANSIBLE_ARGS,
    }


def change_everything(folder: Path) -> None:
    os.environ["SECURE_ENDPOINT_REGION"] = "changed"
    os.environ["NEW"] = "new"
    os.environ.pop("TO_GO", None)
    os.chdir(folder)
    os.umask(0o001)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger().setLevel(logging.DEBUG)
    warnings.simplefilter("ignore")


@pytest.mark.parametrize("end", [SystemExit(0), SystemExit(3), ZeroDivisionError("defect"), TimedOut(), None])
def test_everything_is_put_back(
    end: BaseException | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TO_GO", "here")
    before = state()

    def main() -> None:
        assert os.environ["SECURE_ENDPOINT_REGION"] == "eu"
        assert Path.cwd() == tmp_path
        change_everything(Path("/"))
        print("to stdout")
        print("to stderr", file=sys.stderr)
        if end is not None:
            raise end

    if isinstance(end, TimedOut):
        with pytest.raises(TimedOut):
            run_main(main, b"{}", {"SECURE_ENDPOINT_REGION": "eu"}, str(tmp_path))
    else:
        status, out, err = run_main(main, b"{}", {"SECURE_ENDPOINT_REGION": "eu"}, str(tmp_path))
        assert status == {"SystemExit": getattr(end, "code", None), "NoneType": 0}.get(type(end).__name__, 1)
        assert out.startswith("to stdout\n")
        assert err.startswith("to stderr\n")
        assert ("defect" in out + err) == isinstance(end, ZeroDivisionError)

    assert state() == before
    assert capsys.readouterr() == ("", "")


def run_module(run: Callable[[basic.AnsibleModule], None]) -> tuple[int, dict[str, Any]]:
    def main() -> None:
        run(basic.AnsibleModule({"secret": {"type": "str", "no_log": True}}, supports_check_mode=True))

    arguments = core.encoded("some_module", {**ARGUMENTS, "secret": "hush-hush"})
    status, out, _err = run_main(main, arguments, {}, "/")
    return status, json.loads(out)


def test_a_module_ends_by_its_result() -> None:
    assert run_module(lambda module: module.exit_json(changed=True))[1]["changed"] is True
    status, failed = run_module(lambda module: module.fail_json(msg="no"))
    assert (status, failed["failed"], failed["msg"]) == (1, True, "no")


def test_warnings_are_of_the_run_that_gave_them() -> None:
    def warn(module: basic.AnsibleModule) -> None:
        module.warn("it is out")
        module.exit_json()

    first, second, third = (json.dumps(run_module(run)[1]) for run in (warn, warn, lambda module: module.exit_json()))

    assert first.count("is out") == second.count("is out") == 1
    assert "is out" not in third


def test_what_json_cannot_hold_is_refused_as_by_core() -> None:
    with pytest.raises(Exception, match="Failed to serialize arguments for the 'some_module' module"):
        core.encoded("some_module", {"value": object()})
