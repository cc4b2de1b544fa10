# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options with which every module, inventory and lookup reaches the cloud: one object for all of them.

This file is private to the collection.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from .._common.certificates import ca_problem
from .._common.ids import API_HOSTS, REGIONS
from .._common.text import LONGEST, Secrets, printable
from .errors import Refused
from .regions import parse_api_host, region_of

ENVIRONMENT = {
    "region": "SECURE_ENDPOINT_REGION",
    "api_host": "SECURE_ENDPOINT_API_HOST",
    "client_id": "SECURE_ENDPOINT_CLIENT_ID",
    "api_key": "SECURE_ENDPOINT_API_KEY",
    "ca_path": "SECURE_ENDPOINT_CA_PATH",
}

DEFAULTS: dict[str, Any] = {
    "validate_certs": True,
    "timeout": 30.0,
    "rate_limit_wait": 60,
    "rate_limit_reserve": 50,
    "concurrency": 10,
}


_WINDOW = 16 * 1024  # characters of a text that are looked at: an answer's may have millions


@dataclass(frozen=True)
class ConnectionOptions:
    """Where the tenant is and how it is asked. Times are seconds. `api_host` is `host` or `host:port`."""

    api_host: str
    client_id: str
    api_key: str = field(repr=False)
    ca_path: str | None = None
    validate_certs: bool = True
    timeout: float = DEFAULTS["timeout"]
    rate_limit_wait: float = DEFAULTS["rate_limit_wait"]
    rate_limit_reserve: int = DEFAULTS["rate_limit_reserve"]
    concurrency: int = DEFAULTS["concurrency"]

    @classmethod
    def parse(cls, options: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> ConnectionOptions:
        """Make one of an entry point's options; the environment fills what they leave open. Raises Refused."""
        given = _with_environment(options, os.environ if environ is None else environ)
        missing = [name for name in ("client_id", "api_key") if not given.get(name)]
        if missing:
            raise Refused(
                f"{' and '.join(missing)} missing. Set the option, or the environment variable"
                f" {' and '.join(ENVIRONMENT[name] for name in missing)}"
            )
        tuning = {name: default if given.get(name) is None else given[name] for name, default in DEFAULTS.items()}
        _check_tuning(tuning)
        return cls(
            api_host=_host(given),
            client_id=_header_text("client_id", given["client_id"]),
            api_key=_header_text("api_key", given["api_key"]),
            ca_path=_ca(given.get("ca_path")),
            **tuning,
        )

    @cached_property
    def secrets(self) -> Secrets:
        return Secrets([self.api_key])

    def shown(self, text: object, longest: int = LONGEST) -> str:
        """Return what an answer or an exception says, safe to show: mask the secrets, then escape and cut (R30a)."""
        whole = str(text)
        masked = self.secrets.mask(whole[:_WINDOW])
        if len(whole) > _WINDOW:  # it may end in the middle of a secret, which is not recognised then
            masked = masked[: -8 * len(self.api_key)]
        return printable(masked, longest)

    @property
    def region(self) -> str | None:
        return region_of(self.api_host)

    def in_region(self, region: str) -> ConnectionOptions:
        return replace(self, api_host=API_HOSTS[region])


def _with_environment(options: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """Prefer what is set to the environment. `region` and `api_host` count as one: either sets aside both variables."""
    given = dict(options)
    located = given.get("region") or given.get("api_host")
    for name, variable in ENVIRONMENT.items():
        if not given.get(name) and not (located and name in ("region", "api_host")):
            given[name] = environ.get(variable)
    return given


def _host(given: Mapping[str, Any]) -> str:
    region, api_host = given.get("region"), given.get("api_host")
    if bool(region) == bool(api_host):
        raise Refused(
            f"{'Both region and api_host are' if region else 'Neither region nor api_host is'} given. Set one of them:"
            f" region ({', '.join(REGIONS)}) or, for a private cloud, api_host; or one of the environment variables"
            f" {ENVIRONMENT['region']} and {ENVIRONMENT['api_host']}"
        )
    if api_host:
        try:
            return parse_api_host(str(api_host))
        except ValueError as error:
            raise Refused(f"{error}.") from None
    if region not in API_HOSTS:
        raise Refused(f"region must be one of {', '.join(REGIONS)}. A private cloud is given as api_host")
    return API_HOSTS[region]


def _header_text(name: str, value: object) -> str:
    text = str(value).strip()
    if not text.isascii() or not text.isprintable() or (name == "client_id" and ":" in text):
        raise Refused(f"{name} holds characters that no credential of this API has. Copy it again from the console")
    return text


def _ca(path: str | None) -> str | None:
    """Return the CA file or folder of `ca_path`; one that is of no use is refused before anything is sent."""
    if not path:
        return None
    path = os.path.abspath(os.path.expanduser(path))
    problem = ca_problem(path)
    if problem:
        raise Refused(f"ca_path {printable(path)}: {problem}")
    return path


def _check_tuning(tuning: Mapping[str, Any]) -> None:
    for name, least in (("timeout", 0.1), ("rate_limit_wait", 0), ("rate_limit_reserve", 0), ("concurrency", 1)):
        if not tuning[name] >= least:
            raise Refused(f"{name} must be at least {least}")
    if tuning["concurrency"] > 50:
        raise Refused("concurrency must be at most 50")
