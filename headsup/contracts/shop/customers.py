"""Customer events."""

from typing import Annotated

from msgspec import Meta

from headsup.contracts.base import Contract, Id, Instant, Language, ShortText, TimeZone
from headsup.contracts.channels import Channel, MessageClass


class ContactPoint(Contract, frozen=True, kw_only=True):
    """One address of a customer. For Telegram it is the number of the chat."""

    channel: Channel
    address: Annotated[str, Meta(min_length=1, max_length=320)]


class Consent(Contract, frozen=True, kw_only=True):
    """What a customer said to a class of messages on a channel; a later word replaces an earlier
    one."""

    channel: Channel
    message_class: MessageClass
    granted: bool
    at: Instant
    source: ShortText


class CustomerUpdated(Contract, frozen=True, kw_only=True):
    """The shop's whole knowledge of a customer; it replaces what we knew."""

    customer_id: Id
    name: ShortText | None = None
    language: Language | None = None
    time_zone: TimeZone | None = None
    contacts: Annotated[tuple[ContactPoint, ...], Meta(max_length=20)] = ()
    consents: Annotated[tuple[Consent, ...], Meta(max_length=50)] = ()
