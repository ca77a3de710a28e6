"""Who takes our messages, in processes of their own: a stand-in must not share a core's turn with
whoever is measured. Each says when it took which message, by the clock that all processes of a
machine share."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.ground import PATIENCE


class Office:
    """One that runs."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.taken: dict[str, float] = {}
        """When the first message to each address was taken, as `time.monotonic` says it."""
        self.twice = 0
        """Messages to an address that had one already."""
        self._awaited: dict[str, asyncio.Future[float]] = {}

    def note(self, address: str, at: float) -> None:
        """A message was taken."""
        if address in self.taken:
            self.twice += 1
            return
        self.taken[address] = at
        if address in self._awaited:
            self._awaited.pop(address).set_result(at)

    def expect_once(self) -> None:
        """Raises RuntimeError where an address had more than one message: then what was measured is
        not what was asked for."""
        if self.twice:
            raise RuntimeError(f"{self.twice} messages came to addresses that had one already")

    async def when(self, address: str) -> float:
        """Waits for the message to this address. Raises TimeoutError."""
        if address not in self.taken:
            awaited = asyncio.get_running_loop().create_future()
            self._awaited[address] = awaited
            async with asyncio.timeout(PATIENCE):
                await awaited
        return self.taken[address]


@asynccontextmanager
async def office(module: str, *words: str) -> AsyncIterator[Office]:
    """Runs `python -m module words` while the block runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *words), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None  # noqa: S101 - for mypy
    try:
        found = Office(int(await process.stdout.readline()))
        reading = asyncio.create_task(_read(process.stdout, found))
        try:
            yield found
        finally:
            reading.cancel()
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _read(lines: asyncio.StreamReader, found: Office) -> None:
    async for line in lines:
        at, address = line.decode().split()
        found.note(address, float(at))
