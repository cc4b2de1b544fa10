# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong on a Linux host is told, before anything is touched where possible, and what is left is told too."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from roles.linux.download_server import SECRET, Console, console
from roles.linux.packages import installer, package, signer
from roles.pretend.hosts import Host, Outcome, pretend_host
from roles.pretend.outcomes import record

OLD, NEW = "1.26.0", "1.27.0"


@pytest.fixture(name="empty", scope="module", params=["debian", "el"])
def _empty(request: pytest.FixtureRequest) -> Iterator[Host]:
    """A host without connector, for tests that must leave it so."""
    with pretend_host(request.param) as host:
        yield host


def deploy(host: Host, *manifest: dict[str, Any], **options: Any) -> Outcome:
    return host.role("connector_deploy", connector_deploy_installers=list(manifest), **options)


def refused(host: Host, outcome: Outcome, *told: str) -> None:
    """The run failed with these words, and left neither connector nor temporary folder."""
    assert outcome.rc != 0, outcome.output[-3000:]
    for words in told:
        assert words in " ".join(outcome.error.split()), outcome.error
    assert host.sh("ls /opt/cisco", check=False) == ""
    assert "ampops." not in host.sh("ls /tmp")
    record("connector_deploy", host.family, "refuses bad days")


def test_a_wrong_checksum(empty: Host) -> None:
    entry = installer(empty.family, OLD) | {"sha256": "0" * 64}
    refused(empty, deploy(empty, entry), "has the SHA-256", "but the manifest says 0000", "Nothing was touched")


@pytest.mark.parametrize("by", ["", "impostor"])
def test_a_package_that_the_vendor_did_not_sign(empty: Host, by: str) -> None:
    refused(empty, deploy(empty, installer(empty.family, OLD, signer=by)), "sign", "Nothing is installed.")


def test_another_vendor_than_the_one_named(empty: Host) -> None:
    entry = installer(empty.family, OLD) | {"signer": signer(empty.family, "impostor")}
    refused(empty, deploy(empty, entry), "Nothing is installed.")


def test_another_system(empty: Host) -> None:
    entry = installer(empty.family, OLD) | {"os": "windows"}
    refused(empty, deploy(empty, entry), "no installer fits", "the manifest has windows on x86_64")


def test_another_architecture_inside(empty: Host) -> None:
    entry = installer(empty.family, OLD, architecture="aarch64")
    refused(empty, deploy(empty, entry), "this host is x86_64", "Nothing was touched")


def test_another_version_inside(empty: Host) -> None:
    entry = installer(empty.family, OLD) | {"version": NEW}
    refused(empty, deploy(empty, entry), f"ciscoampconnector {OLD}", f"the manifest says version {NEW}")


def test_no_space(empty: Host) -> None:
    outcome = deploy(empty, installer(empty.family, OLD), connector_deploy_minimum_free_mb=10**9)
    refused(empty, outcome, "MB free for /opt/cisco/amp", "Nothing was touched")


def test_a_package_manager_that_cannot_reach_its_repositories(empty: Host) -> None:
    outcome = deploy(empty, installer(empty.family, OLD, fault="needs_more"))
    refused(empty, outcome, "a-package-of-the-repository", "Nothing is installed.")


def test_no_means_to_check_the_signature(empty: Host) -> None:
    tool = {"debian": "debsig-verify", "el": "rpmkeys"}[empty.family]
    empty.sh(f"mv /usr/bin/{tool} /root/")
    try:
        told = f"{tool} is missing, so the signature of the package cannot be checked"
        refused(empty, deploy(empty, installer(empty.family, OLD)), told, "Nothing was touched")
    finally:
        empty.sh(f"mv /root/{tool} /usr/bin/")


def test_a_kernel_that_the_connector_could_not_watch(empty: Host) -> None:
    inside = ["nsenter", f"--target={empty.reach['ansible_pretend_pid']}", "--mount", "sh", "-c"]
    subprocess.run([*inside, "[ ! -d /sys/kernel/btf ] || mount -t tmpfs none /sys/kernel/btf"], check=True)
    try:
        told = "has neither type information for eBPF (BTF) nor its headers"
        entry = installer(empty.family, OLD)
        refused(empty, deploy(empty, entry, connector_deploy_preflight="fail"), told, "Nothing was touched")
        warned = empty.role(
            "connector_deploy", check=True, connector_deploy_preflight="warn", connector_deploy_installers=[entry]
        )
        assert warned.rc == 0
        assert told in " ".join(warned.output.split())
    finally:
        subprocess.run([*inside, "[ ! -d /sys/kernel/btf ] || umount /sys/kernel/btf"], check=True)


