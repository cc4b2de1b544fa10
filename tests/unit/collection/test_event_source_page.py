# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""guide_event_source is made from the documentation of the event source; run this file to write it anew."""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterable
from pathlib import Path
from textwrap import fill
from typing import Any

import yaml

CHECKOUT = Path(__file__).resolve().parents[3]
PLUGIN = CHECKOUT / "extensions" / "eda" / "plugins" / "event_source" / "event_stream.py"
PAGE = CHECKOUT / "docs" / "docsite" / "rst" / "guide_event_source.rst"
HEAD = """\
.. SPDX-FileCopyrightText: Copyright 2026 The ampops.secure_endpoint contributors
.. SPDX-License-Identifier: GPL-3.0-or-later

.. _ansible_collections.ampops.secure_endpoint.docsite.guide_event_source:

The event source event_stream
=============================

{description}

How to use it, from nothing to a response that acts, is in
:ref:`ansible_collections.ampops.secure_endpoint.docsite.guide_event_driven_ansible`.

Options
-------

A value may come out of a template: a number or a boolean may be a text, and an empty text counts as not given.

"""


def marked(text: str) -> str:
    """Turn the markup of Ansible's documentation into that of Sphinx."""
    text = re.sub(r"\bM\(([^)]*)\)", r":ansplugin:`\1#module`", text)
    return re.sub(r"\b[COV]\(([^)]*)\)", r"``\1``", text)


def sentences(description: str | list[str], indent: str = "") -> list[str]:
    """Return the paragraphs of a description, filled."""
    paragraphs = [description] if isinstance(description, str) else description
    margins = {"initial_indent": indent, "subsequent_indent": indent}
    return [fill(marked(one), 130, break_long_words=False, break_on_hyphens=False, **margins) for one in paragraphs]


def option_lines(name: str, option: dict[str, Any]) -> Iterable[str]:
    kind = f"list of {option['elements']}" if option["type"] == "list" else option["type"]
    yield f"``{name}`` ({kind})"
    for paragraph in sentences(option["description"], "  "):
        yield from ("", paragraph)
    if "choices" in option:
        yield from ("", f"  One of {', '.join(f'``{one}``' for one in option['choices'])}.")
    if "default" in option:
        default = str(option["default"]).lower() if option["type"] == "bool" else option["default"]
        yield from ("", f"  Default: ``{str(default).replace(chr(39), '')}``")
    yield ""


def page() -> str:
    """Return the whole page."""
    documentation = yaml.safe_load(runpy.run_path(str(PLUGIN))["DOCUMENTATION"])
    lines = [line for name, option in documentation["options"].items() for line in option_lines(name, option)]
    return HEAD.format(description="\n\n".join(sentences(documentation["description"]))) + "\n".join(lines)


def test_the_page_says_what_the_documentation_of_the_source_says() -> None:
    assert PAGE.read_text("utf-8") == page(), f"write it anew: python {Path(__file__).relative_to(CHECKOUT)}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
