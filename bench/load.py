"""The load: journeys of many orders side by side, as a busy shop sends them."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from headsup.contracts import envelope, shop
from headsup.contracts.base import Contract, Customer, Estimate, Item, Money
from headsup.contracts.registry import BY_DATA
from headsup.kafka.producer import Outgoing, Producer

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
    for number, step in enumerate(_STEPS):
        at = now - timedelta(minutes=10 * (STEPS - number))
        for index in range(orders):
            order_id = f"O-{index}"
            yield record(prefix, f"{number}-{index}", at, step(order_id, now))


def journey(prefix: str, order_id: str, now: datetime) -> list[Outgoing]:
    """The events of one order, one after the other, the last ten minutes ago."""
    return [
        record(
            prefix,
            str(uuid.uuid4()),
            now - timedelta(minutes=10 * (STEPS - number)),
            step(order_id, now),
        )
        for number, step in enumerate(_STEPS)
    ]


def record(prefix: str, event_id: str, at: datetime, data: Contract) -> Outgoing:
    """The record that carries an event of the shop."""
    event = envelope.make(SHOP, event_id, at, data)
    topic = prefix + BY_DATA[type(data)].topic
    return Outgoing(
        topic, envelope.key_of(event), envelope.encode(event), tuple(envelope.headers(event))
    )


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
