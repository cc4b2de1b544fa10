# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mail server as RFC 5321 wants it: it offers STARTTLS, takes a login only after it, and mail only after a login."""

from __future__ import annotations

import base64
import email
import email.policy
import socketserver
import ssl
import threading
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple, cast

USER, PASSWORD = "soc", "mail-Pass word/1"
UNKNOWN = "gone@example.com"


class Mail(NamedTuple):
    """One mail as it was taken."""

    recipients: list[str]
    message: EmailMessage

    @property
    def text(self) -> str:
        part = self.message.get_body(preferencelist=("plain",)) or next(self.message.iter_parts())
        return str(cast(EmailMessage, part).get_content())


class _Session(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        with suppress(OSError):  # the module tries TLS first, and hangs up
            self.serve()
        self.connection.close()

    def serve(self) -> None:
        self.encrypted = self.known = False
        self.recipients: list[str] = []
        self.say("220 mail.example.com ESMTP")
        while line := self.rfile.readline().decode("utf-8", "replace").strip():
            verb, _space, rest = line.partition(" ")
            if verb.upper() == "QUIT":
                self.say("221 bye")
                return
            getattr(self, f"do_{verb.lower()}", self.unknown)(rest)

    def say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def unknown(self, _rest: str) -> None:
        self.say("500 unknown")

    def do_ehlo(self, _rest: str) -> None:
        self.say("250-mail.example.com", "250 AUTH PLAIN" if self.encrypted else "250 STARTTLS")

    def do_starttls(self, _rest: str) -> None:
        self.say("220 go ahead")
        self.wfile.flush()
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)  # type: ignore[assignment]
        self.encrypted = True

    def do_auth(self, rest: str) -> None:
        sent = base64.b64decode(rest.removeprefix("PLAIN ").encode()).split(b"\0")
        self.known = self.encrypted and sent[1:] == [USER.encode(), PASSWORD.encode()]
        self.say("235 welcome" if self.known else "535 authentication failed")

    def do_mail(self, _rest: str) -> None:
        if self.server.refusal:
            self.say(self.server.refusal)
        else:
            self.say("250 ok" if self.known else "530 authentication required")

    def do_rcpt(self, rest: str) -> None:
        address = rest.partition("<")[2].partition(">")[0]
        if address == UNKNOWN:
            self.say("550 no such user here")
            return
        self.recipients.append(address)
        self.say("250 ok")

    def do_rset(self, _rest: str) -> None:
        self.recipients = []
        self.say("250 ok")

    def do_data(self, _rest: str) -> None:
        self.say("354 end with a dot")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        self.server.taken.append(Mail(self.recipients, cast(EmailMessage, message)))
        self.say("250 taken")


class MailServer(socketserver.ThreadingTCPServer):
    """Runs while it is entered. `refusal` is what it answers to each mail instead, such as `451 try again later`."""

    daemon_threads = True

    def __init__(self, certificate: Path, key: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.taken: list[Mail] = []
        self.refusal = ""

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def __enter__(self) -> MailServer:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.shutdown()
        self.server_close()
