"""How long a channel rests while our account is wrong. Pure: the time is passed in."""

from typing import Final

FIRST: Final = 30.0
LONGEST: Final = 300.0
"""Seconds."""


class Rest:
    """Doubles from `FIRST` to `LONGEST` while nothing succeeds."""

    def __init__(self) -> None:
        self._until = 0.0
        self._length = 0.0

    def begin(self, now: float) -> bool:
        """Rests from now on; False when it does so already."""
        if self.left(now) > 0:
            return False
        self._length = min(self._length * 2, LONGEST) or FIRST
        self._until = now + self._length
        return True

    def left(self, now: float) -> float:
        """Seconds until it may be tried again."""
        return max(0.0, self._until - now)

    def over(self) -> bool:
        """Something succeeded; False when there was no rest."""
        if not self._length:
            return False
        self._until = self._length = 0.0
        return True
