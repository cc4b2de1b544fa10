# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_package
short_description: Reads name, version and architecture from an RPM or DEB file
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Reads the head of a package file on the controller, which needs neither rpm nor dpkg for it.
options:
  _input:
    description: The file on the controller.
    type: path
    required: true
  assumed:
    description:
      - C(name), C(version) and C(arch) to return for a DEB with zstd members on a controller that cannot read zstd.
      - Without it, such a file is an error.
    type: dict
    default: {}
"""

EXAMPLES = r"""
---
- name: Show the version inside a package
  ansible.builtin.debug:
    msg: "{{ ('/srv/installers/amp_rhel9.rpm' | ampops.secure_endpoint.connector_package).version }}"
"""

RETURN = r"""
---
_value:
  description: C(name), C(version) without epoch and release, and C(arch).
  type: dict
"""

import os
from collections.abc import Mapping
from dataclasses import asdict

from ansible.errors import AnsibleFilterError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.package_files import (
    PackageFileError,
    UnreadableZstdError,
    read_package,
)
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_mapping, check_text


def connector_package(path: str, assumed: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what the package file at `path` says it is."""
    check_text("connector_package: the path", path)
    check_mapping("connector_package: assumed", assumed or {})
    try:
        with open(os.path.expanduser(path), "rb") as file:
            return asdict(read_package(file))
    except OSError as error:
        raise AnsibleFilterError(f"connector_package: {path} cannot be read: {error.strerror}") from None
    except UnreadableZstdError as error:
        if assumed and assumed.get("version"):
            return {key: str(assumed.get(key, "")) for key in ("name", "version", "arch")}
        raise AnsibleFilterError(f"connector_package: {path} {error}") from None
    except PackageFileError as error:
        raise AnsibleFilterError(f"connector_package: {path} {error}") from None


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Name to function."""
        return {"connector_package": connector_package}
