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
from services.cart_recovery.reading import event_in, home_among, of_another_topic
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


def read(what: Poison, topic: str) -> str | None:
    """The id of what is found."""
    found = of_another_topic(what, topic, MONDAY)
    return found.id if found else None


@pytest.mark.parametrize(
    "what",
    [ordered(MONDAY), placed("A-1", MONDAY), OUTCOME],
    ids=["an order of a cart", "an order that names none", "an outcome"],
)
def test_an_order_is_read_and_what_names_a_cart(what: Event[Any]) -> None:
    assert read(record(what), BY_DATA[type(what.data)].topic) == what.id


@pytest.mark.parametrize(
    "what", [scanned("A-1", MONDAY), updated(MONDAY)], ids=["a parcel", "a cart itself"]
)
def test_nothing_else_is(what: Event[Any]) -> None:
    assert read(record(what), Topic.ORDERS) is None


def test_an_order_on_the_topic_of_outcomes_is_somebody_s_mistake() -> None:
    assert read(record(ordered(MONDAY)), Topic.OUTCOMES) is None


def test_an_order_whose_letters_are_written_as_escapes_is_an_order() -> None:
    what = record(ordered(MONDAY))
    assert what.value is not None
    what.value = what.value.replace(b'"cart_id"', b'"\\u0063art_id"').replace(
        b"shop.order.placed", b"shop.\\u006frder.placed"
    )
    found = of_another_topic(what, Topic.ORDERS, MONDAY)
    assert found is not None
    assert found.data.cart_id == CART


@pytest.mark.parametrize("what", [ordered(MONDAY), placed("A-1", MONDAY)])
def test_an_order_in_the_binary_mode_is_read_as_well(what: Event[Any]) -> None:
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", what.id.encode()),
        ("ce_source", what.source.encode()),
        ("ce_type", what.type.encode()),
        ("ce_time", what.time.isoformat().encode()),
        ("content-type", b"application/json"),
    ]
    data = envelope._encoder.encode(what.data)
    assert read(Poison(Topic.ORDERS, data, 0, b"A1", headers), Topic.ORDERS) == what.id


@pytest.mark.parametrize("good", [ordered(MONDAY), OUTCOME], ids=["an order", "an outcome"])
def test_no_record_stops_the_bringing(good: Event[Any]) -> None:
    topic = BY_DATA[type(good.data)].topic
    found = {read(odd, topic) for odd in poisons(topic, good)}
    assert None in found
    assert good.id in found


def test_only_what_belongs_to_carts_is_read_from_their_topic() -> None:
    assert event_in(record(updated(MONDAY)), Topic.CARTS, MONDAY).data.cart_id == CART
    with pytest.raises(EventRefusedError) as raised:
        event_in(record(ordered(MONDAY)), Topic.CARTS, MONDAY)
    assert raised.value.code is RefusalCode.WRONG_TOPIC


@given(st.text(min_size=1, max_size=40), st.integers(1, 50))
def test_a_cart_s_home_is_where_kafka_s_own_producers_put_it(cart_id: str, partitions: int) -> None:
    every = list(range(partitions))
    assert home_among(partitions)(cart_id) == DefaultPartitioner()(cart_id.encode(), every, every)
