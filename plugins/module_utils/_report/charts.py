# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Charts of a report as SVG that stands in the page, drawn by pygal where the interpreter has it. Pure.

The page brings the colours, so that they follow the viewer's light or dark setting. pygal's scripts and styles are
taken out: the page loads nothing from elsewhere.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

from .._common.text import printable

WIDTH, HEIGHT = 760, 240
_LEFT_OUT = frozenset({"comment", "defs", "desc", "title", "script", "style"})
_OVERLAY = re.compile(r"(text-overlay|tooltip-overlay|tooltip|plot overlay)\b").match


@lru_cache(maxsize=1)
def library() -> Any:
    """Return pygal; None where it is not installed.

    Its hook for plug-ins is of an old kind: every later import of this process would warn of it. It is taken out.
    """
    try:
        pygal = import_module("pygal")
    except ImportError:
        return None
    sys.meta_path[:] = [hook for hook in sys.meta_path if type(hook).__module__ != "pygal"]
    return pygal


def has_charts() -> bool:
    """Return whether there is a library to draw with."""
    return library() is not None


def stacked_bars(name: str, labels: Sequence[str], series: Mapping[str, Sequence[int]]) -> str:
    """Draw a bar for each label, with a part for each series. Empty where there is nothing to draw, or no pygal."""
    return _draw("StackedBar", name, labels, series)


def bars(name: str, labels: Sequence[str], values: Sequence[int]) -> str:
    """Draw a bar for each label."""
    return _draw("Bar", name, labels, {"": values})


def _draw(kind: str, name: str, labels: Sequence[str], series: Mapping[str, Sequence[int]]) -> str:
    pygal = library()
    if pygal is None or not labels:
        return ""
    chart = getattr(pygal, kind)(
        width=WIDTH,
        height=HEIGHT,
        js=[],
        show_legend=len(series) > 1,
        legend_at_bottom=True,
        legend_at_bottom_columns=len(series),
        x_labels=[printable(label, 24) for label in labels],
        x_labels_major_every=max(1, len(labels) // 8),
        show_minor_x_labels=False,
        truncate_label=-1,
        value_formatter=lambda value: f"{value:,.0f}",
        y_labels_major_count=4,
        show_minor_y_labels=False,
        max_scale=5,
        margin=8,
    )
    for title, values in series.items():
        chart.add(title.replace("_", " "), list(values))
    tree = chart.render_tree()
    _clean(tree, [title or "plain" for title in series])
    for attribute in list(tree.attrib):
        if attribute != "viewBox":
            del tree.attrib[attribute]
    tree.attrib.update({"class": "chart", "role": "img", "aria-label": name})
    return str(pygal.etree.etree.tostring(tree, encoding="unicode"))


def _clean(element: Any, series: Sequence[str]) -> None:
    """Take out scripts, styles and what they work on; name the colours after their series."""
    for child in list(element):
        tag = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else "comment"
        words = child.attrib.get("class", "")
        if tag == "desc" and words == "value":  # shown by the browser where the pointer rests
            child.tag = child.tag.replace("desc", "title")
            child.attrib.clear()
        elif tag in _LEFT_OUT or _OVERLAY(words):
            element.remove(child)
        else:
            _clean(child, series)
            _rename(child, series)


def _rename(element: Any, series: Sequence[str]) -> None:
    for attribute in ("id", "clip-path", "style"):
        element.attrib.pop(attribute, None)
    words = element.attrib.get("class", "").split()
    shown = [f"of-{series[int(word[6:])]}" if re.fullmatch("color-[0-9]+", word) else word for word in words]
    if shown:
        element.attrib["class"] = " ".join(word for word in shown if not word.startswith(("reactive", "activate")))
