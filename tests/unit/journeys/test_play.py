"""Journeys are the same every time, and go all the way."""

import pytest

from tests.journeys.oracle.finding import Fault
from tests.journeys.play import Broken, play
from tests.journeys.report import Figures, Judged, judge
from tests.journeys.story import Fate, Message


def told(number: int, broken: Broken | None = None) -> list[Message]:
    """The messages of a journey."""
    return play(1, number, broken or Broken()).messages


def test_a_journey_is_the_same_every_time() -> None:
    assert told(3) == told(3)


def test_another_number_is_another_journey() -> None:
    assert told(3) != told(4)


def test_what_a_customer_got_was_written_for_them() -> None:
    sent = [message for message in told(3) if message.fate is Fate.SENT]
    assert sent
    assert all(message.text for message in sent)


@pytest.mark.parametrize("number", range(12))
def test_a_journey_leaves_nobody_wondering(number: int) -> None:
    assert judge(play(1, number)).findings == []


def test_a_message_that_comes_twice_is_a_repeat() -> None:
    findings = judge(play(1, 3, Broken(doubles=True))).findings
    # "Sooner than we told you" is also false the second time: then that was told.
    assert Fault.REPEATED in {finding.fault for finding in findings}


def test_the_figures_are_those_that_are_asked_for() -> None:
    figures = Figures()
    figures.add(Judged(number=0, messages=3, minutes=[1.0, 2.0, 30.0]))
    figures.add(Judged(number=1, messages=2))

    assert figures.as_json() == {
        "journeys": 2,
        "unanswered": 0,
        "false": 0,
        "repeats": 0,
        "messages_per_order": 2.5,
        "minutes_to_told_p50": 2.0,
        "minutes_to_told_p99": 30.0,
    }
    assert figures.is_clean
