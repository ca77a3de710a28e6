"""What a line of the catalogue says of a kind."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from headsup.contracts.catalogue.kinds import Kind
from headsup.contracts.channels import Channel, MessageClass

Route = tuple[Channel, ...]
"""Channels in order of choice: the first that can reach the customer carries the message."""

ALERT: Final[Route] = (Channel.TELEGRAM, Channel.WHATSAPP, Channel.SMS, Channel.EMAIL)
"""Seen at a glance."""
RECORD: Final[Route] = (Channel.EMAIL, Channel.TELEGRAM, Channel.WHATSAPP, Channel.SMS)
"""Kept to be found again."""
ALERT_BESIDE_RECORD: Final[Route] = (Channel.TELEGRAM, Channel.WHATSAPP, Channel.SMS)
"""Seen at a glance, where a record goes out as well."""
OUTSIDE_CHATS: Final[Route] = (Channel.EMAIL, Channel.WHATSAPP, Channel.SMS)
"""To whoever has to know of a chat that may not be theirs. What links one stands in a mail."""
QUIET: Final[Route] = (Channel.EMAIL, Channel.TELEGRAM)
"""Not worth an SMS, nor an approved text for WhatsApp: what only asks for something is marketing to
Meta, which counts how much of that anybody gets."""


class Area(StrEnum):
    """What part of an order's life a kind belongs to, or that it comes before one."""

    ORDER = "order"
    PAYMENT = "payment"
    DELIVERY = "delivery"
    RETURN = "return"
    SUPPORT = "support"
    INCIDENT = "incident"
    CHAT = "chat"
    CART = "cart"


class Urgency(StrEnum):
    """How soon the customer has to know."""

    NOW = "now"  # whoever reads it later loses money, time or the parcel
    SOON = "soon"
    WHENEVER = "whenever"


class QuietHours(StrEnum):
    """What happens to a message in the customer's night."""

    IGNORE = "ignore"  # it is sent at once
    HOLD = "hold"  # it waits for the morning


class Audience(StrEnum):
    """Who hears it, where the buyer is not the recipient."""

    BUYER = "buyer"
    RECIPIENT = "recipient"
    BOTH = "both"


QUIET_HOURS: Final[dict[Urgency, QuietHours]] = {
    Urgency.NOW: QuietHours.IGNORE,
    Urgency.SOON: QuietHours.HOLD,
    Urgency.WHENEVER: QuietHours.HOLD,
}
RECEIPT_DEADLINES: Final[dict[Urgency, timedelta | None]] = {
    Urgency.NOW: timedelta(minutes=10),
    Urgency.SOON: timedelta(hours=2),
    Urgency.WHENEVER: None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """How a kind is treated."""

    area: Area
    message_class: MessageClass = MessageClass.TRANSACTIONAL
    is_legal: bool = False
    """Whether a law asks for it, or for what it must say."""
    urgency: Urgency = Urgency.SOON
    routes: tuple[Route, ...] = (RECORD,)
    """Each route carries one message; a channel is used by one route at most."""
    time_to_live: timedelta
    """How long the news is worth telling, from the moment when it became true."""
    group: str
    """Within a group the newest statement of a subject replaces those that are still waiting."""
    settles_for: timedelta = timedelta(0)
    """So long it has to be true before it is told: what follows at once may change it."""
    next_word: timedelta | None = None
    """The customer hears again within this time, at the latest, unless the rule promises another
    moment. None: the story ends here, or goes on when the customer does something."""
    if_unanswered: Kind | None = None
    """What follows when the customer does not do what it asks for."""
    audience: Audience = Audience.BUYER
    answers_an_act: bool = False
    """Whether it follows at once on what the customer did. Whoever did it a moment ago is awake,
    and waits for it: no night keeps it back then."""
    needs_an_act: bool = False
    """Whether the customer has to do something. It is told though newer news followed in the same
    night, unless whoever asked for it takes it back."""
    resent_in_doubt: frozenset[Channel] = frozenset({Channel.EMAIL})
    """Channels on which it is sent again when a call ended without an answer and the provider
    cannot be asked. A mail keeps its Message-ID and Date, so mailboxes may fold copies into one;
    a messenger shows both, so only news goes twice there that would cost the customer something if
    it were missed. Elsewhere it stays unknown. Not SMS and WhatsApp: their provider is asked."""

    @property
    def quiet_hours(self) -> QuietHours:
        """What happens to it at night."""
        return QUIET_HOURS[self.urgency]

    @property
    def receipt_deadline(self) -> timedelta | None:
        """How long the next channel waits for a sign that this one worked. None: for ever."""
        return RECEIPT_DEADLINES[self.urgency]
