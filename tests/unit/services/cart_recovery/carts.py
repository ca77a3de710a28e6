"""Events of one cart, and a cart that hears them, for the tests of what is said when."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from headsup.contracts import shop
from headsup.contracts.base import Customer, Item, Money
from headsup.contracts.envelope import Event, make
from headsup.contracts.notifications import (
    CartRecovered,
    NotificationOutcome,
    NotificationRequested,
    NotificationWithdrawn,
    OutcomeStatus,
    Reason,
)
from headsup.contracts.shop import CartChangedBy, CartItem
from services.cart_recovery.cart import Cart, Stage, pack, unpack
from services.cart_recovery.step import Remind, Report, Saying, Step, Terms, Tick, Withdraw, step

SHOP = "https://shop.example"
CART = "K1"
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""Eleven in the morning in Kyiv."""
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
KYIV = ZoneInfo("Europe/Kyiv")
TERMS = Terms(zone=KYIV)
OLENA = Customer(id="C1", email="olena@example.com", time_zone="Europe/Kyiv")
ANDRII = Customer(id="C2", phone="+380501234567")
CART_URL = "https://shop.example/cart/K1"
CHECKOUT_URL = "https://shop.example/checkout/K1"


def uah(amount: str) -> Money:
    """So many hryvnias."""
    return Money(amount=amount, currency="UAH")


def line(name: str = "Kettle", **what: Any) -> CartItem:
    """One line of a cart."""
    return CartItem(name=name, **({"price": uah("1299.00")} | what))


KETTLE = (line(),)
TEAPOT = (line("Teapot"),)
BOTH = (line(), line("Teapot"))


def event(at: datetime, data: Any, event_id: str | None = None) -> Event[Any]:
    """An event whose id is a function of what it says, unless said otherwise."""
    content = at.isoformat().encode() + type(data).__name__.encode() + msgspec.json.encode(data)
    return make(SHOP, event_id or hashlib.sha256(content).hexdigest()[:12], at, data)


def updated(at: datetime = MONDAY, *items: CartItem, **what: Any) -> Event[Any]:
    """The customer puts something into the cart: a kettle, unless said otherwise."""
    said: dict[str, Any] = {"items": items or KETTLE, "customer": OLENA, "url": CART_URL}
    event_id = what.pop("event_id", None)
    return event(at, shop.CartUpdated(cart_id=CART, **(said | what)), event_id)


def updated_by_guest(at: datetime = MONDAY, *items: CartItem, **what: Any) -> Event[Any]:
    """Likewise, and nobody knows who it is."""
    return updated(at, *items, customer=None, **what)


def repriced(at: datetime, *items: CartItem, **what: Any) -> Event[Any]:
    """The shop changes prices, or what is left."""
    return updated(at, *items, **({"changed_by": CartChangedBy.SHOP} | what))


def emptied(at: datetime) -> Event[Any]:
    """The customer takes everything out."""
    return event(at, shop.CartEmptied(cart_id=CART))


def identified(at: datetime, customer: Customer = OLENA) -> Event[Any]:
    """The shop learns whose it is."""
    return event(at, shop.CartIdentified(cart_id=CART, customer=customer))


def merged(at: datetime) -> Event[Any]:
    """The lines move into another cart."""
    return event(at, shop.CartMerged(cart_id=CART, into_cart_id="K2"))


def checkout(at: datetime, **what: Any) -> Event[Any]:
    """The customer begins to pay."""
    return event(at, shop.CheckoutStarted(cart_id=CART, **({"url": CHECKOUT_URL} | what)))


def ordered(at: datetime, order_id: str = "A1", **what: Any) -> Event[Any]:
    """The customer buys it. The order names no lines, unless said otherwise."""
    said: dict[str, Any] = {
        "cart_id": CART,
        "customer": OLENA,
        "total": uah("1299.00"),
        "payment": shop.PaymentState.PAID,
    }
    return event(at, shop.OrderPlaced(order_id=order_id, **(said | what)))


def lines_of_order(*items: CartItem) -> tuple[Item, ...]:
    """What an order says of the lines of a cart."""
    return tuple(Item(name=item.name, quantity=item.quantity, price=item.price) for item in items)


