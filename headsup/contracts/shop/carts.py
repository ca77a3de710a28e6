"""Cart events: what somebody is about to buy, and has not bought yet."""

from typing import Annotated

from msgspec import Meta

from headsup.contracts.base import Contract, Customer, Id, Item, Money, Url
from headsup.contracts.shop.codes import CartChangedBy


class CartItem(Item, frozen=True, kw_only=True):
    """One line of a cart."""

    left: Annotated[int, Meta(ge=0)] | None = None
    """How many the shop still has, where it says so."""


CartItems = Annotated[tuple[CartItem, ...], Meta(max_length=500)]


class CartEvent(Contract, frozen=True, kw_only=True):
    """Every event about a cart names it."""

    cart_id: Id


class CartUpdated(CartEvent, frozen=True, kw_only=True):
    """A cart as it is now, the whole of it; it replaces what we knew of its lines."""

    items: CartItems
    """All lines; none where the cart was emptied."""
    total: Money | None = None
    customer: Customer | None = None
    """Whose it is, where the shop knows. Nobody is reminded of a cart that is nobody's."""
    url: Url | None = None
    """Leads back to the cart and restores it, on any device."""
    changed_by: CartChangedBy = CartChangedBy.CUSTOMER
    """The shop's own changes, of prices and of what is left, count as no visit of the customer."""


class CartEmptied(CartEvent, frozen=True, kw_only=True):
    """The customer took everything out."""


class CartIdentified(CartEvent, frozen=True, kw_only=True):
    """The shop learned whose cart it is: a guest logged in, or typed an address."""

    customer: Customer


class CartMerged(CartEvent, frozen=True, kw_only=True):
    """The lines moved into another cart, as when a guest logs in. This one is over."""

    into_cart_id: Id


class CheckoutStarted(CartEvent, frozen=True, kw_only=True):
    """The customer began to pay for what is in the cart."""

    customer: Customer | None = None
    url: Url | None = None
    """Leads back to the checkout, where everything is still as it was."""
