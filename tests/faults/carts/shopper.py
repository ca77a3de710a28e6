"""Writes down what the owner of a cart does, and which reminders they must hear, may hear until
something happens, and must not hear. Pure: no service was asked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from headsup.contracts import shop
from headsup.contracts.base import Contract, Money
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from sandbox.scenarios.model import SHOP, Person
from tests.faults.journeys import Journey, Teller, order_name, person

DELAYS: Final = (timedelta(hours=1), timedelta(hours=5))
"""From a visit to its reminders, as the shop of these experiments has it (`shop.toml`)."""
PAUSE: Final = timedelta(hours=4)
"""From the first reminder of a visit to that of the next, as the same shop has it."""
FIRST, LAST = 1, len(DELAYS)
_TOTAL: Final = Money(amount="119.50", currency="GBP")


class Reminder(NamedTuple):
    """A reminder, as its words name it."""

    story: int
    visit: int
    """The lines of a cart say by which visit they were put there."""
    kind: Kind
    step: int


class Stops(NamedTuple):
    """They want no more marketing: the address that a reminder names for that is called."""

    reminder: Reminder


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that the shop tells, or that they do with what they received."""

    id: str
    data: Contract | Stops
    at: timedelta
    """After the story began; or after `upon` was heard."""
    upon: Reminder | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What holds of one reminder."""

    visit: str
    """The act from which its delay counts."""
    ended_by: str | None = None
    """The act after which it must not come any more."""
    is_due: bool = False
    """It must come."""
    later: timedelta = timedelta()
    """By so much the pause puts it off."""


class Visit(NamedTuple):
    """Somebody did something with a cart, and left it."""

    act: str
    number: int
    kind: Kind
    cart: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A cart, or two, of one person."""

    number: int
    begins: timedelta
    """After the first one."""
    channel: Channel
    people: tuple[Person, ...]
    """One, under all their names."""
    acts: tuple[Act, ...]
    limits: Mapping[Reminder, Limit]
    silence: Reason | None = None
    """Why the notifier must have kept silent at least once."""
    journey: Journey | None = None
    """Of the order, where there is one."""

    @property
    def purchase(self) -> Act | None:
        """The order."""
        return next((act for act in self.acts if isinstance(act.data, shop.OrderPlaced)), None)

    @property
    def due(self) -> set[Reminder]:
        """What must be heard."""
        return {reminder for reminder, limit in self.limits.items() if limit.is_due}

    @property
    def addresses(self) -> set[str]:
        """Where they read what is sent by their channel."""
        return {who.addresses[self.channel] for who in self.people}

    def of_cart(self, cart_id: str) -> bool:
        """Whether it is theirs."""
        return cart_id.partition("-")[0] == _cart(self.number)


