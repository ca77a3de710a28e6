"""When an order is in trouble, and when no more."""

from collections.abc import Callable
from typing import Any

import pytest

from headsup.contracts import shop
from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.replies import Answer, Question
from services.order_events.rules.base import Case
from services.order_events.trouble import in_trouble
from tests.unit.services.order_events import mishaps as m
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

LATER = o.WEDNESDAY + 12 * o.HOUR
MUCH_LATER = o.FRIDAY


def is_in_trouble(order: o.Order, at: Any = MUCH_LATER) -> bool:
    """Whether it is, at this moment."""
    assert order.facts is not None
    return in_trouble(Case(order.facts, order.told, at, order.policy))


def complaint(at: Any) -> Event[Any]:
    """A customer complains."""
    return o.event(at, shop.TicketOpened(order_id="A1", ticket_id="T1", is_complaint=True))


def question(at: Any) -> Event[Any]:
    """A customer asks something."""
    return o.event(at, shop.TicketOpened(order_id="A1", ticket_id="T1"))


def closed(at: Any) -> Event[Any]:
    """It is settled."""
    return o.event(at, shop.TicketClosed(order_id="A1", ticket_id="T1"))


@pytest.mark.parametrize(
    ("trouble", "end"),
    [
        pytest.param(o.slip(o.TUESDAY, o.by(o.FRIDAY)), o.handed_over(LATER), id="delayed"),
        pytest.param(
            o.slip(o.TUESDAY, o.by(o.FRIDAY)),
            o.slip(o.THURSDAY, o.by(o.THURSDAY)),
            id="delayed and then not",
        ),
        pytest.param(o.slip(o.TUESDAY, o.by(o.FRIDAY)), o.cancelled(LATER), id="and cancelled"),
        pytest.param(p.lose(o.TUESDAY), o.scan(LATER), id="lost"),
        pytest.param(p.lose(o.TUESDAY), o.refund(LATER), id="lost and refunded"),
        pytest.param(p.lose(o.TUESDAY), o.handed_over(LATER, "S2"), id="lost and replaced"),
        pytest.param(m.damage(o.TUESDAY), o.refund(LATER), id="damaged"),
        pytest.param(p.send_back(o.TUESDAY), o.handed_over(LATER), id="on its way back"),
        pytest.param(p.arrive_back(o.TUESDAY), o.refund(LATER), id="back"),
        pytest.param(complaint(o.TUESDAY), closed(LATER), id="complained of"),
        pytest.param(
            o.ask_to_return(o.TUESDAY),
            o.event(LATER, shop.ReturnCancelled(order_id="A1", return_id="B1")),
            id="to be sent back",
        ),
    ],
)
def test_an_order_is_in_trouble_until_it_is_solved(trouble: Event[Any], end: Event[Any]) -> None:
    order = m.shipped(o.THURSDAY)
    assert not is_in_trouble(order)
    p.heard(order, trouble)
    assert is_in_trouble(order)
    p.heard(order, end)
    assert not is_in_trouble(order)


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(o.scan(o.TUESDAY), id="a scan"),
        pytest.param(o.on_the_van(o.TUESDAY), id="the van"),
        pytest.param(o.handed_over(o.TUESDAY), id="the delivery"),
        pytest.param(question(o.TUESDAY), id="a question"),
        pytest.param(o.slip(o.TUESDAY, o.by(o.TUESDAY)), id="good news"),
    ],
)
def test_no_trouble_is(event: Event[Any]) -> None:
    order = m.shipped(o.WEDNESDAY)
    p.heard(order, event)

    assert not is_in_trouble(order)


def test_an_order_that_does_not_leave_in_time_is_in_trouble_once_that_is_told() -> None:
    order = p.paid_order(dispatch_by=o.TUESDAY)
    assert not is_in_trouble(order)
    order.looks(o.TUESDAY + o.HOUR)
    assert Kind.DISPATCH_LATE in order.said
    assert is_in_trouble(order)
    p.heard(order, o.scan(o.WEDNESDAY))
    assert not is_in_trouble(order)


@pytest.mark.parametrize(
    ("asks", "answer"),
    [
        (Question.RECEIVED, Answer.NO),
        (Question.ALL_RIGHT, Answer.NO),
        (Question.WAIT_OR_CANCEL, Answer.CANCEL),
    ],
)
@pytest.mark.parametrize("settle", [o.refund, closed])
def test_a_bad_answer_is_trouble_until_somebody_saw_to_it(
    asks: Question, answer: Answer, settle: Callable[[Any], Event[Any]]
) -> None:
    order = m.shipped(None)
    p.heard(order, question(o.MONDAY + 2 * o.HOUR), o.handed_over(o.TUESDAY))
    p.heard(order, o.replied(o.WEDNESDAY, "R0", asks, answer))
    assert is_in_trouble(order)
    p.heard(order, settle(o.THURSDAY))
    assert not is_in_trouble(order)


def test_the_last_answer_counts() -> None:
    order = m.shipped(None)
    p.heard(order, o.handed_over(o.TUESDAY))
    p.heard(order, o.replied(o.WEDNESDAY, "R0", Question.RECEIVED, Answer.NO))
    p.heard(order, o.replied(o.THURSDAY, "R0", Question.RECEIVED, Answer.YES))

    assert not is_in_trouble(order)


def test_a_return_that_was_approved_and_never_sent_is_over_after_its_last_day() -> None:
    order = m.shipped(None)
    p.heard(order, o.handed_over(o.TUESDAY), o.ask_to_return(o.WEDNESDAY))
    p.heard(order, o.accept_return(o.THURSDAY, send_by=o.FRIDAY.date()))

    assert is_in_trouble(order, o.FRIDAY)
    assert not is_in_trouble(order, o.FRIDAY + 2 * o.DAY)


def test_money_that_was_told_to_be_late_is_trouble_until_it_is_sent() -> None:
    order = p.paid_order(o.cancelled(o.TUESDAY, refund_by=o.WEDNESDAY.date()))
    m.days_of(order, 5, o.WEDNESDAY)
    assert Kind.REFUND_LATE in order.said
    assert is_in_trouble(order, o.MONDAY + 8 * o.DAY)
    p.heard(order, o.refund(o.MONDAY + 8 * o.DAY))
    assert not is_in_trouble(order, o.MONDAY + 8 * o.DAY)
