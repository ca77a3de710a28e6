"""How long a channel rests while no message can be written, and when that is. Pure: the time is
passed in."""

from typing import Final

FIRST: Final = 30.0
LONGEST: Final = 300.0
"""Seconds."""
BROKEN_IN_A_ROW: Final = 10
"""Different requests in a row on which it broke: then the requests are not at fault."""


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


class Streak:
    """Tells a request that breaks the renderer, or the writing of results, from a renderer or a
    database that is broken."""

    def __init__(self) -> None:
        self._requests: set[str] = set()

    def broke(self, request_id: str) -> bool:
        """It broke on this one; True when the requests cannot be at fault any more."""
        if len(self._requests) < BROKEN_IN_A_ROW:
            self._requests.add(request_id)
        return len(self._requests) >= BROKEN_IN_A_ROW

    def over(self) -> None:
        """One passed."""
        self._requests.clear()
