"""The load: journeys of many orders side by side, as a busy shop sends them."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from headsup.contracts import envelope, shop
from headsup.contracts.base import Contract, Customer, Estimate, Item, Money
from headsup.contracts.envelope import Event
from headsup.contracts.registry import Topic
from headsup.kafka.producer import Outgoing, Producer
from headsup.kafka.records import record_of

SHOP = "https://shop.example"
STEPS = 5
PATIENCE = 60.0
"""Seconds for each request of the load: who is measured is not there yet, and nobody waits."""


def placed(order_id: str, now: datetime, *, phone: str | None = "+380501234567") -> Contract:
    """A paid order of three lines."""
    return shop.OrderPlaced(
        order_id=order_id,
        customer=Customer(
            id=f"c-{order_id}",
            name="Оксана Коваленко",
            email=f"{order_id.lower()}@example.com",
            phone=phone,
            language="uk",
        ),
        total=Money(amount="2499.00", currency="UAH"),
        payment=shop.PaymentState.PAID,
        items=(
            Item(name="Чайник електричний", price=Money(amount="1299.00", currency="UAH")),
            Item(name="Чашка", quantity=2, price=Money(amount="350.00", currency="UAH")),
            Item(name="Чай зелений, 100 г", price=Money(amount="500.00", currency="UAH")),
        ),
        dispatch_by=now + timedelta(days=2),
        estimate=Estimate(latest=(now + timedelta(days=5)).date()),
    )


def _parcel(order_id: str) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "shipment_id": f"s-{order_id}",
        "carrier": "Nova Poshta",
        "tracking_number": "20450000000000",
    }


SILENT = 1
"""The step of which no customer is told: a label says nothing that a confirmation did not."""
_STEPS: tuple[Callable[[str, datetime], Contract], ...] = (
    placed,
    lambda order_id, _now: shop.LabelCreated(**_parcel(order_id)),
    lambda order_id, _now: shop.InTransit(**_parcel(order_id), place="Київ"),
    lambda order_id, _now: shop.OutForDelivery(**_parcel(order_id)),
    lambda order_id, _now: shop.Delivered(**_parcel(order_id)),
)


def journeys(orders: int, prefix: str) -> Iterator[Outgoing]:
    """The events of `orders` orders, five each: all first steps, then all second ones, so that a
    batch holds many orders."""
    now = datetime.now(UTC)
    for number in range(STEPS):
        for index in range(orders):
            yield _step(prefix, number, index, now)


def waves(orders: range, at_once: int, prefix: str) -> Iterator[dict[int, list[Outgoing]]]:
    """The events of these orders as a live shop sends them: in each wave `at_once` orders are
    placed, and those of the waves before have their next step. So no wave has two events of one
    order. The records are by the number of their step; the one that leads to no message comes
    first: who answered what stands behind it has passed it."""
    now = datetime.now(UTC)
    cohorts = [orders[first : first + at_once] for first in range(0, len(orders), at_once)]
    turn = (SILENT, *(number for number in range(STEPS) if number != SILENT))
    for wave in range(len(cohorts) + STEPS - 1):
        of_wave = {n: cohorts[wave - n] for n in turn if 0 <= wave - n < len(cohorts)}
        yield {n: [_step(prefix, n, index, now) for index in each] for n, each in of_wave.items()}


def _step(prefix: str, number: int, index: int, now: datetime) -> Outgoing:
    order_id = f"O-{index}"
    data = _STEPS[number](order_id, now)
    return record(prefix, f"{number}-{index}", _moment(number, now), data)


def _moment(step: int, now: datetime) -> datetime:
    """When a step happened: the last of them ten minutes ago."""
    return now - timedelta(minutes=10 * (STEPS - step))


def events_of(order_id: str, now: datetime) -> list[Event[Contract]]:
    """The events of one order, one after the other, the last ten minutes ago."""
    return [
        envelope.make(SHOP, str(uuid.uuid4()), _moment(number, now), step(order_id, now))
        for number, step in enumerate(_STEPS)
    ]


def journey(prefix: str, order_id: str, now: datetime) -> list[Outgoing]:
    """The records that carry the events of one order."""
    return [record_of(event, prefix) for event in events_of(order_id, now)]


def record(
    prefix: str, event_id: str, at: datetime, data: Contract, topic: Topic | None = None
) -> Outgoing:
    """The record that carries an event of the shop."""
    return record_of(envelope.make(SHOP, event_id, at, data), prefix, topic)


async def emit(bootstrap_servers: str, records: Iterator[Outgoing]) -> int:
    """Puts the records on Kafka; returns how many they were."""
    producer = Producer(bootstrap_servers, name="bench", patience=PATIENCE)
    await producer.start()
    count = 0
    chunk: list[Outgoing] = []
    for outgoing in records:
        chunk.append(outgoing)
        count += 1
        if len(chunk) == 1000:  # noqa: PLR2004 - a request's worth
            await producer.publish(chunk)
            chunk = []
    await producer.publish(chunk)
    await producer.stop()
    return count
