"""Whoever says nothing, or says it too slowly, or does not read, is not waited for. Over real
sockets."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT

from headsup import http
from tests.support.eventually import eventually

SECONDS = 0.3
REQUEST = b"GET /page HTTP/1.1\r\nHost: x.example\r\n\r\n"
LONG = REQUEST.replace(b"page", b"long")
_DEADLINE = 20


class Caller:
    """Somebody at the other end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def says(self, octets: bytes) -> None:
        """Sends this."""
        self._writer.write(octets)
        await self._writer.drain()

    async def hears(self) -> bytes:
        """The next answer, as far as the end of its body."""
        async with asyncio.timeout(_DEADLINE):
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            return head + await self._reader.readexactly(int(length))

    async def is_cut_off(self) -> bool:
        """Waits for the end of the connection; False where something else comes."""
        async with asyncio.timeout(_DEADLINE):
            try:
                return await self._reader.read(1) == b""
            except ConnectionResetError:
                return True

    async def drips(self, octets: bytes) -> bool:
        """Sends one after another, each well before the patience ends, and goes on with the last.
        Whether the connection ended."""
        for octet in [*octets, *octets[-1:] * 1_000]:
            try:
                await self.says(bytes([octet]))
                async with asyncio.timeout(SECONDS / 10):
                    return await self._reader.read(1) == b""
            except TimeoutError:
                continue
            except ConnectionError:
                return True
        return False


@asynccontextmanager
async def calling(port: int) -> AsyncIterator[Caller]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Caller(reader, writer)
    finally:
        writer.close()


@asynccontextmanager
async def served(
    app: ASGIApp | None = None, *, connections: int | None = None, seconds: float = SECONDS
) -> AsyncIterator[int]:
    strangers = http.Strangers(connections=connections, header_seconds=seconds)
    page = Starlette(routes=[Route("/page", lambda _: PlainTextResponse("a page"))])
    async with http.serving(app or page, "127.0.0.1", 0, strangers) as port:
        yield port


@pytest.mark.parametrize("said", [b"", b"GET /pa", REQUEST[:-2]])
async def test_a_header_that_does_not_come_is_not_waited_for(said: bytes) -> None:
    async with served() as port, calling(port) as caller:
        await caller.says(said)
        assert await caller.is_cut_off()


async def test_nor_one_that_drips() -> None:
    async with served() as port, calling(port) as caller:
        assert await caller.drips(b"GET /page HTTP/1.1\r\nX: y")


@pytest.mark.parametrize("next_", [b"GET /pa", b"P"])
async def test_nor_the_next_one_of_somebody_who_was_answered(next_: bytes) -> None:
    async with served() as port, calling(port) as caller:
        await caller.says(REQUEST)
        assert (await caller.hears()).endswith(b"a page")
        assert await caller.drips(next_)


async def test_nor_a_body_that_drips_after_the_answer() -> None:
    async with served() as port, calling(port) as caller:
        await caller.says(REQUEST[:-2] + b"Content-Length: 9000\r\n\r\n")
        assert (await caller.hears()).endswith(b"a page")
        assert await caller.drips(b"x")


async def test_whoever_waits_for_our_answer_is_not_cut_off() -> None:
    may_answer = asyncio.Semaphore(0)

    async def slowly(_: Request) -> PlainTextResponse:
        await may_answer.acquire()
        return PlainTextResponse("at last")

    app = Starlette(routes=[Route("/page", slowly)])
    async with served(app) as port, calling(port) as caller:
        await caller.says(REQUEST + REQUEST)
        for _ in range(2):
            async with calling(port) as silent:
                assert await silent.is_cut_off()
            may_answer.release()
            assert (await caller.hears()).endswith(b"at last")


async def test_many_requests_on_one_connection_are_all_answered() -> None:
    async with served() as port, calling(port) as caller:
        for _ in range(20):
            await caller.says(REQUEST)
            assert (await caller.hears()).endswith(b"a page")
        assert await caller.is_cut_off()


async def test_whoever_kept_us_waiting_longest_makes_room() -> None:
    async with served(connections=3, seconds=60) as port, AsyncExitStack() as stack:
        first, second, third = [await stack.enter_async_context(calling(port)) for _ in range(3)]
        await second.says(REQUEST)
        await second.hears()
        for silent in (first, third):
            newcomer = await stack.enter_async_context(calling(port))
            await newcomer.says(REQUEST)
            assert (await newcomer.hears()).endswith(b"a page")
            assert await silent.is_cut_off()
        await second.says(REQUEST)
        assert (await second.hears()).endswith(b"a page")


