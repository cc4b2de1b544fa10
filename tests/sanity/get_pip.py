# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put pip into ansible-test's bare environments, from the wheel that lies beside this file.

noxfile.py lays a copy of this, with the wheel's name, where ansible-test looks before it fetches a script of that kind.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> int:
    """Do what that script does: install the packages named on the command line."""
    sys.path.insert(0, str(Path(__file__).resolve().parent / "PIP_WHEEL"))
    from pip._internal.cli.main import main as pip

    packages = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
    return pip(["install", "--upgrade", "--force-reinstall", *packages])


if __name__ == "__main__":
    sys.exit(main())
