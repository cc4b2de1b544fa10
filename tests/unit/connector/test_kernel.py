# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kernel fits the version that goes in: by BTF, by headers, or by a module of the package."""

from __future__ import annotations

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.kernel import kernel_problem

UBUNTU = {"os_family": "Debian", "distribution": "Ubuntu", "distribution_major_version": "22"}
EL6 = {"os_family": "RedHat", "distribution": "RedHat", "distribution_major_version": "6"}
EL7 = {"os_family": "RedHat", "distribution": "CentOS", "distribution_major_version": "7"}
EL9 = {"os_family": "RedHat", "distribution": "Rocky", "distribution_major_version": "9"}
ORACLE7 = {"os_family": "RedHat", "distribution": "OracleLinux", "distribution_major_version": "7"}
AMAZON2 = {"os_family": "RedHat", "distribution": "Amazon", "distribution_major_version": "2"}
BTF, HEADERS = {"kernel_btf": "1"}, {"kernel_headers": "1"}


@pytest.mark.parametrize(
    ("version", "facts", "release", "has"),
    [
        ("1.25.0", UBUNTU, "5.15.0-1", BTF),
        ("1.25", UBUNTU, "5.15.0-1", HEADERS),
        ("1.24.9", UBUNTU, "5.15.0-1", HEADERS),
        ("1.24.9", UBUNTU, "5.15.0-1", BTF | HEADERS),
        ("1.30.1", EL9, "5.14.0-362.el9", BTF),
        ("", EL9, "5.14.0-362.el9", BTF),
        ("1.20.0", EL6, "2.6.32-754.el6", {}),
        ("1.20.0", EL7, "3.10.0-1160.el7", {}),
        ("1.24.0", ORACLE7, "4.14.35-2047.el7uek", {}),
        ("1.24.0", AMAZON2, "4.14.336-253.amzn2", {}),
    ],
)
def test_a_kernel_that_fits(version: str, facts: dict[str, str], release: str, has: dict[str, str]) -> None:
    assert kernel_problem(version, facts, {"kernel_release": release, **has}) == ""


@pytest.mark.parametrize(
    ("version", "facts", "release", "has", "told"),
    [
        ("1.24.0", UBUNTU, "6.8.0-40", BTF, "counts from connector 1.25 on"),
        ("1.24.12", EL9, "5.14.0-362.el9", BTF, 'headers of kernel "5.14.0-362.el9"'),
        ("1.26.0", EL9, "5.14.0-362.el9", {}, "neither type information"),
        ("", UBUNTU, "6.8.0-40", {}, "neither type information"),
        ("1.24.0", ORACLE7, "5.4.17-2136.el7uek", BTF, "headers of kernel"),
        ("1.24.0", EL7, "5.4.273-1.el7.elrepo", {}, "neither"),
        ("1.24.0", AMAZON2, "5.10.210-201.amzn2", {}, "neither"),
        ("1.24.0", UBUNTU, "4.4.0-210-generic", {}, "neither"),
    ],
)
def test_a_kernel_that_does_not_fit_is_told_with_what_to_do(
    version: str, facts: dict[str, str], release: str, has: dict[str, str], told: str
) -> None:
    problem = kernel_problem(version, facts, {"kernel_release": release, **has})
    assert told in problem
    assert "Install kernel-devel" in problem
