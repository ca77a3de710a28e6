"""Our place in the group, where we have a lasting name (HEADSUP_INSTANCE).

Of two of one name Kafka knows the one that came last. The other is told so only where it says its
name with each word: aiokafka (0.14) does not with its heartbeats and commits, hears that it is a
stranger, and joins anew under the same name. So each takes the place of the other, every few
seconds. A replica that said nothing for too long is a stranger as well, and does well to join anew:
so whoever was one for the third time within ten minutes ends. It does not join before that, which
would take the place once more: the other one would end as well.
"""

from collections import deque
from typing import Final

from headsup.settings import SettingsError

WITHIN: Final = 600.0
"""Seconds."""
ENOUGH: Final = 3
"""Losses, after which we leave the place to the other one, and do not join again."""
_FENCED: Final = "FencedInstanceIdError"


class Place:
    """Counts how often it was lost. Times are those of `time.monotonic`."""

    def __init__(self, name: str | None) -> None:
        self._name = name
        self._member = ""
        self._lost: deque[float] = deque(maxlen=ENOUGH)

    def look(self, member: str, now: float) -> None:
        """Under which id Kafka knows us now; empty while it knows us under none."""
        if self._name and self._member and member != self._member:
            self._lost.append(now)
        self._member = member

    def lost(self, now: float) -> int:
        """How often it was, of late; never more than ENOUGH."""
        return sum(now - at < WITHIN for at in self._lost)

    def is_left(self, now: float) -> bool:
        """Whether we leave it to the other one."""
        return self.lost(now) >= ENOUGH

    def problem(self, error: BaseException | None, now: float) -> BaseException | None:
        """Why nobody can go on here: an error of Kafka's, in our words where it is about the name,
        or that the place was lost too often."""
        if _FENCED in str(error):
            return self._said(f"Kafka gave our place to another replica named {self._name}")
        if error is not None or not self.is_left(now):
            return error
        return self._said(
            f"Kafka did not know us under the name {self._name} for the {ENOUGH}rd time in "
            f"{WITHIN / 60:.0f} minutes: another replica has it as well, or this one stood still"
        )

    def _said(self, what: str) -> SettingsError:
        return SettingsError(
            [
                f"HEADSUP_INSTANCE: {what}. There may be one of each name: see "
                "docs/runbooks/HeadsupNameTwice.md."
            ]
        )
