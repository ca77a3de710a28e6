"""Publishes outcomes and dead letters once they are committed.

Beside the loops that decide, so that a Kafka that does not answer stops no message.
"""

import asyncio
import contextlib
from typing import Final

from headsup import logs
from headsup.kafka.producer import PublishError
from services.notifier.ledger import DATABASE_AWAY, Announcement, Ledger

MOST_WAITING: Final = 1000
"""Announcements kept in memory while Kafka does not answer. Others wait in the outbox alone."""
_AWAY: Final = (*DATABASE_AWAY, PublishError)


class Announcer:
    """Takes committed announcements and publishes them in the order in which they came."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._queue: asyncio.Queue[Announcement | None] = asyncio.Queue()

    def announce(self, announcement: Announcement) -> None:
        """Has it published soon; what is lost here is left behind in the outbox, for the sweep."""
        if announcement.records and self._queue.qsize() < MOST_WAITING:
            self._queue.put_nowait(announcement)

    def close(self) -> None:
        """Nothing more will come."""
        self._queue.put_nowait(None)

    async def run(self) -> None:
        """Publishes until it is closed and everything is published."""
        is_open = True
        while is_open:
            waiting = [await self._queue.get()]
            while not self._queue.empty():
                waiting.append(self._queue.get_nowait())
            is_open = None not in waiting
            await self._publish([one for one in waiting if one is not None])

    async def _publish(self, announcements: list[Announcement]) -> None:
        if not announcements:
            return
        ids = [i for one in announcements for i in one.ids]
        records = [r for one in announcements for r in one.records]
        try:
            await self._ledger.publish(Announcement(ids, records))
        except _AWAY as error:
            logs.logger().error("outcomes wait in the outbox", count=len(ids), error=error)

    async def sweep(self) -> int:
        """Publishes what somebody left behind; returns how much, 0 when that was not possible."""
        with contextlib.suppress(PublishError):  # the rows stay, and `run` says so
            return await self._ledger.sweep()
        return 0
