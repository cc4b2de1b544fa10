# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The versions of ansible-core and Python that the collection is tested with.

noxfile.py makes its sessions from CORES. The README shows them: `python tests/matrix.py` writes its table.
"""

from __future__ import annotations

import functools
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
MATRIX = CHECKOUT / "requirements" / "matrix"
README = CHECKOUT / "README.md"
HEADING = "| ansible-core | tested release | tested with Python |\n"


@functools.cache
def interpreter(version: str) -> str | None:
    """Return the path of a working Python of this version. A pyenv shim of an unselected version does not work."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [*pyenv.glob(f"{version}.*/bin/python{version}")]
    candidates += [Path(folder, f"python{version}") for folder in os.get_exec_path()]
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            probe = subprocess.run([candidate, "-c", "import ssl, sqlite3"], capture_output=True, check=False)
            if probe.returncode == 0:
                return str(candidate)
    return None


@dataclass(frozen=True)
class Core:
    """One ansible-core of the matrix and the Pythons that its controller side supports, the preferred one first."""

    release: str
    pythons: tuple[str, ...]
    sanity: bool = False

    @property
    def version(self) -> str:
        return self.release.rpartition(".")[0]

    @property
    def lock(self) -> Path:
        return MATRIX / f"core-{self.version}.lock"

    @property
    def installable(self) -> bool:
        return any(map(interpreter, self.pythons))

    @property
    def python(self) -> str:
        """The interpreter to use; where there is none, a version for nox to miss."""
        return next(filter(None, map(interpreter, self.pythons)), " or ".join(self.pythons))


# The preferred Pythons differ, so that 3.10 to 3.13 are all covered where they are all installed.
# A new ansible-core or Python takes one line here, then `make lock`. PyPI has no ansible-core 2.22 yet.
# `sanity` marks the ones with which Red Hat's certification runs ansible-test. The newest gets it in any case.
CORES = (
    Core("2.16.19", ("3.10", "3.11", "3.12"), sanity=True),
    Core("2.17.14", ("3.11", "3.10", "3.12")),
    Core("2.18.19", ("3.11", "3.12", "3.13"), sanity=True),
    Core("2.19.14", ("3.12", "3.11", "3.13")),
    Core("2.20.10", ("3.12", "3.13"), sanity=True),
    Core("2.21.5", ("3.13", "3.12")),
)
OLDEST = CORES[0]
# The newest of those that this machine has a Python for.
NEWEST = next((core for core in reversed(CORES) if core.installable), CORES[-1])


def readme_table() -> str:
    """Return the README's table of tested versions."""
    rows = "".join(f"| {core.version} | {core.release} | {core.pythons[0]} |\n" for core in CORES)
    return f"{HEADING}| --- | --- | --- |\n{rows}"


def write_readme_table() -> None:
    """Replace the table in the README."""
    before, _heading, rest = README.read_text(encoding="utf-8").partition(HEADING)
    after = rest.partition("\n\n")[2]
    README.write_text(f"{before}{readme_table()}\n{after}", encoding="utf-8")


if __name__ == "__main__":
    write_readme_table()
