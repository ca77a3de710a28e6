"""What the owners of carts do in an experiment, and which reminders they must hear, may hear until
something happens, and must not hear. Pure: no service was asked."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from headsup.contracts import shop
from headsup.contracts.base import Contract, Money
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event, make
from headsup.contracts.notifications import Reason
from sandbox.scenarios.model import SHOP, Person
from tests.faults.journeys import Journey, Teller, order_name, person

DELAYS: Final = (timedelta(hours=1), timedelta(hours=5))
"""From a visit to its reminders, as the shop of these experiments has it (`shop.toml`)."""
FIRST, LAST = 1, len(DELAYS)
_MINUTE: Final = timedelta(minutes=1)
_HALF: Final = 30 * _MINUTE
_SOON_AFTER: Final = 60 * _MINUTE
"""From a reminder to what it brings about. By then it is written down that it was sent."""
_LATE: Final = timedelta(hours=3)
_TOTAL: Final = Money(amount="119.50", currency="GBP")


class Reminder(NamedTuple):
    """A reminder, as its words name it."""

    story: int
    visit: int
    """The lines of a cart say by which visit they were put there."""
    kind: Kind
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that the shop tells."""

    id: str
    data: Contract
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
        self.customer = replace(person(number, [channel]), agreed=frozenset({channel}))
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

    def merges(self, visit: Visit, at: timedelta) -> str:
        """The lines move into their second cart."""
        into = _cart(self.number, is_second=True)
        return self._act(shop.CartMerged(cart_id=visit.cart, into_cart_id=into), at)

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

    def hears(self, visit: Visit, *steps: int) -> Reminder:
        """These reminders must come; the last of them."""
        for step in steps:
            limit = Limit(visit=visit.act, is_due=True)
            self._limits[Reminder(self.number, visit.number, visit.kind, step)] = limit
        return Reminder(self.number, visit.number, visit.kind, steps[-1])

    def may_hear(self, visit: Visit, until: str, *steps: int) -> None:
        """These may come until something happens."""
        for step in steps:
            limit = Limit(visit=visit.act, ended_by=until)
            self._limits[Reminder(self.number, visit.number, visit.kind, step)] = limit

    def _act(
        self, data: Contract, at: timedelta, upon: Reminder | None = None, id_: str | None = None
    ) -> str:
        id_ = id_ or f"{_cart(self.number)}-{len(self._acts)}"
        self._acts.append(Act(id=id_, data=data, at=at, upon=upon))
        return id_


def _cart(number: int, *, is_second: bool = False) -> str:
    return f"C{number:05d}" + ("-2" if is_second else "")


CartPlot = Callable[[Shopper], None]


def _left(tell: Shopper) -> None:
    tell.hears(tell.leaves(), FIRST, LAST)


def _left_at_checkout(tell: Shopper) -> None:
    tell.hears(tell.pays(tell.leaves(), 20 * _MINUTE), FIRST, LAST)


def _repriced(tell: Shopper) -> None:
    visit = tell.leaves()
    tell.is_repriced(visit, _HALF)
    tell.hears(visit, FIRST, LAST)


def _logged_in(tell: Shopper) -> None:
    visit = tell.leaves(is_guest=True)
    tell.hears(tell.logs_in(visit, 20 * _MINUTE), FIRST, LAST)


def _came_back(tell: Shopper) -> None:
    before, after = tell.leaves(), tell.leaves(_HALF)
    tell.may_hear(before, after.act, FIRST, LAST)
    tell.hears(after, FIRST, LAST)


def _came_back_reminded(tell: Shopper) -> None:
    before = tell.leaves()
    after = tell.leaves(_HALF, upon=tell.hears(before, FIRST))
    tell.may_hear(before, after.act, LAST)
    tell.hears(after, FIRST, LAST)


def _bought_in_time(tell: Shopper) -> None:
    visit = tell.leaves()
    tell.may_hear(visit, tell.buys(visit.cart, _HALF), FIRST, LAST)


def _bought_at_that_moment(tell: Shopper) -> None:
    visit = tell.leaves()
    moment = DELAYS[0] + (tell.number % 11 - 4) * _MINUTE
    tell.may_hear(visit, tell.buys(visit.cart, moment), FIRST, LAST)


def _bought_reminded(tell: Shopper) -> None:
    visit = tell.leaves()
    order = tell.buys(visit.cart, _SOON_AFTER, upon=tell.hears(visit, FIRST))
    tell.may_hear(visit, order, LAST)


