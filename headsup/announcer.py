"""Publishes what was committed to an outbox, beside the loops that decide.

So neither the wait for Kafka's acknowledgement slows the next decision, nor does a Kafka that does
not answer stop a message. What is not published here, for whatever reason, is still in the outbox.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

from headsup import logs
from headsup.kafka.producer import PublishError
from headsup.outbox import Committed, Outbox
from headsup.postgres import DATABASE_AWAY

MOST_WAITING: Final = 10_000
"""Records kept in memory while Kafka is slow. More wait in the outbox alone."""
PATIENCE: Final = 1.0
"""Seconds for which whoever decides waits for a slow Kafka, before it leaves it to the sweep."""
LAST_WORDS: Final = 2.0
"""Seconds for publishing at the end."""


class Announcer:
    """Takes what was committed and publishes it in the order in which it came."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._queue: asyncio.Queue[Committed | None] = asyncio.Queue()
        self._waiting = 0
        self._room = asyncio.Event()
        self._room.set()

    async def announce(self, committed: Committed) -> None:
        """Has it published soon. Waits a little when too much waits already."""
        if not committed.records:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._room.wait()
        if self._room.is_set():
            self._queue.put_nowait(committed)
            self._count(len(committed.records))

    def _count(self, change: int) -> None:
        self._waiting += change
        if self._waiting < MOST_WAITING:
            self._room.set()
        else:
            self._room.clear()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Publishes while the block runs, and afterwards what still waits, for LAST_WORDS. An error
        that nobody expected ends the block too."""
        async with asyncio.TaskGroup() as group:
            publishing = group.create_task(self._run())
            try:
                yield
            finally:
                self._queue.put_nowait(None)
                await asyncio.wait({publishing}, timeout=LAST_WORDS)
                publishing.cancel()

    async def _run(self) -> None:
        is_open = True
        while is_open:
            waiting = [await self._queue.get()]
            while not self._queue.empty():
                waiting.append(self._queue.get_nowait())
            is_open = None not in waiting
            await self._publish([one for one in waiting if one is not None])

    async def _publish(self, waiting: list[Committed]) -> None:
        if not waiting:
            return
        together = Committed(
            [row for one in waiting for row in one.rows],
            [record for one in waiting for record in one.records],
        )
        try:
            await self._outbox.publish(together)
        except (PublishError, *DATABASE_AWAY) as error:
            count = len(together.rows)
            logs.logger().error("records wait in the outbox", count=count, error=error)
        finally:
            self._count(-len(together.records))
