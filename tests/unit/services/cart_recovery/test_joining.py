"""What becomes of a record of another topic."""

from datetime import datetime
from typing import Any, NoReturn

import pytest
from prometheus_client import CollectorRegistry

from headsup.clock import ManualClock
from headsup.contracts import envelope
from headsup.contracts.envelope import Event
from headsup.contracts.registry import BY_DATA, Internal, Topic
from headsup.kafka.consumer import Record
from headsup.purchases import purchase_id, purchase_of
from headsup.streak import LineStoppedError, Streak
from services.cart_recovery.joining import Joining
from services.cart_recovery.metrics import Metrics
from tests.support.events import outgoing, placed, scanned
from tests.support.poison import Poison
from tests.unit.services.cart_recovery.carts import CART, MONDAY, ordered

PREFIX = "test."


def of_another_topic(what: Event[Any], offset: int = 0) -> Poison:
    sent = outgoing(PREFIX, what)
    assert sent.topic == PREFIX + BY_DATA[type(what.data)].topic
    return Poison(sent.topic, sent.value, offset, sent.key, sent.headers)


def breaks(_record: Record, _topic: str, _now: datetime) -> NoReturn:
    raise ZeroDivisionError


def joining(most: int = 50, **more: Any) -> tuple[Joining, CollectorRegistry]:
    registry = CollectorRegistry()
    found = Joining(ManualClock(MONDAY), Metrics(registry, {}), Streak(most), PREFIX, **more)
    return found, registry


def test_an_order_is_brought_to_its_cart_as_it_came() -> None:
    ours, registry = joining()
    record = of_another_topic(ordered(MONDAY))
    _, found = ours.brings(record)
    assert (found.topic, found.key) == (PREFIX + Internal.JOINED, CART.encode())
    assert (found.value, found.headers) == (record.value, record.headers)
    name = "headsup_cart_recovery_joined_total"
    assert registry.get_sample_value(name, {"topic": Topic.ORDERS}) == 1


@pytest.mark.parametrize("order", [ordered(MONDAY), placed("A-1", MONDAY)])
def test_that_somebody_bought_is_told_where_reminders_are_asked_for(order: Event[Any]) -> None:
    ours, _ = joining()
    found, *_ = ours.brings(of_another_topic(order))
    assert (found.topic, found.key) == (PREFIX + Topic.REMINDERS, order.data.customer.id.encode())
    told = envelope.decode(found.value, found.headers, MONDAY)
    assert told.data == purchase_of(order.data, order.time)
    assert (told.id, told.source) == (purchase_id(order.source, told.data), order.source)


def test_an_order_without_a_cart_is_brought_to_none() -> None:
    ours, _ = joining()
    found = ours.brings(of_another_topic(placed("A-1", MONDAY)))
    assert {one.topic for one in found} == {PREFIX + Topic.REMINDERS}


def test_a_parcel_concerns_nobody_here() -> None:
    ours, _ = joining()
    assert ours.brings(of_another_topic(scanned("A-1", MONDAY))) == []


def test_one_that_our_own_code_breaks_on_is_set_aside_whole() -> None:
    ours, _ = joining(reads=breaks)
    record = of_another_topic(ordered(MONDAY))
    [found] = ours.brings(record)
    assert (found.topic, found.value) == (f"{PREFIX}{Topic.ORDERS}.dlq", record.value)


def test_many_in_a_row_stop_the_line() -> None:
    ours, _ = joining(most=2, reads=breaks)
    ours.brings(of_another_topic(ordered(MONDAY), offset=0))
    with pytest.raises(LineStoppedError):
        ours.brings(of_another_topic(ordered(MONDAY), offset=1))


def test_a_good_one_in_between_begins_anew() -> None:
    bad = {0, 2}

    def sometimes(record: Record, topic: str, now: datetime) -> Event[Any] | None:
        return breaks(record, topic, now) if record.offset in bad else None

    ours, _ = joining(most=2, reads=sometimes)
    for offset in range(4):
        ours.brings(of_another_topic(ordered(MONDAY), offset))
