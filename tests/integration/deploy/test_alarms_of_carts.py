"""Alerts about cart_recovery, made to fire by real faults, on Apache Kafka."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from headsup.contracts.registry import Internal, Topic
from headsup.kafka.producer import Outgoing
from headsup.kafka.topics import apply_topics
from headsup.service import WRONG_SETTINGS
from sandbox.parts.broker import Broker
from tests.fixtures.topics import PARTITIONS
from tests.support.alarms import Act, Alarm, after, each_fires
from tests.support.cart_recovery import Carts, carts_on
from tests.support.events import outgoing
from tests.support.eventually import eventually
from tests.support.processes import Service, free_port
from tests.support.prometheus import Prometheus, prometheus
from tests.support.topic_configs import TOO_SMALL, configure, delete
from tests.support.writing import write_often

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

BAD_IN_A_ROW = 60
MANY = 20_000
LONGER_THAN_A_LOSS = 30.0
"""Seconds. Of two of one name each lost its place after some three."""
SERVICE = "cart_recovery"
BAD = (Topic.CARTS, b"key", b"{")


@dataclass
class World:
    """Carts, who watches them, and a Prometheus that watches both of its addresses."""

    carts: Carts
    ports: Sequence[int] = field(default_factory=lambda: [free_port(), free_port()])
    watching: Service | None = None
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self) -> None:
        """At the next address, as a pod that starts again."""
        port, self.ports = self.ports[0], self.ports[1:]
        running = self.carts.watched(HTTP_PORT=str(port))
        self.watching = await self._stack.enter_async_context(running)
        await self.watching.until_ready()

    async def close(self) -> None:
        await self._stack.aclose()

    async def publish(self, topic: str, key: bytes, value: bytes, times: int = 1) -> None:
        await self.carts.producer.publish([Outgoing(self.carts.prefix + topic, key, value)] * times)


def sets(topic: str, config: dict[str, str]) -> Act[World]:
    """That an operator sets this of a topic."""
    return lambda world: configure(world.carts.servers, world.carts.prefix + topic, config)


async def leaves_carts(world: World) -> None:
    await world.carts.tell(*world.carts.left(*(f"K{number}" for number in range(6))))


async def writes_rubbish(world: World, times: int = 1) -> None:
    await world.publish(*BAD, times=times)


async def floods(world: World) -> None:
    """Many carts more."""
    [one] = world.carts.left("flood")
    flood = outgoing(world.carts.prefix, one)
    await write_often(world.carts.servers, flood, MANY)


async def loses_dead_letters(world: World) -> None:
    await delete(world.carts.servers, world.carts.prefix + Topic.CARTS.dead_letters)


async def has_all_topics(world: World) -> None:
    await apply_topics(world.carts.servers, world.carts.prefix, partitions=PARTITIONS)


async def starts_with_carts_of_another_version(world: World) -> None:
    await world.publish(Internal.CARTS_KEPT, b"https://shop.example\nodd", b"odd")
    await world.start()


async def dies(world: World) -> None:
    assert world.watching is not None
    world.watching.process.kill()


async def has_its_name_twice(world: World) -> None:
    await world.start()


TICKET = {"severity": "ticket"}
OURS = {"severity": "ticket", "service": SERVICE}

ROWS: Sequence[Alarm[World]] = (
    Alarm(
        alert="HeadsupDeadLetters",
        fault="the shop writes something that is no event",
        labels=OURS | {"topic": "shop.carts", "reason": "not_json"},
        act=writes_rubbish,
    ),
    Alarm(
        alert="HeadsupRecordsRefused",
        fault="the topic of reminders takes only small records",
        labels=OURS,
        act=after(sets(Topic.REMINDERS, TOO_SMALL), leaves_carts),
        mend=sets(Topic.REMINDERS, {}),
        is_over_after=False,
    ),
    Alarm(
        alert="HeadsupCartsAwayFromKafka",
        fault="the topic of dead letters is gone when there is one",
        labels=TICKET,
        act=after(loses_dead_letters, leaves_carts, writes_rubbish),
        mend=has_all_topics,
    ),
    Alarm(
        alert="HeadsupRemindersWait",
        fault="the same: an order may be among what is not read",
        labels=TICKET,
    ),
    Alarm(
        alert="HeadsupServiceStands",
        fault="the same: whoever waits for Kafka to take something reads nothing",
        labels=OURS,
    ),
    Alarm(
        alert="HeadsupReplicaStands",
        fault="the same",
        labels=OURS,
    ),
    Alarm(
        alert="HeadsupLineStopped",
        fault="the shop writes nothing but rubbish",
        labels=OURS,
        act=partial(writes_rubbish, times=BAD_IN_A_ROW),
    ),
    Alarm(
        alert="HeadsupServiceAbsent",
        fault="the process is killed",
        labels=OURS,
        act=dies,
    ),
    Alarm(
        alert="HeadsupCartsBroken",
        fault="a new pod finds a cart that another version kept",
        labels=TICKET,
        act=starts_with_carts_of_another_version,
    ),
    Alarm(
        alert="HeadsupLagGrows",
        fault="the shop writes more than is read",
        labels=OURS,
        act=floods,
        again=floods,
        is_over_after=False,
    ),
)


OF_NAMES: Sequence[Alarm[World]] = (
    Alarm(
        alert="HeadsupNameTwice",
        fault="a pod was taken away by force, and runs: there are two of its name",
        labels=TICKET,
        act=has_its_name_twice,
        is_over_after=False,
    ),
)


@asynccontextmanager
async def world_on(
    servers: str, prefix: str, folder: Path
) -> AsyncIterator[tuple[World, Prometheus]]:
    await apply_topics(servers, prefix, partitions=PARTITIONS)
    async with carts_on(servers, prefix, folder) as carts:
        world = World(carts)
        targets = [f"127.0.0.1:{port}" for port in world.ports]
        try:
            async with prometheus(folder, targets) as running:
                await world.start()
                await eventually(partial(running.finds, "up == 1"))
                yield world, running
        finally:
            await world.close()


async def test_faults_of_carts_are_told(kafka: Broker, topic_prefix: str, tmp_path: Path) -> None:
    async with world_on(kafka.bootstrap_servers, topic_prefix, tmp_path) as (world, running):
        await each_fires(ROWS, world, running)


async def test_two_of_one_name_are_told_until_one_of_them_ends_and_the_other_goes_on(
    kafka: Broker, topic_prefix: str, tmp_path: Path
) -> None:
    async with world_on(kafka.bootstrap_servers, topic_prefix, tmp_path) as (world, running):
        earlier = world.watching
        await each_fires(OF_NAMES, world, running)
        later = world.watching
        assert earlier is not None
        assert later is not None
        ending = [asyncio.ensure_future(each.process.communicate()) for each in (earlier, later)]
        [first], [other] = await asyncio.wait(ending, return_when=asyncio.FIRST_COMPLETED)
        assert {earlier.process.returncode, later.process.returncode} == {WRONG_SETTINGS, None}
        assert (
            "HEADSUP_INSTANCE: Kafka did not know us under the name one"
            in first.result()[1].decode()
        )
        left = later if first is ending[0] else earlier
        await left.until_ready()
        await asyncio.wait([other], timeout=LONGER_THAN_A_LOSS)
        assert not other.done()
        await left.until_ready()
        other.cancel()
