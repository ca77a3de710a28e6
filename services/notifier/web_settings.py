"""What the notifier is told about its web side."""

import re
from dataclasses import dataclass, field
from typing import Final

from headsup.settings import Environment

SHORTEST_SECRET: Final = 32
"""Characters."""
_HEADER: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_NOBODY: Final = frozenset[str]()
_PORTS: Final = 65_535
_MOST_PROXIES: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportSettings:
    """Who may see the page for support: a proxy before us logs them in, and says who they are."""

    secret: bytes = field(repr=False)
    """What the proxy says with each request, so that nobody else can say who somebody is; it signs
    the forms, too."""
    groups: frozenset[str]
    """Whoever is in one of them may."""
    user_header: str = "X-Auth-Request-Email"
    groups_header: str = "X-Auth-Request-Groups"
    secret_header: str = "X-Headsup-Proxy-Secret"  # noqa: S105 - the name of the header


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """How strangers reach us."""

    public_port: int | None = None
    """Of everything that the world may call; None: that of /metrics."""
    proxies: int = 0
    """How many of ours stand between the world and us."""
    support: SupportSettings | None = None
    """None: there is no such page."""


def web_settings(environment: Environment) -> WebSettings:
    """Reads and checks them. The caller calls `environment.check()`."""
    return WebSettings(
        public_port=environment.parsed("HEADSUP_PUBLIC_PORT", _port, 0) or None,
        proxies=environment.parsed("HEADSUP_TRUSTED_PROXIES", _proxies, 0) or 0,
        support=_support(environment),
    )


def _support(environment: Environment) -> SupportSettings | None:
    """Off, unless both the secret and the groups are named."""
    secret = environment.parsed("HEADSUP_SUPPORT_SECRET", _secret, b"")
    groups = environment.parsed("HEADSUP_SUPPORT_GROUPS", _groups, _NOBODY)
    if not secret and not groups:
        return None
    if not secret or not groups:
        environment.refuse(
            "HEADSUP_SUPPORT_SECRET and HEADSUP_SUPPORT_GROUPS need each other: without the one "
            "anybody can say who they are, without the other everybody may look."
        )
        return None
    usual = SupportSettings(secret=secret, groups=groups)
    return SupportSettings(
        secret=secret,
        groups=groups,
        user_header=environment.parsed("HEADSUP_SUPPORT_USER_HEADER", _header, "")
        or usual.user_header,
        groups_header=environment.parsed("HEADSUP_SUPPORT_GROUPS_HEADER", _header, "")
        or usual.groups_header,
        secret_header=environment.parsed("HEADSUP_SUPPORT_SECRET_HEADER", _header, "")
        or usual.secret_header,
    )


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= _PORTS:
        raise ValueError("expected a port")
    return int(text)


def _proxies(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > _MOST_PROXIES:
        raise ValueError(f"expected a number from 0 to {_MOST_PROXIES}")
    return int(text)


def _secret(text: str) -> bytes:
    if len(text) < SHORTEST_SECRET or not text.isascii():
        raise ValueError(f"expected at least {SHORTEST_SECRET} characters of ASCII")
    return text.encode()


def _groups(text: str) -> frozenset[str]:
    found = frozenset(group.strip() for group in text.split(",") if group.strip())
    if not found:
        raise ValueError("expected the names of groups, with commas between them")
    return found


def _header(text: str) -> str:
    if not _HEADER.fullmatch(text):
        raise ValueError("expected the name of a header")
    return text
