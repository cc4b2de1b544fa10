# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx: the guides of rst/ and the reference that antsibull-docs makes from the plugins (`make docs`)."""

from __future__ import annotations

project = title = html_short_title = "Cisco Secure Endpoint for Ansible"
author = "The ampops.secure_endpoint contributors"
copyright = f"2026 {author}"  # noqa: A001  Sphinx reads it under this name

extensions = ["sphinx_antsibull_ext"]
default_role = "any"
highlight_language = "YAML+Jinja"
pygments_style = "ansible"

html_theme = "sphinx_ansible_theme"
html_copy_source = False
html_show_sphinx = False
html_use_index = False

# Built without a network, so references into Ansible's own documentation stay plain text;
# those within the collection are checked by `make lint`.
suppress_warnings = ["ref.ref"]
