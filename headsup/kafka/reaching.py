"""Why no broker lets us in, in a sentence. aiokafka's clients only say that there is none."""

import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Final

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from headsup.kafka.security import Mechanism, Security, Servers, brokers_of
from headsup.kafka.tokens import TokenError
from headsup.settings import SettingsError

PATIENCE_MS: Final = 5000
REFUSALS: Final = (
    TopicAuthorizationFailedError,
    GroupAuthorizationFailedError,
    ClusterAuthorizationFailedError,
)
"""What a broker says to a user who may not do that."""
End = Callable[[], Awaitable[None]]
_SHOWN: Final = {
    Mechanism.OAUTHBEARER: "KAFKA_OAUTH_CLIENT_ID: the broker refused the token.",
    Mechanism.GSSAPI: "KAFKA_SASL_MECHANISM: the broker refused the Kerberos ticket.",
}
_ASKS_FOR_OURS: Final = ("CERTIFICATE_REQUIRED", "BAD_CERTIFICATE", "UNKNOWN_CA", "HANDSHAKE")
"""In the names of what a server says to a client without a certificate, or with one that it does
not trust."""


@contextlib.asynccontextmanager
async def reaching(servers: Servers, *, otherwise: End | None = None) -> AsyncIterator[None]:
    """What is started in here says why it cannot be, after it was ended by `otherwise`. Raises
    SettingsError where a setting or a right is wrong; leaves a KafkaConnectionError where simply
    nobody answers."""
    try:
        try:
            yield
        except (KafkaConnectionError, *REFUSALS):
            if otherwise is not None:
                await otherwise()
            raise
    except KafkaConnectionError as error:
        if (problem := await why_not(servers)) is not None:
            raise SettingsError([problem]) from error
        raise
    except REFUSALS as error:
        raise refused(error) from error


def refused(error: KafkaError) -> SettingsError:
    """One of REFUSALS as a sentence."""
    return SettingsError([_refusal(error)])


def _refusal(error: KafkaError) -> str:
    what = {TopicAuthorizationFailedError: "topic", GroupAuthorizationFailedError: "group"}
    kind = what.get(type(error))
    if kind is None:
        return "The broker lets this user write to no topic: see docs/operating/tls.md."
    names = ", ".join(sorted(_names(error))) or "it needs"
    return f"The broker does not let this user use the {kind} {names}: see docs/operating/tls.md."


def _names(error: KafkaError) -> Iterator[str]:
    """aiokafka gives one name, or several, or a sentence of its own, which is nobody's."""
    for found in error.args:
        several = [found] if isinstance(found, str) else found
        yield from (name for name in map(str, several) if " " not in name)


async def why_not(servers: Servers) -> str | None:
    """Tries each of the servers once more. None where nobody answers, or all is well by now."""
    brokers = brokers_of(servers)
    for host, port, _ in collect_hosts(brokers.servers):
        try:
            connection = await create_conn(
                host, port, request_timeout_ms=PATIENCE_MS, **brokers.security.options()
            )
            try:
                await connection.send(MetadataRequest([]))
            finally:
                connection.close()
        except (OSError, KafkaError, TimeoutError, ValueError) as error:
            # ValueError: a broker that does not know the password itself (SCRAM).
            if (problem := _problem(error, brokers.security)) is not None:
                return problem
    return None


def _problem(error: BaseException, security: Security) -> str | None:
    for each in (error, error.__cause__):
        found = _of_tls(each, security) if isinstance(each, ssl.SSLError) else None
        found = found or _of_sasl(each, security)
        if found is not None:
            return found
    is_cut_off = isinstance(error.__cause__, EOFError) or isinstance(error, ConnectionResetError)
    if is_cut_off:
        return (
            f"KAFKA_SECURITY_PROTOCOL is {security.protection}, and the broker ended the "
            "connection: it may expect another one at this port."
        )
    return None


def _of_tls(error: ssl.SSLError, security: Security) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"KAFKA_TLS_CA: the broker's certificate is not trusted: {error.verify_message}."
    if any(word in (error.reason or "") for word in _ASKS_FOR_OURS):
        ours = "refused ours" if security.has_certificate else "asks for one of ours"
        return f"KAFKA_TLS_CERT and KAFKA_TLS_KEY: the broker wants a certificate, and {ours}."
    return "KAFKA_SECURITY_PROTOCOL: the broker does not speak TLS as we do at this port."


def _of_sasl(error: BaseException | None, security: Security) -> str | None:
    match error:
        case TokenError():
            return str(error.args[0])
        case SaslAuthenticationFailed():
            return _SHOWN.get(
                security.mechanism or Mechanism.PLAIN,
                "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD: the broker refused the user.",
            )
        case UnsupportedSaslMechanismError():
            return f"KAFKA_SASL_MECHANISM: the broker does not take {security.mechanism}."
        case IllegalSaslStateError():
            return "KAFKA_SECURITY_PROTOCOL: the broker asks for no user at this port."
    return None
