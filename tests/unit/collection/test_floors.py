# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""guide_floors: the imports of plugins/module_utils, read from the code, go down the floors of that page.

An import under TYPE_CHECKING or within a function is an import like any other here.
"""

from __future__ import annotations

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
PAGE = (CHECKOUT / "docs" / "docsite" / "rst" / "guide_floors.rst").read_text("utf-8")
HOUSE = CHECKOUT / "plugins" / "module_utils"
FILES = {".".join(path.relative_to(HOUSE).with_suffix("").parts): path for path in HOUSE.rglob("*.py")}
MODULES = {name: path for name, path in FILES.items() if not name.endswith("__init__")}

FLOOR_OF = {
    room: int(number)
    for number, rooms in re.findall(r"^    floor (\d+)\s+(.*)$", PAGE, re.MULTILINE)
    for room in re.split(r"\s{2,}", rooms)
}
ALLOWED = {
    room: set() if allowed == "nothing of ours" else set(allowed.split(", "))
    for room, allowed in re.findall(r"^(_[\w/*]+)\s{2,}(\S.*)$", PAGE, re.MULTILINE)
}


def room_of(module: str) -> str:
    """The room of a module: its folder, or the file itself where it stands alone."""
    first, *rest = module.split(".")
    if first == "_resources" and rest[0] != "_shared":
        return "_resources/*"
    return f"{first}/{rest[0]}" if first in ("_stream", "_resources") else first


def imported(module: str) -> tuple[set[str], set[str]]:
    """What a module imports: modules of ours, and the first words of everything else."""
    ours, others = set(), set()
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            others |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            others.add(str(node.module).split(".")[0])
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".")[: -node.level]
            base = ".".join([*above, *(node.module.split(".") if node.module else [])])
            for alias in node.names:
                whole = f"{base}.{alias.name}" if base else alias.name
                target = whole if whole in MODULES else base
                assert target in MODULES, f"{module} imports {whole}, which is no file"
                ours.add(target)
    return ours, others


IMPORTS = {module: imported(module) for module in MODULES}
ARROWS = sorted(
    {
        (room_of(module), room_of(target))
        for module, (ours, _others) in IMPORTS.items()
        for target in ours
        if room_of(module) != room_of(target)
    }
)


def test_every_room_of_the_code_has_a_floor_and_every_floor_has_code() -> None:
    assert {room_of(module) for module in MODULES} == FLOOR_OF.keys() == ALLOWED.keys()


@pytest.mark.parametrize(("room", "target"), ARROWS, ids=[" to ".join(arrow) for arrow in ARROWS])
def test_an_arrow_goes_down_and_is_one_that_the_page_allows(room: str, target: str) -> None:
    assert FLOOR_OF[target] < FLOOR_OF[room]
    assert target in ALLOWED[room] or (target.startswith("_stream/") and "_stream" in ALLOWED[room])


def test_no_file_comes_back_to_itself() -> None:
    graph = {module: ours for module, (ours, _others) in IMPORTS.items()}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as circle:
        pytest.fail(" imports ".join(reversed(circle.args[1])))


def test_no_resource_comes_back_to_itself() -> None:
    def resource(module: str) -> str:
        return module.split(".")[1]

    modules = [module for module in IMPORTS if module.startswith("_resources.")]
    graph: dict[str, set[str]] = {resource(module): set() for module in modules}
    for module in modules:
        targets = {resource(target) for target in IMPORTS[module][0] if target.startswith("_resources.")}
        graph[resource(module)] |= targets - {resource(module)}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as circle:
        pytest.fail(" imports ".join(reversed(circle.args[1])))


def test_only_module_imports_ansible_and_imports_of_ours_are_relative() -> None:
    with_ansible = {
        module for module, (_ours, others) in IMPORTS.items() if others & {"ansible", "ansible_collections"}
    }
    assert with_ansible == {"_module"}


def test_what_a_package_exports_is_nothing() -> None:
    """Empty `__init__.py`: otherwise an import of one file would import its neighbours."""
    assert [name for name, path in FILES.items() if name.endswith("__init__") and path.stat().st_size] == []


def test_every_folder_of_code_has_a_folder_of_tests() -> None:
    """`_stream/sinks` is tested in `stream/sinks`; a file of tests there is about a behaviour (CONTRIBUTING)."""
    tests = CHECKOUT / "tests" / "unit"
    folders = {room.removeprefix("_").removesuffix("/*").removesuffix("/_shared") for room in FLOOR_OF}
    packages = {one for one in folders if (HOUSE / f"_{one}").is_dir()}
    assert packages >= {"api", "common", "connector", "events", "resources", "stream/sinks", "stream/store"}
    assert [one for one in sorted(packages) if not list((tests / one).rglob("test_*.py"))] == []
