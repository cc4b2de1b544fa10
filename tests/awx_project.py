# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of extensions/awx: `python tests/awx_project.py` writes them, tests/unit/collection compares.

A project for AWX with a file for each template of playbooks/vars/awx_setup.yml, and the credential types as JSON.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).resolve().parents[1]
FOLDER = CHECKOUT / "extensions" / "awx"
HEAD = """\
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
---
"""
# AWX looks for lines with `import_playbook`; older releases do not know its full name, and would not list the file.
WRAPPER = """\
- name: {description}
  import_playbook: ampops.secure_endpoint.{playbook} # noqa: fqcn[action-core]
"""


class Unsafe(yaml.SafeLoader):
    """Ansible's YAML: what is tagged !unsafe is text."""


Unsafe.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))  # type: ignore[type-var]
DESCRIPTION: dict[str, Any] = yaml.safe_load((CHECKOUT / "playbooks/vars/awx_setup.yml").read_text())
TYPES: dict[str, Any] = yaml.load((CHECKOUT / "playbooks/vars/awx_credential_types.yml").read_text(), Unsafe)  # noqa: S506


def files() -> dict[Path, str]:
    """Return what each file holds, by its path below extensions/awx."""
    version = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text())["version"]
    project = Path("project")
    made = {
        project / "collections" / "requirements.yml": (
            f'{HEAD}collections:\n  - name: ampops.secure_endpoint\n    version: ">={version}"\n'
        ),
        project / "inventory" / "secure_endpoint.yml": f"{HEAD}plugin: ampops.secure_endpoint.computers\n",
    }
    made |= {project / f"{one['playbook']}.yml": HEAD + WRAPPER.format(**one) for one in DESCRIPTION["awx_templates"]}
    for kind, body in TYPES.items():
        for part in ("inputs", "injectors"):
            made[Path("credential_types") / f"{kind}.{part}.json"] = json.dumps(body[part], indent=2) + "\n"
    return made


def main() -> None:
    """Write the files, and remove those of templates that are gone."""
    wanted = {FOLDER / path: text for path, text in files().items()}
    for stale in {path for path in FOLDER.rglob("*") if path.is_file()} - wanted.keys():
        stale.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
