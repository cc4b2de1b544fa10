# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach a broker (api-contract.md section 8) and what its refusals mean.

AMQP 0-9-1 over TLS 1.2 or later with host name check, SASL PLAIN. pika's exceptions end here: `explain` turns them
into ours.
"""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Iterator
from typing import Any

from ..._common.certificates import ca_problem, strictness_advice, verifying_context
from ..._common.text import printable
from ..errors import (
    BrokerError,
    ConnectionLost,
    LoginRefused,
    QueueMissing,
    QueueRefused,
    SettingsError,
    Unreachable,
    UntrustedCertificate,
)
from .settings import StreamSettings

try:
    import pika
    import pika.exceptions
    from pika.adapters.utils import connection_workflow

    PIKA_MISSING: ImportError | None = None
except ImportError as error:  # told at the edge: a module must load without it
    PIKA_MISSING = error
else:
    # Without a handler Python prints pika's own errors on stderr, before ours.
    logging.getLogger("pika").addHandler(logging.NullHandler())


def tls_context(ca_path: str | None, where: str, ca: str | None = None) -> ssl.SSLContext:
    """Make a context that trusts the system's authorities, or only those of `ca_path` or of the PEM text `ca`.

    Raises SettingsError.
    """
    problem = ca_problem(ca_path) if ca_path else None
    named = f"ca_path {printable(ca_path)}" if ca_path else "ca of its credentials"
    if problem:
        raise SettingsError(f"{where}: {named}: {problem}")
    try:
        return verifying_context(ca_path, ca)
    except OSError as error:
        problem = f"its certificates cannot be read ({printable(error)})"
        raise SettingsError(f"{where}: {named}: {problem}") from None


def parameters(settings: StreamSettings) -> Any:
    """Return the pika.ConnectionParameters of one attempt."""
    return pika.ConnectionParameters(
        host=settings.host,
        port=settings.port,
        virtual_host=settings.vhost,
        credentials=pika.PlainCredentials(settings.user_name, settings.password, erase_on_connect=False),
        ssl_options=pika.SSLOptions(tls_context(settings.ca_path, settings.name, settings.ca), settings.host),
        heartbeat=settings.heartbeat,
        socket_timeout=settings.connect_timeout,
        stack_timeout=settings.connect_timeout + 5,
        connection_attempts=1,
        client_properties={"product": "ampops.secure_endpoint", "connection_name": "ampops.secure_endpoint"},
    )


def explain(error: BaseException, settings: StreamSettings) -> BrokerError:
    """Return what a failure of pika means for this stream, with what to do about it."""
    for cause in _causes(error):
        found = _of_network(cause, settings) or _of_login(cause, settings) or _of_queue(cause, settings)
        if found is not None:
            return found
    return ConnectionLost(f"{settings.name}: the connection was lost: {_short(error)}")


def _causes(error: BaseException, depth: int = 8) -> Iterator[BaseException]:
    """Yield the causes, innermost first: pika wraps what the system said, the last attempted address counts most."""
    nested = [getattr(error, "exception", None), *reversed(getattr(error, "exceptions", ())), *error.args]
    if depth:
        for inner in nested:
            if isinstance(inner, BaseException):
                yield from _causes(inner, depth - 1)
    yield error


def _of_network(error: BaseException, settings: StreamSettings) -> BrokerError | None:
    address = f"{printable(settings.host)}:{settings.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        advice = strictness_advice(error) or (
            "Give the authority that signed it as ca_path; check that host is the name that the certificate bears"
        )
        return UntrustedCertificate(
            f"{settings.name}: the certificate of {address} is not trusted: {printable(error.verify_message)}. {advice}"
        )
    if isinstance(error, ssl.SSLError):
        return UntrustedCertificate(
            f"{settings.name}: no TLS connection to {address}: {printable(error.reason or error)}."
            " Check that this port speaks AMQP over TLS 1.2 or later"
        )
    if isinstance(error, socket.gaierror):
        return Unreachable(f"{settings.name}: the host name {printable(settings.host)} cannot be resolved; check host")
    if isinstance(error, connection_workflow.AMQPConnectorStackTimeout):
        return Unreachable(f"{settings.name}: {address} did not complete the connection in time")
    if isinstance(error, connection_workflow.AMQPConnectorSocketConnectError | TimeoutError | ConnectionRefusedError):
        return Unreachable(
            f"{settings.name}: {address} cannot be reached: {_short(error)}. Check host, port and the firewall"
        )
    if isinstance(error, pika.exceptions.IncompatibleProtocolError):
        return Unreachable(f"{settings.name}: {address} does not speak AMQP 0-9-1; check host and port")
    return None


def _of_login(error: BaseException, settings: StreamSettings) -> BrokerError | None:
    code = getattr(error, "reply_code", None)
    refused = isinstance(error, pika.exceptions.ProbableAuthenticationError | pika.exceptions.AuthenticationError)
    if refused or (isinstance(error, pika.exceptions.ConnectionClosed) and code == 403):
        return LoginRefused(
            f"{settings.name}: the broker refused the login of user {printable(settings.user_name)}:"
            f" {settings.login_advice}"
        )
    denied = isinstance(error, pika.exceptions.ProbableAccessDeniedError)
    if denied or (isinstance(error, pika.exceptions.ConnectionClosed) and code == 530):
        return LoginRefused(
            f"{settings.name}: user {printable(settings.user_name)} has no access to the virtual host"
            f" {printable(settings.vhost)!r}; check vhost"
        )
    return None


def _of_queue(error: BaseException, settings: StreamSettings) -> BrokerError | None:
    if not isinstance(error, pika.exceptions.ChannelClosed):
        return None
    queue, user = printable(settings.queue_name), printable(settings.user_name)
    if error.reply_code == 403:
        return QueueRefused(f"{settings.name}: user {user} may not read the queue {queue}; check queue_name")
    if error.reply_code == 404:
        return QueueMissing(f"{settings.name}: there is no queue {queue}: {settings.queue_advice}")
    return ConnectionLost(
        f"{settings.name}: the broker closed the channel: {error.reply_code} {printable(error.reply_text)}"
    )


def _short(error: BaseException) -> str:
    closed = getattr(error, "reply_text", None)
    if closed is not None:
        return printable(f"{getattr(error, 'reply_code', '')} {closed}")
    inner = getattr(error, "exception", None)
    if isinstance(inner, BaseException):
        return _short(inner)
    return printable(getattr(error, "strerror", None) or error or type(error).__name__)
