# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The credentials file survives kills, full disks and links, and tells nobody what it holds (R21)."""

from __future__ import annotations

import errno
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils import _credentials_file
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._credentials_file import (
    CredentialsFile,
    CredentialsFileError,
    PendingCreation,
    StreamCredentials,
    load,
)

PASSWORD = "0c02fc2fa59c6460833ad7e1c55c864802e9fbda"
SOC = StreamCredentials(
    stream_id="1474",
    name="soc",
    host="export-streaming.amp.cisco.com",
    port=443,
    user_name="1474-92a4d13197b6bbeb40f0",
    password=PASSWORD,
    queue_name="event_stream_1474",
    api_host="api.amp.cisco.com",
)
CREATION = PendingCreation("api.amp.cisco.com", "soc", ("1090519054",), (), ("7", "8"))


@pytest.fixture
def file(tmp_path: Path) -> CredentialsFile:
    return CredentialsFile(str(tmp_path / "soc.json"))


def names(file: CredentialsFile) -> list[str]:
    return sorted(os.listdir(file.folder))


def save(file: CredentialsFile, credentials: StreamCredentials = SOC) -> None:
    with file.reserve(CREATION) as place:
        place.commit(credentials)


# what it looks like


def test_what_is_written_is_read_again(file: CredentialsFile) -> None:
    save(file)
    assert file.read() == load(file.path) == SOC
    assert names(file) == ["soc.json"]


def test_the_layout_is_version_1_and_the_mode_0600_whatever_the_umask(file: CredentialsFile) -> None:
    before = os.umask(0)
    try:
        save(file)
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat(file.path).st_mode) == 0o600
    assert json.loads(Path(file.path).read_text()) == {
        "version": 1,
        "api_host": "api.amp.cisco.com",
        "stream_id": "1474",
        "name": "soc",
        "host": "export-streaming.amp.cisco.com",
        "port": 443,
        "vhost": "/",
        "user_name": "1474-92a4d13197b6bbeb40f0",
        "password": PASSWORD,
        "queue_name": "event_stream_1474",
        "ca_path": None,
    }


def test_the_text_of_an_authority_is_kept_however_many_there_are(file: CredentialsFile) -> None:
    travelled = replace(SOC, ca="-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n" * 5000)
    file.save(travelled)
    assert load(file.path) == travelled


def test_the_password_is_in_no_text_of_the_object() -> None:
    assert PASSWORD not in repr(SOC)


# what is refused


def broken(**changes: Any) -> str:
    return json.dumps({**json.loads(SOC.to_json()), **changes})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("$ANSIBLE_VAULT;1.1;AES256\n6162", "encrypted with Ansible Vault"),
        ("not json hunter2", "is not the credentials file"),
        ("[" * 60_000, "is not the credentials file"),
        ("[1]", "is not the credentials file"),
        ('{"password": "hunter2"}', "is not the credentials file"),
        ("", "is not the credentials file"),
        ('{"version": 2}', "has schema version '2', this collection reads 1"),
        ('{"version": 1}', "stream_id is missing"),
        (broken(password=7), "password is missing or not a text"),
        (broken(host=""), "host is missing or not a text"),
        (broken(port="443"), "port is not a number"),
        (broken(port=True), "port is not a number"),
        (broken(port=70000), "port is not a number"),
    ],
)
def test_a_file_that_is_something_else_is_refused_and_left_as_it_is(
    file: CredentialsFile, content: str, told: str
) -> None:
    Path(file.path).write_text(content)
    for reading in (file.read, lambda: load(file.path)):
        with pytest.raises(CredentialsFileError, match=told) as refused:
            reading()
        assert "hunter2" not in str(refused.value)
    assert Path(file.path).read_text() == content


def test_a_consumer_is_told_who_writes_the_file(file: CredentialsFile) -> None:
    with pytest.raises(CredentialsFileError, match=r"no such file.*event_stream writes it"):
        load(file.path)


