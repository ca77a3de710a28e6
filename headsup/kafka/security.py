"""How Kafka's brokers are reached: TLS, and as whom. Read from the settings that begin with KAFKA_.

Certificates are read from their files when a service starts. Whoever renews them starts it again.
"""

import importlib.util
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from headsup.kafka.tokens import Endpoint, Tokens, parse_endpoint

_E = TypeVar("_E", bound=StrEnum)


class Protection(StrEnum):
    """KAFKA_SECURITY_PROTOCOL, as Kafka names it."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"

    @property
    def is_encrypted(self) -> bool:
        """Whether there is TLS, and the broker's certificate is verified."""
        return self in {Protection.SSL, Protection.SASL_SSL}

    @property
    def has_user(self) -> bool:
        """Whether we say who we are by SASL."""
        return self in {Protection.SASL_PLAINTEXT, Protection.SASL_SSL}


class Mechanism(StrEnum):
    """KAFKA_SASL_MECHANISM: all that aiokafka (0.14) has."""

    PLAIN = "PLAIN"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_512 = "SCRAM-SHA-512"
    GSSAPI = "GSSAPI"
    OAUTHBEARER = "OAUTHBEARER"


_PLAIN: Final = Protection.PLAINTEXT
_BY_PASSWORD: Final = (Mechanism.PLAIN, Mechanism.SCRAM_SHA_256, Mechanism.SCRAM_SHA_512)


class Asked(Protocol):
    """Where settings are read from, and told of what is wrong with them."""

    def optional(self, name: str) -> str | None:
        """A setting; None where it is left out."""

    def refuse(self, problem: str) -> None:
        """Keeps a sentence that names the setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """How a broker is reached, and as whom."""

    protection: Protection = Protection.PLAINTEXT
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    has_certificate: bool = False
    """Whether we have one to show."""
    mechanism: Mechanism | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tokens: Tokens | None = field(default=None, repr=False)
    kerberos_service: str = "kafka"
    kerberos_domain: str | None = None

    def options(self) -> dict[str, Any]:
        """The same, as aiokafka's clients name it."""
        if self.protection is Protection.PLAINTEXT:
            return {}
        options: dict[str, Any] = {
            "security_protocol": self.protection.value,
            "ssl_context": self.tls,
        }
        if self.mechanism is not None:
            options |= {
                "sasl_mechanism": self.mechanism.value,
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password,
                "sasl_kerberos_service_name": self.kerberos_service,
                "sasl_kerberos_domain_name": self.kerberos_domain,
                "sasl_oauth_token_provider": self.tokens,
            }
        return options


OPEN: Final = Security()
"""Without TLS, as nobody."""


@dataclass(frozen=True, slots=True)
class Brokers:
    """Kafka's servers (host:port, several with commas), and how they are reached."""

    servers: str
    security: Security = OPEN


Servers: TypeAlias = str | Brokers
"""A bare string of servers is reached without TLS, as nobody: on this machine, and in tests."""


def brokers_of(servers: Servers) -> Brokers:
    """The servers, and how they are reached."""
    return Brokers(servers) if isinstance(servers, str) else servers


def reached(servers: Servers) -> dict[str, Any]:
    """What each of aiokafka's clients is told, so that it reaches them."""
    brokers = brokers_of(servers)
    return {"bootstrap_servers": brokers.servers, **brokers.security.options()}


def security_from(asked: Asked) -> Security:
    """Reads all of it; what is wrong, or does not go together, is told to `asked`."""
    protection = _one_of(asked, "KAFKA_SECURITY_PROTOCOL", Protection)
    mechanism = _one_of(asked, "KAFKA_SASL_MECHANISM", Mechanism)
    is_wrong = protection is None and asked.optional("KAFKA_SECURITY_PROTOCOL") is not None
    tls, has_certificate = _tls(asked, Protection.SSL if is_wrong else protection or _PLAIN)
    if not is_wrong:
        _check_mechanism(asked, protection or _PLAIN, mechanism)
    user, password = _user(asked, mechanism)
    return Security(
        protection=protection or _PLAIN,
        tls=tls,
        has_certificate=has_certificate,
        mechanism=mechanism,
        user=user,
        password=password,
        tokens=_tokens(asked, mechanism),
        kerberos_service=asked.optional("KAFKA_KERBEROS_SERVICE") or "kafka",
        kerberos_domain=asked.optional("KAFKA_KERBEROS_DOMAIN"),
    )


def _one_of(asked: Asked, name: str, names: type[_E]) -> _E | None:
    """None where it is left out, or wrong."""
    said = asked.optional(name)
    if said is None:
        return None
    try:
        return names(said)
    except ValueError:
        asked.refuse(f"{name} is wrong: expected one of {', '.join(names)}.")
        return None


