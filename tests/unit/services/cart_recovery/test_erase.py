"""Carts of somebody who was erased are forgotten, on whichever partition they lie."""

from datetime import timedelta

from prometheus_client import CollectorRegistry

from headsup.clock import ManualClock
from headsup.contracts.notifications import CustomerForgotten
from headsup.contracts.shop import CustomerErased, CustomerUpdated
from headsup.kafka.producer import Outgoing
from headsup.streak import Streak
from services.cart_recovery import erase
from services.cart_recovery.erase import Erase
from services.cart_recovery.joining import Joining
from services.cart_recovery.metrics import Metrics
from tests.support.events import SHOP, event, outgoing
from tests.support.poison import Poison
from tests.unit.services.cart_recovery.carts import MINUTE, MONDAY
from tests.unit.services.cart_recovery.room import HOME, HOUR, PREFIX, Room, key, left

ERASED = event(CustomerErased(customer_id="owner-of-K1"), MONDAY + MINUTE)


def _records(partitions: int = 3) -> list[Outgoing]:
    return erase.records(ERASED, partitions, MONDAY + HOUR, PREFIX)


def _on_customers(sent: Outgoing) -> Poison:
    return Poison(sent.topic, sent.value, 0, sent.key, sent.headers, 0)


async def test_the_carts_of_whoever_was_erased_go_and_no_reminder_follows() -> None:
    room = Room()
    await room.hears(left("K1"), left("K2"))
    room.clock.move(HOUR)
    for record in _records():
        await room.desk.take(room.odd(record.value, record.topic, record.partition or 0))
    for cart in ("K1", "K2"):
        await room.ticks(HOME(cart))

    assert room.kept("K1") is None
    assert room.kept("K2") is not None
    asked = [data for _, data in room.said if not isinstance(data, CustomerForgotten)]
    assert [one.customer.id for one in asked] == ["owner-of-K2"]


async def test_the_notifier_is_told_of_each_partition_and_of_every_cart() -> None:
    room = Room()
    await room.hears(left("K1"))
    for record in _records():
        await room.desk.take(room.odd(record.value, record.topic, record.partition or 0))

    said = [data for _, data in room.said if isinstance(data, CustomerForgotten)]
    assert {one.partition for one in said if one.is_all} == {0, 1, 2}
    named = [one.cart_ids for one in said if one.cart_ids]
    assert named == [("K1",)]


async def test_a_cart_that_nobody_can_read_keeps_no_other() -> None:
    room = Room()
    await room.hears(left("K1"))
    whole = room.shelf.kept[key("K1")]
    room.shelf.lay(0, b"https://shop.example\nbroken", whole[:-3])
    for record in _records():
        await room.desk.take(room.odd(record.value, record.topic, record.partition or 0))

    assert room.kept("K1") is None
    said = [data for _, data in room.said if isinstance(data, CustomerForgotten)]
    assert {one.partition for one in said if one.is_all} == {0, 1, 2}
    assert [one.cart_ids for one in said if one.cart_ids] == [("K1",)]
    assert room.sample("cart_recovery_broken_total") == 1


async def test_a_short_number_is_looked_for_as_a_whole() -> None:
    room = Room()
    await room.hears(left("K1"))
    short = Erase(source=SHOP, customer_id="K1", at=MONDAY)
    own = Erase(source=SHOP, customer_id="owner-of-K1", at=MONDAY)

    assert own.mark in room.shelf.kept[key("K1")]
    assert short.mark not in room.shelf.kept[key("K1")]


async def test_a_cart_that_was_left_after_the_erasure_is_of_somebody_new() -> None:
    room = Room()
    room.clock.move(timedelta(minutes=10))
    await room.hears(left("K1", at=MONDAY + 10 * MINUTE))
    for record in _records():
        await room.desk.take(room.odd(record.value, record.topic, record.partition or 0))

    assert room.kept("K1") is not None


def test_an_erasure_is_brought_to_every_partition_and_nothing_else_of_customers_is() -> None:
    joining = Joining(
        ManualClock(MONDAY + HOUR), Metrics(CollectorRegistry(), {}), Streak(), PREFIX, partitions=3
    )
    brought = joining.brings(_on_customers(outgoing(PREFIX, ERASED)))
    assert [one.partition for one in brought] == [0, 1, 2]
    other = event(CustomerUpdated(customer_id="owner-of-K1"), MONDAY)
    assert joining.brings(_on_customers(outgoing(PREFIX, other))) == []
