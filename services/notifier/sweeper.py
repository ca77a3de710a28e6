"""Looks after what was left behind, counts what waits, and removes what is old."""

import asyncio
from typing import Final

from headsup import logs
from headsup.clock import Clock
from headsup.health import Health
from headsup.outbox import Outbox
from headsup.postgres import DATABASE_AWAY
from headsup.sparing import Sparing
from headsup.waiting import wait
from services.notifier.claims import Claims
from services.notifier.forgetting import Forgetting
from services.notifier.metrics import SendingMetrics

EVERY: Final = 10.0
"""Seconds between two looks."""


class Sweeper:
    """A loop beside the others; nothing waits for it."""

    def __init__(
        self,
        outbox: Outbox,
        claims: Claims,
        forgetting: Forgetting,
        metrics: SendingMetrics,
        health: Health,
        clock: Clock,
    ) -> None:
        """`clock`: by which what waits was planned."""
        self._clock = clock
        self._outbox = outbox
        self._claims = claims
        self._forgetting = forgetting
        self._metrics = metrics
        self._health = health
        self._counting = Sparing()

    async def run(self, stop: asyncio.Event) -> None:
        """Looks until `stop` is set."""
        while not stop.is_set():
            try:
                await self.look()
            except DATABASE_AWAY as error:
                logs.logger().error("the outbox could not be looked at", error=error)
            self._health.turned("sweeper")
            await wait(stop, EVERY)

    async def look(self) -> None:
        """Publishes what was left behind, counts what waits, and removes what is old."""
        self._metrics.left_behind(await self._outbox.sweep())
        self._metrics.not_published(self._outbox.left)
        if self._counting.may_look():  # of a million that wait, a second of the database's
            with self._counting.looking():
                self._metrics.waiting(await self._claims.backlog(self._clock.now()))
        await self._forgetting.turn()
