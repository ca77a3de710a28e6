"""Where nothing more was due a moment ago. Pure.

Each priority of a channel is looked for by a statement of its own. Most of the time one of them is
all that waits, and a lane turns a hundred times a second: without this, two of three looks would
find nothing.
"""

from collections.abc import Sequence
from typing import Final

from services.notifier.priorities import Priority

POLL: Final = 0.5
"""Seconds between two looks at most: what another replica wrote is seen this late."""


class Looks:
    """Of one channel. `now` is the event loop's time, in seconds."""

    def __init__(self) -> None:
        self._rung: Sequence[int] = [0 for _ in Priority]
        self._nothing_at: dict[Priority, float] = {}

    def begin(self, rung: Sequence[int]) -> None:
        """A turn begins. `rung`: how often it was said that something is to be sent, by priority;
        what was found before that says nothing of it."""
        for priority, known, now in zip(Priority, self._rung, rung, strict=True):
            if known != now:
                self._nothing_at.pop(priority, None)
        self._rung = rung

    def is_worth(self, priority: Priority, now: float) -> bool:
        """Whether something of it may be due."""
        found_at = self._nothing_at.get(priority)
        return found_at is None or now >= found_at + POLL

    def found_nothing(self, priority: Priority, now: float) -> None:
        """There is nothing more of it. `now`: a moment before it was looked."""
        self._nothing_at[priority] = now

    def left(self, now: float) -> float:
        """Seconds until the next look is worth it, when nobody rings."""
        return max(0.0, min(self._nothing_at.values(), default=now) + POLL - now) or POLL
