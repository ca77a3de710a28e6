"""What a scenario is made of. Nothing here acts or knows the time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from headsup.contracts.base import (
    Contract,
    Customer,
    Estimate,
    Item,
    Money,
    PickupPoint,
    Window,
)
from headsup.contracts.catalogue import CATALOGUE, Area, Audience, Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.envelope import Event
from headsup.contracts.replies import Answer
from headsup.contracts.shop import Consent, ContactPoint, CustomerUpdated

DAY_BEGINS, DAY_ENDS = time(8), time(20)
"""People order between these hours, in their own time zone."""
SHOP = "https://shop.example"
"""The `source` of the events of most scenarios."""
AGREED = datetime(2025, 5, 12, 9, tzinfo=UTC)
"""When people agreed to marketing: long ago, so that whoever opts out in a story stays out."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop of the demo, as far as a story has to know it; the rest is in `sandbox/shops`."""

    source: str
    """The `source` of its events."""
    channels: frozenset[Channel] = frozenset(Channel)
    working_days: frozenset[int] = frozenset(range(5))
    """Monday is 0."""


LAVKA = Shop(SHOP, working_days=frozenset(range(6)))
SOVA = Shop("https://sova.example", frozenset({Channel.EMAIL, Channel.SMS}), frozenset(range(6)))
"""The one that keeps the night."""
HEARTH = Shop("https://hearth.example", frozenset({Channel.EMAIL, Channel.SMS}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What differs from country to country around the same story."""

    basket: tuple[Item, ...]
    total: Money
    carrier: str
    pickup: PickupPoint
    return_address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer of the demo. A channel without an address does not reach them."""

    key: str
    name: str
    language: str
    time_zone: str
    email: str | None = None
    phone: str | None = None
    chat: str | None = None
    whatsapp: str | None = None
    prefers: tuple[Channel, ...] = ()
    """What they like best; the rest keeps its order behind it."""
    agreed: frozenset[Channel] = frozenset()
    """Where they want to hear what is no part of an order: marketing."""
    surroundings: Surroundings

    @property
    def customer_id(self) -> str:
        """How the shop calls this person."""
        return f"customer-{self.key}"

    @property
    def addresses(self) -> dict[Channel, str]:
        """The ways that lead to this person."""
        known = {
            Channel.EMAIL: self.email,
            Channel.SMS: self.phone,
            Channel.WHATSAPP: self.whatsapp,
            Channel.TELEGRAM: self.chat,
        }
        return {channel: address for channel, address in known.items() if address}

    def as_customer(self) -> Customer:
        """The person as an order names them."""
        return Customer(
            id=self.customer_id,
            name=self.name,
            email=self.email,
            phone=self.phone,
            language=self.language,
            time_zone=self.time_zone,
        )

    def as_update(self) -> CustomerUpdated:
        """All that the shop knows of the person; the only event that carries a Telegram chat."""
        return CustomerUpdated(
            customer_id=self.customer_id,
            name=self.name,
            language=self.language,
            time_zone=self.time_zone,
            contacts=tuple(
                ContactPoint(channel=channel, address=address)
                for channel, address in self.addresses.items()
            ),
            consents=tuple(
                Consent(
                    channel=channel,
                    message_class=MessageClass.MARKETING,
                    granted=True,
                    at=AGREED,
                    source="a box in their account",
                )
                for channel in sorted(self.agreed)
            ),
            channel_order=self.prefers,
        )


@dataclass(frozen=True, slots=True)
class Writes:
    """The customer writes to us by this channel."""

    channel: Channel
    text: str


@dataclass(frozen=True, slots=True)
class Presses:
    """The customer presses the newest button in their chat that carries what begins so."""

    carries: str


@dataclass(frozen=True, slots=True)
class PhoneOff:
    """The customer's phone is off for so long: the next WhatsApp message arrives only then."""

    lasts: timedelta


Act = Answer | Writes | Presses | PhoneOff
"""What a customer does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A moment of a story: what the shop says, and what the customer is told because of it.

    `data` is None where the shop says nothing and the customer is told all the same: a deadline
    passed. Where somebody else gets the parcels, each hears what is theirs.
    """

    at: datetime
    data: Contract | None
    tells: tuple[Kind, ...] = ()
    by: tuple[Channel, ...] = ()
    """The ways that it goes, where they are not those that the catalogue names first."""
    overtaken: bool = False
    """It is asked for and waits; newer news takes its place before it is sent."""
    does: Act | None = None
    """What the customer does at this moment. An answer is one to the last question."""
    hears: tuple[str, ...] = ()
    """What the bot says in their chat because of it: a piece of each text."""
    recovers: bool = False
    """The shop hears that it owes this order to a reminder, where the customer had one."""


@dataclass(frozen=True, slots=True)
class TimedAct:
    """What the customer does, and the moment in business time."""

    at: datetime
    act: Act


@dataclass(frozen=True, slots=True)
class TimedEvent:
    """An event and the moment, in business time, when the shop sends it."""

    at: datetime
    event: Event[Any]


@dataclass(frozen=True, slots=True)
class Expected:
    """One message that a customer must receive, exactly once. It is about an order or a cart."""

    order: str | None
    kind: Kind
    channel: Channel
    language: str
    to: str
    cart: str | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """What the bot must say to somebody, exactly once: a text with this in it."""

    to: str
    piece: str


@dataclass(frozen=True, slots=True)
class Story:
    """One telling of a scenario: whose order it is, its number, and when it is placed."""

    person: Person
    order: str
    placed: datetime
    recipient: Person | None = None
    """Who gets the parcels, where that is somebody else."""
    shop: Shop = LAVKA

    @property
    def zone(self) -> ZoneInfo:
        """The customer's time zone."""
        return ZoneInfo(self.person.time_zone)

    @property
    def around(self) -> Surroundings:
        """The customer's basket, carrier and pickup point."""
        return self.person.surroundings

    @property
    def cart(self) -> str:
        """What the story's only cart is called."""
        return f"C{self.order}"

    @property
    def shipment(self) -> str:
        """The story's only parcel."""
        return f"{self.order}-1"

    @property
    def tracking_url(self) -> str:
        """Where the carrier shows the parcel."""
        return f"https://track.example/{self.shipment}"

    def day(self, day: int) -> date:
        """The date of a day of the story; the order is placed on day 0."""
        return self.placed.astimezone(self.zone).date() + timedelta(days=day)

    def working_days_after(self, day: int, days: int) -> int:
        """The day of the story that is so many working days of the shop's after another."""
        while days > 0:
            day += 1
            days -= self.day(day).weekday() in self.shop.working_days
        return day

    def at(self, day: int, clock: str) -> datetime:
        """A moment by the customer's own clock, such as `at(2, "16:40")`."""
        return datetime.combine(self.day(day), time.fromisoformat(clock), self.zone)

    def estimate(self, earliest: int, latest: int | None = None) -> Estimate:
        """The days between which the parcel is expected."""
        if latest is None:
            return Estimate(latest=self.day(earliest))
        return Estimate(earliest=self.day(earliest), latest=self.day(latest))

    def window(self, day: int, start: str, end: str) -> Window:
        """The hours in which the courier comes."""
        return Window(start=self.at(day, start), end=self.at(day, end))

    def url(self, page: str) -> str:
        """A page of the shop about this order."""
        return f"{self.shop.source}/orders/{self.order}{page}"

    def hearers(self, kind: Kind) -> list[Person]:
        """Who is told of this kind; the buyer of all where nobody else gets the parcels."""
        if self.recipient is None:
            return [self.person]
        audience = CATALOGUE[kind].audience
        buyer = [self.person] if audience is not Audience.RECIPIENT else []
        return buyer + ([self.recipient] if audience is not Audience.BUYER else [])


Group = Literal["orders", "carts", "reach"]
"""What a scenario is about, for whoever chooses one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A story that can be told about any customer."""

    name: str
    title: str
    summary: str
    person: str
    """The customer about whom it is told when nobody chooses another."""
    tell: Callable[[Story], Iterable[Step]]
    recipient: str | None = None
    """Who gets the parcels, where that is somebody else."""
    shop: Shop = LAVKA
    group: Group = "orders"
    latest: time = DAY_ENDS
    """Later in the day it does not begin; on the customer's clock."""


def channels_of(kind: Kind, person: Person, shop: Shop = LAVKA) -> list[Channel]:
    """Each route's first channel that reaches the person; no channel carries the same twice."""
    usable = shop.channels & person.addresses.keys()
    if CATALOGUE[kind].message_class is MessageClass.MARKETING:
        usable &= person.agreed
    chosen: list[Channel] = []
    for route in CATALOGUE[kind].routes:
        free = [c for c in route if c in usable and c not in chosen]
        is_record = len(CATALOGUE[kind].routes) > 1 and not chosen
        if not is_record:  # which stays a mail
            free.sort(key=lambda c: c not in person.prefers)
        channel = next(iter(free), None)
        if channel is not None:
            chosen.append(channel)
    return chosen


def is_about_cart(kind: Kind) -> bool:
    """Whether there is no order yet."""
    return CATALOGUE[kind].area is Area.CART
