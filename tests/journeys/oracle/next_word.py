"""Whether what comes beside the story of an order names the moment at which its news comes."""

from datetime import timedelta
from typing import Final

from headsup.contracts.catalogue import Kind
from tests.journeys.oracle.view import View
from tests.journeys.story import Fate, Message

_PASSED_ON: Final = frozenset({Kind.ORDER_NOTE, Kind.ORDER_INVOICE})
_CROSSED: Final = timedelta(hours=2)
"""So near to a moment its news may be on its way."""


def wrong_next_word(view: View, message: Message) -> str:
    """A word of the shop's is no news: it names the moment that other messages name, and no other.
    Empty where it does. What nobody got yet may name another."""
    news = [each for each in view.told if each.kind not in _PASSED_ON]
    # A moment that another message promises counts also where that one takes longer to come.
    coming = [each for each in view.on_their_way if each.kind not in _PASSED_ON]
    named = [each.content.next_update_by for each in (*news, *coming)]
    by = message.content.next_update_by
    if by is not None:
        return f"promises {by}, which nothing else does" if named and by not in named else ""
    last = news[-1] if news else None
    if last is None or last.fate is not Fate.SENT or last.kind is not Kind.ORDER_CONFIRMED:
        return ""  # the story may be over
    promised = last.content.next_update_by
    is_ahead = promised is not None and promised > message.at + _CROSSED
    return f"names no moment, and {promised} was promised" if is_ahead else ""
