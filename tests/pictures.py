# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put pictures into the built guides: `python tests/pictures.py FOLDER`, where the guides' sources lie.

A guide says where: a comment `.. picture: report-light` becomes a picture of that name. Without Chromium the comments
stay, so the guides have no pictures and are complete without.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

import conftest  # noqa: F401  (makes the collection this checkout)
from browser import PROGRAM, Page
from integration.report_pages import write_page

MARK = re.compile(r"^\.\. picture: ([a-z-]+), (.+)$", re.MULTILINE)
SCHEMES = {"report-light": "light", "report-dark": "dark"}


def main(sources: Path) -> None:
    """Take the pictures and name them in the guides that ask for them."""
    if PROGRAM is None:
        print("Chromium is not installed: the guides are built without pictures")
        return
    for guide in sources.rglob("guide_*.rst"):
        text = guide.read_text(encoding="utf-8")
        if MARK.search(text):
            for name, _words in MARK.findall(text):
                take(name, guide.with_name(f"{name}.png"))
            guide.write_text(MARK.sub(r".. image:: \1.png\n   :alt: \2", text), encoding="utf-8")


def take(name: str, path: Path) -> None:
    """Take the picture of a report's first screen."""
    with tempfile.TemporaryDirectory() as folder, Page(Path(folder, "profile")) as page:
        page.open(write_page(Path(folder), hostile=False))
        page.show_as(scheme=SCHEMES[name])
        page.picture(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
