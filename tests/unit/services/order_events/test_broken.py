"""Events that our own code breaks on: a few are set aside, many stop the line."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from headsup.announcer import Announcer
from headsup.clock import ManualClock
from headsup.contracts.envelope import Event
from headsup.contracts.shop import OrderEvent
from headsup.kafka.producer import MemoryPublisher
from headsup.outbox import Outbox
from headsup.streak import LineStoppedError
from services.order_events.batch import Batch, OrderKey
from services.order_events.consumer import MOST_BROKEN, Worker
from services.order_events.decide import Order
from services.order_events.metrics import Metrics
from services.order_events.store import Store, Transaction
from tests.support.events import SHOP, placed

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Puzzling(OrderEvent, frozen=True, kw_only=True):
    """Data that no fold knows: it stands for any bug of ours."""


class MemoryTransaction(Transaction):
    """Knows nothing and receives everything."""

    def __init__(self) -> None:
        self.forgotten: list[str] = []

    async def receive(self, events: Sequence[Event[Any]]) -> list[Event[Any]]:
        return list(events)

    async def load(self, keys: Iterable[OrderKey]) -> dict[OrderKey, Order]:
        del keys
        return {}

    async def forget(self, events: Sequence[Event[Any]]) -> None:
        self.forgotten += [event.id for event in events]


def worker(pool: Any = None) -> Worker:
    outbox = Outbox("order_events", pool, MemoryPublisher())
    clock, metrics = ManualClock(MONDAY), Metrics(CollectorRegistry())
    return Worker(Store(pool, outbox), Announcer(outbox), clock, metrics, prefix="")


def batch(*events: Event[Any]) -> Batch:
    record = SimpleNamespace(
        topic="shop.orders", partition=0, offset=1, timestamp=0, key=b"k", value=b"v", headers=()
    )
    records: dict[tuple[str, str], Any] = {(e.source, e.id): [record] for e in events}
    return Batch(events=list(events), records=records)


def puzzling(number: int) -> Event[Any]:
    data = Puzzling(order_id=f"A-{number}")
    return Event(f"puzzle-{number}", SHOP, "shop.order.placed.v1", MONDAY, data)


async def test_it_is_set_aside_and_forgotten_and_the_rest_is_decided() -> None:
    transaction, given = MemoryTransaction(), batch(puzzling(1), placed("A-2", MONDAY))
    _, decisions = await worker()._decide(transaction, given, MONDAY)
    assert [key.order_id for key in decisions.decided] == ["A-2"]
    assert transaction.forgotten == ["puzzle-1"]
    [dead] = given.dead_letters
    assert dead.topic == "shop.orders.dlq"
    assert dict(dead.headers)["dlq-problem"] == b"could not be understood"
    assert [topic for topic, _ in given.refusals] == ["shop.orders"]


async def test_many_of_them_are_our_fault_and_stop_the_line() -> None:
    given = batch(*(puzzling(number) for number in range(MOST_BROKEN + 1)))
    with pytest.raises(LineStoppedError, match="orders of one batch"):
        await worker()._decide(MemoryTransaction(), given, MONDAY)
