"""A cart as we keep it: what is true of it, and what its owner was told.

The facts are a function of the *set* of events: any order and any repetition of the same events
gives equal facts. A million carts are kept as bytes, so they are written as arrays
without field names, and the lines are written once and read only for a reminder. A field is only
ever added at the end, with a default: what an older version wrote stays readable.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec

from headsup.contracts.base import Customer, Money


class CartKey(NamedTuple):
    """Which cart: the shop, as events name it, and the shop's id of the cart."""

    source: str
    cart_id: str


class Stage(StrEnum):
    """Where a cart stands."""

    ACTIVE = "active"  # somebody did something with it a moment ago
    IDLE = "idle"  # long enough ago that they might be reminded
    REMINDED = "reminded"  # of this visit, at least once
    RECOVERED = "recovered"  # ordered, after a reminder
    ORDERED = "ordered"
    EMPTIED = "emptied"
    MERGED = "merged"  # its lines are in another cart
    EXPIRED = "expired"  # nothing more will be said of it
    STOPPED = "stopped"  # the notifier will not say more of this visit


Price = tuple[str, str]
"""Amount and currency."""


class Contents(msgspec.Struct, frozen=True, array_like=True):
    """What is in the cart, as the newest update says."""

    at: datetime
    by: str
    """The event that said so, where its time alone may not name it."""
    lines: bytes
    """As `lines` packs them."""
    total: Price | None = None
    is_sold_out: bool = False
    """Nothing of it can be bought any more."""


class Link(msgspec.Struct, frozen=True, array_like=True):
    """Where the cart is restored, as the newest update that says it has it."""

    at: datetime
    by: str
    url: str


class Owner(msgspec.Struct, frozen=True, array_like=True):
    """Whose cart it is, as the newest event that names somebody says."""

    at: datetime
    by: str
    id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    time_zone: str | None = None

    @property
    def customer(self) -> Customer:
        """As contracts have it."""
        return Customer(
            id=self.id,
            name=self.name,
            email=self.email,
            phone=self.phone,
            language=self.language,
            time_zone=self.time_zone,
        )


class Filling(msgspec.Struct, frozen=True, array_like=True, order=True):
    """Once the customer left the cart with these lines."""

    at: datetime
    digest: int
    """Of names and quantities."""


class Checkout(msgspec.Struct, frozen=True, array_like=True):
    """The customer began to pay."""

    at: datetime
    by: str
    url: str | None = None


class Merge(msgspec.Struct, frozen=True, array_like=True, order=True):
    """The lines moved into another cart."""

    at: datetime
    into: str


class Order(msgspec.Struct, frozen=True, array_like=True):
    """The cart was bought."""

    at: datetime
    by: str
    order_id: str
    total: Price
    digest: int | None = None
    """Of what was bought, where the order names it."""

    @property
    def value(self) -> Money:
        """What it brought."""
        amount, currency = self.total
        return Money(amount=amount, currency=currency)


class Ahead(msgspec.Struct, frozen=True, array_like=True, order=True):
    """An event whose time had not come yet by our clock."""

    said: datetime
    """Its own time."""
    event: int
    """A digest of its id."""
    counts_as: datetime
    """When we first heard of it."""


class Facts(msgspec.Struct, frozen=True, array_like=True):
    """What is true of a cart."""

    contents: Contents | None = None
    """None as well where the cart was emptied, merged or bought since."""
    owner: Owner | None = None
    fillings: tuple[Filling, ...] = ()
    """The newest ones, in rising order. The shop's own changes are none."""
    identified_at: datetime | None = None
    checkout: Checkout | None = None
    """None as well where it led to an order, or the cart was emptied or merged since."""
    emptied_at: datetime | None = None
    merged_at: datetime | None = None
    orders: tuple[Order, ...] = ()
    """The newest ones, in rising order."""
    link: Link | None = None
    """None as well where the cart was emptied, merged or bought since."""
    merges: tuple[Merge, ...] = ()
    """The newest one into each cart, in rising order."""
    ahead: tuple[Ahead, ...] = ()
    """The newest ones, in rising order, so that each counts the same when it comes again."""

    @property
    def order(self) -> Order | None:
        """The newest one."""
        return self.orders[-1] if self.orders else None


class Recall(StrEnum):
    """What became of a reminder that does not say how the cart is any more."""

    ASKED = "asked"  # we took it back, and it may have gone out before
    PROVED = "proved"  # nobody will ever hear it: it may be said anew


class Flow(msgspec.Struct, frozen=True, array_like=True):
    """The reminders of one visit that were asked for."""

    touched_at: datetime
    """The visit's, which names the flow."""
    starts_at: datetime
    """From when its delays count: later than the visit where the last flow was close."""
    first_at: datetime
    """When its first reminder was asked for."""
    first_step: int
    step: int
    """The last one that was asked for."""
    waiting: str | None = None
    """The customer to whom the last one goes, while it may still come: nothing is known to have
    become of it, or what was sent may bounce, and go by another channel."""
    is_stopped: bool = False
    """Nobody wants to hear more of this visit, or can."""
    expires_at: datetime | None = None
    """Of the last one: from then on it goes nowhere any more."""
    said: int | None = None
    """A digest of what the last one says of the cart."""
    version: int = 1
    """Of the last one: greater, where it was taken back and asked for anew."""
    recall: Recall | None = None
    """Of the last one, where it was taken back because the cart had changed."""

    @property
    def done(self) -> int:
        """The last step that is not to be asked for any more."""
        return self.step - 1 if self.recall is Recall.PROVED else self.step


class Heard(msgspec.Struct, frozen=True, array_like=True, order=True):
    """A reminder that went out, or may have."""

    touched_at: datetime
    """Of its flow."""
    step: int
    at: datetime
    cart_id: str = ""
    """Of which cart, where it was another, whose lines are in this one now."""


class Told(msgspec.Struct, frozen=True, array_like=True):
    """What the owner was told, and what that brought."""

    flow: Flow | None = None
    """The newest one."""
    heard: tuple[Heard, ...] = ()
    """The newest ones, in rising order, of older flows as well."""
    recovered: tuple[str, ...] = ()
    """Of the orders that we know, those that we reported."""
    began_at: datetime | None = None
    """When the last flow of another cart began, whose lines are in this one now."""
    handed_on: tuple[str, ...] = ()
    """Names what we told the carts that the lines of this one moved into."""

    def heard_of(self, touched_at: datetime, step: int) -> datetime | None:
        """When this reminder of this cart went out, as far as we know."""
        which = ("", touched_at, step)
        same = (one.at for one in self.heard if (one.cart_id, one.touched_at, one.step) == which)
        return next(same, None)


class Cart(msgspec.Struct, frozen=True, array_like=True):
    """All that is kept of a cart."""

    source: str
    cart_id: str
    stage: Stage = Stage.ACTIVE
    facts: Facts = Facts()
    told: Told = Told()

    @property
    def key(self) -> CartKey:
        """Which cart it is."""
        return CartKey(self.source, self.cart_id)

    @property
    def step(self) -> int:
        """The last reminder of the newest flow; 0 where none was asked for."""
        return self.told.flow.step if self.told.flow else 0


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Cart)


def pack(cart: Cart) -> bytes:
    """The cart as bytes (MessagePack)."""
    return _encoder.encode(cart)


def unpack(value: bytes) -> Cart:
    """What `pack` wrote, in this version or an older one. Raises msgspec.DecodeError, or its
    ValidationError, for anything else."""
    return _decoder.decode(value)
