"""By when a receipt is awaited, and of whom. Pure, but for the clock that is passed in.

Mail says nothing when it arrives, and what Telegram takes is there: only Twilio reports, and only
to those who can be called back. Why a text message is awaited only where carriers report:
docs/decisions/no-receipt-means-the-next-channel.md
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import phonenumbers

from headsup.clock import Clock, SystemClock
from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.channels import Channel

AWAITED_ON: Final = frozenset({Channel.SMS, Channel.WHATSAPP})
"""Channels whose provider says when a message arrived."""
LEAST: Final = 30.0
"""Real seconds. Providers do not hurry because our clock does."""
_SHORTEST: Final = 3
"""Digits that stand for a carrier where the number's plan names none."""


SecondsUntil = Callable[[datetime], float]
"""Real seconds until a moment of business time."""


def no_wait(_: datetime) -> float:
    """As if every moment had come."""
    return 0.0


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long is waited."""

    clock: Clock
    can_hear: bool
    """Whether a receipt can reach us."""
    least: float = LEAST
    """Real seconds for which one is awaited at least."""

    def wait(self, kind: Kind, channel: Channel) -> float | None:
        """Real seconds; None where none is awaited."""
        deadline = CATALOGUE[kind].receipt_deadline
        if not self.can_hear or deadline is None or channel not in AWAITED_ON:
            return None
        return max(self.seconds_until(self.clock.now() + deadline), self.least)

    def seconds_until(self, moment: datetime) -> float:
        """Real seconds until then."""
        return self.clock.seconds_until(moment)


DEAF: Final = Deadlines(SystemClock(), can_hear=False)
"""Nothing is awaited."""


def beginning_of(number: str) -> str:
    """The digits of a number (E.164) that lead to its carrier: those of the country and of the
    network. Numbers are carried over to other networks, so it is a hint and no more."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    length = phonenumbers.length_of_national_destination_code(parsed)
    national = phonenumbers.national_significant_number(parsed)
    return f"+{parsed.country_code}{national[: length or _SHORTEST]}"