def _check_mechanism(asked: Asked, says: Protection, mechanism: Mechanism | None) -> None:
    if says.has_user and not asked.optional("KAFKA_SASL_MECHANISM"):
        asked.refuse(f"KAFKA_SASL_MECHANISM is missing: KAFKA_SECURITY_PROTOCOL is {says}.")
    if mechanism is None:
        return
    if not says.has_user:
        asked.refuse(
            f"KAFKA_SASL_MECHANISM is {mechanism}, so KAFKA_SECURITY_PROTOCOL must be SASL_SSL"
            f" (or SASL_PLAINTEXT), not {says}."
        )
    if mechanism is Mechanism.GSSAPI and importlib.util.find_spec("gssapi") is None:
        asked.refuse("KAFKA_SASL_MECHANISM is GSSAPI, which needs the Python package gssapi.")


def _user(asked: Asked, mechanism: Mechanism | None) -> tuple[str | None, str | None]:
    names = ("KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD")
    user, password = (asked.optional(name) for name in names)
    _together(asked, mechanism, _BY_PASSWORD, names)
    return user, password


def _tokens(asked: Asked, mechanism: Mechanism | None) -> Tokens | None:
    names = ("KAFKA_OAUTH_TOKEN_URL", "KAFKA_OAUTH_CLIENT_ID", "KAFKA_OAUTH_CLIENT_SECRET")
    url, client, secret = (asked.optional(name) for name in names)
    scope = asked.optional("KAFKA_OAUTH_SCOPE")
    _together(asked, mechanism, (Mechanism.OAUTHBEARER,), names)
    if not (url and client and secret):
        return None
    try:
        address = parse_endpoint(url)
    except ValueError as error:
        asked.refuse(f"KAFKA_OAUTH_TOKEN_URL is wrong: {error}.")
        return None
    return Tokens(Endpoint(address, client, secret, scope))


def _together(
    asked: Asked,
    mechanism: Mechanism | None,
    needing: tuple[Mechanism, ...],
    names: tuple[str, ...],
) -> None:
    """Settings that these mechanisms need, all of them, and no other does anything with."""
    if mechanism is None and asked.optional("KAFKA_SASL_MECHANISM"):
        return  # it is wrong, and that was said
    for name in names:
        is_given = asked.optional(name) is not None
        if mechanism in needing and not is_given:
            asked.refuse(f"{name} is missing: KAFKA_SASL_MECHANISM is {mechanism}.")
        elif mechanism not in needing and is_given:
            wanted = " or ".join(needing)
            asked.refuse(f"{name} is given, so KAFKA_SASL_MECHANISM must be {wanted}.")


def _tls(asked: Asked, protection: Protection) -> tuple[ssl.SSLContext | None, bool]:
    """What verifies the broker's certificate and its name, and whether we show one of our own."""
    names = ("KAFKA_TLS_CA", "KAFKA_TLS_CERT", "KAFKA_TLS_KEY")
    authority, certificate, key = (asked.optional(name) for name in names)
    if key and not certificate:
        asked.refuse("KAFKA_TLS_KEY is given without KAFKA_TLS_CERT.")
    if not protection.is_encrypted:
        for name in names:
            if asked.optional(name):
                asked.refuse(
                    f"{name} is given, so KAFKA_SECURITY_PROTOCOL must be SSL or SASL_SSL,"
                    f" not {protection}."
                )
        return None, False
    context = ssl.create_default_context()
    if authority and _is_there(asked, "KAFKA_TLS_CA", authority):
        context = _trusting(asked, authority) or context
    given = {"KAFKA_TLS_CERT": certificate, "KAFKA_TLS_KEY": certificate and key}
    missing = [name for name, path in given.items() if path and not _is_there(asked, name, path)]
    if certificate and not missing:
        _show(asked, context, certificate, key)
    return context, certificate is not None


def _is_there(asked: Asked, name: str, path: str) -> bool:
    try:
        with Path(path).open("rb"):
            return True
    except OSError as error:
        asked.refuse(f"{name} is wrong: the file cannot be read ({error.strerror}).")
        return False


def _trusting(asked: Asked, authority: str) -> ssl.SSLContext | None:
    """Only these authorities, not the system's as well."""
    return _unless(
        asked,
        "KAFKA_TLS_CA is wrong: the file holds no certificate.",
        lambda: ssl.create_default_context(cafile=authority),
    )


def _show(asked: Asked, context: ssl.SSLContext, certificate: str, key: str | None) -> None:
    # A key with a password would otherwise be asked for at the terminal.
    _unless(
        asked,
        "KAFKA_TLS_CERT and KAFKA_TLS_KEY are wrong: expected a certificate and its key, in PEM, "
        "the key without a password.",
        lambda: context.load_cert_chain(certificate, key, password=lambda: ""),
    )


_T = TypeVar("_T")


def _unless(asked: Asked, problem: str, read: Callable[[], _T]) -> _T | None:
    try:
        return read()
    except (ssl.SSLError, ValueError, OSError):  # ValueError: a password that is too long
        asked.refuse(problem)
        return None
