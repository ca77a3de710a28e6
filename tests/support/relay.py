"""A port that leads to a socket in the file system, for those who cannot see the file; it can be
slow, and it can lead nowhere for a while."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Relay:
    """Listens on this machine alone."""

    path: Path
    port: int = 0
    delay: float = 0.0
    """Seconds that each word to the socket takes."""
    _is_cut: bool = False
    _under_way: set["asyncio.Task[None]"] = field(default_factory=set)

    async def cut(self) -> None:
        """Ends every connection, and each new one at once."""
        self._is_cut = True
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def mend(self) -> None:
        """Leads to the socket again, at once."""
        self._is_cut, self.delay = False, 0.0

    def begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Somebody comes."""
        task = asyncio.create_task(self._carry(reader, writer))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.close()
            return
        answers, asking = await asyncio.open_unix_connection(str(self.path))
        try:
            await asyncio.gather(self._copy(reader, asking), _copy(answers, writer))
        finally:
            writer.close()
            asking.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _copy(reader, writer, self)


@contextlib.asynccontextmanager
async def relaying(path: Path) -> AsyncIterator[Relay]:
    """Runs while the block does."""
    relay = Relay(path)
    server = await asyncio.start_server(relay.begin, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        await relay.cut()


@contextlib.asynccontextmanager
async def relayed(path: Path) -> AsyncIterator[int]:
    """The port of one that is left alone."""
    async with relaying(path) as relay:
        yield relay.port


async def _copy(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, slow: Relay | None = None
) -> None:
    """Until one of the two is gone."""
    with contextlib.suppress(ConnectionError):
        while some := await reader.read(65_536):
            if slow is not None and slow.delay:
                await asyncio.sleep(slow.delay)
            writer.write(some)
            await writer.drain()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
