"""Kafka and PostgreSQL restarted under load, and replicas that come and go."""

import asyncio

from tests.faults.rows.row import Row
from tests.faults.world import World


async def _kafka(world: World) -> None:
    """Once in order and once as in a crash."""
    await world.begin()
    kafka = world.ground.kafka

    def crash() -> None:
        kafka.kill()
        kafka.start()

    async def act(number: int) -> None:
        await world.pause(1.0)
        await asyncio.to_thread((kafka.restart, crash)[number % 2])
        world.over()

    await world.in_rounds(world.measure.of(2, 6), act, over=4.0)


async def _postgres(world: World) -> None:
    await world.begin()

    async def act(_number: int) -> None:
        await world.pause(1.5)
        await asyncio.to_thread(world.ground.postgres.crash)
        await asyncio.to_thread(world.ground.postgres.start)
        world.over()

    await world.in_rounds(world.measure.of(2, 6), act, over=4.0)


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


ROWS = (
    Row(name="Kafka restarted", act=_kafka, alone=True, orders=(24, 120)),
    Row(name="PostgreSQL restarted", act=_postgres, alone=True, orders=(24, 120), may_doubt=True),
    Row(
        name="one, three, two replicas",
        act=_replicas,
        partitions=6,
        waits=True,
        orders=(30, 300),
        may_doubt=True,
    ),
)
