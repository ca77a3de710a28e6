"""A service that was down while a million events came: what it says afterwards, and how fast it
reads them, beside the same events as they come."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from bench.contest import Contest, Contestant, Say, Size, hold
from bench.databases import Server, server_of
from bench.experiment import Experiment
from bench.figures import Row, at_least, at_most
from bench.ground import Ground, Process, ground, running, until
from bench.load import STEPS, emit, journeys
from bench.many_orders import SERVICE, handled, new_ones
from bench.said import Answers

_EVENTS: Final = 1_000_000
_LIVE: Final = 100_000
_AT_ONCE: Final = 4_000
"""Orders whose next step comes at one time, live."""
_AGE: Final = 12.0
"""Seconds that the youngest event is old when the service starts: what is younger than ten counts
as the present."""
_NOTHING_WAITS: Final = """
    SELECT (NOT EXISTS (SELECT FROM order_events.orders WHERE next_look_at <= now())
            AND NOT EXISTS (SELECT FROM order_events.outbox))::int
"""
_EMPTY: Final = """
    TRUNCATE order_events.orders, order_events.events, order_events.outbox, order_events.positions
"""


@dataclass(slots=True)
class _Run:
    """One service, again and again from an empty database on."""

    here: Ground
    server: Server
    size: Size
    messages: list[float] = field(default_factory=list)
    """For each order of each backlog."""
    live_messages: list[float] = field(default_factory=list)

    async def catch_up(self, _number: int) -> float:
        """Events a second of a core, the service's and the database's, out of a backlog."""
        orders = self.size.of(_EVENTS // STEPS, 200)
        here = await self._emptied()
        await emit(here.bootstrap_servers, journeys(orders, here.prefix))
        await asyncio.sleep(_AGE)
        async with running(SERVICE, here.settings) as service:
            used = await self._started(service)
            await handled(self.server, service, orders * STEPS)
            await until(self._nothing_waits, 1)
            used = self._used(service) - used
        self.messages.append(await _messages(here, orders))
        return orders * STEPS / used

    async def live(self, _number: int) -> float:
        """The same of events that come one step after the other, with the service there."""
        orders = self.size.of(_LIVE // STEPS, 200)
        here, sent = await self._emptied(), 0
        async with running(SERVICE, here.settings) as service:
            used = await self._started(service)
            while sent < orders * STEPS:
                for records in new_ones(here.prefix, min(_AT_ONCE, orders - sent // STEPS)):
                    sent += await emit(here.bootstrap_servers, iter(records))
                    await handled(self.server, service, sent)
            used = self._used(service) - used
        self.live_messages.append(await _messages(here, orders))
        return sent / used

    async def _started(self, service: Process) -> float:
        """What was used until it is ready: a start is measured elsewhere."""
        await until(service.is_ready, 1, every=0.01)
        return self._used(service)

    def _used(self, service: Process) -> float:
        return self.server.cpu_seconds + service.cpu_seconds

    async def _emptied(self) -> Ground:
        await self.server.connection.execute(_EMPTY)
        return await self.here.apart()

    async def _nothing_waits(self) -> float:
        return float(await self.server.connection.fetchval(_NOTHING_WAITS))


async def _messages(here: Ground, orders: int) -> float:
    """The messages that were asked for, for each order. Raises RuntimeError when an order has
    none, or something was said twice."""
    async with Answers(here) as answers:
        said = await answers.said()
    if len(said.of_order) != orders or said.twice:
        raise RuntimeError(f"{len(said.of_order)} of {orders} orders, {said.twice} told twice")
    return said.messages / orders


async def run(size: Size, say: Say) -> list[Row]:
    """Lets the service read a backlog, and live events, in turn."""
    async with ground() as here, server_of(here) as server:
        runs = _Run(here, server, size)
        contest = await hold(
            [Contestant("catching up", runs.catch_up), Contestant("live", runs.live)],
            size,
            say,
            unit="events/s of a core",
            counted=(
                f"{size.of(_EVENTS // STEPS, 200) * STEPS:,} events in a backlog, five of each "
                f"order; {size.of(_LIVE // STEPS, 200) * STEPS:,} live"
            ),
        )
    of_backlog, of_live = (f"messages for each order, {when}" for when in ("of a backlog", "live"))
    said = Contest(
        "messages", contest.counted, {of_backlog: runs.messages, of_live: runs.live_messages}
    )
    return [
        contest.beside("catching up", "live", goal=at_least(1)),
        said.row(of_backlog, goal=at_most(1)),
        said.row(of_live),
    ]


EXPERIMENT = Experiment("catching-up", run)
