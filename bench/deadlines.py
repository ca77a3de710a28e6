"""What a sweep of order_events costs when a million orders are open, beside when a thousand are:
as many are due in both."""

import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Final

from prometheus_client import CollectorRegistry

from bench.contest import Contest, Contestant, Say, Size, hold
from bench.databases import ladder, that_fit
from bench.experiment import Experiment, Findings
from bench.figures import Series, at_most
from bench.ground import ground
from bench.many_orders import ROW_BYTES, Orders, few_and_many
from bench.on_its_way import on_its_way
from bench.said import Said
from headsup import postgres
from headsup.announcer import Announcer
from headsup.clock import ManualClock, SystemClock
from headsup.contracts.catalogue import Kind
from headsup.kafka.consumer import Partition
from headsup.kafka.producer import MemoryPublisher
from headsup.outbox import Outbox
from services.order_events.metrics import Metrics
from services.order_events.progress import Progress
from services.order_events.store import SCHEMA, Store
from services.order_events.sweeper import Sweeper

_MANY: Final = 10_000_000
_JUDGED: Final = 1_000_000
"""Open orders of which the goal speaks."""
_FEW: Final = 1_000
_DUE: Final = 1_000
_LATER: Final = timedelta(days=6)
"""After the events of the orders that are due: the day is over on which the parcel was to come."""
_SAID: Final = {Kind.SHIPMENT_OVERDUE.value: 1, "headsup.order.trouble.v1": 1}
"""Of each order that is due: to the customer, and to the carts, which wait now."""
_PARTITIONS: Final = 12
_GOAL: Final = at_most(1.2)


class _Everything:
    """A reader that has read everything a moment ago."""

    def reached(self, *topics: str) -> Mapping[Partition, datetime | None]:
        """Up to now."""
        now = datetime.now(UTC)
        return {Partition(topic, number): now for topic in topics for number in range(_PARTITIONS)}

    def partitions(self) -> int:
        """As many as are usual."""
        return _PARTITIONS


@dataclass(slots=True)
class _Side:
    """A sweeper and its table. Kafka takes everything at once here: what it costs is not asked."""

    name: str
    orders: Orders
    store: Store
    outbox: Outbox
    kafka: MemoryPublisher
    clock: list[float] = field(default_factory=list)
    """Milliseconds of each sweep."""

    async def sweep(self, due: int) -> float:
        """Makes so many orders due, and looks at them; milliseconds of a core, the sweeper's and
        the database's."""
        server, now = self.orders.server, datetime.now(UTC)
        ids = await self._overdue(due, now)
        self.kafka.published.clear()
        before, begun = time.process_time() + server.cpu_seconds, time.perf_counter()
        async with self._sweeper(now + _LATER) as sweeper:
            while await sweeper.sweep():
                pass
        self.clock.append((time.perf_counter() - begun) * 1000)
        used = time.process_time() + server.cpu_seconds - before
        said = Said()
        for outgoing in self.kafka.published:
            said.add(outgoing.value or b"")
        said.check(due, _SAID)
        await self.orders.remove(ids)
        return used * 1000

    async def _overdue(self, count: int, bought: datetime) -> list[str]:
        """Puts in so many orders that are overdue later, in any order of their ids, as in life."""
        ids = [uuid.uuid4().hex for _ in range(count)]
        orders = [on_its_way(each, bought) for each in ids]
        for number, order in enumerate(orders):
            order.next_look_at, order.partition = bought + _LATER, number % _PARTITIONS
        await self.orders.put(orders)
        return ids

    @contextlib.asynccontextmanager
    async def _sweeper(self, now: datetime) -> AsyncIterator[Sweeper]:
        """At the end everything is published."""
        announcer, prefix = Announcer(self.outbox), self.orders.here.prefix
        progress = Progress(_Everything(), SystemClock(), prefix=prefix)
        progress.read()
        progress.wrote()
        metrics = Metrics(CollectorRegistry())
        async with announcer.running():
            yield Sweeper(self.store, announcer, ManualClock(now), metrics, progress, prefix=prefix)


async def run(size: Size, say: Say) -> Findings:
    """Opens more and more orders on one of two sides, and sweeps both at every step."""
    steps = ladder(that_fit(size.of(_MANY, 10_000), ROW_BYTES))
    judged = max(step for step in steps if step <= _JUDGED)
    found: dict[int, tuple[Contest, Contest]] = {}
    async with ground() as here, AsyncExitStack() as parts:
        few, many = await parts.enter_async_context(few_and_many(here, say))
        sides = [
            await _side(parts, f"{_FEW:,} open", few),
            await _side(parts, "many open", many),
        ]
        await few.grow(_FEW, are_open=True)
        for count in steps:
            say(f"{count:,} orders are opened")
            await many.grow(count, are_open=True)
            for side in sides:
                await side.sweep(_DUE)  # neither is measured cold
            found[count] = await _compare(sides, size, say, f"{count:,} open")
    goals = [contest.beside(*reversed(contest.found), goal=_GOAL) for contest in found[judged]]
    return Findings(goals, _series(found))


async def _side(parts: AsyncExitStack, name: str, orders: Orders) -> _Side:
    pool = await postgres.connect(orders.here.database_url, name="bench")
    parts.push_async_callback(pool.close)
    kafka = MemoryPublisher()
    outbox = Outbox(SCHEMA, pool, kafka, in_order=True)
    return _Side(name, orders, Store(pool, outbox), outbox, kafka)


async def _compare(sides: list[_Side], size: Size, say: Say, load: str) -> tuple[Contest, Contest]:
    def contestant(side: _Side) -> Contestant:
        side.clock.clear()
        return Contestant(f"sweep, {side.name}", lambda _number: side.sweep(_DUE))

    counted = f"{load}, {_DUE:,} due, each told of"
    of_core = await hold(
        [contestant(side) for side in sides], size, say, unit="ms of a core", counted=counted
    )
    clock = {f"sweep by the clock, {side.name}": [*side.clock] for side in sides}
    return of_core, Contest("ms", counted, clock)


def _series(found: Mapping[int, tuple[Contest, Contest]]) -> tuple[Series, ...]:
    costs = {count: list(of_core.found.values()) for count, (of_core, _) in found.items()}
    return tuple(
        Series(
            f"order_events: a sweep of {_DUE:,} due, {name}",
            "open orders",
            "ms of a core",
            tuple((float(count), median(values[side])) for count, values in costs.items()),
        )
        for side, name in enumerate((f"{_FEW:,} open", "so many open"))
    )


EXPERIMENT = Experiment("deadlines", run)
