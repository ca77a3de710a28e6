"""Looks at orders whose moment has come, and at the outbox rows that somebody left behind."""

import asyncio
import contextlib

from headsup import logs
from headsup.announcer import Announcer
from headsup.clock import Clock
from headsup.health import Health
from headsup.outbox import Outbox
from headsup.postgres import DATABASE_AWAY
from services.order_events.consumer import report
from services.order_events.decide import look, publications
from services.order_events.metrics import Metrics
from services.order_events.store import Store

IDLE = 0.5
"""Seconds between two looks at most: what another replica wrote is seen this late."""
AT_ONCE = 200
"""Orders of one transaction."""
OUTBOX_EVERY = 10.0
"""Seconds between two looks at the outbox."""


class Sweeper:
    """Takes the difference of orders that no event touched."""

    def __init__(
        self, store: Store, announcer: Announcer, clock: Clock, metrics: Metrics, *, prefix: str
    ) -> None:
        self._store = store
        self._announcer = announcer
        self._clock = clock
        self._metrics = metrics
        self._prefix = prefix

    async def sweep(self) -> int:
        """Looks at the orders that are due now; returns how many they were."""
        now = self._clock.now()
        async with self._store.transaction() as transaction:
            due = await transaction.due(now, AT_ONCE)
            decisions = {key: look(order, now) for key, order in due.items()}
            await transaction.save({key: d.order for key, d in decisions.items()}, due)
            committed = await transaction.add(
                [
                    record
                    for key, decided in decisions.items()
                    for record in publications(key.source, decided, self._prefix, now)
                ]
            )
        self._metrics.swept(len(due))
        report(self._metrics, decisions.values())
        await self._announcer.announce(committed)
        return len(due)

    async def pause(self) -> float:
        """Seconds until the next order is due, at most IDLE."""
        moment = await self._store.next_look_at()
        return min(IDLE, self._clock.seconds_until(moment)) if moment else IDLE


async def watch(sweeper: Sweeper, health: Health, stop: asyncio.Event) -> None:
    """Sweeps the orders until `stop` is set."""
    while not stop.is_set():
        pause = IDLE
        try:
            if await sweeper.sweep() < AT_ONCE:
                pause = await sweeper.pause()
            else:
                pause = 0.0
        except DATABASE_AWAY as error:
            logs.logger().error("deadlines could not be looked at", error=error)
        health.turned("deadlines")
        await wait(stop, pause)


async def watch_outbox(
    outbox: Outbox, metrics: Metrics, health: Health, stop: asyncio.Event
) -> None:
    """Publishes what was left behind until `stop` is set."""
    while not stop.is_set():
        try:
            metrics.left_behind(await outbox.sweep())
        except DATABASE_AWAY as error:
            logs.logger().error("the outbox could not be looked at", error=error)
        health.turned("outbox")
        await wait(stop, OUTBOX_EVERY)


async def wait(stop: asyncio.Event, seconds: float) -> None:
    """Waits, but not longer than until `stop` is set."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
