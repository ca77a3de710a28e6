"""The hours in which nobody is disturbed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headsup.shops.night import Night

KYIV = ZoneInfo("Europe/Kyiv")
ZONES = st.sampled_from(["Europe/Kyiv", "America/Los_Angeles", "Asia/Kathmandu", "Pacific/Apia"])
HOURS = st.integers(0, 23)
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 2 * 365 * 86_400).map(
    lambda seconds: BEGINNING + timedelta(seconds=seconds)
)


def kyiv(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KYIV)


@pytest.mark.parametrize(
    ("moment", "begins"),
    [
        ("2026-11-24 12:00", "2026-11-24 21:00"),
        ("2026-11-24 20:59:59", "2026-11-24 21:00"),
        ("2026-11-24 21:00", "2026-11-25 21:00"),
        ("2026-11-24 03:00", "2026-11-24 21:00"),
        ("2026-10-24 22:00", "2026-10-25 21:00"),  # the clock is put back
    ],
)
def test_the_next_night_begins_on_the_clock_of_whoever_sleeps(moment: str, begins: str) -> None:
    found = Night().next_begins(kyiv(moment).astimezone(UTC), KYIV)
    assert found == kyiv(begins)


def test_where_there_is_no_night_none_begins() -> None:
    assert Night(begins=0, ends=0).next_begins(datetime(2026, 11, 24, tzinfo=UTC), KYIV) is None


@given(MOMENTS, ZONES, HOURS, HOURS)
def test_before_it_begins_it_is_day_from_when_the_last_one_ended(
    moment: datetime, zone_name: str, begins: int, ends: int
) -> None:
    night, zone = Night(begins=begins, ends=ends), ZoneInfo(zone_name)
    waking = night.after(moment, zone)
    found = night.next_begins(waking, zone)
    if begins == ends:
        assert found is None
        return
    assert found is not None
    assert waking < found <= moment + timedelta(hours=50)
    assert found.astimezone(zone).hour == begins or found.astimezone(zone).minute
    just_before = (found - timedelta(seconds=1)).astimezone(zone)
    assert just_before.time() not in night


@pytest.mark.parametrize(
    ("moment", "at"),
    [
        ("2026-11-24 20:29:59", "2026-11-24 20:29:59"),
        ("2026-11-24 20:30", "2026-11-25 08:00"),
        ("2026-11-24 21:00", "2026-11-25 08:00"),
        ("2026-11-25 07:45", "2026-11-25 08:00"),
        ("2026-11-25 08:00", "2026-11-25 08:00"),
    ],
)
def test_what_takes_half_an_hour_waits_for_the_morning_half_an_hour_before_the_night(
    moment: str, at: str
) -> None:
    assert Night().after(kyiv(moment), KYIV, timedelta(minutes=30)) == kyiv(at)
