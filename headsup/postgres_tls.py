"""TLS on the way to PostgreSQL: verified, unless the address says otherwise.

asyncpg (0.32) left to itself encrypts where the server offers it, verifies nothing, and goes on in
plain where it does not. Here a server that is not on this machine has to show a certificate that
somebody we trust vouches for, with its own name on it. `sslmode` in the address (or PGSSLMODE) is
obeyed, whatever it says.
"""

import os
import ssl
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from headsup.hosts import is_here

VERIFIED: Final = "verify-full"
SYSTEMS: Final = "system"
"""`sslrootcert` that means the system's authorities; libpq names them so, and asyncpg does not know
it."""


def tls_options(url: str, environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """What asyncpg is told besides the address. Raises ValueError where that cannot be read,
    OSError where a file of certificates cannot."""
    parts = urlsplit(url)
    said = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    mode = said.get("sslmode") or environ.get("PGSSLMODE")
    if mode is None and all(map(is_here, _hosts(parts.netloc, said, environ))):
        return {}
    if mode not in {None, VERIFIED}:
        return {}
    return {"ssl": _verifying(said, environ)}


def _hosts(netloc: str, said: Mapping[str, str], environ: Mapping[str, str]) -> list[str]:
    """Where the server may be; none is a socket on this machine."""
    named = netloc.rpartition("@")[2]
    in_address = [_without_port(each) for each in named.split(",") if each]
    besides = said.get("host") or environ.get("PGHOST") or ""
    return in_address or [each for each in besides.split(",") if each]


def _without_port(host: str) -> str:
    return host.partition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]


def _verifying(said: Mapping[str, str], environ: Mapping[str, str]) -> ssl.SSLContext:
    root = said.get("sslrootcert") or environ.get("PGSSLROOTCERT") or SYSTEMS
    context = ssl.create_default_context(cafile=None if root == SYSTEMS else root)
    certificate = said.get("sslcert") or environ.get("PGSSLCERT")
    if certificate:
        key = said.get("sslkey") or environ.get("PGSSLKEY")
        password = said.get("sslpassword") or ""
        context.load_cert_chain(certificate, key, password=lambda: password)
    return context
