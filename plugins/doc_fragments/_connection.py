# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that every module, inventory and lookup of the API takes. Private to the collection."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  region:
    description:
      - The region of the tenant. O(region) and O(api_host) exclude each other; one of them is needed.
      - A key belongs to one region and is sent to that region's host only.
      - Without O(region) and O(api_host) the environment variable E(SECURE_ENDPOINT_REGION) or
        E(SECURE_ENDPOINT_API_HOST) is used.
      - V(na) is North America, V(api.amp.cisco.com); V(eu) Europe, V(api.eu.amp.cisco.com); V(apjc) Asia Pacific, Japan
        and China, V(api.apjc.amp.cisco.com).
    type: str
    choices: [na, eu, apjc]
  api_host:
    description:
      - The host of a private cloud's API, V(host) or V(host:port), without scheme, user or path.
        A private cloud serves its API on its console's host.
      - Without O(region) and O(api_host) the environment variable E(SECURE_ENDPOINT_REGION) or
        E(SECURE_ENDPOINT_API_HOST) is used.
    type: str
  client_id:
    description:
      - The ID of the API client, as the console shows it under Accounts, API Credentials.
      - It is not a secret. Like the name of a user it identifies who asks, and gives no access without O(api_key), so
        verbose output and errors may show it.
      - Without this option the environment variable E(SECURE_ENDPOINT_CLIENT_ID) is used.
    type: str
  api_key:
    description:
      - The key of the API client. This is the secret. It appears in no output, in no encoding.
      - Without this option the environment variable E(SECURE_ENDPOINT_API_KEY) is used.
    type: str
  ca_path:
    description:
      - A file of CA certificates, or a folder of them as OpenSSL keeps it, that the cloud's certificate is checked
        against in place of the default ones. It wins over every environment variable of Python or requests.
      - Without this option the environment variable E(SECURE_ENDPOINT_CA_PATH) is used.
    type: path
  validate_certs:
    description:
      - Whether the cloud's certificate is checked. Without the check anybody on the way can read the API key.
    type: bool
    default: true
  timeout:
    description:
      - Seconds to wait for a connection (never more than 10) and for each part of an answer.
      - A whole answer, with its headers and all tries, may take 10 times as long, but at least 60 seconds.
    type: float
    default: 30.0
  rate_limit_wait:
    description:
      - Seconds that the task may wait, in all, for the hourly limit of requests to reset.
      - V(0) fails at once and says when it resets.
    type: int
    default: 60
  rate_limit_reserve:
    description:
      - Requests of the hourly limit that work on many items leaves to others, such as an isolation in an emergency.
    type: int
    default: 50
  concurrency:
    description:
      - Requests that work on many items may have under way at a time, from 1 to 50.
    type: int
    default: 10
requirements:
  - requests (Python) where the module runs
notes:
  - The guide Time-outs and bounds lists what a task waits for and reads at most.
  - Where Python 3.13 or later refuses the certificate of an old appliance for its form alone, the environment variable
    E(SECURE_ENDPOINT_STRICT_CERTIFICATES) with the value C(false) accepts it. All other verification stays on.
  - Proxies are taken from the environment variables E(HTTPS_PROXY) and E(NO_PROXY). Redirects are not followed and
    C(.netrc) is not read.
  - With C(-v) a task that takes long and runs on the controller itself says every two seconds how far it is, such as
    the pages read, the requests that are left of the hour, or what it waits for.
"""