def outcome(
    of: Remind,
    at: datetime,
    status: OutcomeStatus = OutcomeStatus.SENT,
    reason: Reason | None = None,
    **what: Any,
) -> Event[Any]:
    """What the notifier says became of a reminder."""
    data = NotificationOutcome(
        request_id=of.request_id,
        cart=of.request.cart,
        customer_id=of.request.customer.id,
        kind=of.request.kind,
        status=status,
        at=at,
        reason=reason,
        **what,
    )
    return event(at, data)


def suppressed(of: Remind, at: datetime, reason: Reason, **what: Any) -> Event[Any]:
    """The notifier did not send it on purpose."""
    return outcome(of, at, OutcomeStatus.SUPPRESSED, reason, **what)


class Kept:
    """A cart as the service keeps it: it hears events, and is looked at when it asks for that. It
    goes through its bytes at every step."""

    def __init__(self, terms: Terms = TERMS) -> None:
        self.terms = terms
        self.value: bytes | None = None
        self.look_at: datetime | None = None
        self.now = datetime(2026, 1, 1, tzinfo=UTC)  # before anything happened
        self.said: list[Saying] = []
        self._said_at: list[datetime] = []
        self.steps: list[Step] = []

    @property
    def cart(self) -> Cart:
        """The cart, which is not forgotten."""
        assert self.value is not None
        return unpack(self.value)

    @property
    def asked_at(self) -> list[datetime]:
        """When reminders were asked for."""
        said = zip(self.said, self._said_at, strict=True)
        return [at for each, at in said if isinstance(each, Remind)]

    @property
    def is_forgotten(self) -> bool:
        """Nothing is kept."""
        return self.value is None

    @property
    def stage(self) -> Stage:
        """Where it stands."""
        return self.cart.stage

    def hears(self, *events: Event[Any], at: datetime | None = None) -> list[Saying]:
        """What is said at these events, which come as they happen, or all at one time."""
        before = len(self.said)
        for each in events:
            self.passes(at or each.time)
            self._does(each)
        return self.said[before:]

    def takes(self, *events: Event[Any], at: datetime) -> list[Saying]:
        """What is said at these events, which come at once, before anybody looks at the cart."""
        before, self.now = len(self.said), at
        for each in events:
            self._does(each)
        return self.said[before:]

    def passes(self, until: datetime) -> list[Saying]:
        """What is said while time passes, looked at whenever the cart asks for it."""
        before = len(self.said)
        while self.look_at is not None and self.look_at <= until:
            self.now = max(self.now, self.look_at)
            found = self._does(Tick())
            assert found.look_at is None or found.look_at > self.now, (
                "it would be looked at for ever"
            )
        self.now = max(self.now, until)
        return self.said[before:]

    def looks(self, at: datetime) -> list[Saying]:
        """What is said at a look that nobody asked for."""
        before, self.now = len(self.said), at
        self._does(Tick())
        return self.said[before:]

    def _does(self, what: Event[Any] | Tick) -> Step:
        cart = unpack(self.value) if self.value is not None else None
        found = step(cart, what, self.now, self.terms)
        self.value = pack(found.cart) if found.cart is not None else None
        assert found.cart is None or unpack(pack(found.cart)) == found.cart
        assert (found.cart is None) == (found.look_at is None)
        self.look_at = found.look_at
        self.steps.append(found)
        self.said += found.says
        self._said_at += [self.now] * len(found.says)
        return found

    @property
    def last(self) -> Step:
        """What came of the last event or look."""
        return self.steps[-1]


def reminders(said: Sequence[Saying]) -> list[Remind]:
    """The reminders among what was said."""
    return [each for each in said if isinstance(each, Remind)]


def steps(said: Sequence[Saying]) -> list[int]:
    """Their steps."""
    return [each.request.content.occurrence for each in reminders(said)]


def only(said: Sequence[Saying]) -> NotificationRequested:
    """The one reminder that was asked for."""
    [one] = reminders(said)
    return one.request


def withdrawn(said: Sequence[Saying]) -> list[NotificationWithdrawn]:
    """What was taken back."""
    return [each.withdrawn for each in said if isinstance(each, Withdraw)]


def recovered(said: Sequence[Saying]) -> list[CartRecovered]:
    """What was reported."""
    return [each.recovered for each in said if isinstance(each, Report)]
