"""What an event costs order_events when there are millions of orders, beside when there are few."""

import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from bench.contest import Contest, Contestant, Say, Size, hold
from bench.databases import ladder, that_fit
from bench.experiment import Experiment, Findings
from bench.figures import Row, Series, at_most
from bench.ground import Process, ground, running, until
from bench.load import STEPS, emit
from bench.many_orders import (
    NAMED,
    ROW_BYTES,
    SERVICE,
    Orders,
    few_and_many,
    handled,
    new_ones,
    old_ones,
)
from headsup.kafka.producer import Outgoing

_MANY: Final = 10_000_000
_AT_ONCE: Final = 4_000
"""Orders of one round. Their events are sent step by step, as in life, only faster."""
_ASKED: Final = 20_000
"""Orders that are asked about in one round: one event of each, as many as of those."""
_GOAL: Final = at_most(1.3)

Steps = list[list[Outgoing]]


@dataclass(slots=True)
class _Side:
    """A service and its table."""

    name: str
    orders: Orders
    service: Process
    clock: list[float] = field(default_factory=list)
    """Microseconds of the clock for each event, round by round."""
    sent: int = 0
    asked: int = 0

    @property
    def _core(self) -> float:
        return self.service.cpu_seconds + self.orders.server.cpu_seconds

    async def cost(self, steps: Steps) -> float:
        """Microseconds of a core, the service's and the database's, for each of these events."""
        count, before, begun = 0, self._core, time.monotonic()
        for records in steps:
            count += await emit(self.orders.here.bootstrap_servers, iter(records))
            await handled(self.orders.server, self.service, self.sent + count)
        self.clock.append((time.monotonic() - begun) / count * 1e6)
        self.sent += count
        return (self._core - before) / count * 1e6

    def new(self, orders: int) -> Steps:
        """The journeys of new orders."""
        return new_ones(self.orders.here.prefix, orders)

    def old(self, orders: int) -> Steps:
        """Questions about orders that are in the table, others each time."""
        first, self.asked = self.asked + 1, self.asked + orders
        every = NAMED if self.orders.count > NAMED * orders else 1
        numbers = range(first * every, (self.asked + 1) * every, every)
        return old_ones(self.orders.here.prefix, numbers)


Work = Callable[[_Side], Steps]
"""The events of a round."""


@dataclass(frozen=True, slots=True)
class _Compared:
    """What an event cost on both sides at one size of the table."""

    of_core: Contest
    by_clock: Contest

    @property
    def rows(self) -> list[Row]:
        """The greater table beside the smaller one."""
        return [
            contest.beside(many, few, goal=_GOAL)
            for contest in (self.of_core, self.by_clock)
            for few, many in [contest.found]
        ]

    def middle(self, side: int) -> float:
        """Microseconds of a core, on the side of this number."""
        return median(list(self.of_core.found.values())[side])


async def run(size: Size, say: Say) -> Findings:
    """Lets the table of one of two services grow, and compares at every step. The other one holds
    what the rounds themselves bring, and at last as many as are asked about: a hundred thousand."""
    steps, orders = ladder(that_fit(size.of(_MANY, 10_000), ROW_BYTES)), size.of(_AT_ONCE, 200)
    old = size.of(_ASKED, 1_000)
    found: dict[int, _Compared] = {}
    async with ground() as here, AsyncExitStack() as parts:
        few, many = await parts.enter_async_context(few_and_many(here, say))
        sides = await _side(parts, "few orders", few), await _side(parts, "many orders", many)
        for side in sides:
            await side.cost(side.new(orders))  # neither is measured cold
        for count in steps:
            say(f"{count:,} orders are put in")
            await many.grow(count)
            rounds = size if count == steps[-1] else Size(size.share, (size.rounds + 1) // 2)
            counted = f"{count:,} orders, {orders * STEPS:,} events of new ones"
            found[count] = await _compare(
                "event", sides, lambda side: side.new(orders), rounds, say, counted
            )
        await few.grow(old * size.rounds, named=1)
        counted = f"{steps[-1]:,} orders, questions about {old:,} anywhere among them"
        asked = await _compare("question", sides, lambda side: side.old(old), size, say, counted)
    return Findings(found[steps[-1]].rows + asked.rows, _series(found))


async def _side(parts: AsyncExitStack, name: str, orders: Orders) -> _Side:
    service = await parts.enter_async_context(running(SERVICE, orders.here.settings))
    await until(service.is_ready, 1)
    return _Side(name, orders, service)


async def _compare(
    what: str, sides: tuple[_Side, _Side], work: Work, size: Size, say: Say, counted: str
) -> _Compared:
    def contestant(side: _Side) -> Contestant:
        side.clock.clear()
        return Contestant(f"{what}, {side.name}", lambda _number: side.cost(work(side)))

    of_core = await hold(
        [contestant(side) for side in sides], size, say, unit="µs of a core", counted=counted
    )
    clock = {f"{what} by the clock, {side.name}": [*side.clock] for side in sides}
    return _Compared(of_core, Contest("µs", counted, clock))


def _series(found: Mapping[int, _Compared]) -> tuple[Series, ...]:
    return tuple(
        Series(
            f"order_events: {name}",
            "orders",
            "µs of a core for each event",
            tuple((float(count), each.middle(side)) for count, each in found.items()),
        )
        for side, name in enumerate(("an event beside it, few orders", "an event, so many orders"))
    )


EXPERIMENT = Experiment("big-table", run)
