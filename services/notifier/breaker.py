"""Whether a provider may be called now. Pure: the time is passed in, in seconds of a clock that
only goes forwards.

    closed ── failures in a row, or "slow down" ──> open ── the rest is over ──> half open
    closed ── our account or sender is wrong ──> stopped ── the rest is over ──> half open
    half open ── one message succeeds ──> closed;  it fails ──> open or stopped, for longer
"""

from enum import StrEnum
from typing import Final

FAILURES_IN_A_ROW: Final = 5
"""After so many, without a success between them, the provider is left alone."""
FIRST_OPEN: Final = 2.0
LONGEST_OPEN: Final = 120.0
FIRST_STOP: Final = 30.0
LONGEST_STOP: Final = 300.0
"""Seconds, doubling from the first to the longest while nothing succeeds."""
LONGEST_ASKED: Final = 3600.0
"""Seconds. A provider that asks for more is asked again then, with one message."""
TRIAL_LASTS: Final = 120.0
"""Seconds after which the one message of a half open breaker is given up, in case that nobody
said how it ended."""


class BreakerState(StrEnum):
    """Whether messages may go."""

    CLOSED = "closed"
    OPEN = "open"  # it fails, or asked us to wait
    HALF_OPEN = "half_open"  # one message finds out
    STOPPED = "stopped"  # the fault is ours, and somebody must mend it


class Breaker:
    """One sender's. Every call begins with `begin` and ends with `failed`, `slow_down`, `stopped`,
    `succeeded` or `ended`."""

    def __init__(self) -> None:
        self._rests_as = BreakerState.CLOSED
        self._since = 0.0
        self._until = 0.0
        self._failures = 0
        self._open_for = 0.0
        self._stopped_for = 0.0
        self._trial: float | None = None

    def begin(self, now: float) -> bool:
        """A call wants to begin; False when it must not. Half open, the first one may."""
        if self.room(now, 1) == 0:
            return False
        if self._rests_as is not BreakerState.CLOSED:
            self._trial = now
        return True

    def failed(
        self,
        now: float,
        *,
        chance: float,
        retry_after: float | None = None,
        began: float | None = None,
    ) -> bool:
        """A call failed in a way that tells of the provider; True when it opened by this.

        `chance`, from 0 to 1, spreads the moments at which replicas try again. `retry_after` is
        what the provider asked for, in seconds. `began`: calls that were under way together fail
        together, and what began before the last rest says nothing new.
        """
        if self.left(now) > 0:
            self._rest_until(now, retry_after or 0.0)
            return False
        if began is not None and began < self._since:
            return False
        self._failures += 1
        is_closed = self._rests_as is BreakerState.CLOSED
        if is_closed and self._failures < FAILURES_IN_A_ROW:
            return False
        self._open_for = min(self._open_for * 2, LONGEST_OPEN) or FIRST_OPEN
        length = self._open_for * (0.5 + chance / 2)
        self._rest(BreakerState.OPEN, now, max(length, retry_after or 0.0))
        return True

    def slow_down(self, now: float, seconds: float) -> bool:
        """The provider asked all of us to wait; True when it opened by this."""
        if self.left(now) > 0:
            self._rest_until(now, seconds)
            return False
        self._rest(BreakerState.OPEN, now, seconds)
        return True

    def stopped(self, now: float) -> bool:
        """Our account or sender is wrong; True when it stopped by this."""
        if self.state(now) is BreakerState.STOPPED:
            return False
        self._stopped_for = min(self._stopped_for * 2, LONGEST_STOP) or FIRST_STOP
        self._rest(BreakerState.STOPPED, now, max(self._stopped_for, self.left(now)))
        return True

    def succeeded(self) -> bool:
        """A call showed that the provider works; True when it closed by this.

        What began before a rest does not end it: the provider may have asked for it.
        """
        self._failures = 0
        if self._rests_as is BreakerState.CLOSED or self._trial is None:
            return False
        self._rests_as = BreakerState.CLOSED
        self._open_for = self._stopped_for = 0.0
        self._trial = None
        return True

    def ended(self) -> None:
        """A call ended in a way that says nothing of the provider: another one finds out."""
        self._trial = None

    def left(self, now: float) -> float:
        """Seconds until it may be tried, 0 when it may."""
        return max(0.0, self._until - now)

    def state(self, now: float) -> BreakerState:
        """Whether messages may go."""
        is_over = self._rests_as is not BreakerState.CLOSED and self.left(now) == 0
        return BreakerState.HALF_OPEN if is_over else self._rests_as

    def room(self, now: float, most: int) -> int:
        """How many messages may go at once, at most `most`."""
        if self.left(now) > 0:
            return 0
        if self._rests_as is BreakerState.CLOSED:
            return most
        is_tried = self._trial is not None and now < self._trial + TRIAL_LASTS
        return 0 if is_tried else min(1, most)

    def _rest(self, state: BreakerState, now: float, seconds: float) -> None:
        self._rests_as = state
        self._since = now
        self._failures = 0
        self._trial = None
        self._rest_until(now, seconds)

    def _rest_until(self, now: float, seconds: float) -> None:
        self._until = max(self._until, now + min(seconds, LONGEST_ASKED))
