# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cache of installers holds whole files that were checked, whatever the server, the disk or another play does."""

from __future__ import annotations

import errno
import hashlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.installers import read_manifest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.redirects import arrived, follow
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._installer_cache import download as downloading
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._installer_cache.cache import (
    Cache,
    DownloadError,
    Record,
    get_all,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._installer_cache.download import Limits
from unit.installer_cache.installer_shop import CONTENT, SECRET, Shop, open_shop

SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(name="shop", scope="module")
def _shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with open_shop(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture(name="fresh")
def _fresh(shop: Shop) -> Shop:
    shop.asked.clear()
    shop.go.clear()
    shop.halfway.clear()
    return shop


def cache_of(shop: Shop, folder: Path, *, check: bool = False, **limits: Any) -> Cache:
    chosen = {"allowed_hosts": ["LOCALHOST"], "ca_path": str(shop.authority), "timeout": 20, **limits}
    return Cache(str(folder / "cache"), Limits(**chosen), check=check)


def entry(url: str, **changes: Any) -> Any:
    given = {"os": "windows", "version": "8.2.3", "url": url, "sha256": SHA256, **changes}
    return read_manifest([{key: value for key, value in given.items() if value}])[0]


def got(cache: Cache, url: str, **changes: Any) -> Record:
    cache.prepare()
    return cache.get(entry(url, **changes), url)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "cache").iterdir())


@pytest.mark.parametrize(("way", "asked"), [("file", 1), ("redirect", 2), ("relative", 2)])
def test_an_installer_is_downloaded_once_for_its_owner_alone(way: str, asked: int, fresh: Shop, tmp_path: Path) -> None:
    cache = cache_of(fresh, tmp_path)
    first = got(cache, fresh.url(way))
    assert (first.outcome, first.sha256, first.size) == ("fetched", SHA256, len(CONTENT)), first.detail
    assert Path(first.path).read_bytes() == CONTENT
    assert left(tmp_path) == [SHA256]
    assert [os.stat(path).st_mode & 0o777 for path in (cache.folder, first.path)] == [0o700, 0o600]
    second = got(cache, fresh.url(way))
    assert (second.outcome, second.path) == ("found", first.path)
    assert len(fresh.asked) == asked


