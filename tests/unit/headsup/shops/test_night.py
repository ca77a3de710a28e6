"""The hours in which nobody is disturbed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
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
