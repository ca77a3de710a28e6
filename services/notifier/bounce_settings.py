"""What the notifier is told about mails that come back."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from headsup.settings import Environment
from services.notifier.return_path import ReturnPath

SHORTEST_KEY: Final = 16
"""Characters: fewer could be guessed from a single address."""


class Protocol(StrEnum):
    """How mail servers talk to us."""

    SMTP = "smtp"
    LMTP = "lmtp"  # RFC 2033


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceSettings:
    """Where returned mails go, and where we take them."""

    path: ReturnPath | None = None
    """None: they go to the shop's own address, as if it had written itself."""
    host: str = "0.0.0.0"  # noqa: S104 - mail servers call from outside # nosec B104
    port: int | None = None
    """None: we take none. 0: the system chooses one."""
    protocol: Protocol = field(default=Protocol.SMTP)


def bounce_settings(environment: Environment) -> BounceSettings:
    """Reads and checks them. The caller calls `environment.check()`."""
    has_port = environment.optional("HEADSUP_BOUNCE_PORT") is not None
    path = _path(environment)
    if has_port and path is None:
        environment.refuse(
            "HEADSUP_BOUNCE_PORT needs HEADSUP_BOUNCE_ADDRESS: it takes mail for that address only."
        )
    protocol = environment.parsed("HEADSUP_BOUNCE_PROTOCOL", _protocol, Protocol.SMTP)
    return BounceSettings(
        path=path,
        host=environment.text("HEADSUP_BOUNCE_HOST", "0.0.0.0"),  # noqa: S104 - as above # nosec B104
        port=environment.port("HEADSUP_BOUNCE_PORT", 0) if has_port else None,
        protocol=protocol or Protocol.SMTP,
    )


def _path(environment: Environment) -> ReturnPath | None:
    if environment.optional("HEADSUP_BOUNCE_ADDRESS") is None:
        return None
    key = environment.parsed("HEADSUP_BOUNCE_KEY", _key) or b""
    return environment.parsed("HEADSUP_BOUNCE_ADDRESS", lambda text: ReturnPath(text, key))


def _key(text: str) -> bytes:
    if len(text) < SHORTEST_KEY:
        raise ValueError(f"expected at least {SHORTEST_KEY} characters")
    return text.encode()


def _protocol(text: str) -> Protocol:
    if text not in set(Protocol):
        raise ValueError("expected smtp or lmtp")
    return Protocol(text)
