"""Customer events."""

from typing import Annotated

from msgspec import Meta

from headsup.contracts.base import (
    Contract,
    Id,
    Instant,
    Language,
    ReadableLongText,
    ShortText,
    TimeZone,
)
from headsup.contracts.channels import Channel, MessageClass


class ContactPoint(Contract, frozen=True, kw_only=True):
    """One address of a customer. For Telegram it is the number of the chat."""

    channel: Channel
    address: Annotated[str, Meta(min_length=1, max_length=320)]
    verified: bool = False
    """Whether the shop made sure that it is theirs. Of several addresses on a channel the verified
    ones go first, and else the order in which they stand here counts."""


class Consent(Contract, frozen=True, kw_only=True):
    """What a customer said to a class of messages on a channel; a later word replaces an earlier
    one. With who, when, how and to which words it is the proof that the law asks for (GDPR
    Art. 7(1))."""

    channel: Channel
    message_class: MessageClass
    granted: bool
    at: Instant
    source: ShortText
    """How it was given: the page, the form, the call."""
    text: ShortText | None = None
    """Which words were agreed to: their version, or the words themselves."""


class CustomerUpdated(Contract, frozen=True, kw_only=True):
    """The shop's whole knowledge of a customer; it replaces what we knew."""

    customer_id: Id
    name: ShortText | None = None
    language: Language | None = None
    time_zone: TimeZone | None = None
    contacts: Annotated[tuple[ContactPoint, ...], Meta(max_length=20)] = ()
    consents: Annotated[tuple[Consent, ...], Meta(max_length=50)] = ()
    channel_order: Annotated[tuple[Channel, ...], Meta(max_length=10)] = ()
    """The channels that they like best, the dearest first; what is not named comes after."""


class CustomerErased(Contract, frozen=True, kw_only=True):
    """A customer is to be forgotten (GDPR Art. 17): whatever we keep of them goes, everywhere, but
    what a law wants kept. What comes about them later under the same number counts as of somebody
    new."""

    customer_id: Id


class AgentWrote(Contract, frozen=True, kw_only=True):
    """A person of the shop's writes into a conversation that a customer asked a human into; the bot
    hands it on as it is."""

    customer_id: Id
    text: ReadableLongText


class ConversationHandedBack(Contract, frozen=True, kw_only=True):
    """The shop's people are done: from here on the bot answers this customer again."""

    customer_id: Id