def test_a_connector_that_needs_headers_is_refused_where_there_is_only_btf(empty: Host) -> None:
    inside = ["nsenter", f"--target={empty.reach['ansible_pretend_pid']}", "--mount", "sh", "-c"]
    subprocess.run([*inside, "mount -t tmpfs none /sys/kernel && mkdir /sys/kernel/btf"], check=True)
    try:
        subprocess.run([*inside, "touch /sys/kernel/btf/vmlinux"], check=True)
        before_core = deploy(empty, installer(empty.family, "1.24.3"), connector_deploy_preflight="fail")
        refused(empty, before_core, "is compiled against the headers", "Nothing was touched")
    finally:
        subprocess.run([*inside, "umount /sys/kernel"], check=True)


def test_a_role_that_needs_a_connector_says_that_there_is_none(empty: Host) -> None:
    manifest = [installer(empty.family, OLD)]
    refused(empty, empty.role("connector_upgrade", connector_deploy_installers=manifest), "nothing to upgrade")
    cleared = empty.role("connector_troubleshoot", connector_troubleshoot_clear_cache=True)
    refused(empty, cleared, "The connector is not installed on this host")


@pytest.fixture(name="host", params=["debian", "el"])
def _host(request: pytest.FixtureRequest) -> Iterator[Host]:
    with pretend_host(request.param) as host:
        yield host


def test_a_failed_upgrade_says_whether_the_old_one_runs(host: Host) -> None:
    assert deploy(host, installer(host.family, OLD)).rc == 0
    unsigned = installer(host.family, NEW, signer="")
    outcome = host.role("connector_upgrade", connector_deploy_installers=[unsigned])
    assert outcome.rc != 0
    assert f"Version {OLD} is installed and runs." in outcome.error
    hanging = installer(host.family, NEW, fault="hangs")
    outcome = host.role("connector_upgrade", connector_deploy_installers=[hanging], connector_deploy_install_timeout=15)
    assert outcome.rc != 0
    assert "did not end within 15 seconds and was stopped" in outcome.error
    left = host.sh("ps -e -o args=")
    assert not any(word in left for word in ("dpkg", "dnf", "postinst", "rpm-tmp")), left
    # What the stopped package manager left is repaired by the next run.
    mended = deploy(host, installer(host.family, NEW))
    assert mended.rc == 0, mended.error
    status = host.role("connector_status").fact("connector_status_result")
    assert (status["version"], status["running"], status["problems"]) == (NEW, True, [])


def test_an_installer_that_installs_nothing(host: Host) -> None:
    outcome = deploy(host, installer(host.family, OLD, fault="installs_nothing"))
    assert outcome.rc != 0
    assert "ended without an error, but no connector is there" in outcome.error
    assert deploy(host, installer(host.family, OLD)).rc == 0


def test_a_service_that_dies_after_its_start(host: Host) -> None:
    outcome = deploy(host, installer(host.family, OLD, fault="daemon_dies"), connector_deploy_start_timeout=10)
    assert outcome.rc != 0
    assert "does not stay running" in outcome.error


LIST = "/etc/dnf/plugins/versionlock.list"
HOLDS = {
    "debian": ("apt-mark hold ciscoampconnector", "apt-mark unhold ciscoampconnector"),
    "el": (f"echo 'ciscoampconnector-0:{OLD}-1.*' > {LIST}", "dnf versionlock delete ciscoampconnector"),
    "suse": ("zypper --quiet addlock 'ciscoamp*'", "zypper removelock 'ciscoamp*'"),
}


@pytest.mark.parametrize("family", sorted(HOLDS))
def test_a_package_on_hold_is_neither_upgraded_nor_removed_until_it_is_released(family: str) -> None:
    """The plugin of dnf is not installed here, so its list is written and removed by hand."""
    hold, release = HOLDS[family]
    with pretend_host(family) as host:
        assert deploy(host, installer(family, OLD)).rc == 0
        host.sh(hold)
        for outcome in (deploy(host, installer(family, NEW)), host.role("connector_uninstall")):
            assert outcome.rc != 0
            assert "held" in outcome.error
            assert release in outcome.error
        assert host.role("connector_status").fact("connector_status_result")["version"] == OLD
        host.sh(f"rm {LIST}" if family == "el" else release)
        assert deploy(host, installer(family, NEW)).rc == 0
        record("connector_deploy", family, "respects a hold")


