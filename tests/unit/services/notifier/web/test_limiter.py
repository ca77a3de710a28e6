"""Whoever comes too often is told to wait; every answer bears the headers."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from services.notifier.render import Renderer
from services.notifier.voices import Voices
from services.notifier.web import limiter
from services.notifier.web.limiter import Figures, Guarded, client_of


def _page(_: Request) -> PlainTextResponse:
    return PlainTextResponse("a page")


def _with_its_own(_: Request) -> PlainTextResponse:
    return PlainTextResponse("a page", headers={"referrer-policy": "same-origin"})


def _asking(renderer: Renderer, **given: Any) -> httpx.AsyncClient:
    app = Starlette(
        routes=[
            Route("/p/{code}", _page),
            Route("/s/{code}", _page, methods=["POST"]),
            Route("/webhooks/x", _page, methods=["POST"]),
            Route("/support", _page),
            Route("/own", _with_its_own),
        ]
    )
    figures = Figures(per_address=10, not_found=5, per_provider=8, per_page=3)
    guarded = Guarded(app, Voices(renderer), figures=figures, **given)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=guarded), base_url="http://notify.example"
    )


@pytest.fixture
async def client(renderer: Renderer) -> AsyncIterator[httpx.AsyncClient]:
    async with _asking(renderer) as asking:
        yield asking


async def test_a_page_is_opened_only_so_often(client: httpx.AsyncClient) -> None:
    said = [(await client.get("/p/one")).status_code for _ in range(4)]
    assert said == [200, 200, 200, 429]
    assert (await client.get("/p/two")).status_code == 200


async def test_a_crowd_behind_one_address_is_no_guesser(client: httpx.AsyncClient) -> None:
    said = [(await client.get(f"/p/{number}")).status_code for number in range(11)]
    assert said == [200] * 10 + [429]


async def test_whoever_wants_no_more_is_heard_whatever_others_do(client: httpx.AsyncClient) -> None:
    for number in range(20):
        await client.get(f"/p/{number}")
        await client.get(f"/nowhere/{number}")
    assert (await client.get("/p/30")).status_code == 429
    said = [(await client.post(f"/s/{number}")).status_code for number in range(20)]
    assert said == [200] * 20
    assert [(await client.post("/s/one")).status_code for _ in range(4)] == [200] * 3 + [429]


async def test_who_looks_at_the_page_that_stops_is_counted_as_anybody(
    client: httpx.AsyncClient,
) -> None:
    said = [(await client.get(f"/s/{number}")).status_code for number in range(11)]
    assert said == [405] * 10 + [429]


async def test_all_who_help_share_one_address_of_ours(client: httpx.AsyncClient) -> None:
    said = [(await client.get("/support")).status_code for _ in range(11)]
    assert said == [200] * 10 + [429]


@pytest.mark.parametrize("path", ["/webhooks/nowhere", "/support/nowhere"])
async def test_where_nobody_guesses_what_is_not_there_is_no_guess(
    client: httpx.AsyncClient, path: str
) -> None:
    said = [(await client.post(path)).status_code for _ in range(6)]
    assert said == [404] * 6
    assert (await client.get("/p/one")).status_code == 200


@pytest.mark.parametrize("path", ["/webhooks/x", "/support", "/s/one"])
async def test_who_guesses_is_heard_where_nobody_guesses(
    client: httpx.AsyncClient, path: str
) -> None:
    for number in range(5):
        await client.get(f"/nowhere/{number}")
    assert (await client.get("/p/one")).status_code == 429
    method = "GET" if path == "/support" else "POST"
    assert (await client.request(method, path)).status_code == 200


async def test_of_a_proxy_that_is_trusted_or_is_not_there_nobody_is_warned(
    renderer: Renderer, client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    await client.get("/p/one")
    async with _asking(renderer, proxies=1) as behind:
        await behind.get("/p/one", headers={"x-forwarded-for": "198.51.100.7"})
    written = capsys.readouterr()
    assert "HEADSUP_TRUSTED_PROXIES" not in written.out + written.err


async def test_a_proxy_that_nobody_trusts_is_warned_of_once(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        await client.get(f"/p/{number}", headers={"x-forwarded-for": "198.51.100.7"})
    written = capsys.readouterr()
    said = written.out + written.err
    assert said.count("HEADSUP_TRUSTED_PROXIES") == 1
    assert "share a quarter of the places" in said
    assert "198.51.100.7" not in said
    assert "127.0.0.1" not in said


async def test_who_guesses_is_told_to_wait_kindly_and_in_their_language(
    client: httpx.AsyncClient,
) -> None:
    for number in range(5):
        assert (await client.get(f"/nowhere/{number}")).status_code == 404
    refused = await client.get("/p/6", headers={"accept-language": "uk"})
    assert refused.status_code == 429
    assert 1 < int(refused.headers["retry-after"]) <= 60
    assert 'lang="uk"' in refused.text
    assert "<h1>" in refused.text


async def test_providers_come_in_crowds(client: httpx.AsyncClient) -> None:
    said = [(await client.post("/webhooks/x")).status_code for _ in range(9)]
    assert said == [200] * 8 + [429]


async def test_every_answer_bears_the_headers(client: httpx.AsyncClient) -> None:
    for path in ("/p/one", "/nowhere"):
        headers = (await client.get(path)).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert "max-age" in headers["strict-transport-security"]


async def test_what_a_page_says_of_itself_stays(client: httpx.AsyncClient) -> None:
    headers = (await client.get("/own")).headers
    assert headers.get_list("referrer-policy") == ["same-origin"]
    assert headers["x-frame-options"] == "DENY"


async def test_over_plain_http_at_home_no_browser_is_told_to_keep_to_https(
    renderer: Renderer,
) -> None:
    async with _asking(renderer, is_https=False) as client:
        assert "strict-transport-security" not in (await client.get("/p/one")).headers


async def test_what_is_counted_is_bounded(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "MOST_KEPT", 20)
    guarded = Guarded(Starlette(), Voices(renderer), proxies=1)
    transport = httpx.ASGITransport(app=guarded)
    async with httpx.AsyncClient(transport=transport, base_url="http://x.example") as client:
        for number in range(60):
            address = {"x-forwarded-for": f"10.0.0.{number}"}
            await client.get(f"/{number}", headers=address)
    assert len(guarded._storage.storage) <= 22


@pytest.mark.parametrize(
    ("proxies", "forwarded", "who"),
    [
        (0, "198.51.100.7", "203.0.113.9"),  # anybody can write that
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "1.1.1.1, 198.51.100.7", "198.51.100.7"),  # the first was written by the client
        (2, "1.1.1.1, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
        (2, "198.51.100.7", "203.0.113.9"),  # it came past one of them
        (1, "no address", "unknown"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1::/56"),
        (1, "2001:db8:1:ff:3:4:5:6", "2001:db8:1::/56"),
        (1, "fe80::1%eth0", "fe80::/56"),
        (1, "198.51.100.7:5678", "198.51.100.7"),
        (1, "[2001:db8:1:2::6]:443", "2001:db8:1::/56"),
        (1, "[2001:db8:1:2::6]", "2001:db8:1::/56"),
        (1, "::ffff:198.51.100.7", "198.51.100.7"),
    ],
)
def test_who_comes_is_known_by_our_own_proxies_alone(
    proxies: int, forwarded: str, who: str
) -> None:
    scope = {
        "type": "http",
        "client": ("203.0.113.9", 1),
        "headers": [(b"x-forwarded-for", forwarded.encode())],
    }
    assert client_of(scope, proxies) == who
