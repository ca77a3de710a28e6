"""Tokens for Kafka: asked for once, renewed before they end, kept while no other is to be had."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from headsup.kafka import tokens
from headsup.kafka.tokens import Endpoint, TokenError, Tokens, parse_endpoint

ENDPOINT = Endpoint("https://login.example/token", "headsup", "sesame", "kafka")
Answer = Callable[[], httpx.Response]


@dataclass
class Provider:
    """An identity provider, and the time."""

    answer: Answer | None = None
    now: float = 1000.0
    asked: list[dict[str, Any]] = field(default_factory=list)

    def post(self, url: str, **how: Any) -> httpx.Response:
        self.asked.append({"url": url, **how})
        if self.answer is not None:
            return self.answer()
        name = f"token-{len(self.asked)}"
        return httpx.Response(200, json={"access_token": name, "expires_in": 100, "more": {}})

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    provider = Provider()
    monkeypatch.setattr(httpx, "post", provider.post)
    monkeypatch.setattr(tokens, "time", provider)
    return provider


def answering(status: int, **what: Any) -> Answer:
    return lambda: httpx.Response(status, **what)


async def test_a_token_is_asked_for_as_the_client(provider: Provider) -> None:
    assert await Tokens(ENDPOINT).token() == "token-1"
    [asked] = provider.asked
    assert asked["url"] == "https://login.example/token"
    assert asked["data"] == {"grant_type": "client_credentials", "scope": "kafka"}
    assert asked["auth"] == ("headsup", "sesame")


async def test_it_is_renewed_before_it_ends(provider: Provider) -> None:
    ours = Tokens(ENDPOINT)
    assert await ours.token() == "token-1"
    provider.now += 79
    assert await ours.token() == "token-1"
    provider.now += 2
    assert await ours.token() == "token-2"


async def test_many_clients_ask_for_one(provider: Provider) -> None:
    ours = Tokens(ENDPOINT)
    assert set(await asyncio.gather(*(ours.token() for _ in range(5)))) == {"token-1"}
    assert len(provider.asked) == 1


def test_it_is_for_every_loop(provider: Provider) -> None:
    ours = Tokens(ENDPOINT)
    assert asyncio.run(ours.token()) == asyncio.run(ours.token()) == "token-1"
    assert len(provider.asked) == 1


async def test_one_that_does_not_say_when_it_ends_is_used_once(provider: Provider) -> None:
    provider.answer = answering(200, json={"access_token": "short"})
    ours = Tokens(ENDPOINT)
    assert (await ours.token(), await ours.token()) == ("short", "short")
    assert len(provider.asked) == 2


def _away() -> httpx.Response:
    raise httpx.ConnectError("sesame")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (_away, "KAFKA_OAUTH_TOKEN_URL does not answer."),
        (answering(401, text="sesame"), "KAFKA_OAUTH_TOKEN_URL gives no token: 401."),
        (answering(200, text="sesame"), "KAFKA_OAUTH_TOKEN_URL answers with no token."),
        (answering(200, content=b"\xff"), "KAFKA_OAUTH_TOKEN_URL answers with no token."),
        (answering(200, json={"error": "x"}), "KAFKA_OAUTH_TOKEN_URL answers with no token."),
    ],
)
async def test_no_token_is_a_sentence(provider: Provider, answer: Answer, sentence: str) -> None:
    provider.answer = answer
    with pytest.raises(TokenError) as caught:
        await Tokens(ENDPOINT).token()
    assert caught.value.args == (sentence,)


async def test_the_old_one_holds_while_no_other_is_to_be_had(provider: Provider) -> None:
    ours = Tokens(ENDPOINT)
    await ours.token()
    provider.answer, provider.now = _away, provider.now + 90
    assert await ours.token() == "token-1"
    provider.now += 11
    with pytest.raises(TokenError):
        await ours.token()


@pytest.mark.parametrize(
    "url", ["https://login.example/realms/x/token", "http://127.0.0.1:8080/token"]
)
def test_where_tokens_are_asked_for(url: str) -> None:
    assert parse_endpoint(url) == url


@pytest.mark.parametrize(
    "url", ["http://login.example/token", "login.example", "https://", "https://["]
)
def test_no_secret_goes_in_plain(url: str) -> None:
    with pytest.raises(ValueError, match="begins with https://"):
        parse_endpoint(url)
