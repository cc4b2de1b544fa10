# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for ansible.windows.win_get_url: https or http, with a checksum."""

from __future__ import annotations

import os
import shutil
import tempfile
from urllib.error import HTTPError

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import open_url
from ansible_collections.ansible.windows.plugins.module_utils.wine import unix_path

ALGORITHMS = ["md5", "sha1", "sha256", "sha384", "sha512"]


def main() -> None:
    module = AnsibleModule(
        {"url": {"type": "str", "required": True}, "dest": {"type": "path", "required": True},
         "checksum": {"type": "str"}, "force": {"type": "bool", "default": True},
         "checksum_algorithm": {"type": "str", "default": "sha1", "choices": ALGORITHMS},
         "follow_redirects": {"type": "str", "default": "safe", "choices": ["all", "none", "safe"]},
         "proxy_url": {"type": "str"}, "use_proxy": {"type": "bool", "default": True},
         "validate_certs": {"type": "bool", "default": True},
         "url_timeout": {"type": "int", "default": 30, "aliases": ["timeout"]}},
        supports_check_mode=True,
    )  # fmt: skip
    options = module.params
    dest = unix_path(options["dest"])
    if module.check_mode:
        module.exit_json(changed=True, dest=options["dest"])
    if options["proxy_url"]:
        os.environ["https_proxy"] = os.environ["http_proxy"] = options["proxy_url"]
    try:
        answer = open_url(options["url"], follow_redirects=options["follow_redirects"], timeout=options["url_timeout"],
                          use_proxy=options["use_proxy"], validate_certs=options["validate_certs"])  # fmt: skip
    except HTTPError as error:
        if error.code >= 400:
            module.fail_json(msg=f"Unable to download: {error}", status_code=error.code)
        answer = error  # a redirect that is not followed is an answer like any other
    except Exception as error:  # noqa: BLE001 - whatever it was, the real module says it this way
        module.fail_json(msg=f"Unable to download: {error}")
    with tempfile.NamedTemporaryFile(dir=os.path.dirname(dest), delete=False) as file:
        shutil.copyfileobj(answer, file)
    wanted, found = options["checksum"], module.digest_from_file(file.name, options["checksum_algorithm"])
    if wanted and wanted.lower() != found:
        os.unlink(file.name)
        module.fail_json(msg=f"The checksum for {options['url']} did not match '{wanted}', it was '{found}'")
    os.replace(file.name, dest)
    module.exit_json(changed=True, dest=options["dest"], checksum_dest=found, status_code=answer.status)


main()
