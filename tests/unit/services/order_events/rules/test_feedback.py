"""What is asked after a delivery, of whom, and of whom not."""

from datetime import UTC, datetime
from typing import Any

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.replies import Answer, Question
from headsup.contracts.shop import PaymentState
from headsup.shops.policy import Policy
from tests.unit.services.order_events import afterwards as a
from tests.unit.services.order_events import orders as o

CHECK_IN, REVIEW = Kind.ORDER_CHECK_IN, Kind.REVIEW_REQUEST
ASKING = Policy(review_days=7, review_url="https://shop.example/reviews")
END = o.MONDAY + 40 * o.DAY


def eleven(day: int, month: int = 11) -> datetime:
    """Eleven o'clock in Kyiv."""
    return datetime(2026, month, day, 9, tzinfo=UTC)


def asked(life: a.Life) -> list[tuple[Kind, datetime]]:
    """What was asked, and when."""
    return [(said.kind, said.said_at) for said in life.told_of(CHECK_IN, REVIEW)]


def asked_after(*events: Event[Any], policy: Policy = ASKING) -> list[Kind]:
    """What is asked in the weeks after a delivery, when this happens too."""
    life = a.delivered_order(policy)
    for event in sorted(events, key=lambda event: event.time):
        life.passes(event.time)
        life.hears(event)
    life.passes(END)
    return [kind for kind, _ in asked(life)]


def test_some_days_after_the_delivery_we_ask_whether_everything_is_all_right() -> None:
    life = a.delivered_order()

    life.passes(END)

    assert asked(life) == [(CHECK_IN, eleven(27))]
    (content,) = life.contents(CHECK_IN)
    assert (content.items, content.question) == (o.ITEMS, Question.ALL_RIGHT)
    assert content.next_update_by is None


def test_a_shop_may_ask_for_a_review_later_and_names_the_place() -> None:
    life = a.delivered_order(ASKING)

    life.passes(END)

    assert asked(life) == [(CHECK_IN, eleven(27)), (REVIEW, eleven(1, 12))]
    (content,) = life.contents(REVIEW)
    assert (content.items, content.review_url) == (o.ITEMS, ASKING.review_url)


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(Policy(check_in_days=None), id="neither"),
        pytest.param(Policy(check_in_days=None, review_days=7), id="no place for a review"),
    ],
)
def test_a_shop_that_asks_for_nothing_asks_nothing(policy: Policy) -> None:
    assert asked_after(policy=policy) == []


def test_it_is_the_last_parcel_that_counts() -> None:
    life = a.Life()
    life.hears(o.placed_and_paid(), o.handed_over(o.TUESDAY), o.scan(o.TUESDAY, "S2"))
    life.passes(o.FRIDAY + o.DAY)
    assert asked(life) == []
    life.hears(o.handed_over(life.now, "S2"))

    life.passes(END)

    assert asked(life) == [(CHECK_IN, eleven(1, 12))]


@pytest.mark.parametrize("days", [(3, 3), (3, 4), (4, 3)])
def test_both_are_never_asked_on_one_day_nor_on_the_next(days: tuple[int, int]) -> None:
    check_in_days, review_days = days
    life = a.delivered_order(
        Policy(check_in_days=check_in_days, review_days=review_days, review_url=ASKING.review_url)
    )

    life.passes(eleven(27))
    for hours in range(1, 100):  # other news of the order makes us look at any time
        life.looks(eleven(27) + hours * o.HOUR)
    life.passes(END)

    (_, first), (_, second) = asked(life)
    assert second - first >= 2 * o.DAY


def test_both_that_fall_due_while_nobody_looked_are_asked_apart() -> None:
    life = a.delivered_order(Policy(review_days=4, review_url=ASKING.review_url))
    life.now = o.TUESDAY + 5 * o.DAY

    life.passes(END)

    assert [kind for kind, _ in asked(life)] == [CHECK_IN, REVIEW]
    (_, first), (_, second) = asked(life)
    assert second - first > o.DAY


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(a.ask(o.WEDNESDAY), id="by a question"),
        pytest.param(o.ask_to_return(o.WEDNESDAY), id="by sending it back"),
        pytest.param(a.take_in(o.WEDNESDAY), id="by a repair"),
    ],
)
def test_who_has_spoken_up_since_the_delivery_is_not_asked_how_it_is(event: Event[Any]) -> None:
    assert CHECK_IN not in asked_after(event)


