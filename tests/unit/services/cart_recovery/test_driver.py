"""What is otherwise with us than in Faust's driver for Kafka."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.errors import GroupAuthorizationFailedError
from faust.events import Event
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from headsup.settings import Environment, kafka_settings
from services.cart_recovery.agent import application
from services.cart_recovery.driver import App, OrderedConsumer, Table
from services.cart_recovery.shelf import Shelf, ShelfError

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


async def test_only_what_we_finished_counts_as_read(app: App, consumer: OrderedConsumer) -> None:
    """Faust lets fall what is at hand in a rebalance, and acknowledges it."""
    cast("Any", app.topics)._acking_topics.add(CARTS.topic)
    consumer._committed_offset[CARTS] = 7
    _event(consumer, 8).ack()
    assert consumer._new_offset(CARTS) is None
    assert not consumer.unacked
    app.finish(_event(consumer, 7))
    assert consumer._new_offset(CARTS) == 8


def _event(consumer: OrderedConsumer, offset: int) -> Any:
    message = ConsumerMessage(
        *(CARTS.topic, CARTS.partition, offset, 0.0, 0, [], None, None, None), tp=CARTS
    )
    message.incref()
    consumer.track_message(message)
    return Event(consumer.app, None, None, None, message)


async def test_how_far_we_have_read_is_known(app: App, consumer: OrderedConsumer) -> None:
    app.sensors.add(app.monitor)
    consumer.track_message(_event(consumer, 7).message)
    assert app.monitor.tp_read_offsets == {CARTS: 7}


async def test_a_delivery_makes_no_tasks(consumer: OrderedConsumer) -> None:
    before, seen = asyncio.all_tasks(), list[set[Any]]()

    async def delivers() -> None:
        seen.append(asyncio.all_tasks() - before)

    await consumer.wait_first(delivers(), asyncio.Event().wait())
    assert seen == [set()]


async def test_a_delivery_that_has_to_wait_is_waited_for(consumer: OrderedConsumer) -> None:
    first, delivered = asyncio.Event(), list[str]()

    async def delivers() -> None:
        await asyncio.wait_for(first.wait(), 10)
        delivered.append("it")

    asyncio.get_running_loop().call_soon(first.set)
    await consumer.wait_first(delivers(), asyncio.Event().wait())
    assert delivered == ["it"]


async def test_whoever_reads_comes_after_each_delivery(consumer: OrderedConsumer) -> None:
    order = list[str]()

    async def delivers() -> None:
        asyncio.get_running_loop().call_soon(order.append, "read")

    for _ in range(2):
        await consumer.wait_first(delivers(), asyncio.Event().wait())
        order.append("delivered")
    assert order == ["read", "delivered"] * 2


async def test_whoever_stops_the_flow_interrupts_a_delivery_that_waits(
    consumer: OrderedConsumer,
) -> None:
    ended = list[str]()

    async def delivers() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("it")

    asyncio.get_running_loop().call_soon(consumer.stop_flow)
    await asyncio.wait_for(consumer.wait_first(delivers(), consumer.suspend_flow.wait()), 10)
    assert ended == ["it"]
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    consumer.resume_flow()
    assert await _delivered(consumer) == ["it"]


async def test_whoever_is_cancelled_while_the_flow_stops_is_cancelled(
    consumer: OrderedConsumer,
) -> None:
    waits = consumer.wait_first(asyncio.Event().wait(), consumer.suspend_flow.wait())
    task = asyncio.create_task(waits)
    await asyncio.sleep(0)
    consumer.stop_flow()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 10)


async def test_whoever_is_cancelled_alone_is_cancelled(consumer: OrderedConsumer) -> None:
    waits = consumer.wait_first(asyncio.Event().wait(), consumer.suspend_flow.wait())
    task = asyncio.create_task(waits)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 10)
    assert await _delivered(consumer) == ["it"]


async def test_while_the_flow_is_stopped_faust_waits_in_its_own_way(
    consumer: OrderedConsumer,
) -> None:
    consumer.stop_flow()

    async def waits() -> None:
        await asyncio.Event().wait()

    found = await asyncio.wait_for(consumer.wait_first(waits(), consumer.suspend_flow.wait()), 10)
    assert not found.stopped


@pytest.mark.parametrize("waits", [False, True], ids=["at once", "after it had to wait"])
async def test_what_breaks_a_delivery_is_told(consumer: OrderedConsumer, *, waits: bool) -> None:
    async def delivers() -> None:
        if waits:
            await asyncio.sleep(0)
        raise LookupError("it")

    with pytest.raises(LookupError, match="it"):
        await consumer.wait_first(delivers(), asyncio.Event().wait())
    assert await _delivered(consumer) == ["it"]


async def _delivered(consumer: OrderedConsumer) -> list[str]:
    """The next one that is."""
    found = list[str]()

    async def delivers() -> None:
        found.append("it")

    await consumer.wait_first(delivers(), asyncio.Event().wait())
    return found


async def test_the_table_holds_what_its_changelog_says(app: App) -> None:
    table = app.Table("carts", key_type=bytes, value_type=bytes, partitions=3)
    shelf, failed = Shelf(), list[BaseException]()
    cast("Table", table).lie_on(shelf, failed.append)
    for key, value in ((b"a", b"1"), (b"b", b"2"), (b"a", b"3"), (b"b", None), (b"never", None)):
        event = SimpleNamespace(message=SimpleNamespace(key=key, value=value, partition=0))
        table.apply_changelog_batch([cast("Any", event)])
    assert list(shelf) == [b"a"]
    assert shelf.get(b"a") == b"3"
    assert not table.data
    assert failed == []


class FullShelf(Shelf):
    """Its disk is full."""

    def lay(self, partition: int, key: bytes, value: bytes | None) -> None:
        del partition, key, value
        raise ShelfError


async def test_a_table_that_cannot_be_read_in_is_told_though_faust_swallows_it(app: App) -> None:
    table = app.Table("carts", key_type=bytes, value_type=bytes, partitions=3)
    failed = list[BaseException]()
    cast("Table", table).lie_on(FullShelf(), failed.append)
    event = SimpleNamespace(message=SimpleNamespace(key=b"a", value=b"1", partition=0))
    with pytest.raises(ShelfError):
        table.apply_changelog_batch([cast("Any", event)])
    assert [type(error) for error in failed] == [ShelfError]


class Client:
    """aiokafka's consumer: it has committed this, and is asked to go back."""

    def __init__(self, committed: dict[TP, int | None]) -> None:
        self._committed = committed
        self._subscription = SimpleNamespace(is_assigned=committed.__contains__)
        self._fetcher = SimpleNamespace(seek_to=self._seek_to)
        self.went_back: dict[TP, int] = {}

    async def seek_to_committed(self) -> dict[TP, int | None]:
        return self._committed

    def _seek_to(self, tp: TP, position: int) -> None:
        self.went_back[tp] = position


