"""When a provider may be called, and when it is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.breaker import (
    FAILURES_IN_A_ROW,
    FIRST_OPEN,
    FIRST_STOP,
    LONGEST_ASKED,
    LONGEST_OPEN,
    LONGEST_STOP,
    TRIAL_LASTS,
    Breaker,
    BreakerState,
)

MOST = 16


def fail(breaker: Breaker, now: float, times: int = FAILURES_IN_A_ROW) -> list[bool]:
    return [breaker.failed(now, chance=1.0) for _ in range(times)]


def opened(now: float = 0.0) -> Breaker:
    breaker = Breaker()
    fail(breaker, now)
    return breaker


def test_it_begins_closed_and_lets_everything_through() -> None:
    breaker = Breaker()
    assert breaker.state(0.0) is BreakerState.CLOSED
    assert breaker.room(0.0, MOST) == MOST
    assert all(breaker.begin(0.0) for _ in range(MOST))


def test_five_failures_in_a_row_open_it() -> None:
    breaker = Breaker()
    assert fail(breaker, 10.0) == [False] * (FAILURES_IN_A_ROW - 1) + [True]
    assert breaker.state(10.0) is BreakerState.OPEN
    assert (breaker.room(10.0, MOST), breaker.left(10.0)) == (0, FIRST_OPEN)
    assert not breaker.begin(10.0)


def test_one_success_between_them_is_enough_to_keep_it_closed() -> None:
    breaker = Breaker()
    for _ in range(3):
        fail(breaker, 0.0, FAILURES_IN_A_ROW - 1)
        assert not breaker.succeeded()
    assert breaker.state(0.0) is BreakerState.CLOSED


def test_calls_that_fail_together_are_one_outage() -> None:
    breaker = Breaker()
    assert fail(breaker, 0.0, MOST).count(True) == 1
    assert breaker.left(0.0) == FIRST_OPEN


def test_calls_that_began_before_it_opened_do_not_open_it_again_when_they_end_late() -> None:
    breaker = opened()
    assert not breaker.failed(FIRST_OPEN + 1, chance=1.0, began=-1.0)
    assert breaker.state(FIRST_OPEN + 1) is BreakerState.HALF_OPEN


def test_after_the_rest_one_message_finds_out() -> None:
    breaker = opened()
    assert breaker.state(FIRST_OPEN) is BreakerState.HALF_OPEN
    assert breaker.room(FIRST_OPEN, MOST) == 1
    assert breaker.begin(FIRST_OPEN)
    assert breaker.room(FIRST_OPEN, MOST) == 0
    assert not breaker.begin(FIRST_OPEN)


def test_when_that_one_succeeds_all_may_go() -> None:
    breaker = opened()
    breaker.begin(FIRST_OPEN)
    assert breaker.succeeded()
    assert breaker.state(FIRST_OPEN) is BreakerState.CLOSED
    assert breaker.room(FIRST_OPEN, MOST) == MOST
    assert not breaker.succeeded()


def test_while_that_one_fails_the_rest_doubles_up_to_a_limit() -> None:
    breaker, now, lengths = opened(), 0.0, []
    for _ in range(8):
        lengths.append(breaker.left(now))
        now += breaker.left(now)
        assert breaker.begin(now)
        assert breaker.failed(now, chance=1.0, began=now)
    assert lengths == [2.0, 4.0, 8.0, 16.0, 32.0, 64.0, LONGEST_OPEN, LONGEST_OPEN]


def test_after_a_success_the_next_rest_is_short_again() -> None:
    breaker = opened()
    breaker.begin(2.0)
    breaker.failed(2.0, chance=1.0)
    breaker.begin(6.0)
    breaker.succeeded()
    fail(breaker, 10.0)
    assert breaker.left(10.0) == FIRST_OPEN


def test_chance_makes_a_rest_up_to_half_as_long() -> None:
    lengths = []
    for chance in (0.0, 0.5, 1.0):
        breaker = Breaker()
        for _ in range(FAILURES_IN_A_ROW):
            breaker.failed(0.0, chance=chance)
        lengths.append(breaker.left(0.0))
    assert lengths == [1.0, 1.5, 2.0]


def test_a_provider_that_says_when_is_obeyed_where_that_is_later() -> None:
    breaker = opened()
    breaker.begin(FIRST_OPEN)
    breaker.failed(FIRST_OPEN, chance=1.0, retry_after=60.0)
    assert breaker.left(FIRST_OPEN) == 60.0
    breaker.begin(62.0)
    breaker.failed(62.0, chance=1.0, retry_after=1.0)
    assert breaker.left(62.0) == 8.0


def test_what_is_asked_while_it_rests_is_obeyed_too() -> None:
    breaker = opened()
    assert not breaker.failed(1.0, chance=1.0, retry_after=30.0)
    assert breaker.left(1.0) == 30.0


def test_slow_down_rests_it_at_once() -> None:
    breaker = Breaker()
    assert breaker.slow_down(0.0, 7.0)
    assert not breaker.slow_down(1.0, 3.0)
    assert breaker.state(1.0) is BreakerState.OPEN
    assert breaker.left(1.0) == 6.0


def test_a_success_that_was_under_way_does_not_end_the_rest_that_was_asked_for() -> None:
    breaker = Breaker()
    breaker.slow_down(0.0, 7.0)
    assert not breaker.succeeded()
    assert breaker.left(0.0) == 7.0


def test_no_provider_can_silence_us_for_more_than_an_hour() -> None:
    breaker = Breaker()
    breaker.slow_down(0.0, 86_400.0)
    assert breaker.left(0.0) == LONGEST_ASKED


def test_bad_configuration_stops_it_at_once_and_for_longer_each_time() -> None:
    breaker, now, lengths = Breaker(), 0.0, []
    for _ in range(6):
        assert breaker.stopped(now)
        assert breaker.state(now) is BreakerState.STOPPED
        assert breaker.room(now, MOST) == 0
        lengths.append(breaker.left(now))
        now += breaker.left(now)
        assert breaker.state(now) is BreakerState.HALF_OPEN
        assert breaker.begin(now)
    assert lengths == [FIRST_STOP, 60.0, 120.0, 240.0, LONGEST_STOP, LONGEST_STOP]


def test_the_same_bad_configuration_is_news_once() -> None:
    breaker = Breaker()
    assert [breaker.stopped(0.0) for _ in range(MOST)].count(True) == 1
    assert breaker.left(0.0) == FIRST_STOP


def test_bad_configuration_outweighs_an_outage() -> None:
    breaker = opened()
    assert breaker.stopped(1.0)
    assert breaker.state(1.0) is BreakerState.STOPPED
    assert not fail(breaker, 1.0, MOST).count(True)
    assert breaker.left(1.0) == FIRST_STOP


def test_an_outage_after_a_stop_rests_as_briefly_as_any_first_one() -> None:
    breaker = Breaker()
    breaker.stopped(0.0)
    breaker.begin(FIRST_STOP)
    assert breaker.failed(FIRST_STOP, chance=1.0)
    assert breaker.state(FIRST_STOP) is BreakerState.OPEN
    assert breaker.left(FIRST_STOP) == FIRST_OPEN


def test_a_trial_that_says_nothing_of_the_provider_leaves_it_to_the_next() -> None:
    breaker = opened()
    breaker.begin(FIRST_OPEN)
    breaker.ended()
    assert breaker.state(FIRST_OPEN) is BreakerState.HALF_OPEN
    assert breaker.begin(FIRST_OPEN)


def test_a_trial_that_nobody_heard_the_end_of_does_not_block_for_ever() -> None:
    breaker = opened()
    breaker.begin(FIRST_OPEN)
    assert not breaker.begin(FIRST_OPEN + TRIAL_LASTS - 1)
    assert breaker.begin(FIRST_OPEN + TRIAL_LASTS)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["begin", "failed", "slow", "stopped", "succeeded", "ended"]),
        st.floats(0, 400),
    ),
    max_size=60,
)


@given(STEPS)
def test_whatever_happens_it_can_be_tried_again_within_the_longest_rest(
    steps: list[tuple[str, float]],
) -> None:
    breaker, now = Breaker(), 0.0
    for step, seconds in steps:
        now += seconds
        match step:
            case "begin":
                breaker.begin(now)
            case "failed":
                breaker.failed(now, chance=0.5, began=now - seconds)
            case "slow":
                breaker.slow_down(now, seconds)
            case "stopped":
                breaker.stopped(now)
            case "succeeded":
                breaker.succeeded()
            case _:
                breaker.ended()
        resting = breaker.state(now) in {BreakerState.OPEN, BreakerState.STOPPED}
        assert resting == (breaker.left(now) > 0)
        assert breaker.room(now, MOST) in ({0} if resting else {0, 1, MOST})
    later = now + max(breaker.left(now), TRIAL_LASTS)
    assert later - now <= LONGEST_ASKED
    assert breaker.begin(later)


@pytest.mark.parametrize("most", [0, 1, 16])
def test_there_is_never_more_room_than_was_asked_for(most: int) -> None:
    assert Breaker().room(0.0, most) == most
    assert opened().room(FIRST_OPEN, most) == min(1, most)
