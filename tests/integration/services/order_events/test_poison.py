"""No record on the shop's topics stops order_events, and none is lost."""

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from headsup.announcer import Announcer
from headsup.contracts import shop
from headsup.contracts.base import Estimate, Item, Money, PickupPoint, Window
from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationOutcome, OutcomeStatus
from headsup.contracts.registry import BY_DATA
from headsup.kafka.consumer import Partition
from headsup.streak import Streak
from services.order_events.consumer import Worker
from services.order_events.metrics import Metrics
from tests.support.events import event, placed
from tests.support.order_events import MONDAY, Parts
from tests.support.poison import poisons

EVENTS = {
    "placed": placed(
        "A-1",
        MONDAY,
        estimate=Estimate(latest=(MONDAY + timedelta(days=3)).date()),
        pay_by=MONDAY,
        pay_url="https://shop.example/pay",
    ),
    "out for delivery": event(
        shop.OutForDelivery(
            order_id="A-1",
            shipment_id="S1",
            window=Window(start=MONDAY, end=MONDAY + timedelta(hours=2)),
            courier_phone="+380501234567",
        ),
        MONDAY,
    ),
    "ready for pickup": event(
        shop.ReadyForPickup(
            order_id="A-1",
            shipment_id="S1",
            pickup=PickupPoint(name="Locker", address="Kyiv", hold_until=MONDAY.date()),
        ),
        MONDAY,
    ),
    "return approved": event(
        shop.ReturnApproved(
            order_id="A-1",
            return_id="R1",
            method=shop.ReturnMethod.DROP_OFF,
            send_by=MONDAY.date(),
            items=(Item(name="Kettle", price=Money(amount="1.00", currency="UAH")),),
            refund_days=14,
        ),
        MONDAY,
    ),
    "outcome": event(
        NotificationOutcome(
            request_id="r1",
            order_id="A-1",
            customer_id="c-1",
            kind=Kind.ORDER_CONFIRMED,
            status=OutcomeStatus.SENT,
            at=MONDAY,
        ),
        MONDAY,
    ),
}


@pytest.mark.parametrize("good", EVENTS.values(), ids=list(EVENTS))
async def test_every_odd_record_is_taken_or_refused_with_its_reason(
    parts: Parts, good: Event[Any]
) -> None:
    topic = parts.prefix + BY_DATA[type(good.data)].topic
    odd, store = poisons(topic, good), parts.store()
    await store.positions([Partition(topic, 0)])
    metrics = Metrics(CollectorRegistry())
    outbox = parts.outbox()
    worker = Worker(
        store,
        Announcer(outbox),
        parts.clock,
        metrics,
        prefix=parts.prefix,
        streak=Streak(10**9),
    )
    for start in range(0, len(odd), 200):
        await worker.apply(list(odd[start : start + 200]))
    rows = await parts.pool.fetch(
        "SELECT headers FROM order_events.outbox WHERE topic LIKE '%.dlq'"
    )
    assert [row for row in rows if b"could not be understood" in bytes(row["headers"])] == []
    assert len(rows) > len(odd) / 2
    while await outbox.sweep(older_than=0):
        pass
    assert await parts.pool.fetchval("SELECT count(*) FROM order_events.outbox") == 0
