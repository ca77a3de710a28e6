"""A pace lets so much through a second, however it is asked for."""

from hypothesis import given
from hypothesis import strategies as st

from headsup.pace import Pace


def test_it_begins_full_and_fills_again() -> None:
    pace = Pace(rate=10, most=20)
    assert pace.left(100.0) == 20
    pace.spend(20, 100.0)
    assert pace.left(100.0) == 0
    assert pace.left(101.0) == 10
    assert pace.left(200.0) == 20


def test_what_went_beyond_it_is_paid_back() -> None:
    pace = Pace(rate=10, most=10)
    pace.spend(15, 0.0)
    assert pace.left(0.0) == 0
    assert pace.wait(1, 0.0) == 0.6
    assert pace.left(1.0) == 5


def test_what_is_larger_than_the_bucket_goes_when_that_is_full() -> None:
    pace = Pace(rate=1, most=2)
    assert pace.wait(5, 0.0) == 0
    pace.spend(5, 0.0)
    assert pace.wait(5, 0.0) == 5


def test_without_a_rate_nothing_waits() -> None:
    pace = Pace()
    pace.spend(1e9, 0.0)
    assert pace.left(0.0) == float("inf")
    assert pace.wait(1e9, 0.0) == 0


@given(st.lists(st.floats(0.001, 3.0), min_size=1, max_size=50))
def test_over_any_span_no_more_goes_than_the_rate_and_one_bucket(steps: list[float]) -> None:
    pace, now, went = Pace(rate=7, most=5), 0.0, 0.0
    for step in steps:
        now += step
        went += (here := pace.left(now))
        pace.spend(here, now)
    assert went <= 5 + 7 * now + 1e-6
