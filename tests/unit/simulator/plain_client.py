# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plain HTTP client for the simulated cloud: what a client that nobody here wrote would do."""

from __future__ import annotations

from typing import Any

import requests
from simulator import Simulator


class Api:
    """requests with the simulator's CA and credentials, and nothing from the environment."""

    def __init__(self, simulator: Simulator, client_id: str, api_key: str) -> None:
        self._host = simulator.api_host
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = simulator.ca_path
        self.session.auth = (client_id, api_key)

    def url(self, path: str) -> str:
        return f"https://{self._host}{path}"

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.url(path), timeout=20, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self("GET", path, **options)

    def data(self, path: str) -> Any:
        answered = self.get(path)
        assert answered.status_code == 200, answered.text
        return answered.json()["data"]
