# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TLS server that answers with the bytes of a test, as slowly as the test says."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.options import ConnectionOptions
from simulator.tls import Authority


@contextmanager
def listening(
    folder: Path,
    answers: list[bytes],
    *,
    seen: list[bytes] | None = None,
    encrypted: bool = True,
) -> Iterator[ConnectionOptions]:
    """One TLS connection that gives these bytes, one answer for each request, and then ends."""
    authority = Authority(folder, "raw")
    certificate, key = authority.issue()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _address = listener.accept()
        try:
            connection = context.wrap_socket(connection, server_side=True) if encrypted else connection
            for answer in answers:
                request = connection.recv(65536)
                if seen is not None:
                    seen.append(request)
                connection.sendall(answer)
        except OSError:
            pass
        finally:
            connection.close()

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    try:
        yield ConnectionOptions(
            api_host=f"127.0.0.1:{listener.getsockname()[1]}",
            client_id="id",
            api_key="key",
            ca_path=str(authority.path),
        )
    finally:
        server.join(10)
        listener.close()


@contextmanager
def serving(
    folder: Path, answer: Callable[[socket.socket], None], *, certificate: str = "valid", **options: Any
) -> Iterator[ConnectionOptions]:
    """A TLS server that calls `answer` for each connection, in a thread of its own, until the block ends."""
    authority = Authority(folder, "raw")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue(certificate))
    listener = socket.create_server(("127.0.0.1", 0))

    def talk(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as encrypted:
            answer(encrypted)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield ConnectionOptions(
            api_host=f"127.0.0.1:{listener.getsockname()[1]}",
            client_id="id",
            api_key="key",
            ca_path=str(authority.path),
            **options,
        )
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