REPOSITORY = r"""set -e
mkdir -p /srv/repository/p/DEBIAN
cd /srv/repository
cat > p/DEBIAN/control <<END
Package: a-package-of-the-repository
Version: 1
Architecture: all
Maintainer: t <t@example.com>
Description: t
END
dpkg-deb --root-owner-group -b p p.deb >/dev/null
cat p/DEBIAN/control > Packages
printf '%s\n' 'Filename: ./p.deb' "Size: $(stat -c %s p.deb)" "SHA256: $(sha256sum p.deb | cut -c 1-64)" >> Packages
rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*
rm -rf /var/lib/apt/lists/*
echo 'deb [trusted=yes] file:/srv/repository ./' > /etc/apt/sources.list
printf '%s::Pre-Invoke {"echo $http_proxy >> /root/proxies";};\n' APT::Update DPkg > /etc/apt/apt.conf.d/99proxies"""


def test_a_fresh_image_gets_a_zstd_package_with_what_it_depends_on_from_the_repository() -> None:
    """Its package lists were never filled, and its package manager is told the proxy."""
    with pretend_host("debian") as host:
        host.sh(REPOSITORY)
        entry = installer("debian", NEW, fault="needs_more", compression="zstd")
        proxy = "http://127.0.0.1:9"
        predicted = deploy(host, entry, check=True, connector_deploy_proxy=proxy)
        assert predicted.rc == 0, predicted.error
        deployed = deploy(host, entry, connector_deploy_proxy=proxy)
        assert deployed.rc == 0, deployed.error
        assert host.sh("dpkg-query -W -f='${Status}' a-package-of-the-repository") == "install ok installed"
        assert set(host.sh("cat /root/proxies").split()) == {proxy}
        record("connector_deploy", "debian", "a fresh image, zstd, a dependency, a proxy of apt")


def test_a_connector_that_is_faulty_is_told_and_an_ampcli_that_hangs(host: Host) -> None:
    assert deploy(host, installer(host.family, OLD, fault="faulty")).rc == 0
    status = host.role("connector_status").fact("connector_status_result")
    assert status["faults"] == [
        {"id": 11, "severity": "Critical", "text": "the kernel modules are not loaded"},
        {"id": 5, "severity": "Major", "text": "a scan is late"},
    ]
    assert status["problems"] == ["the connector is in Degraded mode"]
    host.sh("sed -i s/FAULT=faulty/FAULT=ampcli_hangs/ /opt/cisco/amp/bin/test-connector.conf")
    status = host.role("connector_status", connector_status_timeout=2).fact("connector_status_result")
    assert status["problems"] == ["ampcli did not answer in time"]


LAUGHS = '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><config><agent><uuid>&b;</uuid></agent></config>'


def test_a_local_xml_that_is_bad(host: Host) -> None:
    assert deploy(host, installer(host.family, OLD)).rc == 0
    for script, told in (
        ("rm local.xml", "local.xml is missing"),
        (": > local.xml", "local.xml is empty"),
        ("echo '<config><agent>' > local.xml", "local.xml is damaged or cut off"),
        (f"echo '{LAUGHS}' > local.xml", "local.xml declares a document type"),
        ("head -c 1100000 /dev/zero > local.xml", "larger than 1 MiB"),
    ):
        host.sh(f"cd /opt/cisco/amp/etc && {script}")
        outcome = host.role("connector_status")
        status = outcome.fact("connector_status_result")
        assert outcome.rc == 0
        assert told in status["problems"][0]
        assert (status["installed"], status["running"], status["version"]) == (True, True, OLD)


LOCKS = {"debian": "/var/lib/dpkg/lock-frontend", "el": "/var/lib/rpm/.rpm.lock"}


def hold_the_lock(host: Host, seconds: int) -> subprocess.Popen[bytes]:
    script = (
        "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX);"
        " print('held', flush=True); time.sleep(float(sys.argv[2]))"
    )
    command = ["podman", "exec", host.name, "python3", "-c", script, LOCKS[host.family], str(seconds)]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    return holder


def test_another_package_manager_at_work_is_waited_for(host: Host) -> None:
    holder = hold_the_lock(host, 60)
    try:
        outcome = deploy(host, installer(host.family, OLD), connector_deploy_lock_timeout=240)
        assert outcome.rc == 0, outcome.error
    finally:
        holder.kill()
        holder.wait()
        assert holder.stdout is not None
        holder.stdout.close()