def test_a_question_from_before_the_delivery_says_nothing_of_what_was_delivered() -> None:
    assert CHECK_IN in asked_after(a.ask(o.MONDAY), a.settle(o.MONDAY + o.HOUR))


def test_nobody_is_asked_for_a_review_while_a_complaint_is_open() -> None:
    life = a.delivered_order(ASKING)
    life.hears(a.ask(o.FRIDAY, is_complaint=True))
    life.passes(eleven(2, 12))
    assert asked(life) == []
    life.hears(a.settle(life.now))

    life.passes(END)

    assert [kind for kind, _ in asked(life)] == [REVIEW]


def test_a_question_to_the_customer_that_waits_is_taken_back_when_they_complain() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid(), o.handed_over(o.TUESDAY))
    order.looks(eleven(27))
    waiting = order.id_of(CHECK_IN)

    decision = order.hears(a.ask(eleven(27) + o.HOUR, is_complaint=True))

    assert waiting in [taken.request_id for taken in decision.withdraw]


@pytest.mark.parametrize(
    ("kind", "question", "answer", "said"),
    [
        pytest.param(
            CHECK_IN, Question.ALL_RIGHT, Answer.NO, [CHECK_IN], id="a no ends the asking"
        ),
        pytest.param(
            CHECK_IN, Question.ALL_RIGHT, Answer.YES, [CHECK_IN, REVIEW], id="a yes does not"
        ),
        pytest.param(
            Kind.SUPPORT_CLOSED, Question.RATING, Answer.THREE, [CHECK_IN], id="nor does a three"
        ),
        pytest.param(
            Kind.SUPPORT_CLOSED, Question.RATING, Answer.FOUR, [CHECK_IN, REVIEW], id="but a four"
        ),
    ],
)
def test_who_is_unhappy_is_never_asked_for_a_review(
    kind: Kind, question: Question, answer: Answer, said: list[Kind]
) -> None:
    life = a.delivered_order(ASKING)
    life.hears(a.ask(o.MONDAY), a.settle(o.TUESDAY))
    life.passes(eleven(28))
    life.hears(o.replied(life.now, life.id_of(kind), question, answer))

    life.passes(END)

    assert [kind for kind, _ in asked(life)] == said


def test_who_sent_it_back_is_not_asked_for_a_review_even_when_all_is_over() -> None:
    sent_back = [a.get_back(o.WEDNESDAY), a.look_at_return(o.THURSDAY)]

    assert asked_after(*sent_back, o.refund(o.FRIDAY, return_id="B1")) == []


def test_nobody_is_asked_about_what_did_not_come_after_all() -> None:
    life = a.delivered_order(ASKING)
    life.hears(o.on_the_van(o.WEDNESDAY))

    life.passes(END)

    assert asked(life) == []


def test_a_parcel_that_came_though_the_order_was_cancelled_is_not_asked_to_be_praised() -> None:
    life = a.Life(ASKING)
    life.hears(o.placed(payment=PaymentState.AUTHORISED), at=o.MONDAY)
    life.hears(o.cancelled(o.MONDAY + o.HOUR), at=o.MONDAY + o.HOUR)
    life.hears(o.handed_over(o.TUESDAY), at=o.TUESDAY)

    life.passes(END)

    assert [kind for kind, _ in asked(life)] == [CHECK_IN]


def test_nobody_is_asked_about_a_delivery_of_long_ago() -> None:
    life = a.Life(ASKING)
    life.hears(o.placed_and_paid(), o.handed_over(o.TUESDAY), at=o.MONDAY + 30 * o.DAY)

    life.passes(END)

    assert asked(life) == []
