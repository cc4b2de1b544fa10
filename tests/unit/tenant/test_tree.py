# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tree with mistakes is refused with all of them, each with file, line and key; a sound one says what it means."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._tenant.tree import Tree, load_tree

SHA = "ab" * 32
GUID = "fedd82f8-c74f-49f4-a463-e576d3beee92"


def problems_of(folder: Path, text: str) -> list[str]:
    (folder / "tenant.yml").write_text(text, encoding="utf-8")
    return list(map(str, load_tree(str(folder / "tenant.yml"), lambda value: "key-of-the-task" in value)[1]))


def tree_of(folder: Path, **files: str) -> Tree:
    for name, text in files.items():
        (folder / f"{name}.yml").write_text(text, encoding="utf-8")
    tree, problems = load_tree(str(folder))
    assert not problems
    return tree


FORTY = f"""\
groups:
  A: {{polices: {{}}}}
  B: {{policies: [x]}}
  C: {{policies: {{ios: x}}}}
  D: {{policies: {{windows: 5}}}}
  E: {{guid: none}}
  F: {{description: 2026-01-01}}
  G: text
  H//I: {{}}
  /J: {{}}
  K/: {{}}
  7: {{}}
  L: {{guid: {GUID}}}
  M: {{guid: {GUID}}}
  N: {{parent: A}}
  N: {{}}
file_lists:
  A: {{type: blocking}}
  B: {{entries: {SHA}}}
  C:
    entries:
      - {SHA[:-1]}
      - 12345
      - {{sha: {SHA}}}
      - {{sha256: 5}}
      - {{sha256: {SHA}, descriptoin: x}}
      - [{SHA}]
      - {{sha256: {SHA}, description: one}}
      - {{sha256: {SHA}, description: other}}
  D: {{files: [missing.txt]}}
  E: {{files: missing.txt}}
computers:
  A: [x]
  B: {{}}
  C: {{exactly: [x], at_least: [y]}}
  D: {{at_least: [x], others_to: A}}
  E: {{at_least: [host, 5]}}
  F: {{at_least: [HOST]}}
  G: {{at_least: true}}
event_streams:
  A: {{event_types: Threat Detected}}
  B: {{groups: [A//B]}}
  C: {{password: x}}
  D: {{event_types: [1.5]}}
policies:
  windows: {{P: {{serial_number: 1}}}}
  solaris: {{}}
computer: {{}}
"""


def test_forty_mistakes_are_forty_lines_of_one_run(tmp_path: Path) -> None:
    found = problems_of(tmp_path, FORTY)
    assert len(found) == 40
    lines = [int(problem.split(":")[1]) for problem in found]
    assert lines == sorted(lines)
    assert found[0] == 'tenant.yml:2: groups.A.polices: unknown key "polices"; did you mean policies?'
    assert found[3].endswith("expected the name of a policy, got a whole number (5); put it in quotes")
    assert any(f"{SHA} has another description in tenant.yml:28" in problem for problem in found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("groups: {A: {description: x key-of-the-task}}", "the value holds a secret"),
        ("api_key: x", "the credentials of the API belong in a vaulted variable of the inventory"),
        ("event_streams: {soc: {password: x}}", "belongs in the file that credentials_path names"),
        ("computers: {A: {at_least: ['https://me:word@host/']}}", "the value holds a secret"),
        ("groups: {A: {description: !vault x}}", "not even vaulted"),
        ("event_streams: {soc: {credentials_path: soc.json}}", "give an absolute path outside of the tree"),
    ],
)
def test_a_secret_is_refused_with_where_it_belongs_and_is_not_shown(tmp_path: Path, text: str, said: str) -> None:
    [problem] = problems_of(tmp_path, text)
    assert said in problem
    assert "key-of-the-task" not in problem
    assert "word" not in problem.replace("password", "")


def test_names_are_no_keys(tmp_path: Path) -> None:
    """A group may be called after a secret."""
    assert not problems_of(tmp_path, "groups: {Password Reset: {}}\nfile_lists: {Token Stealers: {}}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("groups: [", "tenant.yml:2: invalid YAML"),
        ("groups: {A: &a {policies: *a}}", "nested too deeply"),
        ("groups: !!python/object:os.system {}", "got a value with a YAML tag"),
        ("a: {}\n---\nb: {}", "invalid YAML"),
    ],
)
def test_what_is_no_tree_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert said in "\n".join(problems_of(tmp_path, text))


def test_a_file_that_is_blocked_and_allowed_contradicts(tmp_path: Path) -> None:
    text = f"""\
file_lists:
  Blocked: {{type: application_blocking, entries: [{SHA}]}}
  Allowed: {{type: allowed_applications, entries: [{SHA.upper()}]}}
"""
    [problem] = problems_of(tmp_path, text)
    assert problem.startswith("tenant.yml:3: ")
    assert "is blocked in tenant.yml:2" in problem


def test_a_folder_is_read_as_one_tree(tmp_path: Path) -> None:
    (tmp_path / "hashes.txt").write_text(f"# comment\n{SHA.upper()} Seen in spring\n\n")
    (tmp_path / ".hidden.yml").write_text("nonsense")
    tree = tree_of(
        tmp_path,
        groups="groups: {Branch North: , Branch North/Kiosk: {guid: " + GUID.upper() + "}}",
        lists="file_lists: {Blocked: {files: [hashes.txt]}}",
        empty="# nothing yet",
    )
    assert tree.sections == {"groups", "file_lists"}
    assert [(group.path, group.id) for group in tree.groups] == [
        (("Branch North",), None),
        (("Branch North", "Kiosk"), GUID),
    ]
    [entry] = tree.file_lists[0].entries.values()
    assert (entry.sha256, entry.description, str(entry.place)) == (
        SHA,
        "Seen in spring",
        "hashes.txt:2: file_lists.Blocked",
    )


@pytest.mark.parametrize("name", ["/etc/hostname", "../outside.txt", "link.txt"])
def test_a_file_outside_of_the_tree_is_not_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "outside.txt").write_text("a secret line")
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "link.txt").symlink_to(tmp_path / "outside.txt")
    [problem] = problems_of(tree, f"file_lists: {{A: {{files: [{name}]}}}}")
    assert problem.endswith("is outside of the tree")


def test_a_thing_that_two_files_describe_is_a_contradiction(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("groups: {A: {}}")
    (tmp_path / "b.yml").write_text("groups:\n  A: {}")
    [problem] = load_tree(str(tmp_path))[1]
    assert str(problem) == 'b.yml:2: groups.A: "A" stands in this section twice, first in a.yml:1'


def test_an_interrupted_export_is_no_tree(tmp_path: Path) -> None:
    (tmp_path / "groups.yml").write_text("groups: {A: {}}")
    (tmp_path / ".tenant_export.incomplete").touch()
    tree, [problem] = load_tree(str(tmp_path))
    assert "was interrupted" in str(problem)
    assert not tree.groups
