"""A customer's question."""

from headsup.contracts.catalogue import Kind
from headsup.contracts.replies import Question
from tests.unit.services.order_events import afterwards as a
from tests.unit.services.order_events import orders as o

OPENED, ANSWERED = Kind.SUPPORT_OPENED, Kind.SUPPORT_ANSWERED
CLOSED = Kind.SUPPORT_CLOSED
URL = "https://shop.example/tickets/1"


def test_a_question_is_told_to_be_in_hand_with_its_number_and_when_the_answer_comes() -> None:
    event = a.ask(o.WEDNESDAY, number="2026-17", url=URL, answer_by=o.THURSDAY)

    content = o.only(a.delivered_order().hears(event))

    assert (content.ticket, content.ticket_url) == ("2026-17", URL)
    assert (content.answer_by, content.next_update_by) == (o.THURSDAY, o.THURSDAY)


def test_a_question_without_a_number_goes_by_its_id_and_a_word_is_promised_all_the_same() -> None:
    content = o.only(a.delivered_order().hears(a.ask(o.WEDNESDAY)))

    assert content.ticket == "T1"
    assert content.next_update_by is not None


def test_the_number_that_came_with_the_question_stands_in_what_follows() -> None:
    life = a.delivered_order()
    life.hears(a.ask(o.WEDNESDAY, number="2026-17", url=URL))

    content = o.only(life.hears(a.answer(o.THURSDAY)))

    assert (content.ticket, content.ticket_url) == ("2026-17", URL)


def test_every_answer_is_told_and_of_several_at_once_the_last() -> None:
    life = a.delivered_order()
    life.hears(a.ask(o.WEDNESDAY))

    assert o.kinds(life.hears(a.answer(o.WEDNESDAY + o.HOUR))) == [ANSWERED]
    assert o.kinds(life.hears(a.answer(o.THURSDAY), a.answer(o.FRIDAY))) == [ANSWERED]
    assert o.kinds(life.hears(a.answer(o.THURSDAY), at=o.FRIDAY)) == []


def test_a_question_that_is_settled_is_closed_by_asking_how_it_was() -> None:
    life = a.delivered_order()
    life.hears(a.ask(o.WEDNESDAY))
    life.hears(a.answer(o.THURSDAY))

    content = o.only(life.hears(a.settle(o.FRIDAY)))

    assert content.question is Question.RATING
    assert content.next_update_by is None


def test_a_backlog_of_a_question_says_that_it_is_settled() -> None:
    events = [a.ask(o.WEDNESDAY), a.answer(o.THURSDAY), a.settle(o.FRIDAY)]

    assert o.kinds(a.delivered_order().hears(*events)) == [CLOSED]
    assert o.kinds(a.delivered_order().hears(*reversed(events))) == [CLOSED]


def test_an_answer_that_is_read_before_its_question_is_told_and_the_question_is_not() -> None:
    life = a.delivered_order()

    assert o.kinds(life.hears(a.answer(o.THURSDAY))) == [ANSWERED]
    assert o.kinds(life.hears(a.ask(o.WEDNESDAY), at=o.THURSDAY)) == []


def test_a_question_that_is_opened_once_more_is_told_and_closed_once_more() -> None:
    life = a.delivered_order()
    events = [a.ask(o.WEDNESDAY), a.settle(o.THURSDAY), a.ask(o.FRIDAY)]
    events.append(a.settle(o.FRIDAY + o.HOUR))

    assert [o.kinds(life.hears(event)) for event in events] == [[OPENED], [CLOSED]] * 2


def test_two_questions_are_two_stories() -> None:
    events = [a.ask(o.WEDNESDAY), a.ask(o.WEDNESDAY, ticket_id="T2")]

    assert o.kinds(a.delivered_order().hears(*events)) == [OPENED, OPENED]


def test_a_question_that_nobody_answers_in_time_is_not_left_in_silence() -> None:
    life = a.delivered_order()
    life.hears(a.ask(o.WEDNESDAY, answer_by=o.FRIDAY))

    life.passes(o.FRIDAY)

    (said,) = life.told_of(Kind.ORDER_NO_NEWS)
    assert said.said_at < o.FRIDAY
