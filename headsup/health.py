"""Whether a service lives, and whether it is ready for work."""

import time
from collections.abc import Callable


class Health:
    """Live while every loop has turned lately; ready once started and until it stops.

    No provider's state counts: a provider that is down must not take the services with it.
    """

    def __init__(
        self, *, stalled_after: float = 60.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._stalled_after = stalled_after
        self._monotonic = monotonic
        self._turns: dict[str, float] = {}
        self._missing: dict[str, str] = {"start": "still starting"}

    def turned(self, loop: str) -> None:
        """A loop did its round. The first call registers it."""
        self._turns[loop] = self._monotonic()

    def ready(self) -> None:
        """Start-up is over."""
        self._missing.pop("start", None)

    def lacks(self, part: str, why: str) -> None:
        """A part that the service cannot work without is missing."""
        self._missing[part] = why

    def has(self, part: str) -> None:
        """That part is back."""
        self._missing.pop(part, None)

    def not_live(self) -> list[str]:
        """The loops that stand still; empty when it lives."""
        now = self._monotonic()
        return sorted(n for n, t in self._turns.items() if now - t > self._stalled_after)

    def not_ready(self) -> list[str]:
        """What it lacks; empty when it is ready."""
        return sorted(f"{part}: {why}" for part, why in self._missing.items()) + self.not_live()
