"""Which reminder somebody received: read from its words alone. Pure."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from headsup.contracts.catalogue import Kind
from tests.faults.carts.shopper import FIRST, LAST, Reminder

_LINE: Final = re.compile(r"\bLamp (\d{5})-(\d)\b")
_STOPS_AT: Final = re.compile(r"https?://[^/\s]+(/s/[\w-]+)")
_IS_LAST: Final = re.compile(r"will not remind you|No more reminders")
_SAYS: Final = (
    (Kind.CHECKOUT_ABANDONED, re.compile(r"not placed yet|You began an order")),
    (Kind.CART_ABANDONED, re.compile(r"[Ii]n your cart")),
)


@lru_cache(maxsize=100_000)
def read(text: str) -> Reminder | None:
    """Whose cart it is about, which visit to it, and which reminder it is. None when nobody can
    tell, or it is none."""
    flat = " ".join(text.split())
    lines = set(_LINE.findall(flat))
    kind = next((kind for kind, says in _SAYS if says.search(flat)), None)
    if len(lines) != 1 or kind is None:
        return None
    [(story, visit)] = lines
    return Reminder(int(story), int(visit), kind, LAST if _IS_LAST.search(flat) else FIRST)


def stopped_at(words: Iterable[str]) -> str | None:
    """The path at which whoever received this stops marketing; None where it does not say."""
    found = (_STOPS_AT.search(each) for each in words)
    return next((match[1] for match in found if match), None)
