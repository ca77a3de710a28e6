"""How long a channel rests while the fault is ours, and when it is."""

from services.notifier.rest import BROKEN_IN_A_ROW, FIRST, LONGEST, Rest, Streak


def test_it_rests_twice_as_long_each_time_up_to_a_limit() -> None:
    rest, now, lengths = Rest(), 0.0, []
    for _ in range(6):
        assert rest.begin(now)
        lengths.append(rest.left(now))
        now += rest.left(now)
    assert lengths == [FIRST, 60.0, 120.0, 240.0, LONGEST, LONGEST]


def test_other_errors_while_it_rests_do_not_make_it_longer() -> None:
    rest = Rest()
    rest.begin(0.0)
    assert not rest.begin(10.0)
    assert rest.left(10.0) == FIRST - 10.0


def test_a_success_ends_it_and_the_next_rest_is_short_again() -> None:
    rest = Rest()
    rest.begin(0.0)
    rest.begin(FIRST)
    assert rest.over()
    assert rest.left(FIRST) == 0.0
    assert not rest.over()
    rest.begin(100.0)
    assert rest.left(100.0) == FIRST


def test_a_row_of_different_requests_that_break_is_one_streak() -> None:
    streak = Streak()
    stops = [streak.broke(f"r{n}") for n in range(BROKEN_IN_A_ROW + 1)]
    assert stops == [False] * (BROKEN_IN_A_ROW - 1) + [True, True]


def test_one_request_that_breaks_again_and_again_is_none() -> None:
    streak = Streak()
    assert not any(streak.broke("r1") for _ in range(BROKEN_IN_A_ROW * 2))


def test_one_that_is_written_ends_a_streak() -> None:
    streak = Streak()
    for n in range(BROKEN_IN_A_ROW - 1):
        streak.broke(f"r{n}")
    streak.over()
    assert not streak.broke("another")
