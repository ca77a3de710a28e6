"""The demo's clock begins on a Monday morning, and every process is told the same."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from headsup.clock import SystemClock
from headsup.settings import Environment, clock_from
from sandbox.tempo import FOUR_HOURS_A_SECOND, START_UP, Tempo, next_monday, tempo

SATURDAY = datetime(2026, 11, 21, 20, 15, tzinfo=UTC)
MONDAY_MORNING = datetime(2026, 11, 23, 9, 30, tzinfo=ZoneInfo("Europe/Kyiv"))


def test_it_is_monday_morning_when_the_parts_are_ready() -> None:
    assert tempo(SATURDAY, {}) == Tempo(SATURDAY + START_UP, MONDAY_MORNING, FOUR_HOURS_A_SECOND)


@pytest.mark.parametrize("day", range(23, 30))
def test_next_monday_is_always_ahead(day: int) -> None:
    now = datetime(2026, 11, day, 12, 0, tzinfo=UTC)

    assert next_monday(now).weekday() == 0
    assert 0 < (next_monday(now) - now).days + 1 <= 7


def test_another_process_is_given_the_same_clock() -> None:
    chosen = tempo(datetime.now(UTC), {"HEADSUP_CLOCK_SPEED": "60"})
    environment = Environment(chosen.environment())

    theirs = clock_from(environment)
    environment.check()

    assert abs((theirs.now() - chosen.clock().now()).total_seconds()) < 60


def test_speed_1_is_the_machines_own_clock() -> None:
    chosen = tempo(SATURDAY, {"HEADSUP_CLOCK_SPEED": "1"})

    assert isinstance(chosen.clock(), SystemClock)
    assert chosen.environment() == {}


@pytest.mark.parametrize("said", ["fast", "0", "-1", "nan"])
def test_a_speed_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="HEADSUP_CLOCK_SPEED"):
        tempo(SATURDAY, {"HEADSUP_CLOCK_SPEED": said})
