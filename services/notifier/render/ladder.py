"""What an SMS gives up, rung by rung, until it is short enough. A shop's own text that is longer
even then goes as it is."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.channels import MessageClass
from services.notifier.render.view import (
    BARE_LIMITS,
    NAMED_LIMITS,
    SMS_LIMITS,
    TIGHT_LIMITS,
    UNNAMED_LIMITS,
)


class Rung(NamedTuple):
    """One way to write it."""

    kept: tuple[str, ...]
    """The pieces that are kept, of those that may go."""
    limits: Mapping[str, int]
    """How long names may be."""
    segments: int = 2
    """How many it may take."""


Ladder = tuple[Rung, ...]

_OF_ORDERS: Final[Ladder] = (
    Rung(("again", "place", "link"), SMS_LIMITS),
    Rung(("again", "link"), SMS_LIMITS),
    Rung(("again", "link"), NAMED_LIMITS),
    Rung(("again", "link"), TIGHT_LIMITS),
    Rung(("again", "place"), SMS_LIMITS),
    Rung(("again",), SMS_LIMITS),
    Rung(("again",), NAMED_LIMITS),
    Rung(("again",), TIGHT_LIMITS),
    Rung(("again",), BARE_LIMITS),
)
"""The place or the reason, then the full length of names, the shop's last, then the link instead,
then the words before the way to a human. What happened, what is next, when the customer hears again
and the way to a human always stay."""
_OF_MARKETING: Final[Ladder] = (
    Rung(("again", "place", "link"), SMS_LIMITS),
    Rung(("again", "link"), SMS_LIMITS),
    Rung(("again", "link"), NAMED_LIMITS),
    Rung(("again", "place", "link"), SMS_LIMITS, 3),
    Rung(("again", "place", "link"), NAMED_LIMITS, 3),
    Rung(("again", "place", "link"), UNNAMED_LIMITS, 3),
    Rung(("again", "link"), SMS_LIMITS, 3),
    Rung(("again", "link"), NAMED_LIMITS, 3),
    Rung(("again", "link"), UNNAMED_LIMITS, 3),
    Rung(("again", "link"), BARE_LIMITS, 3),
    Rung(("link",), BARE_LIMITS, 3),
)
"""Without its link it is of no use, and the only address in it would be the one that stops it: so
the link stays, whatever else goes. Beside that address two segments of Cyrillic hold no other.
What is running out or sold out matters more than the name of what comes first in the list, and who
writes matters more than either: nobody follows the link of a stranger."""

_OF_CHATS: Final[Ladder] = (
    Rung(("again", "link"), SMS_LIMITS),
    Rung(("again", "link"), NAMED_LIMITS),
    Rung(("again", "link"), TIGHT_LIMITS),
    Rung(("again", "link"), SMS_LIMITS, 3),
    Rung(("again", "link"), BARE_LIMITS, 3),
)
"""Whoever does not know the chat has to be able to end it: the link stays."""
OPTIONAL: Final = frozenset({"again", "place", "link"})


def ladder_of(kind: Kind) -> Ladder:
    """The rungs, the best first."""
    if kind is Kind.CHAT_LINKED:
        return _OF_CHATS
    is_marketing = CATALOGUE[kind].message_class is MessageClass.MARKETING
    return _OF_MARKETING if is_marketing else _OF_ORDERS


def most_segments(kind: Kind) -> int:
    """How many an SMS of the kind takes, unless a shop's own text is longer."""
    return max(rung.segments for rung in ladder_of(kind))
