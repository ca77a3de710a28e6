"""How fast text messages are taken."""

from bench.texts import AT_ONCE, LATENCY, pace


def test_who_always_has_as_many_calls_under_way_as_it_may_has_what_they_allow() -> None:
    """Not more: the first ones come all at once, and are no sign of speed."""
    moments = [7.0 + LATENCY * (number // AT_ONCE) for number in range(10 * AT_ONCE)]
    moments.reverse()
    assert round(pace(moments), 6) == AT_ONCE / LATENCY
