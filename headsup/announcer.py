"""Publishes what was committed to an outbox, beside the loops that decide.

So neither the wait for Kafka's acknowledgement slows the next decision, nor does a Kafka that does
not answer stop a message. What is not published here, for whatever reason, is still in the outbox.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Final

from headsup import logs
from headsup.kafka.producer import PublishError
from headsup.outbox import Committed, Outbox
from headsup.postgres import DATABASE_AWAY

MOST_WAITING: Final = 10_000
"""Records kept in memory while Kafka is slow. More wait in the outbox alone."""
MOST_BYTES: Final = 16 * 1024 * 1024
"""Of them. What lies in the outbox alone is published by the sweep."""
PATIENCE: Final = 1.0
"""Seconds for which whoever decides waits for a slow Kafka, before it leaves it to the sweep."""
AGAIN: Final = 0.05
"""Seconds after which what waits for an older record of its key is tried again: whoever wrote that
one is mostly about to announce it."""
OLDER_PATIENCE: Final = 2.0
"""Seconds for which it is tried, before it is left to the sweep."""
LAST_WORDS: Final = 2.0
"""Seconds for publishing at the end."""


_NOTHING: Final = Committed([], [])


class Announcer:
    """Takes what was committed and publishes it in the order in which it came."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._queue: asyncio.Queue[Committed | None] = asyncio.Queue()
        self._waiting = self._bytes = 0
        self._held = _NOTHING
        self._held_since = 0.0
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
            self._count(committed, 1)
            await asyncio.sleep(0)  # it is on its way while whoever decided counts and goes on

    def _count(self, committed: Committed, change: int) -> None:
        self._waiting += change * len(committed.records)
        self._bytes += change * committed.size
        if self._waiting < MOST_WAITING and self._bytes < MOST_BYTES:
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
            waiting = await self._announced()
            is_open = None not in waiting
            await self._publish([one for one in waiting if one is not None])

    async def _announced(self) -> list[Committed | None]:
        """What was announced meanwhile; nothing when it is time to try again what is held."""
        waiting: list[Committed | None] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(AGAIN if self._held.rows else None):
                waiting.append(await self._queue.get())
        while not self._queue.empty():
            waiting.append(self._queue.get_nowait())
        return waiting

    async def _publish(self, waiting: list[Committed]) -> None:
        held, self._held = self._held, _NOTHING
        together = Committed(
            [*held.rows, *(row for one in waiting for row in one.rows)],
            [*held.records, *(record for one in waiting for record in one.records)],
            is_first=not held.rows and all(one.is_first for one in waiting),
            size=held.size + sum(one.size for one in waiting),
        )
        if not together.records:
            return
        left = _NOTHING
        try:
            left = await self._outbox.publish(together)
        except (PublishError, *DATABASE_AWAY) as error:
            count = len(together.rows)
            logs.logger().error("records wait in the outbox", count=count, error=error)
        finally:
            self._hold(left, was_held=bool(held.rows))
            self._count(together, -1)
            self._count(self._held, 1)

    def _hold(self, left: Committed, *, was_held: bool) -> None:
        """Keeps what waits for an older record, for a while; then the sweep takes both."""
        now = time.monotonic()
        if not was_held:
            self._held_since = now
        if now - self._held_since < OLDER_PATIENCE:
            self._held = left
