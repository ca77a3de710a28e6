"""How Kafka is reached, as Faust (0.15) names it.

Its classes say SASL_SSL or SASL_PLAINTEXT by whether they are given a TLS context, so there is
nothing else to tell them.
"""

from faust.auth import (
    Credentials,
    GSSAPICredentials,
    OAuthCredentials,
    SASLCredentials,
    SSLCredentials,
)

from headsup.kafka.security import Mechanism, Security


def credentials(security: Security) -> Credentials | None:
    """What the application is given; None where there is neither TLS nor a user."""
    if security.mechanism is None:
        return SSLCredentials(security.tls) if security.tls is not None else None
    if security.tokens is not None:
        return OAuthCredentials(oauth_cb=security.tokens, ssl_context=security.tls)
    if security.mechanism is Mechanism.GSSAPI:
        return GSSAPICredentials(
            kerberos_service_name=security.kerberos_service,
            kerberos_domain_name=security.kerberos_domain,
            ssl_context=security.tls,
            mechanism=security.mechanism.value,
        )
    return SASLCredentials(
        username=security.user,
        password=security.password,
        ssl_context=security.tls,
        mechanism=security.mechanism.value,
    )
