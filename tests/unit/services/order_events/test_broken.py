"""Events that our own code breaks on: a few are set aside, many stop the line."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from headsup.announcer import Announcer
from headsup.clock import ManualClock
from headsup.contracts.envelope import Event
from headsup.contracts.shop import OrderEvent
from headsup.erasures import Place
from headsup.health import Health
from headsup.kafka.producer import MemoryPublisher
from headsup.outbox import Outbox
from headsup.streak import LineStoppedError
from services.order_events.batch import Batch, OrderKey
from services.order_events.consumer import MOST_BROKEN, Worker
from services.order_events.decide import Order
from services.order_events.metrics import Metrics
from services.order_events.shop import Shop
from services.order_events.store import Due, Store, Transaction
from services.order_events.sweeper import Sweeper, _looked, watch
from services.order_events.told import Told
from tests.support.events import SHOP, placed
from tests.support.eventually import eventually
from tests.unit.services.order_events.orders import outcome

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

    async def shops(self, now: datetime, *, exactly: bool = False) -> dict[str, Shop]:
        del now, exactly
        return {}

    async def note_incidents(self, events: Sequence[tuple[Event[Any], int]]) -> None:
        assert not events

    async def note_erased(self, said: Mapping[Place, datetime]) -> None:
        assert not said

    async def erased(self, people: Collection[Place]) -> dict[Place, datetime]:
        del people
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
    records: dict[tuple[str, str], Any] = defaultdict(list)
    records.update({(e.source, e.id): [record] for e in events})
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


async def test_outcomes_that_came_with_it_are_set_aside_as_well() -> None:
    given = batch(puzzling(1))
    record: Any = SimpleNamespace(
        topic="notifications.outcomes", partition=2, offset=7, key=b"c", value=b"o", headers=()
    )
    given.outcomes[OrderKey(SHOP, "A-1")].append(outcome("r1"))
    given.about[OrderKey(SHOP, "A-1")].append(record)
    await worker()._decide(MemoryTransaction(), given, MONDAY)
    assert [dead.topic for dead in given.dead_letters] == [
        "shop.orders.dlq",
        "notifications.outcomes.dlq",
    ]
    assert given.bad == {("shop.orders", 0, 1), ("notifications.outcomes", 2, 7)}


async def test_a_record_that_says_the_same_again_is_bad_as_well() -> None:
    given = batch(puzzling(1))
    again: Any = SimpleNamespace(topic="shop.orders", partition=0, offset=2)
    given.records[SHOP, "puzzle-1"].append(again)
    await worker()._decide(MemoryTransaction(), given, MONDAY)
    assert given.bad == {("shop.orders", 0, 1), ("shop.orders", 0, 2)}
    assert len(given.dead_letters) == 1


def nonsense(count: int) -> Due:
    """Orders that our code breaks on."""
    facts: Any = "no facts"
    return Due({OrderKey(SHOP, f"A-{n}"): Order(facts, Told()) for n in range(count)}, [])


def test_an_order_that_cannot_be_looked_at_is_named() -> None:
    due = nonsense(1)
    due.unreadable.append(OrderKey(SHOP, "B-1"))
    decisions, broken = _looked(due, MONDAY, {})
    assert broken == [OrderKey(SHOP, "B-1"), OrderKey(SHOP, "A-0")]
    assert decisions.orders() == {}


def test_many_that_cannot_be_looked_at_stop_the_line() -> None:
    assert len(_looked(nonsense(MOST_BROKEN), MONDAY, {})[1]) == MOST_BROKEN
    with pytest.raises(LineStoppedError, match="orders could not be looked at"):
        _looked(nonsense(MOST_BROKEN + 1), MONDAY, {})


class StoppedSweeper(Sweeper):
    """Meets too much at its first sweep, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def sweep(self) -> int:
        self.asked += 1
        raise LineStoppedError("11 orders could not be looked at")


async def test_a_sweep_that_stopped_lives_says_why_and_sweeps_no_more() -> None:
    registry, health, stop = CollectorRegistry(), Health(), asyncio.Event()
    health.ready()
    sweeper = StoppedSweeper()
    watching = asyncio.create_task(watch(sweeper, Metrics(registry), health, stop))

    async def says_why() -> bool:
        return health.not_ready() == [
            "deadlines: the line stopped: 11 orders could not be looked at"
        ]

    await eventually(says_why)
    assert health.not_live() == []
    assert registry.get_sample_value("headsup_order_events_line_stopped") == 1
    stop.set()
    await watching
    assert sweeper.asked == 1
