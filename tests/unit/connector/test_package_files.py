# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""RPM and DEB say their version, also on a controller without rpm and dpkg; damaged ones say that they are."""

from __future__ import annotations

import io
import lzma
import struct
import tarfile
from collections.abc import Callable

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.package_files import (
    PackageFile,
    PackageFileError,
    UnreadableZstdError,
    read_package,
)
from hypothesis import given
from hypothesis import strategies as st

TAGS = {1000: "ciscoampconnector", 1001: "1.24.0.999", 1002: "1", 1022: "x86_64"}


def rpm(tags: dict[int, str]) -> bytes:
    """Lead, an empty signature header whose padding matters, and a header with `tags`."""

    def header(entries: list[tuple[int, bytes]]) -> bytes:
        index, store = b"", b""
        for tag, text in entries:
            index += struct.pack(">IIII", tag, 6, len(store), 1)
            store += text + b"\x00"
        return b"\x8e\xad\xe8\x01" + b"\x00" * 4 + struct.pack(">II", len(entries), len(store)) + index + store

    signature = header([(1000, b"abc")])
    signature += b"\x00" * (-len(signature) % 8)
    body = header([(tag, text.encode()) for tag, text in tags.items()])
    return b"\xed\xab\xee\xdb" + b"\x00" * 92 + signature + body


def deb(
    control: str, compression: str = "gz", packed: Callable[[bytes], bytes] = bytes, member_name: str = ""
) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=f"w:{compression}") as archive:
        member = tarfile.TarInfo("./control")
        member.size = len(control.encode())
        archive.addfile(member, io.BytesIO(control.encode()))
    name = member_name or f"control.tar.{compression}"
    members = [("debian-binary", b"2.0\n"), (name, packed(buffer.getvalue())), ("data.tar.gz", b"x")]
    content = b"!<arch>\n"
    for name, body in members:
        content += f"{name:16}{0:<12}{0:<6}{0:<6}{'100644':8}{len(body):<10}`\n".encode()
        content += body + b"\n" * (len(body) % 2)
    return content


def bomb(_archive: bytes) -> bytes:
    """Small, and 64 MiB when it is unpacked."""
    return lzma.compress(bytes(64 * 1024 * 1024), preset=0)


CONTROL = "Package: ciscoampconnector\nVersion: 1:1.24.0.999-1\nArchitecture: amd64\nDescription: a\n Version: 9\n"


def test_an_rpm_says_name_version_and_architecture() -> None:
    assert read_package(io.BytesIO(rpm(TAGS))) == PackageFile("ciscoampconnector", "1.24.0.999", "x86_64")


@pytest.mark.parametrize("compression", ["gz", "xz", "bz2"])
def test_a_deb_says_its_version_without_epoch_and_revision(compression: str) -> None:
    found = read_package(io.BytesIO(deb(CONTROL, compression)))
    assert found == PackageFile("ciscoampconnector", "1.24.0.999", "amd64")


def zstd_frame(content: bytes) -> bytes:
    """One frame of raw blocks, as RFC 8878 writes it."""
    blocks = [content[start : start + 65536] for start in range(0, len(content), 65536)]
    frame = b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(content))
    for place, block in enumerate(blocks):
        frame += struct.pack("<I", len(block) << 3 | (place == len(blocks) - 1))[:3] + block
    return frame


def zstd_deb(size: int = 0) -> bytes:
    """A DEB as Ubuntu packs it, with `size` bytes more in its control archive."""
    return deb(CONTROL, "", lambda archive: zstd_frame(archive + bytes(size)), "control.tar.zst")


def test_a_deb_with_zstd_members_is_read() -> None:
    assert read_package(io.BytesIO(zstd_deb())) == PackageFile("ciscoampconnector", "1.24.0.999", "amd64")


def test_a_controller_that_reads_no_zstd_is_told_the_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UnreadableZstdError, match=r"install zstd there .* or give the version in the manifest"):
        read_package(io.BytesIO(zstd_deb()))


def test_damaged_zstd_is_damaged() -> None:
    with pytest.raises(PackageFileError, match="is damaged"):
        read_package(io.BytesIO(zstd_deb()[:-6000]))


@pytest.mark.parametrize("content", [zstd_deb(17 * 1024 * 1024), deb(CONTROL, "xz", bomb, "control.tar.xz")])
def test_a_control_archive_that_unpacks_to_a_bomb_is_refused(content: bytes) -> None:
    with pytest.raises(PackageFileError, match=r"unpacks to more than|broken archive"):
        read_package(io.BytesIO(content))


@pytest.mark.parametrize("tags", [{**TAGS, 1001: "latest"}, {1000: "x", 1001: "1"}, {}])
def test_a_package_that_does_not_say_its_version_is_told(tags: dict[int, str]) -> None:
    with pytest.raises(PackageFileError, match="does not say"):
        read_package(io.BytesIO(rpm(tags)))


@pytest.mark.parametrize("whole", [rpm(TAGS), deb(CONTROL)])
def test_a_package_cut_anywhere_is_damaged_or_complete_enough(whole: bytes) -> None:
    for cut in range(len(whole)):
        try:
            assert read_package(io.BytesIO(whole[:cut])).version == "1.24.0.999"
        except PackageFileError:
            continue


@given(st.binary(max_size=300), st.sampled_from([b"\xed\xab\xee\xdb", b"!<arch>\n", b"MZ", b""]))
def test_any_bytes_give_a_typed_error(content: bytes, magic: bytes) -> None:
    with pytest.raises(PackageFileError):
        read_package(io.BytesIO(magic + content))
