"""Three replicas of a service beside one, over twelve partitions on the same two cores."""

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final

from bench.contest import Contest, Contestant, Say, Size, hold
from bench.databases import Server, beside, server_of
from bench.experiment import Experiment
from bench.figures import Row, at_least, at_most
from bench.ground import Ground, Process, ground, running, until
from bench.load import STEPS, emit
from bench.many_orders import SERVICE, new_ones
from bench.topic import events_on
from headsup.contracts.registry import Topic

_JOURNEYS: Final = 4_000
"""Orders of one round. All their events are on Kafka before the first half is handled."""
_THREE: Final = 3
_DONE: Final = """
    SELECT sum(next_offset) - (EXISTS (SELECT FROM order_events.outbox))::int
    FROM order_events.positions
"""
_ONE, _MORE = "one replica", "three replicas"


@dataclass(slots=True)
class _Group:
    """Replicas of order_events, on topics and a database of their own."""

    here: Ground
    server: Server
    replicas: list[Process]
    sent: int = 0
    core: list[float] = field(default_factory=list)
    """Microseconds of a core that each event of a round cost: theirs and the database's."""

    @property
    def _used(self) -> float:
        return self.server.cpu_seconds + sum(each.cpu_seconds for each in self.replicas)

    async def speed(self, orders: int) -> float:
        """Events a second, of so many new orders."""
        steps = new_ones(self.here.prefix, orders)
        begun, before = time.monotonic(), self._used
        for records in steps:
            self.sent += await emit(self.here.bootstrap_servers, iter(records))
        await until(self._handled, self.sent)
        events = orders * STEPS
        self.core.append((self._used - before) / events * 1e6)
        return events / (time.monotonic() - begun)

    async def _handled(self) -> float:
        for each in self.replicas:
            each.check()
        return float(await self.server.connection.fetchval(_DONE) or 0)

    async def said_twice(self) -> int:
        """Records on Kafka whose id another one had before."""
        ids: Counter[str] = Counter()
        async for event in events_on(self.here, Topic.REQUESTED):
            ids[event.id] += 1
        if len(ids) < self.sent / STEPS:
            raise RuntimeError(f"{len(ids)} messages of {self.sent} events")
        return ids.total() - len(ids)


async def run(size: Size, say: Say) -> list[Row]:
    """Gives the same work to a service of one replica and to one of three, in turn."""
    orders = size.of(_JOURNEYS, 200)
    async with ground() as here, beside(here) as other, AsyncExitStack() as parts:
        one = await _group(parts, here, 1)
        three = await _group(parts, other, _THREE)
        for group in (one, three):
            await group.speed(orders)  # until everybody has their partitions
            group.core.clear()
        counted = f"{orders * STEPS:,} events of {orders:,} orders, 12 partitions"
        contest = await hold(
            [
                Contestant(_MORE, lambda _number: three.speed(orders)),
                Contestant(_ONE, lambda _number: one.speed(orders)),
            ],
            size,
            say,
            unit="events/s",
            counted=counted,
        )
        core = {f"an event, {_MORE}": three.core, f"an event, {_ONE}": one.core}
        of_core = Contest("µs of a core", counted, core)
        say("what they said is counted")
        twice = {
            f"said twice by {name}": [float(await group.said_twice())]
            for name, group in ((_MORE, three), (_ONE, one))
        }
        said = Contest("records", counted, twice)
    return [
        contest.beside(_MORE, _ONE, goal=at_least(1)),
        of_core.beside(*core),
        *(said.row(name, goal=at_most(0)) for name in twice),
    ]


async def _group(parts: AsyncExitStack, here: Ground, count: int) -> _Group:
    server = await parts.enter_async_context(server_of(here))
    replicas = [
        await parts.enter_async_context(running(SERVICE, here.settings, name=f"replica-{n}"))
        for n in range(count)
    ]
    for each in replicas:
        await until(each.is_ready, 1)
    await asyncio.sleep(2)
    return _Group(here, server, replicas)


EXPERIMENT = Experiment("replicas", run)
