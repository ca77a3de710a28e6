"""Looks at orders whose moment has come, and at the outbox rows that somebody left behind."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from headsup import logs
from headsup.announcer import Announcer
from headsup.clock import Clock
from headsup.health import Health
from headsup.outbox import Outbox
from headsup.postgres import DATABASE_AWAY, is_about_a_value
from headsup.streak import LineStoppedError
from headsup.waiting import wait
from services.order_events.batch import OrderKey
from services.order_events.consumer import MOST_BROKEN
from services.order_events.decide import Decisions, News
from services.order_events.metrics import Metrics
from services.order_events.progress import Progress
from services.order_events.shop import Shop
from services.order_events.store import Due, Store

IDLE = 0.5
"""Seconds between two looks at most: what another replica wrote is seen this late."""
SHORTLY = 0.01
"""Seconds between two looks at least: an order that is due may be locked by a batch in hand."""
AT_ONCE = 200
"""Orders of one transaction, about."""
PUT_OFF = timedelta(hours=1)
"""Until an order that our own code broke on is looked at again."""
OUTBOX_EVERY = 2.0
"""Seconds between two looks at the outbox."""
PROMISES_EVERY = 2.0
"""Seconds between two counts of the customers who wait for longer than they were promised."""
MOST_PAGES = 10
"""Pages of open orders that one sweep goes through for an incident, before it looks at some."""
FIRST = 0
"""The partition number that there always is."""


class Sweeper:
    """Takes the difference of orders that no event touched, or that waited for all of theirs to be
    read. Only of ours, and only where everything was read: what nobody has read yet may say
    otherwise."""

    def __init__(
        self,
        store: Store,
        announcer: Announcer,
        clock: Clock,
        metrics: Metrics,
        progress: Progress,
        *,
        prefix: str,
    ) -> None:
        self._store = store
        self._announcer = announcer
        self._clock = clock
        self._metrics = metrics
        self._progress = progress
        self._prefix = prefix
        self._adopted = 0

    async def sweep(self) -> int:
        """Looks at the orders that are due now; returns how many they were.

        Raises LineStoppedError when our own code breaks on many of them; nothing was written then.
        """
        now, numbers = self._clock.now(), self._progress.swept()
        if not numbers:
            return 0
        if FIRST in numbers:
            await self._adopt()
        await self._wake(sorted(numbers), now)
        async with self._store.transaction() as transaction:
            due = await transaction.due(sorted(numbers), now, AT_ONCE // len(numbers) + 1)
            shops = await transaction.shops(now, exactly=True) if due.orders else {}
            decisions, broken = _looked(due, now, shops)
            await transaction.save(decisions.orders(), due.orders)
            await transaction.put_off(broken, now + PUT_OFF)
            committed = await transaction.add(decisions.publications(self._prefix, now))
        self._metrics.swept(len(due.orders))
        self._metrics.decided(decisions.values())
        await self._announcer.announce(committed)
        return len(due.orders)

    async def _wake(self, numbers: Sequence[int], now: datetime) -> None:
        """Has orders looked at that an incident concerns, a part of them if they are many."""
        for _ in range(MOST_PAGES):
            async with self._store.transaction() as transaction:
                woken = await transaction.wake(numbers, now)
            if not woken.is_more_left:
                return

    async def past_promise(self) -> int:
        """How many orders of ours somebody waits for longer than was promised, those that are
        behind included."""
        return await self._store.past_promise(sorted(self._progress.ours()), self._clock.now())

    async def _adopt(self) -> None:
        """Whoever has the first partition takes the orders of those that do not exist; once, and
        again when there are more or fewer."""
        partitions = self._progress.partitions()
        if partitions and partitions != self._adopted:
            await self._store.adopt(partitions)
            self._adopted = partitions

    async def pause(self) -> float:
        """Seconds until the next order is due, at most IDLE."""
        moment = await self._store.next_look_at(sorted(self._progress.swept()))
        seconds = self._clock.seconds_until(moment) if moment else IDLE
        return min(IDLE, max(SHORTLY, seconds))


def _looked(due: Due, now: datetime, shops: Mapping[str, Shop]) -> tuple[Decisions, list[OrderKey]]:
    """Decides about the orders; returns also those that our own code breaks on. Many stop the
    line."""
    decisions, broken = Decisions(known=due.orders, shops=shops), list(due.unreadable)
    for key in due.orders:
        try:
            decisions.add(key, News(), now)
        except Exception as error:  # noqa: BLE001 - many stop the line
            logs.logger().error("looking at an order broke", error=error)
            broken.append(key)
    if len(broken) > MOST_BROKEN:
        raise LineStoppedError(f"{len(broken)} orders could not be looked at")
    return decisions, broken


async def watch(sweeper: Sweeper, metrics: Metrics, health: Health, stop: asyncio.Event) -> None:
    """Sweeps the orders until `stop` is set, or too many of them are bad."""
    try:
        while not stop.is_set():
            health.turned("deadlines")
            await wait(stop, await _sweep(sweeper))
    except LineStoppedError as error:
        metrics.line_stopped()
        health.lacks("deadlines", f"the line stopped: {error}")
        logs.logger().critical("the line stopped", error=error)
    while not stop.is_set():
        health.turned("deadlines")
        await wait(stop, IDLE)


async def _sweep(sweeper: Sweeper) -> float:
    """Sweeps once; seconds until the next time."""
    try:
        return 0.0 if await sweeper.sweep() else await sweeper.pause()
    except Exception as error:
        if is_about_a_value(error):
            raise LineStoppedError("an order that was looked at could not be written") from error
        if not isinstance(error, DATABASE_AWAY):
            raise
        logs.logger().error("deadlines could not be looked at", error=error)
        return IDLE


async def watch_outbox(
    outbox: Outbox, metrics: Metrics, health: Health, stop: asyncio.Event
) -> None:
    """Publishes what was left behind until `stop` is set."""
    while not stop.is_set():
        try:
            metrics.left_behind(await outbox.sweep())
            metrics.not_published(outbox.left)
        except DATABASE_AWAY as error:
            logs.logger().error("the outbox could not be looked at", error=error)
        health.turned("outbox")
        await wait(stop, OUTBOX_EVERY)


async def watch_promises(
    sweeper: Sweeper, metrics: Metrics, health: Health, stop: asyncio.Event
) -> None:
    """Counts the customers past their promised update until `stop` is set."""
    while not stop.is_set():
        try:
            metrics.past_promise(await sweeper.past_promise())
        except DATABASE_AWAY as error:
            logs.logger().error("promises could not be looked at", error=error)
        health.turned("promises")
        await wait(stop, PROMISES_EVERY)
