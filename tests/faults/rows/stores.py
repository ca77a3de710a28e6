"""Kafka and PostgreSQL restarted under load, and replicas that come and go."""

import asyncio
import sys
from dataclasses import replace
from itertools import cycle, islice

from headsup.clock import SystemClock
from headsup.contracts.channels import Channel
from headsup.contracts.registry import Topic
from sandbox.providers.faults import Fault, FaultRule
from tests.faults.fleet import environment_of
from tests.faults.rows.row import Row
from tests.faults.world import World

_CALL = 0.4
"""Seconds that a call takes, so that some are under way when their process stands still."""
_FROZEN = 8.0
"""Seconds; a lease is six."""
_LEASE = 6.0
_MOST_TRIES = 8
_HELD = f"""
    SELECT count(*) FROM notifier.notifications
    WHERE state = 'sending' AND due_at < now() + make_interval(secs => {_LEASE - 3 * _CALL})
"""  # noqa: S608 - our own numbers
"""Claimed longer ago than a call takes: by somebody who stands still."""
_LATE = "SELECT count(*) FROM notifier.attempts WHERE NOT counted"


async def _kafka(world: World) -> None:
    """Once in order and once as in a crash."""
    await world.begin()
    kafka = world.ground.kafka

    def crash() -> None:
        kafka.kill()
        kafka.start()

    async def act(number: int) -> None:
        await world.strike(1.0)
        await asyncio.to_thread((kafka.restart, crash)[number % 2])
        world.over()

    times = world.measure.of(2, 6)
    await world.in_rounds(times, act, over=4.0)
    world.expect_strikes(times)


async def _postgres(world: World) -> None:
    await world.begin()

    async def act(_number: int) -> None:
        await world.strike(1.5)
        since = SystemClock().now()
        await asyncio.to_thread(world.ground.postgres.crash)
        await asyncio.to_thread(world.ground.postgres.start)
        world.disturbed(since)
        world.over()

    times = world.measure.of(2, 6)
    await world.in_rounds(times, act, over=4.0)
    world.expect_strikes(times)


async def _replicas(world: World) -> None:
    """Members without lasting names, so that who leaves is not waited for."""
    await world.begin(has_name=False)
    await world.fleet.stop("order_events-a")
    world.fleet.start("order_events", has_name=False)

    async def act(number: int) -> None:
        if number == 1:
            for service in ("order_events", "notifier"):
                for name in ("b", "c"):
                    world.fleet.start(service, name, has_name=False)
            others = [f"{s}-{n}" for s in ("order_events", "notifier") for n in "bc"]
            await world.fleet.ready(*others)
        elif number == 3:
            await asyncio.gather(world.fleet.stop("order_events-a"), world.fleet.stop("notifier-b"))
            world.over()

    await world.in_rounds(5, act, over=3.0)


async def _frozen(world: World) -> None:
    """A replica is stopped for longer than its lease, in the middle of calls, and then goes on; a
    second one takes over meanwhile."""
    await world.begin()
    world.fleet.start("notifier", "b")
    await world.fleet.ready("notifier-b")
    slow = [FaultRule(channel=c, fault=Fault.DELAY, delay_s=_CALL) for c in Channel]
    world.providers.faults.set(*slow)

    async def act(number: int) -> None:
        await world.pause(1.0)
        since = SystemClock().now()
        late = await world.number(_LATE)
        for member in islice(cycle(("notifier-a", "notifier-b")), number % 2, _MOST_TRIES):
            await world.strike(0.0)
            world.fleet.freeze(member)
            await asyncio.sleep(4 * _CALL)
            is_caught = await world.number(_HELD)
            if is_caught:
                await asyncio.sleep(_FROZEN)
            world.fleet.thaw(member)
            # What it held may have waited for its turn: then no call of its own comes late.
            if is_caught and await _came_late(world, more_than=late):
                break
        world.disturbed(since)

    times = world.measure.of(2, 12)
    await world.in_rounds(times, act, over=6.0)
    world.over()
    world.expect_strikes(times)
    if not await _came_late(world, more_than=0):
        world.broken.append("no lease ran out")


async def _came_late(world: World, *, more_than: int) -> bool:
    """Whether somebody's lease ran out, as its late results say: who was thawed last may be about
    to write them."""
    for _ in range(int(_LEASE / _CALL)):
        if await world.number(_LATE) > more_than:
            return True
        await asyncio.sleep(_CALL)
    return False


async def _grown(world: World) -> None:
    """Topics get more partitions while events come: an order's next event is elsewhere."""
    await world.begin()
    before = world.plot.partitions

    async def act(number: int) -> None:
        if number == 1:
            await _apply_topics(world, 2 * before)
            world.plot = replace(world.plot, partitions=2 * before)
            await world.load.connect_anew()
            world.over()

    await world.in_rounds(3, act, over=3.0)
    ends = await world.plot.ends((Topic.ORDERS, Topic.SHIPMENTS))
    if not any(end for partition, end in ends.items() if partition.partition >= before):
        world.broken.append("nothing came to the new partitions")


async def _apply_topics(world: World, partitions: int) -> None:
    words = ["topics", "apply", "--partitions", str(partitions)]
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from headsup.cli.main import app; app()", *words),
        env=environment_of(world.plot.settings),
        stdout=asyncio.subprocess.DEVNULL,
    )
    if await command.wait():
        world.broken.append("headsup topics apply failed")


ROWS = (
    Row(name="Kafka restarted", act=_kafka, alone=True, orders=(24, 120)),
    Row(name="PostgreSQL restarted", act=_postgres, alone=True, orders=(24, 120), may_doubt=True),
    Row(name="partitions added", act=_grown, only_long=True, waits=True, orders=(24, 120)),
    Row(
        name="a replica frozen for longer than its lease",
        act=_frozen,
        waits=True,
        orders=(24, 240),
        may_doubt=True,
    ),
    Row(
        name="one, three, two replicas",
        act=_replicas,
        partitions=6,
        waits=True,
        orders=(30, 300),
    ),
)
