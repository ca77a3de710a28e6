"""Health: live while every loop turns, ready while nothing is missing."""

from headsup.health import Health


class Time:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_service_is_not_ready_before_it_says_so() -> None:
    health = Health()
    assert health.not_ready() == ["start: still starting"]
    health.ready()
    assert health.not_ready() == []


def test_a_loop_that_stands_still_makes_it_neither_live_nor_ready() -> None:
    time = Time()
    health = Health(stalled_after=60, monotonic=time)
    health.ready()
    health.turned("consumer")
    time.now = 60
    assert health.not_live() == []
    time.now = 61
    assert health.not_live() == ["consumer"]
    assert health.not_ready() == ["consumer"]
    health.turned("consumer")
    assert health.not_live() == []


def test_a_missing_part_makes_it_not_ready_but_live() -> None:
    health = Health()
    health.ready()
    health.lacks("database", "does not answer")
    assert health.not_ready() == ["database: does not answer"]
    assert health.not_live() == []
    health.has("database")
    assert health.not_ready() == []