class Shopper:
    """Writes the acts of one story."""

    def __init__(self, number: int, channel: Channel, start: datetime) -> None:
        self.number = number
        self.channel = channel
        self.customer = replace(person(number, [channel], start), agreed=frozenset({channel}))
        self.guest = replace(self.customer, key=f"guest-{self.customer.key}")
        self.silence: Reason | None = None
        self._order = Teller(order_name(number), self.customer, start)
        self._people = [self.customer]
        self._acts: list[Act] = []
        self._limits: dict[Reminder, Limit] = {}
        self._visits = 0

    def story(self, begins: timedelta) -> Story:
        """All of it."""
        journey = self._order.journey()
        return Story(
            number=self.number,
            begins=begins,
            channel=self.channel,
            people=tuple(self._people),
            acts=tuple(self._acts),
            limits=self._limits,
            silence=self.silence,
            journey=journey if journey.steps else None,
        )

    def forbids(self) -> None:
        """They never agreed to marketing."""
        self.customer = replace(self.customer, agreed=frozenset())
        self._people = [self.customer]

    def leaves(
        self,
        at: timedelta = timedelta(),
        *,
        is_guest: bool = False,
        second: bool = False,
        upon: Reminder | None = None,
    ) -> Visit:
        """They put something in a cart, and leave it. `second`: in their second one."""
        self._visits += 1
        who = self.guest if is_guest else self.customer
        self._people += [who] if who not in self._people else []
        cart = _cart(self.number, is_second=second)
        data = shop.CartUpdated(
            cart_id=cart,
            items=(self._line(self._visits, "119.50"),),
            total=_TOTAL,
            customer=who.as_customer(),
            url=f"{SHOP}/cart/{cart}",
        )
        return Visit(self._act(data, at, upon), self._visits, Kind.CART_ABANDONED, cart)

    def _line(self, visit: int, price: str) -> shop.CartItem:
        return shop.CartItem(
            name=f"Lamp {self.number:05d}-{visit}", price=Money(amount=price, currency="GBP")
        )

    def pays(self, visit: Visit, at: timedelta) -> Visit:
        """They begin to pay, and leave."""
        customer, url = self.customer.as_customer(), f"{SHOP}/checkout/{visit.cart}"
        data = shop.CheckoutStarted(cart_id=visit.cart, customer=customer, url=url)
        return visit._replace(act=self._act(data, at), kind=Kind.CHECKOUT_ABANDONED)

    def logs_in(self, visit: Visit, at: timedelta) -> Visit:
        """A guest tells who they are."""
        customer = self.customer.as_customer()
        data = shop.CartIdentified(cart_id=visit.cart, customer=customer)
        return visit._replace(act=self._act(data, at))

    def empties(self, visit: Visit, at: timedelta, upon: Reminder | None = None) -> str:
        """They take everything out."""
        return self._act(shop.CartEmptied(cart_id=visit.cart), at, upon)

    def merges(self, visit: Visit, at: timedelta, upon: Reminder | None = None) -> str:
        """The lines move into their second cart."""
        into = _cart(self.number, is_second=True)
        return self._act(shop.CartMerged(cart_id=visit.cart, into_cart_id=into), at, upon)

    def is_repriced(self, visit: Visit, at: timedelta) -> None:
        """The shop changes a price."""
        data = shop.CartUpdated(
            cart_id=visit.cart,
            items=(self._line(visit.number, "99.50"),),
            changed_by=shop.CartChangedBy.SHOP,
            url=f"{SHOP}/cart/{visit.cart}",
        )
        self._act(data, at)

    def buys(self, cart: str | None, at: timedelta, upon: Reminder | None = None) -> str:
        """They order. `cart`: as the order names it, if it does."""
        order = self._order.placed(shop.PaymentState.PAID, cart_id=cart)
        self._order.says(order, Kind.ORDER_CONFIRMED)
        [event] = self._order.journey().events
        return self._act(order, at, upon, event.id)

    def stops(self, reminder: Reminder, at: timedelta) -> str:
        """They press what ends marketing, in a reminder that they heard."""
        return self._act(Stops(reminder), at, reminder)

    def hears(self, visit: Visit, *steps: int, later: timedelta = timedelta()) -> Reminder:
        """These reminders must come; the last of them."""
        for step in steps:
            limit = Limit(visit=visit.act, is_due=True, later=later)
            self._limits[Reminder(self.number, visit.number, visit.kind, step)] = limit
        return Reminder(self.number, visit.number, visit.kind, steps[-1])

    def may_hear(self, visit: Visit, until: str | None, *steps: int) -> None:
        """These may come until something happens; where nothing does, when the pause is over."""
        for step in steps:
            limit = Limit(visit=visit.act, ended_by=until)
            self._limits[Reminder(self.number, visit.number, visit.kind, step)] = limit

    def _act(
        self,
        data: Contract | Stops,
        at: timedelta,
        upon: Reminder | None = None,
        id_: str | None = None,
    ) -> str:
        id_ = id_ or f"{_cart(self.number)}-{len(self._acts)}"
        self._acts.append(Act(id=id_, data=data, at=at, upon=upon))
        return id_


def _cart(number: int, *, is_second: bool = False) -> str:
    return f"C{number:05d}" + ("-2" if is_second else "")
