"""What is for operators is not for the world."""

import asyncio
import contextlib
from dataclasses import replace

import httpx
import pytest
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from headsup.health import Health
from headsup.http import CannotListenError
from services.notifier.settings import NotifierSettings
from services.notifier.web.serving import INSIDE, Crowd, serving
from services.notifier.web_settings import WebSettings
from tests.support.eventually import eventually
from tests.support.serving import closed_port

ROUTES = [Route("/p/{code}", lambda _: PlainTextResponse("a page"))]


def _at(settings: NotifierSettings, port: int, public: int | None) -> NotifierSettings:
    common = replace(settings.common, http_host="127.0.0.1", http_port=port)
    return replace(settings, common=common, web=WebSettings(public_port=public))


async def test_with_a_port_of_their_own_the_world_sees_pages_and_nothing_else(
    settings_read: NotifierSettings,
) -> None:
    port, public = closed_port(), closed_port()
    settings = _at(settings_read, port, public)
    async with (
        serving(settings, Health(), CollectorRegistry(), ROUTES),
        httpx.AsyncClient(trust_env=False) as client,
    ):
        for path in INSIDE:
            assert (await client.get(f"http://127.0.0.1:{public}{path}")).status_code == 404
            assert (await client.get(f"http://127.0.0.1:{port}{path}")).status_code != 404
        page = await client.get(f"http://127.0.0.1:{public}/p/x")
        assert (page.status_code, page.headers["x-content-type-options"]) == (200, "nosniff")
        assert "server" not in page.headers
        assert (await client.get(f"http://127.0.0.1:{port}/p/x")).status_code == 404
        assert await _said_to_headers_without_an_end(public) in (b"HTTP/1.1 400", b"")


async def _said_to_headers_without_an_end(port: int) -> bytes:
    """How the answer begins; nothing where the connection was cut off before it was read."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"GET /p/x HTTP/1.1\r\nHost: x\r\nx: " + b"y" * 70_000)
        await writer.drain()
        said = (await reader.readline())[:12]
        assert said, "they were waited for"
    except ConnectionError:
        said = b""
    finally:
        with contextlib.suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()
    return said


async def test_on_one_port_operators_are_not_counted(settings_read: NotifierSettings) -> None:
    port = closed_port()
    async with (
        serving(_at(settings_read, port, None), Health(), CollectorRegistry(), ROUTES),
        httpx.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{port}") as client,
    ):
        said = {(await client.get("/metrics")).status_code for _ in range(100)}
        pages = [(await client.get("/p/x")).status_code for _ in range(61)]
    assert said == {200}
    assert pages[-1] == 429


@pytest.mark.parametrize("is_own", [False, True], ids=["one port", "a port of their own"])
async def test_operators_are_answered_while_the_pages_are_full(
    settings_read: NotifierSettings, is_own: bool
) -> None:
    came, may_answer = asyncio.Semaphore(0), asyncio.Event()

    async def slowly(_: Request) -> PlainTextResponse:
        came.release()
        await may_answer.wait()
        return PlainTextResponse("a page")

    port, public = closed_port(), closed_port() if is_own else None
    world, inside = f"http://127.0.0.1:{public or port}", f"http://127.0.0.1:{port}"
    routes, crowd = [Route("/p/{code}", slowly)], Crowd(requests=3, connections=6, share=1)
    async with (
        serving(_at(settings_read, port, public), Health(), CollectorRegistry(), routes, crowd),
        httpx.AsyncClient(trust_env=False, timeout=20) as client,
        asyncio.TaskGroup() as group,
        contextlib.AsyncExitStack() as silent,
    ):
        waiting = [group.create_task(client.get(f"{world}/p/{n}")) for n in range(3)]
        for _ in waiting:
            await came.acquire()
        for _ in range(20):  # and say nothing: the pages that are waited for are not theirs to end
            _, writer = await asyncio.open_connection("127.0.0.1", public or port)
            silent.callback(writer.close)
        for path, status in (("/livez", 200), ("/metrics", 200), ("/readyz", 503)):
            assert (await client.get(inside + path)).status_code == status
        refused = await client.get(f"{world}/p/4", headers={"accept-language": "uk"})
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
        assert '<html lang="uk"' in refused.text
        assert refused.headers["x-content-type-options"] == "nosniff"
        may_answer.set()
        assert {(await each).status_code for each in waiting} == {200}
        assert (await client.get(f"{world}/p/5")).status_code == 200


@pytest.mark.parametrize("is_own", [False, True], ids=["one port", "a port of their own"])
async def test_whoever_is_too_slow_is_not_waited_for(
    settings_read: NotifierSettings, is_own: bool
) -> None:
    port, public = closed_port(), closed_port() if is_own else None
    settings, crowd = _at(settings_read, port, public), Crowd(header_seconds=0.2)
    async with serving(settings, Health(), CollectorRegistry(), ROUTES, crowd):
        reader, writer = await asyncio.open_connection("127.0.0.1", public or port)
        writer.write(b"GET /p/x HTTP/1.1\r\nHost: x.exa")
        async with asyncio.timeout(8):  # which is less than it usually has
            assert await reader.read() == b""
        writer.close()


async def _slowly(request: Request) -> PlainTextResponse:
    await request.body()
    return PlainTextResponse("a page")


@pytest.mark.parametrize("filled", ["/webhooks/x", "/p/x"])
async def test_one_client_fills_no_room_and_no_room_is_another(
    settings_read: NotifierSettings, filled: str
) -> None:
    port = closed_port()
    settings = _at(settings_read, port, None)
    settings = replace(settings, web=replace(settings.web, proxies=1))
    paths = ("/webhooks/{x}", "/p/{x}", "/s/{x}")
    routes = [Route(path, _slowly, methods=["POST"]) for path in paths]
    crowd = Crowd(requests=8, webhooks=8)
    async with (
        serving(settings, Health(), CollectorRegistry(), routes, crowd),
        httpx.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{port}") as client,
        contextlib.AsyncExitStack() as slow,
    ):
        mean, other = {"x-forwarded-for": "192.0.2.1"}, {"x-forwarded-for": "192.0.2.2"}
        for _ in range(20):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            slow.callback(writer.close)
            head = f"POST {filled} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\n"
            writer.write(f"{head}Content-Length: 900\r\n\r\na=".encode())

        async def is_refused() -> bool:
            return (await client.post(filled, headers=mean)).status_code == 503

        await eventually(is_refused)
        not_filled = "/p/x" if filled != "/p/x" else "/webhooks/x"
        for path, who in ((filled, other), (not_filled, mean), ("/s/x", mean), ("/s/x", other)):
            assert (await client.post(path, headers=who)).status_code == 200


async def test_a_port_that_is_taken_is_named_by_its_setting(
    settings_read: NotifierSettings,
) -> None:
    port = closed_port()
    with pytest.raises(CannotListenError, match="HEADSUP_PUBLIC_PORT"):
        async with serving(_at(settings_read, port, port), Health(), CollectorRegistry(), ROUTES):
            pass
