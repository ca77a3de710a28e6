"""The outbox and the announcer on a real database, with a publisher that refuses and stays away."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import asyncpg
import pytest

from headsup.announcer import MOST_BYTES as MOST_BYTES_ANNOUNCED
from headsup.announcer import Announcer
from headsup.kafka.producer import MemoryPublisher, Outgoing, PublishError
from headsup.outbox import MOST_BYTES, Committed, Outbox
from tests.support.eventually import eventually

GOOD, BAD, LAST = (Outgoing("topic", key, b"value") for key in (b"good", b"bad", b"last"))


class Desk:
    """An outbox, its publisher, and a look at its rows."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self.pool = pool
        self.publisher = MemoryPublisher()
        self.outbox = Outbox("order_events", pool, self.publisher)
        self.refused: list[int] = []
        self.in_order = Outbox(
            "order_events",
            pool,
            self.publisher,
            in_order=True,
            on_refused=self.refused.append,
        )

    async def commit(self, records: Sequence[Outgoing]) -> Committed:
        async with self.pool.acquire() as connection, connection.transaction():
            return await self.in_order.add(connection, list(records))

    async def age(self) -> None:
        """Lets a minute pass for what waits."""
        await self.pool.execute(
            "UPDATE order_events.outbox SET created_at = created_at - interval '1 minute'"
        )

    def values(self) -> list[bytes | None]:
        return [record.value for record in self.publisher.published]

    async def published(self, count: int) -> bool:
        """Whether so many records were published."""
        return len(self.publisher.published) == count

    async def rows(self) -> list[bytes]:
        found = await self.pool.fetch("SELECT key FROM order_events.outbox ORDER BY id")
        return [row["key"] for row in found]


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with asyncpg.create_pool(database_url, min_size=1) as pool:
        yield Desk(pool)


async def test_what_was_announced_is_published_and_its_rows_are_gone(desk: Desk) -> None:
    announcer = Announcer(desk.outbox)
    async with announcer.running():
        await announcer.announce(await desk.commit([GOOD, LAST]))
    assert desk.publisher.published == [GOOD, LAST]
    assert await desk.rows() == []


async def test_a_record_that_kafka_does_not_take_holds_up_nothing(desk: Desk) -> None:
    desk.publisher.left = {BAD.key}
    announcer = Announcer(desk.outbox)
    async with announcer.running():
        await announcer.announce(await desk.commit([GOOD, BAD, LAST]))
    assert desk.publisher.published == [GOOD, LAST]
    assert await desk.rows() == [BAD.key]


async def test_many_records_that_kafka_does_not_take_hold_up_no_sweep(desk: Desk) -> None:
    desk.publisher.left = {BAD.key}
    await desk.commit([BAD] * 600 + [GOOD])
    await desk.age()
    assert await desk.outbox.sweep() == 0  # and asks for no more, for Kafka may be away
    assert desk.outbox.left == 500
    assert await desk.outbox.sweep() == 1
    assert desk.outbox.left == 100
    assert await desk.outbox.sweep() == 0
    assert desk.outbox.left == 100, "what was tried a moment ago is there still"
    desk.publisher.left = set()
    await desk.age()
    assert await desk.outbox.sweep() == 600
    assert desk.outbox.left == 0
    assert desk.publisher.published[0] == GOOD


async def test_a_sweep_takes_as_much_as_there_is(desk: Desk) -> None:
    await desk.commit([GOOD] * 1100)
    await desk.age()
    assert await desk.outbox.sweep() == 1100
    assert await desk.rows() == []


