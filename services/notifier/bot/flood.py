"""How much one chat may bring before it is heard at all. What is less is counted in the database,
and answered or not; this keeps a crowd of one from filling the queue."""

from collections.abc import Callable
from typing import Final

MOST_A_MINUTE: Final = 120
MOST_CHATS: Final = 50_000
"""Chats of a minute that are counted; beyond that nobody is."""
_MINUTE: Final = 60.0


class Flood:
    """Counts. `monotonic`: seconds of a clock that only goes forwards."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._minute = 0
        self._counts: dict[int, int] = {}
        self._ends: dict[int, str] = {}

    def is_too_much(self, chat: int) -> bool:
        """Something came from this chat; whether it is to be passed over."""
        minute = int(self._monotonic() / _MINUTE)
        if minute != self._minute:
            self._minute = minute
            self._counts.clear()
            self._ends.clear()
        if chat not in self._counts and len(self._counts) >= MOST_CHATS:
            return False
        count = self._counts[chat] = self._counts.get(chat, 0) + 1
        return count > MOST_A_MINUTE

    def heard(self, chat: int, end: str) -> None:
        """What is heard in any flood was heard in this one, and is committed."""
        self._ends[chat] = end

    def was_heard(self, chat: int, end: str) -> bool:
        """Whether nothing else was since: then it changes nothing to hear it again."""
        return self._ends.get(chat) == end
