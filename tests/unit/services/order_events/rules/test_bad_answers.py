"""Who says that something is wrong hears of it, from the shop or from us."""

from datetime import UTC, datetime
from typing import Any

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import Standing
from headsup.contracts.replies import Answer, Question
from services.order_events.promises import LEAD
from tests.unit.services.order_events import afterwards as a
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

NO_NEWS = Kind.ORDER_NO_NEWS
FRIDAY = datetime(2026, 11, 27, 9, tzinfo=UTC)
"""When the customer is asked; the shop works from Monday to Friday."""
EVENING = datetime(2026, 11, 30, 16, tzinfo=UTC)
"""Of the next working day, at six o'clock in Kyiv."""
END = FRIDAY + 40 * o.DAY


def answered(*answers: Answer) -> a.Life:
    """An order whose customer was asked whether all is well, and answered within the hour."""
    life = a.delivered_order()
    life.passes(FRIDAY)
    asked = life.id_of(Kind.ORDER_CHECK_IN)
    for hour, answer in enumerate(answers, 1):
        at = FRIDAY + hour * o.HOUR
        life.hears(o.replied(at, asked, Question.ALL_RIGHT, answer), at=at)
    return life


def test_whoever_said_no_and_heard_nothing_hears_in_the_evening_of_the_next_working_day() -> None:
    life = answered(Answer.NO)

    life.passes(END)

    (said,) = life.told_of(NO_NEWS)
    assert said.said_at == EVENING - LEAD
    (content,) = life.contents(NO_NEWS)
    assert (content.standing, content.next_update_by) == (Standing.COMPLAINED, None)


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param((), id="no answer"),
        pytest.param((Answer.YES,), id="all is well"),
        pytest.param((Answer.NO, Answer.YES), id="all is well after all"),
    ],
)
def test_whoever_did_not_say_no_hears_nothing(answers: tuple[Answer, ...]) -> None:
    life = answered(*answers)

    life.passes(END)

    assert life.told_of(NO_NEWS) == []


SATURDAY = FRIDAY + o.DAY


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(a.answer(SATURDAY), id="answered"),
        pytest.param(o.refund(SATURDAY), id="money back"),
        pytest.param(o.accept_return(SATURDAY), id="return"),
        pytest.param(a.take_in(SATURDAY), id="repair"),
        pytest.param(p.not_delivered(SATURDAY), id="revoked"),
    ],
)
def test_where_the_shop_acts_nobody_says_that_nobody_did(event: Event[Any]) -> None:
    life = answered(Answer.NO)
    life.hears(event, at=SATURDAY)

    life.passes(EVENING)

    assert Standing.COMPLAINED not in [each.standing for each in life.contents(NO_NEWS)]


def test_a_question_to_the_shop_that_is_open_has_a_promise_of_its_own() -> None:
    life = answered(Answer.NO)
    life.hears(a.ask(SATURDAY), at=SATURDAY)

    life.passes(END)

    assert Standing.COMPLAINED not in [each.standing for each in life.contents(NO_NEWS)]


def test_an_answer_that_is_read_weeks_later_is_not_brought_up_anew() -> None:
    life = a.delivered_order()
    life.passes(FRIDAY)
    asked = life.id_of(Kind.ORDER_CHECK_IN)
    at = FRIDAY + o.HOUR
    life.hears(o.replied(at, asked, Question.ALL_RIGHT, Answer.NO), at=END)

    life.passes(END + 5 * o.DAY)

    assert life.told_of(NO_NEWS) == []


def test_who_says_no_twice_before_we_write_is_written_to_once() -> None:
    life = a.delivered_order()
    life.passes(FRIDAY)
    first = life.id_of(Kind.ORDER_CHECK_IN)
    other = next(id_ for id_ in life.told.statements if id_ != first)
    for asked in (first, other):
        at = FRIDAY + o.HOUR
        life.hears(o.replied(at, asked, Question.RECEIVED, Answer.NO), at=at)

    life.passes(EVENING)
    life.looks(EVENING)

    assert len(life.told_of(NO_NEWS)) == 1


def test_who_says_no_again_later_is_told_again_and_that_it_is_not_the_first_time() -> None:
    life = a.delivered_order()
    life.passes(FRIDAY)
    first = life.id_of(Kind.ORDER_CHECK_IN)
    other = next(id_ for id_ in life.told.statements if id_ != first)
    for asked, at in ((first, FRIDAY + o.HOUR), (other, EVENING + o.DAY)):
        life.passes(at)
        life.hears(o.replied(at, asked, Question.RECEIVED, Answer.NO), at=at)

    life.passes(END)

    assert [each.occurrence for each in life.contents(NO_NEWS)] == [1, 2]