@pytest.fixture(name="shop")
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    files = tmp_path / "files"
    files.mkdir()
    with console(tmp_path, files) as shop:
        monkeypatch.setenv("SSL_CERT_FILE", str(shop.authority))
        yield shop


def by_url(shop: Console, family: str, version: str, **changes: Any) -> dict[str, Any]:
    entry = installer(family, version)
    file = package(family, version)
    shutil.copy(file, shop.files / file.name)
    del entry["path"]
    return entry | {"url": shop.url(file.name)} | changes


def test_an_installer_is_fetched_once_and_its_url_is_told_nowhere(shop: Console, tmp_path: Path) -> None:
    options = {"connector_deploy_cache_dir": str(tmp_path / "cache"), "connector_deploy_allowed_hosts": ["localhost"]}
    with pretend_host("debian") as host:
        entry = by_url(shop, "debian", OLD)
        refused(host, deploy(host, entry, connector_deploy_cache_dir=str(tmp_path / "cache")), "on no allowed host")
        shop.asked.clear()
        outcome = host.role("connector_deploy", verbose=3, connector_deploy_installers=[entry], **options)
        assert outcome.rc == 0, outcome.error
        assert SECRET not in outcome.output
        assert len(shop.asked) == 2
        assert oct((tmp_path / "cache").stat().st_mode)[-3:] == "700"
        assert [oct(file.stat().st_mode)[-3:] for file in (tmp_path / "cache").iterdir()] == ["600"]
        host.role("connector_uninstall")
        assert deploy(host, entry, **options).rc == 0
        assert len(shop.asked) == 2


def test_what_a_fetch_can_end_with(shop: Console, tmp_path: Path) -> None:
    options = {"connector_deploy_cache_dir": str(tmp_path / "cache"), "connector_deploy_allowed_hosts": ["localhost"]}
    with pretend_host("debian") as host:
        entry = by_url(shop, "debian", OLD)
        other = package("debian", NEW)
        for change, told in (
            ({"url": shop.url("absent.deb")}, "the server answered 404"),
            ({"url": "https://127.0.0.1:9/x.deb"}, "the server could not be reached"),
            ({"sha256": "0" * 64}, "has the SHA-256"),
        ):
            refused(host, deploy(host, entry | change, **options), told)
            assert not list((tmp_path / "cache").glob("*"))
        (shop.files / "other").write_bytes(other.read_bytes())
        outcome = deploy(host, entry | {"fetch_on": "target", "signature": "waived"}, **options)
        refused(host, outcome, "could not be reached, or its certificate is not trusted")


def test_a_reboot_that_never_comes_back_is_told() -> None:
    """The container is gone after its reboot, as a host that hangs would be."""
    with pretend_host("debian") as host:
        outcome = host.role(
            "connector_troubleshoot", connector_troubleshoot_reboot="always", connector_troubleshoot_reboot_timeout=5
        )
        assert outcome.rc != 0
        assert "reboot" in (outcome.error + outcome.output).lower()


def test_the_service_comes_back_when_clearing_the_cache_fails(host: Host) -> None:
    assert deploy(host, installer(host.family, OLD)).rc == 0
    outcome = host.role(
        "connector_troubleshoot",
        connector_troubleshoot_clear_cache=True,
        __connector_troubleshoot_linux_cache=["/proc/1"],
    )
    assert outcome.rc != 0
    assert host.role("connector_status").fact("connector_status_result")["running"] is True


def test_a_host_name_with_spaces_quotes_and_shell_characters(tmp_path: Path) -> None:
    with pretend_host("debian") as host:
        assert deploy(host, installer("debian", OLD)).rc == 0
        odd = "a $(touch x)'\"; b/../c"
        role = {"name": "x", "ansible.builtin.include_role": {"name": "ampops.secure_endpoint.connector_troubleshoot"}}
        with_snapshot = {"connector_troubleshoot_snapshot": True, "connector_troubleshoot_snapshot_dir": str(tmp_path)}
        tasks = [role | {"vars": with_snapshot}, role]
        play = {"name": "Troubleshoot", "hosts": "all", "gather_facts": False, "tasks": tasks}
        outcome = host.play([play], name=odd)
        assert outcome.rc == 0, outcome.output[-3000:]
        told = [
            result.get("ansible_facts", {}).get("connector_troubleshoot_result") for _task, result in outcome.results
        ]
        _begun, first, _begun, second = filter(None, told)
        snapshot = Path(first["snapshot"])
        assert snapshot.parent.parent == tmp_path
        assert snapshot.is_file()
        assert second["snapshot"] is None  # not the one of the run before
