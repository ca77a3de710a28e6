"""A connection that is gone is an OSError, as aiokafka expects it."""

import asyncio
from collections.abc import Callable

import pytest
import uvloop

from headsup.event_loop import EventLoop


async def writes_into_what_is_closed() -> None:
    """A broker's connection ends while somebody is about to ask it something."""

    async def nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    server = await asyncio.start_server(nothing, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        await reader.read()  # until it is over
        writer.close()
        await writer.wait_closed()
        writer.write(b"is anybody there?")


async def talks() -> bytes:
    """What is written arrives, and is answered."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"hello\n")
        await writer.drain()
        said = await reader.read()
        writer.close()
        await writer.wait_closed()
    return said


def test_who_writes_into_a_closed_connection_is_told_that_it_is_gone() -> None:
    with pytest.raises(ConnectionResetError):
        uvloop.run(writes_into_what_is_closed(), loop_factory=EventLoop)


def test_uvloop_itself_says_something_else() -> None:
    """When this is red, uvloop says it by itself, and ours is needed no more."""
    as_it_is: Callable[[], uvloop.Loop] = uvloop.new_event_loop
    with pytest.raises(RuntimeError):
        uvloop.run(writes_into_what_is_closed(), loop_factory=as_it_is)


def test_otherwise_it_is_a_connection_like_any_other() -> None:
    assert uvloop.run(talks(), loop_factory=EventLoop) == b"hello\n"
