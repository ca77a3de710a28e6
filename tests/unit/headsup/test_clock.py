"""Clocks."""

from datetime import UTC, datetime, timedelta

from headsup.clock import FastClock, ManualClock, SystemClock

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_the_system_clock_shows_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_a_fast_clock_needs_less_real_time_for_the_same_wait() -> None:
    clock = FastClock(real=datetime.now(UTC), shown=NOON, speed=3600)
    assert 3.0 < clock.seconds_until(NOON + timedelta(hours=4)) <= 4.0


def test_two_fast_clocks_with_the_same_anchor_agree() -> None:
    real = datetime.now(UTC) - timedelta(seconds=10)
    one, other = (FastClock(real=real, shown=NOON, speed=100) for _ in range(2))
    assert abs(one.now() - other.now()) < timedelta(seconds=60)
    assert one.now() - NOON >= timedelta(seconds=1000)


def test_no_clock_waits_for_what_has_passed() -> None:
    fast = FastClock(real=datetime.now(UTC), shown=NOON, speed=60)
    past = datetime(2020, 1, 1, tzinfo=UTC)
    assert [clock.seconds_until(past) for clock in (SystemClock(), fast, ManualClock(NOON))] == [
        0.0,
        0.0,
        0.0,
    ]


def test_a_manual_clock_stands_still_until_it_is_moved() -> None:
    clock = ManualClock(NOON)
    assert clock.now() == NOON
    clock.move(timedelta(hours=1))
    assert clock.now() == NOON + timedelta(hours=1)
    clock.set(NOON)
    assert clock.seconds_until(NOON + timedelta(seconds=5)) == 5.0
