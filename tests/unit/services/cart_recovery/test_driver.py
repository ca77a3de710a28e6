"""What is otherwise with us than in Faust's driver for Kafka."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
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
