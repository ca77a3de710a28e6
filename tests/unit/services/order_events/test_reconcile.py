"""What holds for every kind: nothing twice, nothing stale, nothing overtaken, one message for a
backlog, and a word on when to look again."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import CATALOGUE, Area, Kind
from headsup.contracts.envelope import Event, decode, encode, headers, make
from headsup.contracts.notifications import OutcomeStatus, Reason
from services.order_events.reconcile import Decision, reconcile, record
from services.order_events.rules.base import Case
from services.order_events.rules.table import RULES
from services.order_events.told import MOST_UNSAID, Told
from tests.unit.services.order_events import mishaps as m
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p
from tests.unit.services.order_events.last_words import is_told
from tests.unit.services.order_events.strategies import (
    MOMENTS,
    TROUBLES,
    batches,
    journeys,
    replies,
    shuffled,
)

END = o.MONDAY + timedelta(hours=121)
STATUSES = st.sampled_from(OutcomeStatus)


def order_of(troubles: list[Event[Any]], at: datetime) -> o.Order:
    """An order of a shop that has these troubles."""
    order = o.Order()
    order.incidents = m.incidents_at(at, troubles)
    return order


@given(st.data())
def test_any_order_repetition_and_cut_ends_with_the_same_last_word(data: st.DataObject) -> None:
    events, troubles = data.draw(journeys()), data.draw(TROUBLES)
    at_once = order_of(troubles, END).hears(*events, at=END)

    order = order_of(troubles, END)
    for batch in data.draw(batches(data.draw(shuffled(events)))):
        order.hears(*batch, at=END)

    for true in at_once.announce:
        assert is_told(order.told, true), true.request.kind


@given(st.data())
def test_nothing_is_said_twice_and_after_every_decision_there_is_nothing_to_say(
    data: st.DataObject,
) -> None:
    order, troubles = o.Order(), data.draw(TROUBLES)
    at, answers = o.MONDAY, list[Event[Any]]()
    for batch in data.draw(batches(data.draw(shuffled(data.draw(journeys()))))):
        at = max(at, data.draw(MOMENTS))
        order.incidents = m.incidents_at(at, troubles)
        order.hears(*batch, *answers, at=at)
        again = order.looks(at)
        assert (again.announce, again.withdraw, again.unsaid) == ((), (), ())
        for id_, said in list(order.told.statements.items()):
            if data.draw(st.booleans()):
                order.learns_of(id_, said.kind, data.draw(STATUSES))
        answers = data.draw(replies(order.told, at))

    ids = Counter(said.id for decision in order.decisions for said in decision.announce)
    assert not ids or max(ids.values()) == 1


@given(st.data())
def test_all_events_replayed_over_what_is_stored_say_nothing(data: st.DataObject) -> None:
    events = data.draw(journeys())
    order = order_of(data.draw(TROUBLES), END)
    for batch in data.draw(batches(events)):
        order.hears(*batch, at=END)

    replayed = order.hears(*events, at=END)

    assert (replayed.announce, replayed.withdraw, replayed.unsaid) == ((), (), ())


@given(journeys(), TROUBLES, MOMENTS)
def test_a_backlog_is_one_message_to_each_reader_for_each_subject_of_a_group(
    events: list[Event[Any]], troubles: list[Event[Any]], at: datetime
) -> None:
    decision = order_of(troubles, at).hears(*events, at=at)

    subjects = Counter(
        (CATALOGUE[a.request.kind].group, a.subject, a.request.content.audience)
        for a in decision.announce
    )
    assert not subjects or max(subjects.values()) == 1


@given(journeys(), TROUBLES, MOMENTS)
def test_every_look_is_ahead_and_every_promise_is_looked_after(
    events: list[Event[Any]], troubles: list[Event[Any]], at: datetime
) -> None:
    decision = order_of(troubles, at).hears(*events, at=at)

    promises = [a.request.content.next_update_by for a in decision.announce]
    assert decision.next_look_at is None or decision.next_look_at > at
    for promise in filter(None, promises):
        assert decision.next_look_at is not None
        assert at < decision.next_look_at <= promise


@given(journeys(), TROUBLES, MOMENTS)
def test_every_request_is_an_event_that_the_contracts_accept(
    events: list[Event[Any]], troubles: list[Event[Any]], at: datetime
) -> None:
    for said in order_of(troubles, at).hears(*events, at=at).announce:
        request = make(o.SHOP, said.id, at, said.request)
        assert decode(encode(request), headers(request), at).data == said.request


def test_every_kind_about_an_order_has_one_rule() -> None:
    others = {Area.CART, Area.CHAT}
    of_orders = [kind for kind, entry in CATALOGUE.items() if entry.area not in others]
    assert Counter(rule.kind for rule in RULES) == Counter(of_orders)


def test_a_whole_life_read_at_once_is_one_message_and_the_reasons_for_the_silence() -> None:
    order = o.Order()
    decision = order.hears(
        o.placed(), o.pay(o.MONDAY + o.HOUR), o.scan(o.TUESDAY), o.handed_over(o.WEDNESDAY)
    )

    assert o.kinds(decision) == [Kind.SHIPMENT_DELIVERED]
    assert {(unsaid.kind, unsaid.reason) for unsaid in order.told.unsaid} == {
        (Kind.ORDER_RECEIVED, Reason.SUPERSEDED),
        (Kind.ORDER_CONFIRMED, Reason.SUPERSEDED),
        (Kind.SHIPMENT_SHIPPED, Reason.SUPERSEDED),
    }


def test_an_order_whose_customer_is_unknown_is_silent_and_then_speaks_of_what_is_true_now() -> None:
    order = o.Order()
    assert order.hears(o.scan(o.TUESDAY)) == Decision()
    assert order.hears(o.on_the_van(o.WEDNESDAY)) == Decision()

    assert o.kinds(order.hears(o.placed_and_paid(), at=o.WEDNESDAY)) == [
        Kind.SHIPMENT_OUT_FOR_DELIVERY
    ]


def test_a_request_says_what_about_which_order_to_whom_since_when_and_until_when() -> None:
    (said,) = o.Order().hears(o.placed(), at=o.MONDAY + o.HOUR).announce

    assert said.subject == "order"
    assert said.request.kind is Kind.ORDER_RECEIVED
    assert said.request.order_id == "A1"
    assert said.request.customer == o.CUSTOMER
    assert said.request.happened_at == o.MONDAY
    assert said.request.expires_at == o.MONDAY + 2 * o.DAY


def test_an_id_is_a_function_of_what_is_said_and_differs_between_shops_orders_and_parcels() -> None:
    def ids(*events: Event[Any]) -> list[str]:
        return [said.id for said in o.Order().hears(*events).announce]

    parcels = o.scan(o.TUESDAY, "S1"), o.scan(o.TUESDAY, "S2")
    other_shop = make("https://other.example", "E1", o.MONDAY, o.placed().data)
    all_ids = [*ids(o.placed()), *ids(other_shop), *ids(o.placed_and_paid(), *parcels)]

    assert ids(o.placed()) == ids(o.placed(o.TUESDAY))
    assert len(set(all_ids)) == len(all_ids) == 4
    assert all(id_.isalnum() and len(id_) <= 64 for id_ in all_ids)


def test_old_news_is_not_said_and_the_reason_is_kept_once() -> None:
    order = o.Order()
    late = o.MONDAY + CATALOGUE[Kind.ORDER_RECEIVED].time_to_live + o.HOUR

    assert o.kinds(order.hears(o.placed(), at=late)) == []
    order.looks(late + o.HOUR)

    (unsaid,) = order.told.unsaid
    assert (unsaid.kind, unsaid.subject) == (Kind.ORDER_RECEIVED, "order")
    assert (unsaid.reason, unsaid.at) == (Reason.STALE, late)


def test_news_is_still_said_at_the_last_moment_of_its_time_to_live() -> None:
    last_moment = o.MONDAY + CATALOGUE[Kind.ORDER_RECEIVED].time_to_live

    assert o.backlog(o.placed(), at=last_moment) == [Kind.ORDER_RECEIVED]


def test_newer_news_takes_back_what_still_waits_and_names_its_successor() -> None:
    order = o.Order()
    (first,) = order.hears(o.placed()).announce
    decision = order.hears(o.pay(o.MONDAY + o.HOUR))

    (withdrawn,) = decision.withdraw
    assert withdrawn.request_id == first.id
    assert withdrawn.customer_id == "C1"
    assert withdrawn.superseded_by == decision.announce[0].id
    statement = order.told.statements[first.id]
    assert statement.withdrawn_at == o.MONDAY + o.HOUR
    assert statement.superseded_by == decision.announce[0].id


def test_what_is_true_and_still_waits_is_not_taken_back_for_what_speaks_after_it() -> None:
    order = p.paid_order()
    order.hears(o.nobody_home(o.TUESDAY))
    late = o.TUESDAY + 30 * o.HOUR

    for _ in range(2):
        looked = order.looks(late)
        assert (looked.announce, looked.withdraw, looked.unsaid) == ((), (), ())

    order.learns(Kind.SHIPMENT_ATTEMPT_FAILED)
    assert o.kinds(order.looks(late)) == [Kind.SHIPMENT_ATTEMPT_FOLLOW_UP]


def test_what_held_back_for_what_is_taken_back_speaks_at_once() -> None:
    order = p.paid_order()
    order.hears(o.nobody_home(o.MONDAY))

    late = order.hears(o.on_the_van(o.MONDAY + o.HOUR), at=o.MONDAY + 73 * o.HOUR)
    again = order.looks(o.MONDAY + 73 * o.HOUR)

    assert o.kinds(late) == [Kind.SHIPMENT_STALLED]
    assert [each.superseded_by for each in late.withdraw] == [late.announce[0].id]
    assert (again.announce, again.withdraw) == ((), ())


def test_what_was_sent_is_not_taken_back() -> None:
    order = o.Order()
    order.hears(o.placed())
    order.learns(Kind.ORDER_RECEIVED)

    assert order.hears(o.pay(o.MONDAY + o.HOUR)).withdraw == ()


def test_news_of_one_parcel_leaves_the_other_alone() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid(), o.scan(o.TUESDAY, "S1"), o.scan(o.TUESDAY, "S2"))

    (withdrawn,) = order.hears(o.on_the_van(o.WEDNESDAY, "S2")).withdraw

    assert order.told.statements[withdrawn.request_id].subject == "shipment:S2"


def test_what_is_overtaken_is_taken_back_though_nothing_is_said_in_its_place() -> None:
    order = o.Order()
    order.hears(o.placed(), o.confirmed(o.MONDAY))
    order.learns(Kind.ORDER_CONFIRMED)
    order.hears(o.pay_in_vain(o.TUESDAY), at=o.TUESDAY + timedelta(minutes=2))

    decision = order.hears(o.pay(o.TUESDAY + o.HOUR))

    assert decision.announce == ()
    assert [w.request_id for w in decision.withdraw] == [order.id_of(Kind.PAYMENT_FAILED)]


def test_a_cancelled_order_takes_back_everything_that_still_waits_but_the_money() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid())
    order.hears(o.scan(o.TUESDAY), o.refund(o.TUESDAY))

    decision = order.hears(o.cancelled(o.WEDNESDAY))

    (withdrawn,) = decision.withdraw
    assert withdrawn.request_id == order.id_of(Kind.SHIPMENT_SHIPPED)
    assert withdrawn.superseded_by == order.id_of(Kind.ORDER_CANCELLED)


def test_what_was_taken_back_and_is_true_again_is_said_again_under_a_new_name() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid(), o.on_the_van(o.TUESDAY))
    first = order.id_of(Kind.SHIPMENT_OUT_FOR_DELIVERY)
    order.hears(o.nobody_home(o.TUESDAY + o.HOUR))

    decision = order.hears(o.on_the_van(o.TUESDAY + 2 * o.HOUR))

    assert o.kinds(decision) == [Kind.SHIPMENT_OUT_FOR_DELIVERY]
    assert decision.announce[0].id != first


def test_what_was_taken_back_too_late_was_heard_and_is_not_said_again() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid(), o.on_the_van(o.TUESDAY))
    first = order.id_of(Kind.SHIPMENT_OUT_FOR_DELIVERY)
    order.hears(o.nobody_home(o.TUESDAY + o.HOUR))
    order.learns_of(first, Kind.SHIPMENT_OUT_FOR_DELIVERY, OutcomeStatus.SENT)

    assert order.hears(o.on_the_van(o.TUESDAY + 2 * o.HOUR)).announce == ()


def test_a_decision_changes_nothing_before_it_is_recorded() -> None:
    facts, told = o.folded([o.placed()]), Told()

    first = reconcile(Case(facts, told, o.MONDAY))

    assert told == Told()
    assert reconcile(Case(facts, told, o.MONDAY)) == first
    after = Case(facts, record(told, first, o.MONDAY), o.MONDAY)
    assert reconcile(after).announce == ()


def test_the_customer_of_a_request_is_the_one_known_now() -> None:
    order = o.Order()
    order.hears(o.placed())
    moved = Customer(id="C1", email="new@example.com")
    decision = order.hears(o.placed(o.MONDAY + o.HOUR, customer=moved), o.pay(o.MONDAY + o.HOUR))

    assert decision.announce[0].request.customer == moved


def test_the_reasons_for_silence_are_bounded_and_the_newest_stay() -> None:
    order = o.Order()
    days = range(MOST_UNSAID + 10)
    order.hears(o.placed_and_paid())
    for day in days:
        order.hears(o.refund(o.MONDAY, f"R{day}"), at=o.MONDAY + 30 * o.DAY)

    assert len(order.told.unsaid) == MOST_UNSAID
    assert order.told.unsaid[-1].subject == f"refund:R{days[-1]}"


@pytest.mark.parametrize(
    ("events", "look_at"),
    [
        pytest.param(
            [o.placed(dispatch_by=o.FRIDAY)],
            o.MONDAY + timedelta(days=2, hours=7),
            id="an unpaid order, for which a word is promised by the evening",
        ),
        pytest.param([o.placed_and_paid(dispatch_by=o.FRIDAY)], o.FRIDAY, id="a dispatch date"),
        pytest.param(
            [o.placed_and_paid(), o.scan(o.TUESDAY, estimate=o.by(o.FRIDAY))],
            o.THURSDAY + 7 * o.HOUR,  # 18:00 in Kyiv
            id="the evening before an estimated day",
        ),
        pytest.param(
            [o.placed_and_paid(), o.handed_over(o.TUESDAY)],
            o.FRIDAY,
            id="the end, and whether all is right",
        ),
    ],
)
def test_an_order_is_looked_at_again_when_a_promise_falls_due(
    events: list[Event[Any]], look_at: object
) -> None:
    order = o.Order()

    assert order.hears(*events).next_look_at == look_at
    assert order.looks(max(event.time for event in events)).next_look_at == look_at


def test_news_of_a_shop_whose_clock_is_ahead_is_told_at_once() -> None:
    assert o.backlog(o.placed_and_paid(o.MONDAY + o.HOUR), at=o.MONDAY) == [Kind.ORDER_CONFIRMED]


def test_a_clock_that_is_set_back_makes_nobody_hear_the_same_twice() -> None:
    order = o.Order()
    order.hears(o.placed(), o.pay_in_vain(o.MONDAY), at=o.MONDAY + 2 * o.HOUR)
    failed = order.id_of(Kind.PAYMENT_FAILED)
    order.learns_of(failed, Kind.PAYMENT_FAILED, OutcomeStatus.SENT)

    earlier = o.MONDAY + o.HOUR
    first = order.hears(o.pay(o.MONDAY + timedelta(minutes=1)), at=earlier)

    assert o.kinds(first) == [Kind.ORDER_CONFIRMED]
    assert order.looks(earlier).announce == ()
    assert [said.kind for _, said in order.told.newest_first()] == [
        Kind.ORDER_CONFIRMED,
        Kind.PAYMENT_FAILED,
    ]


def test_what_failed_on_one_channel_is_taken_back_before_it_comes_on_the_next() -> None:
    order = o.Order()
    order.hears(o.placed(o.MONDAY))
    order.learns(Kind.ORDER_RECEIVED, OutcomeStatus.FAILED)
    received = order.id_of(Kind.ORDER_RECEIVED)

    decision = order.hears(o.pay(o.MONDAY + o.HOUR))

    assert [each.request_id for each in decision.withdraw] == [received]
