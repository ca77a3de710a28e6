"""The machine of a cart: an event or a tick goes in, and out come the cart, what is to be said, and
when to look again. Pure.

Events only change what is true, and take back what is not true any more. A reminder is asked for
at a tick: in a backlog, whatever says that nobody is to be reminded may be the next event.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from headsup.contracts.envelope import Event
from headsup.contracts.notifications import CartContinued, NotificationOutcome
from headsup.contracts.shop import CartEmptied, CartMerged, OrderPlaced
from headsup.contracts.shop.carts import CartEvent
from services.cart_recovery.cart import Cart, CartKey, Facts
from services.cart_recovery.dating import dated
from services.cart_recovery.fold import fold
from services.cart_recovery.merging import joined
from services.cart_recovery.sayings import Continue, Remind, Report, Saying, Withdraw
from services.cart_recovery.settle import Settled, settle
from services.cart_recovery.terms import Terms
from services.cart_recovery.told import hear

__all__ = [
    "Continue",
    "Ignored",
    "Remind",
    "Report",
    "Saying",
    "Step",
    "Taken",
    "Terms",
    "Tick",
    "Withdraw",
    "cart_of",
    "step",
]


class Taken(StrEnum):
    """How an event was taken."""

    TAKEN = "taken"
    FROM_THE_FUTURE = "from_the_future"  # as of when it came


class Ignored(StrEnum):
    """Why an event changed nothing, or nothing of interest."""

    NOT_ABOUT_A_CART = "not_about_a_cart"
    UNKNOWN_CART = "unknown_cart"  # emptied or merged before we heard of it
    ALREADY_KNOWN = "already_known"  # it came before, or newer news did
    OLD_OUTCOME = "old_outcome"  # of an older visit, or of no reminder of ours
    TOO_OLD = "too_old"  # whatever there was to be said of the cart, its time is over


@dataclass(frozen=True, slots=True)
class Tick:
    """The cart's time has come."""


@dataclass(frozen=True, slots=True)
class Step:
    """What came of an event or a tick."""

    cart: Cart | None
    """None: it is forgotten."""
    says: tuple[Saying, ...] = ()
    look_at: datetime | None = None
    """When a tick may change something. In the past or now: at once."""
    ignored: Ignored | None = None
    is_ahead: bool = False
    """The event's time had not come yet, and it counts as of when it came."""

    @property
    def result(self) -> Ignored | Taken:
        """What became of the event, for whoever counts."""
        return self.ignored or (Taken.FROM_THE_FUTURE if self.is_ahead else Taken.TAKEN)


def cart_of(event: Event[Any]) -> CartKey | None:
    """Which cart an event is about; None where it is about none."""
    match event.data:
        case CartEvent(cart_id=cart_id):
            return CartKey(event.source, cart_id)
        case OrderPlaced(cart_id=str(cart_id)):
            return CartKey(event.source, cart_id)
        case CartContinued(cart_id=cart_id):
            return CartKey(event.source, cart_id)
        case NotificationOutcome(cart=cart) if cart is not None:
            return CartKey(event.source, cart.cart_id)
    return None


def step(cart: Cart | None, event: Event[Any] | Tick, now: datetime, terms: Terms) -> Step:
    """One step of a cart; None for a cart that we do not know. `now` is the time by our clock, in
    UTC; an event's own time may be a little later."""
    if isinstance(event, Tick):
        return _step(settle(cart, now, terms, is_tick=True)) if cart else Step(None)
    changed, ignored = _changed(cart, event, now)
    if changed is None:
        return Step(None, ignored=ignored)
    settled = settle(changed, now, terms)
    if settled.cart is None and ignored is None:
        ignored = Ignored.TOO_OLD
    is_ahead = changed.facts.ahead != (cart.facts.ahead if cart else ())
    return replace(_step(settled), ignored=ignored, is_ahead=is_ahead)


def _step(settled: Settled) -> Step:
    return Step(settled.cart, settled.says, settled.look_at)


def _changed(
    cart: Cart | None, event: Event[Any], now: datetime
) -> tuple[Cart | None, Ignored | None]:
    """The cart with this event in it, and why that is of no interest."""
    key = cart_of(event)
    if key is None:
        return cart, Ignored.NOT_ABOUT_A_CART
    if isinstance(event.data, NotificationOutcome):
        return _told(cart, event.data, key)
    if isinstance(event.data, CartContinued):
        return _continued(cart, event.data, key)
    known = cart or Cart(key.source, key.cart_id)
    facts, event = dated(known.facts, event, now)
    return _folded(cart, known, fold(facts, event), event)


def _folded(
    cart: Cart | None, known: Cart, facts: Facts, event: Event[Any]
) -> tuple[Cart, Ignored | None]:
    if facts == known.facts:
        return known, Ignored.ALREADY_KNOWN
    is_of_unknown = cart is None and isinstance(event.data, CartEmptied | CartMerged)
    ignored = Ignored.UNKNOWN_CART if is_of_unknown else None
    return msgspec.structs.replace(known, facts=facts), ignored


def _told(
    cart: Cart | None, outcome: NotificationOutcome, key: CartKey
) -> tuple[Cart | None, Ignored | None]:
    told = hear(cart.told, outcome, key) if cart else None
    if cart is None or told is None:
        return cart, Ignored.OLD_OUTCOME
    if told == cart.told:
        return cart, Ignored.ALREADY_KNOWN
    return msgspec.structs.replace(cart, told=told), None


def _continued(
    cart: Cart | None, continued: CartContinued, key: CartKey
) -> tuple[Cart | None, Ignored | None]:
    known = cart or Cart(key.source, key.cart_id)
    told = joined(known.told, continued, key)
    if told == known.told:
        return cart, Ignored.ALREADY_KNOWN
    return msgspec.structs.replace(known, told=told), None
