"""The demo's clock: how fast it runs and where it begins. Every process is told the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from headsup.clock import Clock, FastClock, SystemClock

FOUR_HOURS_A_SECOND = 4 * 3600.0
START_UP = timedelta(seconds=5)
"""What the parts need to get ready, about: then it is Monday morning."""
_WEEK = 7
_OPENING = time(9, 30)
_HOME = ZoneInfo("Europe/Kyiv")


@dataclass(frozen=True, slots=True)
class Tempo:
    """A clock that showed `shown` at `real`, and runs `speed` times as fast as the machine's."""

    real: datetime
    shown: datetime
    speed: float

    def clock(self) -> Clock:
        """The clock itself."""
        if self.speed == 1.0 and self.real == self.shown:
            return SystemClock()
        return FastClock(real=self.real, shown=self.shown, speed=self.speed)

    def environment(self) -> dict[str, str]:
        """The settings that give another process the same clock."""
        if self.speed == 1.0 and self.real == self.shown:
            return {}
        return {
            "HEADSUP_CLOCK_SPEED": str(self.speed),
            "HEADSUP_CLOCK_ANCHOR": f"{self.real.isoformat()}={self.shown.isoformat()}",
        }


def tempo(now: datetime, environ: Mapping[str, str]) -> Tempo:
    """A fast clock that begins on a Monday morning; the machine's own for HEADSUP_CLOCK_SPEED=1.

    Raises ValueError when HEADSUP_CLOCK_SPEED is no positive number.
    """
    said = environ.get("HEADSUP_CLOCK_SPEED", "").strip()
    speed = _speed(said) if said else FOUR_HOURS_A_SECOND
    if speed == 1.0:
        return Tempo(now.astimezone(UTC), now.astimezone(UTC), speed)
    return Tempo((now + START_UP).astimezone(UTC), next_monday(now).astimezone(UTC), speed)


def _speed(said: str) -> float:
    try:
        speed = float(said)
    except ValueError:
        speed = 0.0
    if not speed > 0:
        raise ValueError("HEADSUP_CLOCK_SPEED is wrong: expected a number above 0.")
    return speed


def next_monday(now: datetime) -> datetime:
    """The opening of the shop on the Monday after `now`."""
    today = now.astimezone(_HOME).date()
    return datetime.combine(today + timedelta(days=_WEEK - today.weekday()), _OPENING, _HOME)
