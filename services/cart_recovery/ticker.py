"""The clock of the carts. It sends a tick to the partitions with something due, but only when all
that lay on Kafka at that moment was read: the order that makes a reminder needless may be in it.

Now and then a pulse goes out as well, a tick that looks at nothing: one that does not come back,
while nothing else is done either, shows that nobody reads.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from aiokafka.errors import KafkaError

from headsup import logs
from headsup.clock import Clock
from headsup.health import Health
from headsup.kafka.following import Ends, Followed
from headsup.kafka.producer import Publisher, PublishError
from headsup.waiting import wait
from services.cart_recovery import tick
from services.cart_recovery.metrics import Metrics

LOOK: Final = 0.2
"""Seconds between two looks at what is due, or at what was read."""
PULSE: Final = 15.0
"""Seconds between two pulses."""
RETURN: Final = 10.0
"""Seconds after which a partition whose tick did not come back is sent another."""
LOST: Final = 60.0
"""Seconds without anything done, after which a tick that did not come back says that we do not
live."""
PAUSE: Final = 1.0
"""Seconds after Kafka did not answer."""
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Nothing is due then."""


class Reading(Protocol):
    """What is read here, as the clock sees it."""

    @property
    def ours(self) -> frozenset[int]:
        """The partitions whose carts are ours and complete."""
        ...

    @property
    def is_idle(self) -> bool:
        """Whether others have all partitions, so that nothing comes to us."""
        ...

    @property
    def places_lost(self) -> int:
        """How often of late Kafka did not know us any more under our name."""
        ...

    def lag(self) -> Mapping[str, int]:
        """Records that wait, by topic."""
        ...


class Due(Protocol):
    """What is to be looked at, as the clock sees it."""

    def is_due(self, partition: int, moment: float) -> bool:
        """Whether something of this partition is to be looked at by then, in seconds since 1970."""
        ...


class UnderWay:
    """Ticks that went out, and did not come back yet."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._since: dict[int, float] = {}
        self._done = monotonic()

    def out(self, partition: int) -> None:
        """One goes out."""
        self._since.setdefault(partition, self._monotonic())

    def back(self, partition: int) -> None:
        """One was read."""
        self._since.pop(partition, None)

    def keep(self, partitions: Iterable[int]) -> None:
        """Forgets those of other partitions: somebody else reads them, or they never went out."""
        kept = frozenset(partitions)
        self._since = {p: since for p, since in self._since.items() if p in kept}

    def done(self) -> None:
        """Something else was done, so one may have to wait for its turn."""
        self._done = self._monotonic()

    def is_any(self) -> bool:
        """Whether one is under way."""
        return bool(self._since)

    def is_out(self, partition: int) -> bool:
        """Whether another would be too much."""
        since = self._since.get(partition)
        return since is not None and self._monotonic() - since < RETURN

    def silence(self) -> float:
        """Seconds for which nothing was done though a tick is under way."""
        oldest = min(self._since.values(), default=self._monotonic())
        return self._monotonic() - max(oldest, self._done)


@dataclass(frozen=True, slots=True)
class _Unread:
    """What is waited for before a tick goes out."""

    ours: frozenset[int]
    """The partitions that were ours then; where they are others now, we begin again."""
    moment: datetime
    ends: Ends


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
        self._unread: _Unread | None = None
        self._is_answered = True
        self.under_way = UnderWay()

    async def run(self, stop: asyncio.Event, reading: Reading, health: Health) -> None:
        """Ticks until `stop` is set."""
        next_pulse = time.monotonic() + PULSE
        while not stop.is_set():
            self.report(reading, health)
            pause = LOOK
            try:
                if time.monotonic() >= next_pulse:
                    await self.pulse(reading)
                    next_pulse = time.monotonic() + PULSE
                    self._is_answered = True
                    health.has("kafka")
                await self.turn(reading)
            except (KafkaError, OSError, PublishError) as error:
                logs.logger().warning("no tick", error=error)
                health.lacks("kafka", "does not answer")
                self._is_answered = False
                next_pulse, pause = time.monotonic(), PAUSE
            await wait(stop, pause)

    async def pulse(self, reading: Reading) -> None:
        """Sends a tick that looks at nothing. Raises PublishError."""
        await self._send(sorted(reading.ours), _LONG_AGO)

    async def turn(self, reading: Reading) -> None:
        """Looks once at what is due, and at what was read since the look before. Raises KafkaError,
        OSError or PublishError when Kafka does not answer."""
        if self._unread is None or self._unread.ours != reading.ours:
            self._unread = await self._begun(reading.ours)
        waited_for = self._unread
        is_read = waited_for is not None and not await self._followed.unread(waited_for.ends)
        self._metrics.waits(waited_for is not None and not is_read)
        if waited_for is not None and is_read and reading.ours == waited_for.ours:
            self._unread = None
            await self._send(self._wanting(waited_for.ours, waited_for.moment), waited_for.moment)

    async def _begun(self, ours: frozenset[int]) -> _Unread | None:
        """What lies on Kafka now, where something is due."""
        moment = self._clock.now()
        if not self._wanting(ours, moment):
            return None
        return _Unread(ours, moment, await self._followed.ends())

    def _wanting(self, ours: frozenset[int], moment: datetime) -> list[int]:
        until = moment.timestamp()
        return [
            p for p in sorted(ours) if self._due.is_due(p, until) and not self.under_way.is_out(p)
        ]

    async def _send(self, partitions: Iterable[int], moment: datetime) -> None:
        ticks = [tick.record(p, moment, self._prefix) for p in partitions]
        for partition in partitions:  # before: it may be read before we are told that Kafka has it
            self.under_way.out(partition)
        try:
            await self._publisher.publish(ticks)
        except PublishError:
            self.under_way.keep(())
            raise

    def report(self, reading: Reading, health: Health) -> None:
        """Says how we are."""
        self._metrics.lags(reading.lag())
        self._metrics.places_are_lost(reading.places_lost)
        self.under_way.keep(reading.ours)
        has_its_part = reading.ours or reading.is_idle
        if has_its_part and self._is_answered and not self.under_way.is_any():
            self._metrics.polled()
        if reading.ours:
            health.has("partitions")
        else:
            health.lacks("partitions", "none are ours, or their carts are not complete yet")
        if self.under_way.silence() < LOST:
            health.turned("carts")