@pytest.mark.parametrize(
    ("way", "limits", "changes", "told"),
    [
        ("absent", {}, {}, "the server answered 404"),
        ("html", {}, {}, "an HTML page instead of an installer"),
        ("login", {}, {"sha256": "waived"}, "an HTML page instead of an installer"),
        ("empty", {}, {}, "the server sent an empty file"),
        ("cut", {}, {}, f"the connection was cut after 1000 of {len(CONTENT)} bytes"),
        ("cut_chunks", {}, {}, "the connection was cut"),
        ("huge", {}, {}, "it is larger than 2048 MB"),
        ("huge", {"megabytes": 1 << 40}, {}, "MB free"),
        ("endless", {"megabytes": 2}, {}, "it is larger than 2 MB"),
        ("endless", {"seconds": 0.0}, {}, "took longer than 0 seconds"),
        ("slow", {"timeout": 0.2}, {}, "timed out"),
        ("file", {}, {"sha256": "0" * 64}, f"has the SHA-256 {SHA256}, but the manifest says 0000"),
        ("redirect", {"allowed_hosts": []}, {}, 'to a URL on no allowed host, "localhost"'),
        ("elsewhere", {}, {}, 'to a URL on no allowed host, "elsewhere.example.com"'),
        ("downgrade", {}, {}, "without https"),
        ("twice", {}, {}, "a second time (HTTP 302)"),
        ("file", {"ca_path": ""}, {}, 'the certificate of "127.0.0.1" is not trusted'),
        ("file", {"ca_path": "/absent.pem"}, {}, "ca_path /absent.pem cannot be read: No such file"),
        ("file", {"proxy": "http://user:pw@127.0.0.1:9"}, {}, 'connecting to the proxy "127.0.0.1:9" failed'),
        ("file", {"proxy": "http://proxy.corp.invalid:3128"}, {}, 'the proxy "proxy.corp.invalid:3128" failed'),
    ],
)
def test_a_download_that_fails_is_told_and_leaves_nothing(
    way: str, limits: dict[str, Any], changes: dict[str, Any], told: str, fresh: Shop, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    record = got(cache_of(fresh, tmp_path, **limits), fresh.url(way), **changes)
    assert record.outcome == "failed"
    assert told in record.detail
    assert SECRET not in record.detail
    assert "pw" not in record.detail
    assert left(tmp_path) == []


def test_a_server_that_is_not_there_is_named_without_its_path(shop: Shop, tmp_path: Path) -> None:
    record = got(cache_of(shop, tmp_path), f"https://127.0.0.1:9/{SECRET}")
    assert record.detail == (
        'could not be fetched: the server could not be reached: connecting to "127.0.0.1" failed: Connection refused'
    )


def test_a_url_that_python_refuses_is_not_repeated(shop: Shop, tmp_path: Path) -> None:
    record = got(cache_of(shop, tmp_path), f"https://127.0.0.1:9/{SECRET} and more")
    assert record.outcome == "failed"
    assert SECRET not in record.detail


def test_a_disk_that_fills_up_is_told_and_leaves_nothing(
    fresh: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(_number: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(downloading.os, "fsync", no_space)
    record = got(cache_of(fresh, tmp_path), fresh.url("file"))
    assert record.detail == "could not be fetched: the file system of the cache is full"
    assert left(tmp_path) == []
    url = fresh.url("file")
    with open("/dev/full", "wb") as full, pytest.raises(DownloadError, match="file system of the cache is full"):
        downloading.download(url, full, replace(cache_of(fresh, tmp_path).limits, megabytes=1))


def test_a_damaged_file_of_the_cache_is_fetched_again(fresh: Shop, tmp_path: Path) -> None:
    cache = cache_of(fresh, tmp_path)
    file = Path(got(cache, fresh.url("file")).path)
    file.write_bytes(CONTENT[:10])
    assert got(cache, fresh.url("file")).outcome == "fetched"
    assert file.read_bytes() == CONTENT


def test_check_mode_predicts_and_touches_nothing(fresh: Shop, tmp_path: Path) -> None:
    cache = cache_of(fresh, tmp_path, check=True)
    assert cache.prepare() is True
    record = cache.get(entry(fresh.url("file")), fresh.url("file"))
    assert (record.outcome, record.path) == ("fetched", "")
    assert (list(tmp_path.iterdir()), fresh.asked) == ([], [])
    real = cache_of(fresh, tmp_path)
    assert (real.prepare(), real.prepare(), cache.prepare()) == (True, False, False)


def test_a_file_of_the_controller_is_read_and_never_replaced(shop: Shop, tmp_path: Path) -> None:
    cache, file = cache_of(shop, tmp_path), tmp_path / "setup.exe"
    given = replace(entry(shop.url("file")), path=str(file), cache_name="")
    assert cache.get(given, "").detail == f"is not at {file} on the controller"
    file.mkdir()
    assert cache.get(given, "").detail == f"is not a file: {file} on the controller"
    file.rmdir()
    file.write_bytes(b"another")
    assert "but the manifest says" in cache.get(given, "").detail
    file.write_bytes(CONTENT)
    record = cache.get(given, "")
    assert (record.outcome, record.path, record.package) == ("found", str(file), None)
    assert record.detail == "is neither an RPM nor a DEB"


def test_several_that_want_one_file_at_once_cost_one_download(fresh: Shop, tmp_path: Path) -> None:
    cache = cache_of(fresh, tmp_path)
    cache.prepare()
    url = fresh.url("slow")
    records: list[Record] = []
    threads = [threading.Thread(target=lambda: records.append(cache.get(entry(url), url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert fresh.halfway.wait(30)
    assert left(tmp_path) == [f"{SHA256}.part"]
    fresh.go.set()
    for thread in threads:
        thread.join()
    assert sorted(record.outcome for record in records) == ["fetched", "found", "found", "found"]
    assert (fresh.asked, left(tmp_path)) == (["slow"], [SHA256])


def test_a_process_that_is_killed_leaves_no_file_and_no_lock(fresh: Shop, tmp_path: Path) -> None:
    cache = cache_of(fresh, tmp_path)
    cache.prepare()
    url = fresh.url("slow")
    process = multiprocessing.get_context("fork").Process(target=cache.get, args=(entry(url), url))
    process.start()
    assert fresh.halfway.wait(30)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert left(tmp_path) == [f"{SHA256}.part"]
    fresh.go.set()
    assert got(cache, fresh.url("file")).outcome == "fetched"
    assert left(tmp_path) == [SHA256]


def test_waiting_for_another_download_ends(fresh: Shop, tmp_path: Path) -> None:
    cache, url = cache_of(fresh, tmp_path), fresh.url("slow")
    cache.prepare()
    other = threading.Thread(target=cache.get, args=(entry(url), url))
    other.start()
    assert fresh.halfway.wait(30)
    impatient = replace(cache, limits=replace(cache.limits, seconds=0))
    assert "another process has been writing" in impatient.get(entry(url), url).detail
    fresh.go.set()
    other.join()


def test_several_installers_are_downloaded_at_the_same_time_and_told_in_order(fresh: Shop, tmp_path: Path) -> None:
    cache = cache_of(fresh, tmp_path)
    cache.prepare()
    urls = [fresh.url(f"{way}/{number}") for number, way in enumerate(("slow", "slow", "slow", "absent", "file"))]
    wanted = [(entry(url, sha256="waived"), url) for url in urls]
    done: list[Record] = []
    thread = threading.Thread(target=lambda: done.extend(get_all(cache, wanted, 3)))
    thread.start()
    for _ in range(300):
        if fresh.asked.count("slow") == 3:
            break
        fresh.halfway.wait(0.1)
        threading.Event().wait(0.02)
    assert fresh.asked == ["slow"] * 3
    fresh.go.set()
    thread.join()
    assert [record.outcome for record in done] == ["fetched"] * 3 + ["failed", "fetched"]


def test_a_folder_that_cannot_be_made_private_is_told(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(DownloadError, match="cannot be made private"):
        cache_of(shop, tmp_path).prepare()


@pytest.mark.parametrize(
    ("status", "location", "went"),
    [
        (200, "", "https://a.example/x/y?k"),
        (302, "https://B.example/f", "https://B.example/f"),
        (301, "/f", "https://a.example/f"),
        (308, "//b.example:8443/f", "https://b.example:8443/f"),
        (303, "https://a.example.evil.example/f", ""),
        (302, "https://b.example@evil.example/f", ""),
        (302, "https://user@b.example/f", ""),
        (302, "http://b.example/f", ""),
        (302, "ftp://b.example/f", ""),
        (302, "https://[b.example/f", ""),
        (302, "https://b.example:x/f", ""),
        (302, "https:///f", "https://a.example/f"),
        (404, "https://b.example/f", ""),
        (-1, "", ""),
    ],
)
def test_a_redirect_leads_to_an_allowed_host_by_https_or_nowhere(status: int, location: str, went: str) -> None:
    answer = follow("https://a.example/x/y?k", status, location, ["b.example"])
    assert answer.url == went
    assert bool(answer.problem) is not bool(went)
    assert arrived(302) != ""
    assert "/f" not in answer.problem
