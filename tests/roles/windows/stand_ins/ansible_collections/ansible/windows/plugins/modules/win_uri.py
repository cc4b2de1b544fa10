# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for ansible.windows.win_uri: one GET, whose headers come back as results; the body is not read."""

from __future__ import annotations

import os
from urllib.error import HTTPError

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import open_url

REDIRECTS = ["all", "none", "safe"]


def main() -> None:
    module = AnsibleModule(
        {"url": {"type": "str", "required": True},
         "follow_redirects": {"type": "str", "default": "safe", "choices": REDIRECTS},
         "status_code": {"type": "list", "elements": "int", "default": [200]},
         "proxy_url": {"type": "str"}, "use_proxy": {"type": "bool", "default": True},
         "validate_certs": {"type": "bool", "default": True},
         "url_timeout": {"type": "int", "default": 30, "aliases": ["timeout"]}},
        supports_check_mode=True,
    )  # fmt: skip
    options = module.params
    if options["proxy_url"]:
        os.environ["https_proxy"] = os.environ["http_proxy"] = options["proxy_url"]
    try:
        answer = open_url(options["url"], follow_redirects=options["follow_redirects"], timeout=options["url_timeout"],
                          use_proxy=options["use_proxy"], validate_certs=options["validate_certs"])  # fmt: skip
    except HTTPError as error:
        answer = error  # the real one reads the status of whatever came
    except Exception as error:  # noqa: BLE001 - whatever it was, the real module says it this way
        module.fail_json(msg=f"Unhandled exception occurred when sending web request. Exception: {error}")
    headers = {name.replace("-", "").lower(): value for name, value in answer.headers.items()}
    result = {**headers, "changed": False, "url": options["url"], "status_code": answer.status}
    if answer.status not in options["status_code"]:
        module.fail_json(msg=f"Status code of request '{answer.status}' is not in list of valid status codes", **result)
    module.exit_json(**result)


main()