def _bought_and_left_another(tell: Shopper) -> None:
    visit = tell.leaves()
    tell.may_hear(visit, tell.buys(visit.cart, _HALF), FIRST, LAST)
    tell.hears(tell.leaves(4 * _HALF, second=True), FIRST, LAST)


def _guest_bought_in_time(tell: Shopper) -> None:
    """As a customer, by an order that names no cart."""
    visit = tell.leaves(is_guest=True)
    tell.may_hear(visit, tell.buys(None, _HALF), FIRST, LAST)
    tell.silence = Reason.BOUGHT


def _guest_bought_reminded(tell: Shopper) -> None:
    visit = tell.leaves(is_guest=True)
    order = tell.buys(None, _SOON_AFTER, upon=tell.hears(visit, FIRST))
    tell.may_hear(visit, order, LAST)
    tell.silence = Reason.BOUGHT


def _bought_late(tell: Shopper) -> None:
    """When a reminder was long due, if anybody was there to ask for it."""
    visit = tell.leaves()
    tell.may_hear(visit, tell.buys(visit.cart, _LATE), FIRST, LAST)


def _guest_bought_late(tell: Shopper) -> None:
    visit = tell.leaves(is_guest=True)
    tell.may_hear(visit, tell.buys(None, _LATE), FIRST, LAST)
    tell.silence = Reason.BOUGHT


def _emptied(tell: Shopper) -> None:
    visit = tell.leaves()
    tell.may_hear(visit, tell.empties(visit, _HALF), FIRST, LAST)


def _emptied_reminded(tell: Shopper) -> None:
    visit = tell.leaves()
    tell.may_hear(visit, tell.empties(visit, _HALF, upon=tell.hears(visit, FIRST)), LAST)


def _merged(tell: Shopper) -> None:
    visit = tell.leaves(is_guest=True)
    tell.may_hear(visit, tell.merges(visit, _HALF), FIRST, LAST)
    tell.hears(tell.leaves(_HALF + _MINUTE, second=True), FIRST, LAST)


def _never_agreed(tell: Shopper) -> None:
    tell.forbids()
    tell.leaves()
    tell.silence = Reason.NO_CONSENT


PLAIN: Final[tuple[CartPlot, ...]] = (
    *(_left, _left_at_checkout, _repriced, _logged_in, _came_back, _merged, _never_agreed),
    *(_bought_in_time, _bought_and_left_another, _guest_bought_in_time, _emptied),
)
"""In these nothing waits for a reminder."""
PLOTS: Final[tuple[CartPlot, ...]] = (
    *PLAIN,
    *(_bought_at_that_moment, _bought_reminded, _guest_bought_reminded),
    *(_came_back_reminded, _emptied_reminded),
)
ORDERS_LAST: Final[tuple[CartPlot, ...]] = (
    *(_left, _bought_late, _left_at_checkout, _guest_bought_late, _came_back, _bought_late),
    *(_merged, _never_agreed, _emptied, _logged_in),
)
"""In these nobody orders before everything else has happened."""
LEFT: Final[tuple[CartPlot, ...]] = (_left, _left_at_checkout, _came_back)
GUESTS: Final[tuple[CartPlot, ...]] = (_left, _guest_bought_in_time, _guest_bought_reminded)
_GOLDEN: Final = 0.618033988749895
"""Spreads any number of beginnings evenly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CartCast:
    """Which stories are told."""

    stories: int
    plots: tuple[CartPlot, ...] = PLOTS
    channels: tuple[Channel, ...] = tuple(Channel)
    spread: timedelta = timedelta(hours=2)
    """Between the first beginning and the last."""


def stories(cast: CartCast, start: datetime) -> tuple[Story, ...]:
    """Every plot meets every channel, as long as there are stories."""
    return tuple(_stories(cast, start))


def _stories(cast: CartCast, start: datetime) -> Iterator[Story]:
    for number in range(cast.stories):
        turn = number // len(cast.plots)
        tell = Shopper(number, cast.channels[turn % len(cast.channels)], start)
        cast.plots[number % len(cast.plots)](tell)
        yield tell.story(number * _GOLDEN % 1 * cast.spread)


def customers_of(told: tuple[Story, ...], start: datetime) -> list[Event[shop.CustomerUpdated]]:
    """What the shop says about them, under each of their names."""
    return [
        make(SHOP, f"customer-{who.key}", start, who.as_update())
        for story in told
        for who in story.people
    ]
