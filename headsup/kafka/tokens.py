"""The tokens by which Kafka's brokers know us, where they take OAUTHBEARER: from an endpoint of the
shop's identity provider, with our client's id and secret (RFC 6749, 4.4)."""

import asyncio
import ssl
import threading
import time
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import msgspec
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaError

from headsup import logs
from headsup.hosts import is_here

PATIENCE: Final = 5.0
"""Seconds for the endpoint's answer. Whoever is told to end meanwhile waits for it, too."""
RENEWED_AFTER: Final = 0.8
"""Of a token's life."""
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a token is asked for, and as whom."""

    url: str
    client: str
    secret: str = field(repr=False)
    scope: str | None = None


class TokenError(KafkaError):  # type: ignore[misc]
    """There is no token. The sentence says why; aiokafka takes it for a broker that is away."""


class _Answer(msgspec.Struct):
    access_token: str
    expires_in: float = 0.0
    """Seconds. Without it the token is used once."""


class Tokens(AbstractTokenProvider):  # type: ignore[misc]
    """One token at a time, for as many clients as there are, each in a loop of its own if need be:
    Faust reads in a thread. It is renewed before it ends, and kept while no other is to be had."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._token = ""  # nosec B105 # none yet
        self._renewed_at = self._ends_at = 0.0

    async def token(self) -> str:
        """A token that has not ended. Raises TokenError."""
        return await asyncio.to_thread(self._current)

    def _current(self) -> str:
        with self._lock:
            asked_at = time.monotonic()
            if asked_at < self._renewed_at:
                return self._token
            try:
                answer = _ask(self._endpoint)
            except TokenError as error:
                if asked_at < self._ends_at:
                    logs.logger().warning("no new token for Kafka; the old one holds", error=error)
                    return self._token
                raise
            self._token = answer.access_token
            self._renewed_at = asked_at + RENEWED_AFTER * answer.expires_in
            self._ends_at = asked_at + answer.expires_in
            return self._token


def _ask(endpoint: Endpoint) -> _Answer:
    import httpx  # noqa: PLC0415 - who needs no token does not wait for it at the start

    data = {"grant_type": "client_credentials"}
    if endpoint.scope:
        data["scope"] = endpoint.scope
    try:
        answer = httpx.post(
            endpoint.url,
            data=data,
            auth=(endpoint.client, endpoint.secret),
            timeout=PATIENCE,
            verify=ssl.create_default_context(),  # the system's authorities, as everywhere
        )
    except httpx.HTTPError as error:
        raise TokenError("KAFKA_OAUTH_TOKEN_URL does not answer.") from error
    if answer.status_code != _OK:
        raise TokenError(f"KAFKA_OAUTH_TOKEN_URL gives no token: {answer.status_code}.")
    try:
        return msgspec.json.decode(answer.content, type=_Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise TokenError("KAFKA_OAUTH_TOKEN_URL answers with no token.") from error


def parse_endpoint(url: str) -> str:
    """The address as it stands. Raises ValueError with what was expected: a secret goes there."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise ValueError("expected an address that begins with https://") from None
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and is_here(host))):
        raise ValueError("expected an address that begins with https://")
    return url
