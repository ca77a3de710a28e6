"""A return that is closed before anybody looked at it."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import OutcomeStatus, Standing
from headsup.contracts.shop import CancelledBy, ReturnClosedBy
from tests.unit.services.order_events import afterwards as a
from tests.unit.services.order_events import orders as o

REQUESTED, APPROVED = Kind.RETURN_REQUESTED, Kind.RETURN_APPROVED
CLOSED = Kind.RETURN_CLOSED
SETTLED = timedelta(minutes=5)


def closes(life: a.Life, event: Event[Any]) -> list[Kind]:
    """What is said of returns once a closing has settled."""
    life.hears(event)
    return a.about_returns(life.looks(event.time + SETTLED))


@pytest.mark.parametrize(
    "told",
    [
        pytest.param([o.ask_to_return(o.WEDNESDAY)], id="asked for"),
        pytest.param([a.ask_back(o.WEDNESDAY)], id="asked about"),
        pytest.param([o.accept_return(o.WEDNESDAY)], id="approved"),
        pytest.param([o.accept_return(o.WEDNESDAY), a.send_back(o.WEDNESDAY)], id="on its way"),
        pytest.param([a.get_back(o.WEDNESDAY)], id="there"),
        pytest.param(
            [a.refuse_return(o.TUESDAY), o.ask_to_return(o.WEDNESDAY)], id="refused, asked anew"
        ),
    ],
)
def test_a_return_that_was_told_of_is_told_to_be_closed_once(told: list[Event[Any]]) -> None:
    life = a.delivered_order()
    for event in told:
        life.hears(event)

    assert closes(life, a.give_up_return(o.THURSDAY)) == [CLOSED]
    assert closes(life, a.give_up_return(o.FRIDAY)) == []
    life.passes(o.MONDAY + 30 * o.DAY)
    assert len(life.told_of(CLOSED)) == 1


def test_it_says_at_whose_wish_and_why_and_promises_nothing() -> None:
    life = a.delivered_order()
    life.hears(o.ask_to_return(o.WEDNESDAY, items=o.ITEMS))

    closes(life, a.give_up_return(o.THURSDAY, by=ReturnClosedBy.CUSTOMER, note="It fits."))

    (content,) = life.contents(CLOSED)
    assert (content.cancelled_by, content.note) == (CancelledBy.CUSTOMER, "It fits.")
    assert (content.items, content.standing) == (o.ITEMS, None)
    assert content.next_update_by is None


def test_nobody_is_named_where_the_shop_does_not_say_who_wished_it() -> None:
    life = a.delivered_order()
    life.hears(o.accept_return(o.WEDNESDAY))

    closes(life, a.give_up_return(o.THURSDAY))

    assert life.contents(CLOSED)[0].cancelled_by is None


@pytest.mark.parametrize(
    ("moved", "standing"),
    [
        (a.send_back(o.WEDNESDAY), Standing.RETURN_UNDER_WAY),
        (a.get_back(o.WEDNESDAY), Standing.RETURN_ARRIVED),
    ],
)
def test_what_was_sent_already_is_not_said_to_be_kept(
    moved: Event[Any], standing: Standing
) -> None:
    life = a.delivered_order()
    life.hears(moved)

    closes(life, a.give_up_return(o.THURSDAY))

    assert life.contents(CLOSED)[0].standing is standing


@pytest.mark.parametrize(
    "told",
    [
        pytest.param([a.refuse_return(o.WEDNESDAY)], id="refused"),
        pytest.param(
            [o.accept_return(o.TUESDAY), a.refuse_return(o.WEDNESDAY)], id="refused after all"
        ),
        pytest.param([a.look_at_return(o.WEDNESDAY)], id="looked at"),
        pytest.param([o.accept_return(o.TUESDAY), a.exchange(o.WEDNESDAY)], id="exchanged"),
        pytest.param(
            [o.accept_return(o.TUESDAY), o.refund(o.WEDNESDAY, return_id="B1")], id="paid back"
        ),
        pytest.param(
            [a.get_back(o.TUESDAY), o.refund(o.WEDNESDAY)], id="paid back, for nothing named"
        ),
    ],
)
def test_what_has_ended_already_is_not_told_to_be_closed(told: list[Event[Any]]) -> None:
    life = a.delivered_order()
    for event in told:
        life.hears(event)

    assert closes(life, a.give_up_return(o.THURSDAY)) == []
    life.passes(o.MONDAY + 10 * o.DAY)
    assert life.told_of(CLOSED) == []


def test_money_for_something_else_does_not_stand_for_the_closing() -> None:
    life = a.delivered_order()
    life.hears(o.accept_return(o.TUESDAY))
    life.hears(o.refund(o.WEDNESDAY, amount=o.uah("5.00")))

    assert closes(life, a.give_up_return(o.THURSDAY)) == [CLOSED]


def test_a_return_that_nobody_heard_of_is_closed_in_silence() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid(), o.handed_over(o.TUESDAY))
    order.hears(o.accept_return(o.WEDNESDAY))
    waiting = order.id_of(APPROVED)

    decision = order.hears(a.give_up_return(o.THURSDAY))

    assert [taken.request_id for taken in decision.withdraw] == [waiting]
    assert CLOSED not in o.kinds(order.looks(o.THURSDAY + SETTLED))


def test_a_word_that_turns_out_to_have_gone_out_is_followed_by_the_closing() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid(), o.handed_over(o.TUESDAY))
    order.hears(o.accept_return(o.WEDNESDAY))
    order.hears(a.give_up_return(o.THURSDAY))
    order.learns(APPROVED, OutcomeStatus.SENT)

    assert CLOSED in o.kinds(order.looks(o.THURSDAY + SETTLED))


def test_closing_takes_back_what_waits_and_ends_the_reminders() -> None:
    life = a.delivered_order()
    life.hears(o.accept_return(o.WEDNESDAY, send_by=a.day(12, 10)))
    closes(life, a.give_up_return(o.THURSDAY))

    life.passes(o.MONDAY + 30 * o.DAY)

    reminders = (Kind.RETURN_DROP_OFF_REMINDER, Kind.RETURN_DEADLINE_NEAR, Kind.ORDER_NO_NEWS)
    assert life.told_of(*reminders) == []


def test_the_word_that_the_approval_promised_is_kept_by_the_closing() -> None:
    life = a.delivered_order()
    life.hears(o.accept_return(o.WEDNESDAY, send_by=a.day(12, 10)))
    life.hears(a.give_up_return(o.FRIDAY))

    life.passes(o.MONDAY + 30 * o.DAY)

    said = life.told_of(APPROVED, CLOSED)
    for earlier, later in itertools.pairwise(said):
        assert earlier.next_update_by
        assert later.said_at <= earlier.next_update_by
    assert len(said) == 2


def test_what_opens_again_within_minutes_was_never_closed() -> None:
    life = a.delivered_order()
    life.hears(o.accept_return(o.WEDNESDAY))
    life.hears(a.give_up_return(o.THURSDAY))

    again = life.hears(o.accept_return(o.THURSDAY + timedelta(minutes=2)))
    life.passes(o.MONDAY + 6 * o.DAY)

    assert a.about_returns(again) == [APPROVED]
    assert life.told_of(CLOSED) == []


def test_what_opens_again_is_told_from_the_start_and_may_be_closed_again() -> None:
    life = a.delivered_order()
    life.hears(o.ask_to_return(o.WEDNESDAY))
    closes(life, a.give_up_return(o.THURSDAY))

    assert a.about_returns(life.hears(o.ask_to_return(o.FRIDAY))) == [REQUESTED]
    assert closes(life, a.give_up_return(o.FRIDAY + o.HOUR)) == [CLOSED]


def test_what_was_looked_at_is_paid_back_though_the_shop_closes_it() -> None:
    life = a.delivered_order()
    life.hears(a.look_at_return(o.WEDNESDAY, refund=o.UAH_100, refund_by=a.day(11, 27)))
    life.hears(a.give_up_return(o.THURSDAY))

    life.passes(o.MONDAY + 10 * o.DAY)

    assert len(life.told_of(Kind.REFUND_LATE)) > 0