async def test_what_was_let_fall_before_anything_was_committed_is_read_again(
    app: App, consumer: OrderedConsumer
) -> None:
    changelog, tables = TP("cart_recovery.carts", 0), cast("Any", app.tables)
    tables._changelogs[changelog.topic] = object()
    mine, second, third = (TP("shop.carts", number) for number in range(3))
    thread, client = (
        cast("Any", consumer)._thread,
        Client({mine: None, second: 0, third: 7, changelog: None}),
    )
    thread._consumer = client
    await thread._go_back()
    thread._consumer = None
    assert client.went_back == {mine: 0, second: 0}


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


async def test_what_a_stream_was_given_since_the_flow_went_on_is_not_taken_from_it(
    app: App,
) -> None:
    queue = app.FlowControlQueue(maxsize=9, clear_on_resume=True)
    app.flow_control.resume()
    await queue.put("given while the table was read")
    app.flow_control.resume()
    assert queue.qsize() == 1
    app.flow_control.suspend()
    app.flow_control.resume()
    assert not queue.qsize()


async def test_the_changelog_is_read_without_a_wait(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    async def waits(*_seconds: float) -> None:
        begun.append("waits")

    async def reads() -> None:
        begun.append("reads")

    tables = cast("Any", app.tables)
    monkeypatch.setattr(tables, "sleep", waits)
    monkeypatch.setattr(tables.recovery, "start", reads)
    monkeypatch.setattr(app.consumer, "assignment", set)
    monkeypatch.setattr(app.consumer, "pause_partitions", lambda _none: None)
    await tables.on_start()
    assert begun == ["reads"]
    assert tables._tables_registered.is_set()