async def test_whoever_is_gone_makes_no_room() -> None:
    async with served(connections=1, seconds=60) as port:
        async with calling(port) as gone:
            await gone.says(REQUEST[:-2] + b"Connection: close\r\n\r\n")
            await gone.hears()
            assert await gone.is_cut_off()
        async with calling(port) as silent, calling(port) as newcomer:
            await newcomer.says(REQUEST)
            assert (await newcomer.hears()).endswith(b"a page")
            assert await silent.is_cut_off()


class Unread:
    """A page that is longer than what is kept for those who do not read, and who asked for it."""

    def __init__(self) -> None:
        self._asking: dict[socket.socket, asyncio.Transport] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in ("/page", "/long"):
            transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]
            self._asking[transport.get_extra_info("socket")] = transport
            length = 20_000 if scope["path"] == "/page" else 8_000_000
            await PlainTextResponse(b"x" * length)(scope, receive, send)
        else:
            await PlainTextResponse("all is well")(scope, receive, send)

    async def are_gone(self) -> bool:
        """Whether nobody of those who asked is still connected."""
        return bool(self._asking) and not self._left()

    async def are_stuck(self) -> bool:
        """Whether they all leave so much unread that nothing more is written."""
        return all(each.get_write_buffer_size() > HIGH_WATER_LIMIT for each in self._left())

    def _left(self) -> list[asyncio.Transport]:
        return [each for own, each in self._asking.items() if own.fileno() >= 0]


@asynccontextmanager
async def never_reading(port: int, said: bytes) -> AsyncIterator[socket.socket]:
    """Somebody who asks and asks, and reads nothing."""
    with socket.socket() as caller:
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        caller.setblocking(False)
        await asyncio.get_running_loop().sock_connect(caller, ("127.0.0.1", port))
        with contextlib.suppress(BlockingIOError):
            caller.send(said)
        yield caller


@pytest.mark.parametrize(
    "said",
    [REQUEST * 200, LONG, LONG[:-2] + b"Connection: close\r\n\r\n"],
    ids=["asks for more", "is done", "and wants us to close"],
)
async def test_whoever_does_not_read_is_not_waited_for(said: bytes) -> None:
    app = Unread()
    async with served(app) as port, never_reading(port, said):
        await eventually(app.are_gone)


async def test_nor_whoever_reads_an_octet_now_and_then() -> None:
    app = Unread()
    async with served(app) as port, never_reading(port, REQUEST * 200) as caller:
        loop = asyncio.get_running_loop()

        async def is_gone_though_it_reads() -> bool:
            with contextlib.suppress(ConnectionError):
                await loop.sock_recv(caller, 1)
            return await app.are_gone()

        await eventually(is_gone_though_it_reads)


async def test_whoever_reads_after_a_while_is_answered_all_of_it() -> None:
    async with served(Unread(), seconds=60) as port, never_reading(port, REQUEST * 50) as caller:
        reader, writer = await asyncio.open_connection(sock=caller)
        async with asyncio.timeout(_DEADLINE):
            for _ in range(50):
                await reader.readuntil(b"\r\n\r\n")
                assert await reader.readexactly(20_000) == b"x" * 20_000
        writer.close()


async def test_whoever_comes_is_answered_though_all_others_do_not_read() -> None:
    app = Unread()
    async with served(app, connections=5, seconds=60) as port, AsyncExitStack() as stack:
        for _ in range(20):
            await stack.enter_async_context(never_reading(port, REQUEST * 400))
        await eventually(app.are_stuck)
        first, second = [await stack.enter_async_context(calling(port)) for _ in range(2)]
        for caller in (second, first):
            await caller.says(b"GET /metrics HTTP/1.1\r\nHost: x.example\r\n\r\n")
            assert (await caller.hears()).endswith(b"all is well")


async def test_whoever_is_served_makes_room_last_and_never_whoever_comes() -> None:
    came = asyncio.Semaphore(0)

    async def for_ever(_: Request) -> PlainTextResponse:
        came.release()
        await asyncio.Event().wait()
        raise AssertionError

    metrics = Route("/metrics", lambda _: PlainTextResponse("all is well"))
    app = Starlette(routes=[Route("/page", for_ever), metrics])
    async with served(app, connections=2, seconds=60) as port, AsyncExitStack() as stack:
        oldest, other = [await stack.enter_async_context(calling(port)) for _ in range(2)]
        for caller in (oldest, other):
            await caller.says(REQUEST)
            await came.acquire()
        newcomer = await stack.enter_async_context(calling(port))
        await newcomer.says(b"GET /metrics HTTP/1.1\r\nHost: x.example\r\n\r\n")
        assert (await newcomer.hears()).endswith(b"all is well")
        assert await oldest.is_cut_off()
