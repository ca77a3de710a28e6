"""Alerts about what customers were promised, and about two who decide for the same orders, made to
fire by real faults: both services, by a clock of which a second is hours."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from headsup.clock import FastClock
from headsup.contracts.envelope import Event
from headsup.kafka.topics import apply_topics
from sandbox.parts.broker import Broker
from sandbox.providers.inbox import Inbox
from tests.fixtures.topics import PARTITIONS
from tests.support.alarms import Alarm, each_fires
from tests.support.events import delivered, outgoing, placed
from tests.support.eventually import eventually
from tests.support.notifier import PROVIDERS, shop_without_night
from tests.support.processes import Service, free_port, service
from tests.support.prometheus import Prometheus, prometheus
from tests.support.providers import providers
from tests.support.writing import write_in_turns, write_often

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SPEED = 10_000.0
"""Five days, for which nobody is promised news, are less than a minute."""
CUSTOMERS = [f"A-{number}" for number in range(10)]
RECORDS = 100
ORDERS, NOTIFIER = "order_events", "notifier"


@dataclass
class World:
    """Both services, and another Kafka on which another order_events may read."""

    servers: str
    another: str
    prefix: str
    settings: dict[str, str]
    clock: FastClock
    ports: dict[str, int] = field(
        default_factory=lambda: {ORDERS: free_port(), NOTIFIER: free_port()}
    )
    running: dict[str, Service] = field(default_factory=dict)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self, name: str) -> None:
        """Until it is ready; where it was before, if it was."""
        port = {"HTTP_PORT": str(self.ports[name])}
        begun = service(f"services.{name}", self.settings | port)
        self.running[name] = await self._stack.enter_async_context(begun)
        await self.running[name].until_ready()

    async def start_another(self) -> None:
        """Another order_events, of the same database."""
        other = {"KAFKA_BOOTSTRAP_SERVERS": self.another}
        begun = service(f"services.{ORDERS}", self.settings | other)
        await (await self._stack.enter_async_context(begun)).until_ready()

    async def close(self) -> None:
        """Nothing of it runs any more."""
        await self._stack.aclose()

    async def tell(self, *events: Event[Any]) -> None:
        """The shop tells these."""
        for each in events:
            await write_often(self.servers, outgoing(self.prefix, each), 1)

    async def all_were_promised(self) -> bool:
        """Whether everybody who ordered was told when they hear again, and heard it."""
        connection = await asyncpg.connect(self.settings["DATABASE_URL"])
        try:
            asked = "SELECT count(*) FROM order_events.orders WHERE promised_until IS NOT NULL"
            return bool(await connection.fetchval(asked) == len(CUSTOMERS))
        finally:
            await connection.close()


async def ends_before_it_tells_more(world: World) -> None:
    """Customers hear when they hear again; then the notifier is away."""
    now = world.clock.now()
    await world.tell(*(placed(order, now, dispatch_by=None) for order in CUSTOMERS))
    await eventually(world.all_were_promised, seconds=60)
    await world.running[NOTIFIER].terminate()


async def tells_it_late(world: World) -> None:
    """The notifier is back."""
    await world.start(NOTIFIER)


async def is_over(world: World) -> None:
    """Everybody has what they ordered."""
    now = world.clock.now()
    await world.tell(*(delivered(order, now) for order in CUSTOMERS))


async def has_another_read_it_as_well(world: World) -> None:
    """A second installation reads a copy of the topics, into the same database."""
    await world.start_another()


async def writes_to_both(world: World) -> None:
    """The shop tells something, and the copy has it, too."""
    said = outgoing(world.prefix, placed("A-copied", world.clock.now()))
    await write_in_turns((world.servers, world.another), said, RECORDS)


ROWS: Sequence[Alarm[World]] = (
    Alarm(
        alert="HeadsupCustomersPastPromise",
        fault="the notifier is away when the next word is due",
        labels={"severity": "page"},
        act=ends_before_it_tells_more,
        is_over_after=False,
    ),
    Alarm(
        alert="HeadsupPromisesBroken",
        fault="it comes back, and tells it late",
        labels={"severity": "page", "window": "1h"},
        act=tells_it_late,
        mend=is_over,
    ),
    Alarm(
        alert="HeadsupLostRaces",
        fault="two installations use one database under one prefix",
        labels={"severity": "ticket"},
        act=has_another_read_it_as_well,
        again=writes_to_both,
        is_over_after=False,
    ),
)


@asynccontextmanager
async def world_of(
    settings: dict[str, str], another: str, folder: Path
) -> AsyncIterator[tuple[World, Prometheus]]:
    """Both services run while the block does."""
    began = datetime.now(UTC)
    clock = FastClock(real=began, shown=began, speed=SPEED)
    fast = {
        "HEADSUP_CLOCK_SPEED": str(SPEED),
        "HEADSUP_CLOCK_ANCHOR": f"{began.isoformat()}={began.isoformat()}",
    }
    servers, prefix = settings["KAFKA_BOOTSTRAP_SERVERS"], settings["HEADSUP_TOPIC_PREFIX"]
    await apply_topics(another, prefix, partitions=PARTITIONS)
    async with providers(Inbox(clock.now)) as addresses:
        world = World(servers, another, prefix, settings | addresses | fast, clock)
        async with prometheus(folder, [f"127.0.0.1:{p}" for p in world.ports.values()]) as running:
            try:
                await world.start(ORDERS)
                await world.start(NOTIFIER)
                await eventually(partial(running.finds, "sum(up) == 2"), seconds=60)
                yield world, running
            finally:
                await world.close()


async def test_broken_promises_and_lost_races_are_told(
    bootstrap_servers: str, database_url: str, topics: str, own_broker: Broker, tmp_path: Path
) -> None:
    settings = {
        **PROVIDERS,
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "DATABASE_URL": database_url,
        "HEADSUP_TOPIC_PREFIX": topics,
        "HEADSUP_INSTANCE": "one",
        "HEADSUP_SHOPS": shop_without_night(tmp_path),
    }
    world_ = world_of(settings, own_broker.bootstrap_servers, tmp_path)
    async with world_ as (world, running):
        await each_fires(ROWS, world, running)
