# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for ansible.windows.win_command in its argv and cmd forms; the free form is refused.

`cmd` is one line. The real module hands it to CreateProcess as it is; here it is split as an NSIS installer would.
"""

from __future__ import annotations

import os
import re

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ansible.windows.plugins.module_utils.wine import PREFIX, run, unix_path

# A program of wine ends with the low byte of its exit code. These are codes of the Windows Installer that it may mean.
EXIT_CODES = {code % 256: code for code in (1603, 1605, 1614, 1639, 3010)}


def split(line: str) -> list[str]:
    """The words of a line, quotes around them removed, except those of a last /D=PATH, as NSIS reads it."""
    head, _mark, folder = line.partition(" /D=")
    words = [quoted or bare for quoted, bare in re.findall(r'"([^"]*)"|(\S+)', head)]
    return words + ([f"/D={folder}"] if folder else [])


def main() -> None:
    # The real module does not support check mode either: Ansible skips it there.
    module = AnsibleModule(
        {"argv": {"type": "list", "elements": "str"}, "cmd": {"type": "str"}, "chdir": {"type": "path"},
         "creates": {"type": "path"}, "removes": {"type": "path"}, "stdin": {"type": "str"}},
        required_one_of=[("argv", "cmd")], mutually_exclusive=[("argv", "cmd")],
    )  # fmt: skip
    argv = module.params["argv"] or split(module.params["cmd"])
    for option, skip_if in (("creates", True), ("removes", False)):
        path = module.params[option]
        if path and os.path.exists(unix_path(path)) == skip_if:
            module.exit_json(changed=False, skipped=True, rc=0, msg=f"skipped, as for {option}={path}")
    if re.match(r"[A-Za-z]:", argv[0]) and not os.path.isfile(unix_path(argv[0])):
        module.fail_json(msg=f"Failed to run: '{argv[0]}': The system cannot find the file specified", rc=2)
    if "\\" not in argv[0] and not os.path.exists(
        f"{PREFIX}/drive_c/windows/system32/{argv[0].removesuffix('.exe')}.exe"
    ):
        module.fail_json(msg=f"Failed to run: '{argv[0]}': The system cannot find the file specified", rc=2)
    if argv[0] == "taskkill.exe":
        # wine's refuses the option for the processes that a process has started; none is started here.
        argv = [word for word in argv if word.upper() != "/T"]
    rc, out, err = run(argv, module.params["chdir"], module.params["stdin"])
    rc = EXIT_CODES.get(rc, rc)
    result = {"changed": True, "rc": rc, "stdout": out, "stderr": err, "cmd": " ".join(argv)}
    if rc:
        module.fail_json(msg="non-zero return code", **result)
    module.exit_json(**result)


main()
