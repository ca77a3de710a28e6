"""What an SMS gives up, rung by rung, until it fits two segments. A shop's own text that is longer
even then goes as it is."""

from collections.abc import Mapping
from typing import Final

from headsup.contracts.catalogue import Kind
from services.notifier.render.carts import is_of_cart
from services.notifier.render.view import BARE_LIMITS, SMS_LIMITS, TIGHT_LIMITS, UNNAMED_LIMITS

Ladder = tuple[tuple[tuple[str, ...], Mapping[str, int]], ...]
"""Of each rung, the pieces that are kept of those that may go, and how long names may be."""

MAX_SEGMENTS: Final = 2
_OF_ORDERS: Final[Ladder] = (
    (("again", "place", "link"), SMS_LIMITS),
    (("again", "link"), SMS_LIMITS),
    (("again", "link"), TIGHT_LIMITS),
    (("again", "place"), SMS_LIMITS),
    (("again",), SMS_LIMITS),
    (("again",), TIGHT_LIMITS),
    (("again",), BARE_LIMITS),
)
"""The place or the reason, then the full length of names, then the link instead, then the words
before the way to a human. What happened, what is next, when the customer hears again and the way to
a human always stay."""
_OF_CARTS: Final[Ladder] = (
    (("again", "place", "link"), SMS_LIMITS),
    (("again", "link"), SMS_LIMITS),
    (("again", "link"), TIGHT_LIMITS),
    (("link",), TIGHT_LIMITS),
    (("again", "link"), UNNAMED_LIMITS),
    (("link",), BARE_LIMITS),
    (("again", "place"), SMS_LIMITS),
    (("again",), SMS_LIMITS),
    (("again",), TIGHT_LIMITS),
    ((), TIGHT_LIMITS),
    ((), BARE_LIMITS),
)
"""Nobody waits for the next word, and without the way back the message is of little use: so the
link stays longer than the next word, and than the name of what is in the cart."""

OPTIONAL: Final = frozenset({"again", "place", "link"})


def ladder_of(kind: Kind) -> Ladder:
    """The rungs, the best first."""
    return _OF_CARTS if is_of_cart(kind) else _OF_ORDERS
