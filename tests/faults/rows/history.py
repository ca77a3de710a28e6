"""Events twice, in any order, all over again, all at once, and among rubbish."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from headsup.contracts.registry import Topic
from headsup.dead_letters import ORIGIN, REASON
from headsup.kafka.producer import Outgoing
from tests.faults.ground import OF_NOTIFIER, OF_ORDER_EVENTS
from tests.faults.journeys import doubled_and_shuffled
from tests.faults.rows.row import Row
from tests.faults.world import World
from tests.support.events import outgoing
from tests.support.reading import TopicReader

_REFUSED = Path("schemas/examples/refused")
_OLD = timedelta(minutes=10)
"""Older than what counts as news."""
_SMALL_BATCHES = {"HEADSUP_BATCH_SIZE": "10"}
"""A backlog is more than a batch."""
_OLD_ENOUGH = 66.0
"""Seconds after which a record that was not read makes its reader behind."""


async def _shuffled(world: World) -> None:
    await world.begin()
    await world.load.events(doubled_and_shuffled(world.events, world.dice), over=5.0)
    world.over()


async def _replayed(world: World) -> None:
    """Everything is read again from the beginning, and then comes again."""
    await world.begin(has_name=False)
    events = world.events
    await world.load.events(events, over=3.0)
    await world.settle()
    for member in ("order_events-a", "notifier-a"):
        await world.fleet.stop(member)
    await world.execute("DELETE FROM order_events.positions")
    await world.plot.rewind("notifier")
    world.fleet.start("order_events", has_name=False)
    world.fleet.start("notifier", has_name=False)
    await world.fleet.ready("order_events-a", "notifier-a")
    await world.settle()
    await world.load.events(events)


async def _order_events_was_down(world: World) -> None:
    world.expected = world.expected.only_the_newest()
    await world.begin(order_events=False)
    await world.load.events(world.events, age=_OLD)
    world.over()
    world.fleet.start("order_events")


async def _notifier_was_down(world: World) -> None:
    world.expected = world.expected.only_the_newest()
    await world.begin()
    await world.fleet.stop("notifier-a")
    await world.load.events(world.events, over=5.0)
    await asyncio.sleep(_OLD_ENOUGH)
    world.over()
    world.fleet.start("notifier")


async def _poisoned(world: World) -> None:
    await world.begin()
    poison = poison_for(
        world, [t for t in (*OF_ORDER_EVENTS, *OF_NOTIFIER) if t is not Topic.OUTCOMES]
    )
    events = [outgoing(world.plot.prefix, event) for event in world.events]
    mixed = [*events, *poison]
    at = {id(record): place + world.dice.random() for place, record in enumerate(events)}
    every = len(events) / len(poison)
    at.update({id(record): place * every for place, record in enumerate(poison)})
    mixed.sort(key=lambda record: at[id(record)])
    await world.load.records(mixed, over=4.0)
    world.over()
    await world.settle()
    await expect_dead_letters(world, poison)


def poison_for(world: World, topics: Sequence[str]) -> list[Outgoing]:
    """Every way to be refused, on every one of these topics."""
    bodies = [path.read_bytes() for path in sorted(_REFUSED.glob("*.json"))]
    return [
        Outgoing(world.plot.prefix + topic, f"poison-{place}".encode(), body)
        for place, (topic, body) in enumerate((t, b) for b in bodies for t in topics)
    ]


async def expect_dead_letters(world: World, poison: list[Outgoing]) -> None:
    """Each of them lies beside its topic, with a reason."""
    for topic in {record.topic for record in poison}:
        wanted = sum(record.topic == topic for record in poison)
        async with TopicReader(world.plot.servers, f"{topic}.dlq") as reader:
            found = [dict(record.headers) for record in await reader.all_now()]
        origins = {headers.get(ORIGIN) for headers in found if headers.get(REASON)}
        if len(origins) != wanted:
            name = topic.removeprefix(world.plot.prefix)
            world.broken.append(f"{len(origins)} of {wanted} dead letters of {name}")


ROWS = (
    Row(name="every event twice and shuffled", act=_shuffled, orders=(36, 400)),
    Row(name="everything replayed", act=_replayed, orders=(24, 240), waits=True),
    Row(
        name="order_events was down",
        act=_order_events_was_down,
        orders=(48, 400),
        settings=_SMALL_BATCHES,
    ),
    Row(
        name="notifier was down",
        act=_notifier_was_down,
        waits=True,
        orders=(48, 400),
        settings=_SMALL_BATCHES,
    ),
    Row(name="poison among good records", act=_poisoned, orders=(60, 240)),
)
