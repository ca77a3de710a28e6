"""What is otherwise with us than in Faust's driver for Kafka."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.errors import GroupAuthorizationFailedError
from faust.types import TP

from headsup.settings import Environment, kafka_settings
from services.cart_recovery.agent import application
from services.cart_recovery.driver import App, OrderedConsumer

CARTS = TP("shop.carts", 0)


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    """An application that was not started."""
    settings = kafka_settings(Environment({"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}))
    app = application(settings, 3, str(tmp_path))
    app.finalize()
    yield app
    consumer: Any = app.consumer
    consumer._thread.thread_loop.close()


@pytest.fixture
def consumer(app: App) -> OrderedConsumer:
    found = app.consumer
    assert isinstance(found, OrderedConsumer)
    return found


@pytest.mark.parametrize(
    ("committed", "acknowledged", "commits"),
    [
        (None, [], None),
        (None, [0], 1),
        (10, [10, 11, 12], 13),
        (10, [12], 13),  # 10 and 11 are marks of transactions
        (0, [0, 5, 6], 7),
        (1, [3], 4),  # Faust would wait for ever for what nobody is given
    ],
)
def test_the_position_is_behind_the_last_event_that_is_done(
    consumer: OrderedConsumer, committed: int | None, acknowledged: list[int], commits: int | None
) -> None:
    consumer._committed_offset[CARTS] = committed
    consumer._acked[CARTS].extend(acknowledged)
    assert consumer._new_offset(CARTS) == commits
    assert consumer._new_offset(CARTS) is None


async def test_what_a_transaction_took_back_is_not_read(consumer: OrderedConsumer) -> None:
    thread: Any = consumer._thread
    made = thread._create_worker_consumer(consumer.transport)
    assert made._isolation_level == "read_committed"
    made._closed = True  # it was never started


def test_a_thread_that_hangs_does_not_keep_the_process(consumer: OrderedConsumer) -> None:
    assert consumer._thread.Worker(consumer._thread).daemon


async def test_a_delivery_that_need_not_wait_makes_no_tasks(consumer: OrderedConsumer) -> None:
    before, seen = asyncio.all_tasks(), list[set[Any]]()

    async def delivers() -> None:
        seen.append(asyncio.all_tasks() - before)

    await consumer.wait_first(delivers(), asyncio.Event().wait())
    assert seen == [set()]


async def test_a_delivery_that_has_to_wait_is_waited_for(consumer: OrderedConsumer) -> None:
    first, second, delivered = asyncio.Event(), asyncio.Event(), list[str]()

    async def delivers() -> None:
        await first.wait()
        second.set()
        await asyncio.wait_for(second.wait(), 10)
        delivered.append("it")

    asyncio.get_running_loop().call_soon(first.set)
    await consumer.wait_first(delivers(), asyncio.Event().wait())
    assert delivered == ["it"]


async def test_a_delivery_that_waits_can_be_interrupted(consumer: OrderedConsumer) -> None:
    interruption, ended = asyncio.Event(), asyncio.Event()

    async def delivers() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    asyncio.get_running_loop().call_soon(interruption.set)
    await consumer.wait_first(delivers(), interruption.wait())
    await asyncio.wait_for(ended.wait(), 10)


@pytest.mark.parametrize("waits", [False, True], ids=["at once", "after it had to wait"])
async def test_what_breaks_a_delivery_is_told(consumer: OrderedConsumer, *, waits: bool) -> None:
    async def delivers() -> None:
        if waits:
            await asyncio.sleep(0)
        raise LookupError("it")

    with pytest.raises(LookupError, match="it"):
        await consumer.wait_first(delivers(), asyncio.Event().wait())


async def test_the_table_holds_what_its_changelog_says(app: App) -> None:
    table = app.Table("carts", key_type=bytes, value_type=bytes, partitions=3)
    for key, value in ((b"a", b"1"), (b"b", b"2"), (b"a", b"3"), (b"b", None), (b"never", None)):
        event = SimpleNamespace(message=SimpleNamespace(key=key, value=value, partition=0))
        table.apply_changelog_batch([cast("Any", event)])
    assert dict(table.data.items()) == {b"a": b"3"}


class Thread:
    """Where the consumer reads: it has committed this."""

    def __init__(self, committed: dict[TP, int | None]) -> None:
        self._committed = committed
        self.begun_again: tuple[TP, ...] = ()

    async def seek_to_committed(self) -> dict[TP, int | None]:
        return self._committed

    async def seek_to_beginning(self, *partitions: TP) -> None:
        self.begun_again = partitions


async def test_what_was_let_fall_before_anything_was_committed_is_read_again(
    app: App, consumer: OrderedConsumer
) -> None:
    changelog, tables = TP("cart_recovery.carts", 0), cast("Any", app.tables)
    tables._changelogs[changelog.topic] = object()
    mine, second, third = (TP("shop.carts", number) for number in range(3))
    thread: Any = Thread({mine: None, second: 0, third: 7, changelog: None})
    before, consumer._thread = consumer._thread, thread
    await consumer.perform_seek()
    consumer._thread = before
    assert thread.begun_again == (mine, second)


class Coordinator:
    """What aiokafka knows of our membership."""

    def __init__(self) -> None:
        self._coordination_task: asyncio.Task[None] = asyncio.create_task(self._takes_part())
        self._pending_exception: BaseException | None = None
        self.breaks = asyncio.Event()

    async def _takes_part(self) -> None:
        await self.breaks.wait()
        raise GroupAuthorizationFailedError("x")


class Reader:
    def __init__(self, coordinator: Coordinator) -> None:
        self._coordinator = coordinator


async def test_a_membership_that_ended_is_known(consumer: OrderedConsumer) -> None:
    assert consumer.broken() is None
    coordinator, thread = Coordinator(), consumer._thread
    thread._consumer = Reader(coordinator)
    assert consumer.broken() is None
    coordinator._pending_exception = GroupAuthorizationFailedError("x")
    assert consumer.broken() is coordinator._pending_exception
    coordinator._pending_exception = None
    coordinator.breaks.set()
    await asyncio.wait({coordinator._coordination_task})
    assert isinstance(consumer.broken(), GroupAuthorizationFailedError)


async def test_a_rebalance_is_timed_from_its_beginning(app: App) -> None:
    assert app.letting_go_since is None
    app.on_rebalance_start()
    assert app.letting_go_since is not None
