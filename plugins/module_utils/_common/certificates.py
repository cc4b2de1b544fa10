# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API client and the stream's consumer share about TLS certificates: which CA they take, how strict they are.

This file is private to the collection.
"""

from __future__ import annotations

import os
import re
import ssl
from pathlib import Path

STRICT_VARIABLE = "SECURE_ENDPOINT_STRICT_CERTIFICATES"
# OpenSSL's X509_V_ERR_* that VERIFY_X509_STRICT alone raises, such as "Missing Authority Key Identifier".
_STRICT_ONLY = range(80, 94)
_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")
_PEM_MARKS = (b"-----BEGIN CERTIFICATE-----", b"-----BEGIN TRUSTED CERTIFICATE-----")


def ca_problem(path: str) -> str | None:
    """Return why `path` is of no use as ca_path, or None for a PEM file or a folder with OpenSSL's hashed names."""
    place = Path(path)
    try:
        if place.is_dir():
            hashed = any(_HASHED.fullmatch(name) for name in os.listdir(place))
            return None if hashed else "the folder holds no hashed certificates. Run `openssl rehash` on it"
        held = place.read_bytes()
    except FileNotFoundError:
        return "there is no such file or folder"
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    if any(mark in held for mark in _PEM_MARKS):
        return None
    return "the file holds no certificate in PEM form. Convert it with `openssl x509 -inform der`"


def certificates_in(text: str) -> str:
    """Return the certificates of a PEM text and nothing else of it: a private key beside them stays where it is."""
    return "".join(f"{found}\n" for found in _CERTIFICATE.findall(text))


def verifying_context(ca_path: str | None, ca: str | None = None) -> ssl.SSLContext:
    """Return a TLS 1.2 context that trusts the system's CAs, or only those of `ca_path` or the PEM text `ca`.

    It checks the host name. Raises OSError, of which ssl.SSLError is one, for certificates that cannot be read.
    """
    folder = ca_path is not None and os.path.isdir(ca_path)
    file, path = (None, ca_path) if folder else (ca_path, None)
    text = ca.encode("ascii", "replace").decode() if ca else None  # what is not ASCII is a comment
    context = ssl.create_default_context(cafile=file, capath=path, cadata=text)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    relax_if_asked(context)
    return context


def relax_if_asked(context: ssl.SSLContext) -> None:
    """Turn off strictness about a certificate's form where the environment asks for it; never the verification.

    Python 3.13 and later refuse certificates without the extensions that RFC 5280 asks for. Old appliances have such.
    """
    if os.environ.get(STRICT_VARIABLE, "").strip().lower() in ("false", "no", "off", "0"):
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT


def strictness_advice(error: BaseException) -> str | None:
    """Return what to do about a certificate that was refused for its form alone; None where something else is wrong."""
    if getattr(error, "verify_code", None) not in _STRICT_ONLY:
        return None
    return (
        "Only its form is refused, which Python 3.13 and later check (RFC 5280). Renew the certificate; until then set"
        f" the environment variable {STRICT_VARIABLE}=false, which leaves all other verification on"
    )
