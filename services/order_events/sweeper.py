"""Looks at orders whose moment has come, and at the outbox rows that somebody left behind."""

import asyncio
from datetime import datetime, timedelta

from headsup import logs
from headsup.announcer import Announcer
from headsup.clock import Clock
from headsup.health import Health
from headsup.outbox import Outbox
from headsup.postgres import DATABASE_AWAY
from headsup.waiting import wait
from services.order_events.batch import OrderKey
from services.order_events.consumer import MOST_BROKEN
from services.order_events.decide import Decisions
from services.order_events.metrics import Metrics
from services.order_events.store import Store

IDLE = 0.5
"""Seconds between two looks at most: what another replica wrote is seen this late."""
AT_ONCE = 200
"""Orders of one transaction."""
PUT_OFF = timedelta(hours=1)
"""Until an order that our own code broke on is looked at again."""
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
            decisions = Decisions(known=due)
            put_off = {key: order for key, order in due.items() if not _looked(decisions, key, now)}
            await transaction.save(decisions.orders() | put_off, due)
            committed = await transaction.add(decisions.publications(self._prefix, now))
        self._metrics.swept(len(due))
        self._metrics.decided(decisions.values())
        await self._announcer.announce(committed)
        return len(due)

    async def pause(self) -> float:
        """Seconds until the next order is due, at most IDLE."""
        moment = await self._store.next_look_at()
        return min(IDLE, self._clock.seconds_until(moment)) if moment else IDLE


def _looked(decisions: Decisions, key: OrderKey, now: datetime) -> bool:
    """Decides about one order. One that our own code breaks on is put off; many end the service."""
    try:
        decisions.add(key, (), (), now)
    except Exception as error:
        decisions.broken += 1
        if decisions.broken > MOST_BROKEN:
            raise
        logs.logger().error("looking at an order broke", error=error)
        decisions.known[key].next_look_at = now + PUT_OFF
        return False
    return True


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
