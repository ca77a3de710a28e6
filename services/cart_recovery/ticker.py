"""The clock of the carts. It sends a tick to the partitions with something due, but only when all
that lay on Kafka at that moment was read: the order that makes a reminder needless may be in it.

A tick goes out now and then even where nothing is due: one that does not come back shows that
nobody reads.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from aiokafka.errors import KafkaError

from headsup import logs
from headsup.clock import Clock
from headsup.health import Health
from headsup.kafka.following import Followed
from headsup.kafka.producer import Publisher, PublishError
from headsup.waiting import wait
from services.cart_recovery import tick
from services.cart_recovery.due import Due
from services.cart_recovery.metrics import Metrics

LOOK: Final = 0.2
"""Seconds between two looks at what is due, or at what was read."""
PULSE: Final = 15.0
"""Seconds after which a tick goes out though nothing is due."""
RETURN: Final = 10.0
"""Seconds for which ticks are waited for before the next go out."""
LOST: Final = 60.0
"""Seconds after which a tick that Kafka has, and nobody read, says that we do not live."""
PAUSE: Final = 1.0
"""Seconds after Kafka did not answer."""


class Reading(Protocol):
    """What is read here, as the clock sees it."""

    @property
    def ours(self) -> frozenset[int]:
        """The partitions whose carts are ours and complete."""
        ...

    def lag(self) -> Mapping[str, int]:
        """Records that wait, by topic."""
        ...


class UnderWay:
    """Ticks that Kafka has, and that did not come back yet."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._since: dict[int, float] = {}
        self._none = asyncio.Event()
        self._none.set()

    def out(self, partition: int) -> None:
        """Kafka has a tick for it."""
        self._since.setdefault(partition, self._monotonic())
        self._none.clear()

    def back(self, partition: int) -> None:
        """One was read."""
        self._since.pop(partition, None)
        if not self._since:
            self._none.set()

    def keep(self, ours: frozenset[int]) -> None:
        """Forgets those of partitions that are not ours any more."""
        for partition in [*self._since]:
            if partition not in ours:
                self.back(partition)

    def longest(self) -> float:
        """Seconds for which the oldest has been under way."""
        return max((self._monotonic() - since for since in self._since.values()), default=0.0)

    async def all_back(self, seconds: float) -> None:
        """Waits for all of them, but not longer than so many seconds."""
        await wait(self._none, seconds)


class Ticker:
    """Sends ticks."""

    def __init__(
        self,
        due: Due,
        followed: Followed,
        publisher: Publisher,
        clock: Clock,
        metrics: Metrics,
        *,
        prefix: str,
    ) -> None:
        self._due = due
        self._followed = followed
        self._publisher = publisher
        self._clock = clock
        self._metrics = metrics
        self._prefix = prefix
        self.under_way = UnderWay()

    async def run(self, stop: asyncio.Event, reading: Reading, health: Health) -> None:
        """Ticks until `stop` is set."""
        pulse = time.monotonic()
        while not stop.is_set():
            self._report(reading, health)
            is_pulse = time.monotonic() - pulse >= PULSE
            if is_pulse:
                pulse = time.monotonic()
            try:
                await self.turn(stop, reading, to_all=is_pulse)
            except (KafkaError, OSError, PublishError) as error:
                logs.logger().warning("no tick", error=error)
                await wait(stop, PAUSE)

    async def turn(self, stop: asyncio.Event, reading: Reading, *, to_all: bool = False) -> None:
        """Looks once at what is due, and sends what ticks there are to send. Raises KafkaError,
        OSError or PublishError when Kafka does not answer."""
        moment = self._clock.now()
        if not to_all and not self._due.partitions(moment.timestamp()):
            await wait(stop, LOOK)
            return
        if not await self._read_through(stop, reading):
            return
        partitions = self._wanted(reading.ours, moment.timestamp(), to_all=to_all)
        await self._publisher.publish([tick.record(p, moment, self._prefix) for p in partitions])
        for partition in partitions:
            self.under_way.out(partition)
        await self.under_way.all_back(RETURN)

    def _wanted(self, ours: frozenset[int], moment: float, *, to_all: bool) -> list[int]:
        return sorted(p for p in ours if to_all or self._due.is_due(p, moment))

    async def _read_through(self, stop: asyncio.Event, reading: Reading) -> bool:
        """Waits until the group has read all that lies on Kafka now; False when we are stopped, or
        lose what is ours, meanwhile."""
        before, ends = reading.ours, await self._followed.ends()
        while before and not stop.is_set() and reading.ours == before:
            if not await self._followed.unread(ends):
                self._metrics.waits(False)
                return True
            self._metrics.waits(True)
            await wait(stop, LOOK)
        await wait(stop, LOOK)
        return False

    def _report(self, reading: Reading, health: Health) -> None:
        self._metrics.lags(reading.lag())
        self.under_way.keep(reading.ours)
        if reading.ours:
            health.has("partitions")
        else:
            health.lacks("partitions", "none are ours, or their carts are not complete yet")
        if self.under_way.longest() < LOST:
            health.turned("carts")
