"""Wherever an address of ours ends, a person reads a page in their language."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from services.notifier.render import Renderer
from services.notifier.voices import Voices
from services.notifier.web.serving import application


def _page(_: Request) -> PlainTextResponse:
    return PlainTextResponse("a page")


def _breaking(_: Request) -> PlainTextResponse:
    raise KeyError("a fact that this version does not know")


@pytest.fixture
async def client(renderer: Renderer) -> AsyncIterator[httpx.AsyncClient]:
    routes = [
        Route("/o/{code}", _page, methods=["GET"]),
        Route("/s/{code}", _page, methods=["POST"]),
        Route("/broken", _breaking),
    ]
    app = application(routes, Voices(renderer))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://evil.example", headers={"accept-language": "uk"}
    ) as asking:
        yield asking


@pytest.mark.parametrize("path", ["/o/code/", "/s/code/"])
async def test_nobody_is_led_elsewhere_with_the_code_in_the_address(
    client: httpx.AsyncClient, path: str
) -> None:
    for method in ("GET", "POST"):
        answer = await client.request(method, path)
        assert answer.status_code == 404
        assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/o/", 404),
        ("GET", "/o/a/b", 404),
        ("PUT", "/o/code", 405),
        ("GET", "/broken", 500),
    ],
)
async def test_what_is_not_there_and_what_broke_is_said_on_a_page(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert '<html lang="uk"' in answer.text
    assert "<h1>" in answer.text
    assert "fact" not in answer.text


async def test_which_methods_there_are_is_said_as_ever(client: httpx.AsyncClient) -> None:
    assert "GET" in (await client.put("/o/code")).headers["allow"]
