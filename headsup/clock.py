"""The only place that asks what time it is. Everything below the shell is given the time."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Business time: what deadlines, promises and times to live are measured in.

    Leases, retries and timeouts are measured in real time instead.
    """

    def now(self) -> datetime:
        """The time in UTC."""
        ...

    def seconds_until(self, moment: datetime) -> float:
        """Real seconds until this clock shows `moment`; 0 when it has passed."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.now(UTC)

    def seconds_until(self, moment: datetime) -> float:
        """Real seconds until `moment`; 0 when it has passed."""
        return max(0.0, (moment - self.now()).total_seconds())


class FastClock:
    """A clock that runs `speed` times as fast as the machine's, and showed `shown` at `real`.

    Processes that are given the same three values agree on the time.
    """

    def __init__(self, *, real: datetime, shown: datetime, speed: float) -> None:
        self._real = real
        self._shown = shown
        self._speed = speed

    def now(self) -> datetime:
        """The time that it shows, in UTC."""
        passed = (datetime.now(UTC) - self._real) * self._speed
        return self._shown.astimezone(UTC) + passed

    def seconds_until(self, moment: datetime) -> float:
        """Real seconds until it shows `moment`; 0 when it has passed."""
        return max(0.0, (moment - self.now()).total_seconds() / self._speed)


class ManualClock:
    """The stand-in: stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        """The time that it was set to."""
        return self._now

    def seconds_until(self, moment: datetime) -> float:
        """Seconds until `moment`, as if it ran at the usual speed."""
        return max(0.0, (moment - self._now).total_seconds())

    def move(self, step: timedelta) -> None:
        """Moves it forward by `step`."""
        self._now += step

    def set(self, moment: datetime) -> None:
        """Sets it to `moment`."""
        self._now = moment
