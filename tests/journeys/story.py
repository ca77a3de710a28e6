"""What a journey is made of: what truly happened, what was reported, and what the customer got."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import Content
from headsup.contracts.shop import CustomerUpdated
from headsup.shops.profile import ShopProfile


@dataclass(frozen=True, slots=True)
class Truth:
    """What really happened, whatever anybody reported."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class Report:
    """An event, and when it arrived: events come late, twice, in another order, or never."""

    at: datetime
    event: Event[Any]


class Fate(StrEnum):
    """What became of a message."""

    SENT = "sent"
    FAILED = "failed"  # the provider could not deliver it
    UNREACHABLE = "unreachable"  # there is no address, or the customer said no
    DROPPED = "dropped"  # old news, or taken back: nobody is told, and that may be a fault
    BROKEN = "broken"  # it could not be written


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something that was said to the buyer or the recipient, or was to be said."""

    at: datetime
    asked_at: datetime
    """When it was decided to say it."""
    request_id: str
    kind: Kind
    subject: str
    to: Audience
    content: Content
    happened_at: datetime
    """When what it tells became true."""
    route: int
    fate: Fate
    channel: Channel | None = None
    text: str = ""

    @property
    def is_told(self) -> bool:
        """Nobody could do more to tell it: it was sent, or cannot arrive."""
        return self.fate in (Fate.SENT, Fate.FAILED, Fate.UNREACHABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who takes part."""

    shop: ShopProfile
    order_id: str
    buyer: Customer
    recipient: Customer | None = None
    address_book: Sequence[CustomerUpdated] = ()


@dataclass(slots=True, kw_only=True)
class Journey:
    """One order's life, when it is over."""

    number: int
    cast: Cast
    truths: list[Truth] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    ended_at: datetime