class Counting(MemoryPublisher):
    """Notes how many bytes it was given at once."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    async def publish(self, records: Sequence[Outgoing]) -> None:
        self.sizes.append(sum(len(record.value or b"") for record in records))
        await super().publish(records)


@pytest.mark.parametrize("part", ["key", "value", "headers"])
async def test_a_sweep_takes_large_ones_a_few_at_a_time(desk: Desk, part: str) -> None:
    publisher, large = Counting(), bytes(MOST_BYTES // 4)
    record = {
        "key": Outgoing("topic", large, b""),
        "value": Outgoing("topic", b"key", large),
        "headers": Outgoing("topic", b"key", b"", (("large", large),)),
    }[part]
    await desk.commit([record] * 9 + [GOOD])
    await desk.age()
    assert await Outbox("order_events", desk.pool, publisher).sweep() == 10
    assert len(publisher.sizes) == 3
    assert max(publisher.sizes) <= MOST_BYTES
    assert publisher.published[-1] == GOOD
    assert await desk.rows() == []


async def test_one_that_is_larger_than_a_sweep_takes_at_once_is_taken_alone(desk: Desk) -> None:
    await desk.commit([Outgoing("topic", b"key", bytes(2 * MOST_BYTES)), GOOD])
    await desk.age()
    assert await desk.outbox.sweep() == 2
    assert await desk.rows() == []


async def test_while_kafka_is_slow_large_ones_wait_in_the_outbox_alone(desk: Desk) -> None:
    slow = asyncio.Event()

    class Slow(Counting):
        async def publish(self, records: Sequence[Outgoing]) -> None:
            await slow.wait()
            await super().publish(records)

    publisher, large = Slow(), Outgoing("topic", b"key", bytes(MOST_BYTES_ANNOUNCED // 2))
    announcer = Announcer(Outbox("order_events", desk.pool, publisher))
    async with announcer.running():
        for _ in range(3):
            await announcer.announce(await desk.commit([large]))
        assert len(await desk.rows()) == 3
        slow.set()
        await eventually(lambda: _are_published(publisher, 2))
        await announcer.announce(await desk.commit([large]))
        await eventually(lambda: _are_published(publisher, 3))
    assert len(await desk.rows()) == 1, "the third of them is left to the sweep"


async def _are_published(publisher: MemoryPublisher, count: int) -> bool:
    return len(publisher.published) == count


@pytest.mark.parametrize("by_the_sweep", [False, True])
async def test_what_kafka_never_takes_is_set_aside_and_holds_up_nothing_of_its_key(
    desk: Desk, by_the_sweep: bool
) -> None:
    desk.publisher.refused = {b"anna"}
    large = await desk.commit([Outgoing("topic", b"anna", b"too large")])
    if by_the_sweep:
        await desk.age()
        assert await desk.in_order.sweep() == 0
    else:
        with pytest.raises(PublishError):
            await desk.in_order.publish(large)
    assert desk.refused == [1]
    desk.publisher.refused = set()
    await desk.in_order.publish(await desk.commit([Outgoing("topic", b"anna", b"next")]))
    await desk.age()
    assert await desk.in_order.sweep() == 0
    assert desk.values() == [b"next"]
    assert await desk.rows() == [b"anna"]


async def test_what_is_swept_is_nobody_elses_for_a_while(desk: Desk) -> None:
    desk.publisher.is_away = True
    await desk.commit([GOOD])
    await desk.age()
    assert await desk.outbox.sweep() == 0
    desk.publisher.is_away = False
    assert await desk.outbox.sweep() == 0
    await desk.age()
    assert await desk.outbox.sweep() == 1
    assert await desk.rows() == []


async def test_while_kafka_is_away_everything_stays_in_the_outbox(desk: Desk) -> None:
    desk.publisher.is_away = True
    announcer = Announcer(desk.outbox)
    async with announcer.running():
        await announcer.announce(await desk.commit([GOOD]))
        await announcer.announce(await desk.commit([LAST]))
    assert await desk.rows() == [GOOD.key, LAST.key]


async def test_an_announcer_that_breaks_ends_those_around_it(desk: Desk) -> None:
    class BrokenPublisher:
        async def publish(self, records: Sequence[Outgoing]) -> None:
            del records
            raise RuntimeError

    announcer = Announcer(Outbox("order_events", desk.pool, BrokenPublisher()))
    with pytest.raises(ExceptionGroup) as caught:
        async with announcer.running():
            await announcer.announce(await desk.commit([GOOD]))
    assert caught.group_contains(RuntimeError)
    assert await desk.rows() == [GOOD.key]


async def test_what_was_left_behind_is_not_overtaken_by_what_came_after_it(desk: Desk) -> None:
    outbox = desk.in_order
    await desk.commit([Outgoing("topic", b"anna", b"first")])
    later = [Outgoing("topic", b"anna", b"second"), Outgoing("topic", b"boris", b"his")]
    await outbox.publish(await desk.commit(later))
    assert desk.values() == [b"his"]
    await desk.age()
    assert await outbox.sweep() == 2
    assert desk.values() == [b"his", b"first", b"second"]
    assert await desk.rows() == []


async def test_what_kafka_did_not_take_is_not_overtaken_either(desk: Desk) -> None:
    outbox = desk.in_order
    desk.publisher.left = {b"anna"}
    with pytest.raises(PublishError):
        await outbox.publish(await desk.commit([Outgoing("topic", b"anna", b"first")]))
    desk.publisher.left = set()
    await outbox.publish(await desk.commit([Outgoing("topic", b"anna", b"second")]))
    assert desk.values() == []
    await desk.age()
    await outbox.sweep()
    assert desk.values() == [b"first", b"second"]


async def test_what_another_replica_sweeps_now_is_not_overtaken(desk: Desk) -> None:
    await desk.commit([Outgoing("topic", b"anna", b"first")])
    await desk.commit([Outgoing("topic", b"anna", b"second")])
    await desk.pool.execute(
        "UPDATE order_events.outbox SET created_at = created_at - interval '1 minute' "
        "WHERE value = 'second'"
    )
    assert await desk.in_order.sweep() == 0
    assert desk.values() == []


async def test_where_nothing_older_was_there_nobody_asks_again(desk: Desk) -> None:
    await desk.commit([Outgoing("topic", b"anna", b"first")])
    assert not (await desk.commit([Outgoing("topic", b"anna", b"second")])).is_first
    alone = await desk.commit([Outgoing("topic", b"boris", b"his")])
    assert alone.is_first
    await desk.in_order.publish(alone)
    assert desk.values() == [b"his"]


async def test_only_records_of_one_topic_wait_for_each_other(desk: Desk) -> None:
    await desk.commit([Outgoing("topic.dlq", b"anna", b"dead")])
    await desk.in_order.publish(await desk.commit([Outgoing("topic", b"anna", b"first")]))
    assert desk.values() == [b"first"]


async def test_records_without_a_key_have_no_order(desk: Desk) -> None:
    await desk.commit([Outgoing("topic", None, b"first")])
    await desk.in_order.publish(await desk.commit([Outgoing("topic", None, b"second")]))
    assert desk.values() == [b"second"]


async def test_two_announcements_that_arrive_in_the_wrong_order_are_put_right(desk: Desk) -> None:
    first = await desk.commit([Outgoing("topic", b"anna", b"first")])
    second = await desk.commit([Outgoing("topic", b"anna", b"second")])
    both = Committed([*second.rows, *first.rows], [*second.records, *first.records])
    await desk.in_order.publish(both)
    assert desk.values() == [b"first", b"second"]


async def test_what_overtook_its_older_one_by_a_moment_goes_as_soon_as_that_has_gone(
    desk: Desk,
) -> None:
    first = await desk.commit([Outgoing("topic", b"anna", b"first")])
    later = [Outgoing("topic", b"anna", b"second"), Outgoing("topic", b"boris", b"his")]
    second = await desk.commit(later)
    announcer = Announcer(desk.in_order)
    async with announcer.running():
        await announcer.announce(second)
        await eventually(lambda: desk.published(1))
        await announcer.announce(first)
        await eventually(lambda: desk.published(3), seconds=1.0)
    assert desk.values() == [b"his", b"first", b"second"]
    assert await desk.rows() == []
