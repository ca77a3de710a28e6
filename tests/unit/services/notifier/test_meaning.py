"""Which question a text message answers."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from headsup.contracts.replies import ANSWERS, Answer, Question
from services.notifier.answers import Asked, Effect
from services.notifier.meaning import RIVALS_WITHIN, Open, meant
from tests.support.notifier import MONDAY

WAIT_OR_CANCEL, RECEIVED, ALL_RIGHT = (
    Question.WAIT_OR_CANCEL,
    Question.RECEIVED,
    Question.ALL_RIGHT,
)
HOUR = timedelta(hours=1)


def _open(
    name: str,
    question: Question,
    *,
    ago: timedelta,
    order: str = "A-1",
    answered: bool = False,
    **changes: Any,
) -> Open:
    asked = Asked(
        request_id=name,
        source="https://shop.example",
        order_id=order,
        customer_id="c-1",
        question=question,
        at=MONDAY - ago,
    )
    return Open(replace(asked, **changes), answered)


def _meant(word: Answer, *questions: Open) -> str:
    """The question that a word answers, by its name, or why it answers none."""
    found = meant(questions, lambda asked: word if word in ANSWERS[asked.question] else None)
    return str(found) if isinstance(found, Effect) else found[0].request_id


def test_a_word_answers_the_question_that_was_asked() -> None:
    assert _meant(Answer.WAIT, _open("late", WAIT_OR_CANCEL, ago=HOUR)) == "late"


def test_without_a_question_there_is_nothing_to_answer() -> None:
    assert _meant(Answer.WAIT) == "unknown"


def test_a_word_that_fits_no_question_is_for_a_person() -> None:
    assert _meant(Answer.YES, _open("late", WAIT_OR_CANCEL, ago=HOUR)) == "not_understood"


def test_a_word_passes_over_a_newer_question_that_it_does_not_fit() -> None:
    newer = _open("there?", RECEIVED, ago=HOUR, order="A-2")
    assert _meant(Answer.WAIT, newer, _open("late", WAIT_OR_CANCEL, ago=2 * HOUR)) == "late"


def test_of_one_order_the_newest_question_is_answered() -> None:
    again = _open("late again", WAIT_OR_CANCEL, ago=HOUR)
    assert _meant(Answer.CANCEL, again, _open("late", WAIT_OR_CANCEL, ago=2 * HOUR)) == "late again"
    fine = _open("fine?", ALL_RIGHT, ago=HOUR)
    assert _meant(Answer.YES, fine, _open("there?", RECEIVED, ago=2 * HOUR)) == "fine?"


@pytest.mark.parametrize(
    ("earlier", "meaning"),
    [
        (_open("other", WAIT_OR_CANCEL, ago=2 * HOUR, order="A-2"), "ambiguous"),
        (_open("other", WAIT_OR_CANCEL, ago=2 * HOUR, source="https://b.example"), "ambiguous"),
        (_open("other", WAIT_OR_CANCEL, ago=2 * HOUR, order="A-2", answered=True), "this"),
        (_open("other", WAIT_OR_CANCEL, ago=HOUR + RIVALS_WITHIN, order="A-2"), "this"),
    ],
    ids=[
        "two orders are late on one day",
        "orders of two shops have one number",
        "the other was answered already",
        "the other was left open long before",
    ],
)
def test_a_word_that_may_be_about_either_of_two_orders_cancels_none(
    earlier: Open, meaning: str
) -> None:
    this = _open("this", WAIT_OR_CANCEL, ago=HOUR)
    assert _meant(Answer.CANCEL, this, earlier) == meaning


def test_while_one_of_two_orders_waits_a_change_of_mind_about_the_other_is_for_a_person() -> None:
    this = _open("this", WAIT_OR_CANCEL, ago=HOUR, answered=True)
    other = _open("other", WAIT_OR_CANCEL, ago=2 * HOUR, order="A-2")
    assert _meant(Answer.CANCEL, this, other) == "ambiguous"


@pytest.mark.parametrize(("other", "meaning"), [("S-2", "ambiguous"), ("S-1", "this")])
def test_a_yes_that_may_be_about_either_of_two_parcels_says_nothing_of_both(
    other: str, meaning: str
) -> None:
    this = _open("this", RECEIVED, ago=HOUR, subject="S-1")
    earlier = _open("other", RECEIVED, ago=2 * HOUR, subject=other)
    assert _meant(Answer.YES, this, earlier) == meaning
