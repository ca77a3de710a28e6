"""Facts are a function of the set of events: order, repetition and batches change nothing."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headsup.contracts.base import Customer, Money
from headsup.contracts.envelope import Event, make
from headsup.contracts.registry import EVENT_TYPES, Topic
from headsup.contracts.shop import CustomerUpdated, PaymentState
from services.order_events.facts import Facts, Milestone, decode, encode
from services.order_events.fold import CHANGES, fold
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events.strategies import journeys, shuffled


@given(st.data())
def test_any_order_and_repetition_of_the_same_events_gives_equal_facts(data: st.DataObject) -> None:
    events = data.draw(journeys())
    expected = o.folded(events)

    assert o.folded(data.draw(shuffled(events))) == expected


@given(journeys())
def test_facts_come_back_from_json_as_they_were(events: list[Event[Any]]) -> None:
    facts = o.folded(events)

    assert decode(encode(facts)) == facts


def test_every_event_about_an_order_has_a_place_in_the_facts() -> None:
    topics = {
        *(Topic.ORDERS, Topic.PAYMENTS, Topic.SHIPMENTS, Topic.RETURNS),
        *(Topic.SUPPORT, Topic.REPLIED),
    }

    assert set(CHANGES) == {
        each.data for each in EVENT_TYPES if each.topic in topics and each.key == "order_id"
    }


def test_an_event_that_is_not_about_an_order_is_refused() -> None:
    with pytest.raises(KeyError):
        fold(None, make(o.SHOP, "E1", o.MONDAY, CustomerUpdated(customer_id="C1")))


def test_of_two_words_of_the_same_moment_the_greater_event_id_wins_either_way() -> None:
    first = make(o.SHOP, "E1", o.MONDAY, o.placed(number="1").data)
    second = make(o.SHOP, "E2", o.MONDAY, o.placed(number="2").data)

    assert o.folded([first, second]).number == "2"
    assert o.folded([second, first]).number == "2"


def test_a_shipment_may_be_known_before_its_order() -> None:
    facts = o.folded([o.scan(o.TUESDAY, carrier="Nova Poshta")])

    assert facts == Facts(source=o.SHOP, order_id="A1", shipments=facts.shipments)
    assert facts.customer is None
    assert facts.has_moved


def test_an_event_that_names_no_carrier_does_not_take_the_carrier_away() -> None:
    facts = o.folded([o.label(o.MONDAY, carrier="Nova Poshta"), o.scan(o.TUESDAY)])

    carrier = facts.shipments["S1"].carrier
    assert carrier is not None
    assert carrier.value == "Nova Poshta"


@pytest.mark.parametrize(
    ("events", "milestone"),
    [
        pytest.param([o.label(o.MONDAY)], Milestone.LABELLED, id="a label"),
        pytest.param([o.label(o.MONDAY), o.scan(o.MONDAY)], Milestone.IN_TRANSIT, id="a tie"),
        pytest.param(
            [o.handed_over(o.FRIDAY), o.on_the_van(o.THURSDAY)], Milestone.DELIVERED, id="late word"
        ),
        pytest.param(
            [o.nobody_home(o.THURSDAY), o.scan(o.FRIDAY)], Milestone.IN_TRANSIT, id="back at depot"
        ),
    ],
)
def test_a_parcel_is_at_the_milestone_with_the_latest_time(
    events: list[Event[Any]], milestone: Milestone
) -> None:
    now_at = o.folded(events).shipments["S1"].now_at

    assert now_at is not None
    assert now_at[0] is milestone


def test_a_parcel_of_which_only_the_estimate_is_known_is_nowhere() -> None:
    assert o.folded([o.slip(o.MONDAY, o.by(o.FRIDAY))]).shipments["S1"].now_at is None


@pytest.mark.parametrize(
    ("events", "accepted_at"),
    [
        pytest.param([o.placed()], None, id="pending money is no acceptance"),
        pytest.param([o.placed_and_paid()], o.MONDAY, id="paid at once"),
        pytest.param([o.placed(), o.pay(o.TUESDAY)], o.TUESDAY, id="the money came"),
        pytest.param([o.placed(), o.confirmed(o.TUESDAY)], o.TUESDAY, id="the shop confirmed"),
        pytest.param(
            [o.placed(payment=PaymentState.ON_DELIVERY), o.confirmed(o.TUESDAY)],
            o.MONDAY,
            id="the first acceptance counts",
        ),
        pytest.param(
            [o.placed_and_paid(), o.pay_in_vain(o.TUESDAY)], None, id="a later failure undoes it"
        ),
        pytest.param(
            [o.placed(), o.pay(o.MONDAY), o.pay_in_vain(o.TUESDAY), o.pay(o.WEDNESDAY)],
            o.WEDNESDAY,
            id="and a later success restores it",
        ),
    ],
)
def test_an_order_is_accepted_once_the_shop_has_what_it_needs(
    events: list[Event[Any]], accepted_at: object
) -> None:
    assert o.folded(events).accepted_at == accepted_at


@pytest.mark.parametrize(
    ("payments", "paid_at"),
    [
        pytest.param([o.pay(o.TUESDAY, "P1", o.uah("99.99"))], None, id="less than the total"),
        pytest.param(
            [o.pay(o.TUESDAY, "P1", o.uah("0.10")), o.pay(o.WEDNESDAY, "P2", o.uah("99.90"))],
            o.WEDNESDAY,
            id="two that make the total, to the cent",
        ),
        pytest.param(
            [o.pay(o.TUESDAY, "P1", o.uah("50")), o.pay(o.WEDNESDAY, "P1", o.uah("50"))],
            None,
            id="the same one twice",
        ),
        pytest.param(
            [o.pay(o.WEDNESDAY, "P1", o.UAH_100), o.pay(o.TUESDAY, "P1", o.uah("50"))],
            o.TUESDAY,
            id="one whose amount was corrected",
        ),
        pytest.param([o.pay(o.TUESDAY, "P1", o.uah("150"))], o.TUESDAY, id="more than the total"),
        pytest.param(
            [o.pay(o.TUESDAY, "P1", Money(amount="100", currency="EUR"))],
            None,
            id="money of another country",
        ),
        pytest.param(
            [o.pay(o.TUESDAY, "P1"), o.pay_in_vain(o.WEDNESDAY, "P1")],
            None,
            id="money that was taken back",
        ),
        pytest.param(
            [
                o.pay(o.TUESDAY, "P1", o.uah("50")),
                o.pay_in_vain(o.WEDNESDAY, "P2"),
                o.pay(o.THURSDAY, "P2", o.uah("50")),
            ],
            o.THURSDAY,
            id="the rest, at the second try",
        ),
        pytest.param(
            [
                o.pay(o.TUESDAY, "P1", o.uah("50")),
                o.pay_in_vain(o.WEDNESDAY, "P2"),
                o.pay(o.THURSDAY, "P3", o.uah("10")),
            ],
            None,
            id="a part after a failure",
        ),
    ],
)
def test_an_order_is_paid_when_its_payments_make_its_total(
    payments: list[Event[Any]], paid_at: object
) -> None:
    facts = o.folded([o.placed(), *payments])

    assert facts.accepted_at == paid_at
    assert facts.payment is (PaymentState.PAID if paid_at else PaymentState.PENDING)


def test_what_a_shop_confirms_is_accepted_though_a_part_of_the_money_is_missing() -> None:
    facts = o.folded([o.placed(), o.pay(o.MONDAY, "P1", o.uah("1")), o.confirmed(o.TUESDAY)])

    assert (facts.accepted_at, facts.payment) == (o.TUESDAY, PaymentState.PENDING)


def test_a_part_paid_ahead_leaves_the_rest_to_the_courier() -> None:
    placed = o.placed(payment=PaymentState.ON_DELIVERY)

    assert o.folded([placed, o.pay(o.TUESDAY, "P1", o.uah("30"))]).payment is (
        PaymentState.ON_DELIVERY
    )
    assert o.folded([placed, o.pay(o.TUESDAY)]).payment is PaymentState.PAID


def test_a_later_word_of_the_order_replaces_the_customer() -> None:
    moved = Customer(id="C1", email="new@example.com")
    events = [o.placed(o.MONDAY + timedelta(hours=1), customer=moved), o.placed()]

    assert o.folded(events).customer == moved
