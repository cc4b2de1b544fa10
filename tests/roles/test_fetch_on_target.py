# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An installer that the target itself fetches: nothing but its checksum is trusted, and its URL is told nowhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from roles.linux import packages
from roles.linux.download_server import SECRET, Console, console, proxy
from roles.macos import installers as macos
from roles.pretend.hosts import Host, Outcome, pretend_host
from roles.pretend.outcomes import record
from roles.windows import installers as windows

VERSIONS = {"debian": "1.26.0", "el": "1.26.0", "el6": "1.12.0", "macos": "1.22.4", "windows": "8.2.3.30119"}


@pytest.fixture(name="shop")
def _shop(tmp_path: Path) -> Iterator[Console]:
    files = tmp_path / "files"
    files.mkdir()
    with console(tmp_path, files) as shop:
        yield shop


def entry_of(family: str, shop: Console) -> dict[str, Any]:
    """A complete manifest entry whose file only `shop` has."""
    version = VERSIONS[family]
    entry = {"windows": windows.installer, "macos": macos.installer}.get(
        family, lambda version: packages.installer(family, version)
    )(version)
    file = Path(entry.pop("path"))
    shutil.copy(file, shop.files / file.name)
    return entry | {"url": shop.url(file.name), "fetch_on": "target", "arch": "any"}


def deploy(host: Host, entry: dict[str, Any], **options: Any) -> Outcome:
    hosts = {"connector_deploy_allowed_hosts": ["localhost"]}
    outcome = host.role("connector_deploy", verbose=3, connector_deploy_installers=[entry], **{**hosts, **options})
    assert SECRET not in outcome.output
    return outcome


def untouched(host: Host) -> None:
    assert host.role("connector_status").fact("connector_status_result")["installed"] is False
    left = host.sh("ls /tmp /win/drive_c/users/root/Temp 2>/dev/null", check=False)
    assert "ampops." not in left
    assert "connector_deploy." not in left


@pytest.mark.parametrize("family", ["debian", "el", "macos", "windows"])
def test_the_target_fetches_checks_and_installs(family: str, shop: Console) -> None:
    with pretend_host(family) as host:
        entry = entry_of(family, shop)
        untrusted = deploy(host, entry)
        assert untrusted.rc != 0
        untouched(host)

        host.put(shop.authority, "/root/ca.pem")
        host.sh("cat /root/ca.pem >> /etc/ssl/certs/ca-certificates.crt")
        damaged = deploy(host, entry | {"sha256": "0" * 64})
        assert damaged.rc != 0
        assert "SHA-256" in damaged.error
        untouched(host)

        assert deploy(host, entry).rc == 0
        found = host.role("connector_status").fact("connector_status_result")
        assert (found["version"], found["running"], found["problems"]) == (VERSIONS[family], True, [])
        record("connector_deploy", family, "the target fetches")


@pytest.mark.parametrize("family", ["debian", "windows"])
def test_a_redirect_to_a_host_that_is_not_allowed_is_not_followed(family: str, shop: Console) -> None:
    with pretend_host(family) as host:
        host.put(shop.authority, "/root/ca.pem")
        host.sh("cat /root/ca.pem >> /etc/ssl/certs/ca-certificates.crt")
        entry = entry_of(family, shop)
        entry["sha256"] = "waived"
        shop.redirect_host = "elsewhere.example.com"
        refused = deploy(host, entry, connector_deploy_allowed_hosts=["127.0.0.1"])
        assert refused.rc != 0
        assert not [path for path in shop.asked if path.startswith("/files/")]
        untouched(host)


@pytest.mark.parametrize(
    ("family", "where"),
    [("debian", "controller"), ("debian", "target"), ("el6", "target"), ("windows", "target")],
)
def test_a_proxy_that_was_given_is_used(
    family: str, where: str, shop: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(shop.authority))
    with proxy() as (url, tunnels), pretend_host(family) as host:
        host.put(shop.authority, "/root/ca.pem")
        host.sh("cat /root/ca.pem >> /etc/ssl/certs/ca-certificates.crt")
        entry = entry_of(family, shop) | {"fetch_on": where}
        options = {"connector_deploy_proxy": url, "connector_deploy_cache_dir": str(tmp_path / "cache")}
        assert deploy(host, entry, **options).rc == 0
        assert host.role("connector_status").fact("connector_status_result")["running"] is True
        assert tunnels == [f"127.0.0.1:{shop.port}", f"localhost:{shop.port}"]
