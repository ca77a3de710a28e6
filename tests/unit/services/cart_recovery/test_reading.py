"""What a record is to cart_recovery."""

from typing import Any

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from headsup.contracts import envelope
from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event, EventRefusedError, RefusalCode
from headsup.contracts.notifications import CartFlow, NotificationOutcome, OutcomeStatus
from headsup.contracts.registry import BY_DATA, Topic
from services.cart_recovery.reading import event_in, home_among, joins
from tests.support.events import event, outgoing, placed, scanned
from tests.support.poison import Poison, poisons
from tests.unit.services.cart_recovery.carts import CART, MONDAY, ordered, updated

OUTCOME = event(
    NotificationOutcome(
        request_id="r1",
        cart=CartFlow(cart_id=CART, flow="f-1", step=1, touched_at=MONDAY),
        customer_id="C1",
        kind=Kind.CART_ABANDONED,
        status=OutcomeStatus.SENT,
        at=MONDAY,
    ),
    MONDAY,
)


def record(what: Event[Any]) -> Poison:
    sent = outgoing("", what)
    return Poison(sent.topic, sent.value, 0, sent.key, sent.headers)


def joined(what: Event[Any]) -> str | None:
    return joins(record(what), BY_DATA[type(what.data)].topic, MONDAY)


@pytest.mark.parametrize("what", [ordered(MONDAY), OUTCOME], ids=["an order", "an outcome"])
def test_what_names_a_cart_is_brought_to_it(what: Event[Any]) -> None:
    assert joined(what) == CART


@pytest.mark.parametrize(
    "what",
    [placed("A-1", MONDAY), scanned("A-1", MONDAY), updated(MONDAY)],
    ids=["an order without a cart", "a parcel", "a cart itself"],
)
def test_what_names_none_stays_where_it_is(what: Event[Any]) -> None:
    assert joins(record(what), Topic.ORDERS, MONDAY) is None


def test_an_order_on_the_topic_of_outcomes_is_somebody_s_mistake() -> None:
    assert joins(record(ordered(MONDAY)), Topic.OUTCOMES, MONDAY) is None


def test_an_order_in_the_binary_mode_is_brought_to_its_cart_as_well() -> None:
    what = ordered(MONDAY)
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", what.id.encode()),
        ("ce_source", what.source.encode()),
        ("ce_type", what.type.encode()),
        ("ce_time", what.time.isoformat().encode()),
        ("content-type", b"application/json"),
    ]
    data = envelope._encoder.encode(what.data)
    assert joins(Poison(Topic.ORDERS, data, 0, b"A1", headers), Topic.ORDERS, MONDAY) == CART


@pytest.mark.parametrize("good", [ordered(MONDAY), OUTCOME], ids=["an order", "an outcome"])
def test_no_record_stops_the_bringing(good: Event[Any]) -> None:
    topic = BY_DATA[type(good.data)].topic
    found = {joins(odd, topic, MONDAY) for odd in poisons(topic, good)}
    assert None in found
    assert CART in found


def test_only_what_belongs_to_carts_is_read_from_their_topic() -> None:
    assert event_in(record(updated(MONDAY)), Topic.CARTS, MONDAY).data.cart_id == CART
    with pytest.raises(EventRefusedError) as raised:
        event_in(record(ordered(MONDAY)), Topic.CARTS, MONDAY)
    assert raised.value.code is RefusalCode.WRONG_TOPIC


@given(st.text(min_size=1, max_size=40), st.integers(1, 50))
def test_a_cart_s_home_is_where_kafka_s_own_producers_put_it(cart_id: str, partitions: int) -> None:
    every = list(range(partitions))
    assert home_among(partitions)(cart_id) == DefaultPartitioner()(cart_id.encode(), every, every)