def test_an_id_written_as_a_number_is_read(file: CredentialsFile) -> None:
    Path(file.path).write_text(broken(stream_id=1474))
    assert load(file.path).stream_id == "1474"


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CredentialsFileError, match=r"folder .* does not exist"):
        CredentialsFile(str(tmp_path / "no" / "soc.json")).check()


def test_a_folder_that_cannot_be_written_is_refused(file: CredentialsFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_credentials_file.os, "access", lambda path, _mode: path != file.folder)
    with pytest.raises(CredentialsFileError, match="cannot be written by this user"):
        file.check()


@pytest.mark.parametrize("suffix", ["", ".pending", ".new"])
def test_a_symbolic_link_in_any_of_the_places_is_refused(file: CredentialsFile, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / "elsewhere"
    target.write_text(SOC.to_json())
    os.symlink(target, file.path + suffix)
    with pytest.raises(CredentialsFileError, match="symbolic link"):
        file.check()


def test_a_link_is_not_followed_even_if_it_appears_later(file: CredentialsFile, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.write_text("precious")
    os.symlink(target, file.path)
    with pytest.raises(CredentialsFileError, match="symbolic link"):
        file.read()
    os.symlink(target, file.pending_path)
    with pytest.raises(CredentialsFileError, match="symbolic link"), file.reserve(CREATION):
        pass
    assert target.read_text() == "precious"


def test_a_consumer_may_follow_a_link_for_mounted_secrets_are_links(file: CredentialsFile, tmp_path: Path) -> None:
    save(file)
    os.symlink(file.path, tmp_path / "link.json")
    assert load(str(tmp_path / "link.json")) == SOC


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_regular_file_is_refused(file: CredentialsFile, make: Callable[[str], None]) -> None:
    make(file.path)
    with pytest.raises(CredentialsFileError, match="not a regular file"):
        load(file.path)


# modes


def test_an_open_mode_is_seen_and_mended(file: CredentialsFile) -> None:
    save(file)
    assert not file.is_open_to_others()
    os.chmod(file.path, 0o644)
    assert file.is_open_to_others()
    file.mend_mode()
    assert not file.is_open_to_others()


# before, during and after


def test_while_a_stream_is_created_the_place_is_paid_for_and_a_note_tells_what(file: CredentialsFile) -> None:
    with file.reserve(CREATION) as place:
        assert names(file) == ["soc.json.new", "soc.json.pending"]
        assert os.stat(file.reserved_path).st_blocks * 512 >= len(SOC.to_json())
        assert stat.S_IMODE(os.stat(file.reserved_path).st_mode) == 0o600
        assert stat.S_IMODE(os.stat(file.pending_path).st_mode) == 0o600
        place.abandon()
    assert names(file) == []


def test_everything_is_on_the_disk_before_and_after_the_request(
    file: CredentialsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        order.append(os.path.basename(os.readlink(f"/proc/self/fd/{handle}")))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with file.reserve(CREATION) as place:
        order.append("POST")
        place.commit(SOC)
    folder = os.path.basename(file.folder)
    asked = order.index("POST")
    assert order[:asked] == ["soc.json.pending", "soc.json.new", folder]
    assert order[asked + 1 : asked + 3] == ["soc.json.new", folder]


def test_a_second_run_at_the_same_time_is_refused(file: CredentialsFile) -> None:
    other = CredentialsFile(file.path)
    with file.reserve(CREATION) as place:
        with pytest.raises(CredentialsFileError, match="another run is creating a stream"):
            other.pending()
        with pytest.raises(CredentialsFileError, match="another run is creating a stream"), other.reserve(CREATION):
            pass
        place.commit(SOC)
    assert other.pending() is None


def full_disk(_handle: int, _content: bytes) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_found_before_the_stream_is_made(file: CredentialsFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_credentials_file.os, "write", full_disk)
    with pytest.raises(CredentialsFileError, match="disk is full"), file.reserve(CREATION):
        pytest.fail("the stream would have been made")
    assert names(file) == []


def test_a_disk_that_fails_after_the_request_leaves_no_half_file(
    file: CredentialsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    with file.reserve(CREATION) as place:
        monkeypatch.setattr(_credentials_file.os, "write", full_disk)
        with pytest.raises(CredentialsFileError, match="disk is full"):
            place.commit(SOC)
        place.abandon()
    assert names(file) == []


def test_a_folder_that_cannot_be_synced_takes_the_file_back(
    file: CredentialsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    with file.reserve(CREATION) as place:

        def fail(_folder: str) -> None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        monkeypatch.setattr(_credentials_file, "_sync_folder", fail)
        with pytest.raises(CredentialsFileError, match="Input/output error"):
            place.commit(SOC)
    assert not os.path.exists(file.path)


def test_a_changed_name_replaces_the_file_as_a_whole(file: CredentialsFile) -> None:
    save(file)
    inode = os.stat(file.path).st_ino
    file.save(replace(SOC, name="soc-2"))
    assert load(file.path).name == "soc-2"
    assert os.stat(file.path).st_ino != inode
    assert names(file) == ["soc.json"]


def test_removing_twice_is_removing(file: CredentialsFile) -> None:
    save(file)
    file.remove()
    file.remove()
    assert names(file) == []


# a kill at any line

SCRIPT = """
import os, signal, sys
sys.path.insert(0, {module_utils!r})
import _credentials_file as module
from _credentials_file import CredentialsFile, PendingCreation, StreamCredentials
die_at, calls = {die_at}, 0
def killing(name):
    real = getattr(os, name)
    def call(*args, **kwargs):
        global calls
        calls += 1
        if calls == die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)
    setattr(os, name, call)
for name in ("open", "write", "fsync", "rename", "unlink", "ftruncate", "close"):
    killing(name)
file = CredentialsFile({path!r})
creation = PendingCreation("h", "soc", (), (), ("7",))
with file.reserve(creation) as place:
    print("asked", flush=True)
    place.commit(StreamCredentials("1474", "soc", "h", 443, "u", "p", "q", api_host="h"))
print("done", flush=True)
"""


def test_a_kill_at_any_system_call_leaves_the_file_or_the_means_to_find_the_stream(tmp_path: Path) -> None:
    module_utils = os.path.dirname(os.path.abspath(_credentials_file.__file__))
    finished = False
    for die_at in range(1, 60):
        folder = tmp_path / str(die_at)
        folder.mkdir()
        path = str(folder / "soc.json")
        script = SCRIPT.format(module_utils=module_utils, die_at=die_at, path=path)
        ran = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=False)
        file = CredentialsFile(path)
        if ran.returncode == 0:
            finished = True
            assert os.listdir(folder) == ["soc.json"]
            break
        assert ran.returncode == -signal.SIGKILL, ran.stderr
        note, saved, half_done = file.pending(), file.read(), file.saved_but_not_renamed()
        if "asked" in ran.stdout:
            assert saved is not None or note is not None
            assert saved is not None or half_done is not None or (note is not None and note.prior_ids == ("7",))
        else:
            assert saved is None
            assert half_done is None
    assert finished


def test_what_was_written_completely_is_adopted(file: CredentialsFile) -> None:
    with file.reserve(CREATION):
        Path(file.reserved_path).write_text(SOC.to_json())
    assert file.saved_but_not_renamed() == SOC
    file.adopt_reserved()
    assert (file.read(), names(file)) == (SOC, ["soc.json"])


def test_a_note_tells_what_was_about_to_be_created(file: CredentialsFile) -> None:
    with file.reserve(CREATION):
        pass
    assert file.pending() == CREATION
    assert file.saved_but_not_renamed() is None


@pytest.mark.parametrize("torn", ["", '{"version": 1, "api_ho', "[]", '{"api_host": "h"}'])
def test_a_torn_note_means_that_nothing_was_asked_for(file: CredentialsFile, torn: str) -> None:
    Path(file.pending_path).write_text(torn)
    assert file.pending() is None
