"""Order events."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from headsup.contracts.base import (
    Contract,
    Customer,
    Estimate,
    Id,
    Instant,
    Item,
    Items,
    LongText,
    Money,
    ReadableLongText,
    Url,
)
from headsup.contracts.shop.codes import (
    CancelledBy,
    CancelReason,
    HoldReason,
    ItemChange,
    NeededAction,
    PaymentState,
)


class OrderEvent(Contract, frozen=True, kw_only=True):
    """Every event about an order names it."""

    order_id: Id


class OrderPlaced(OrderEvent, frozen=True, kw_only=True):
    """A customer placed an order."""

    customer: Customer
    total: Money
    payment: PaymentState
    items: Items = ()
    number: Annotated[str, Meta(min_length=1, max_length=30)] | None = None
    """The number that the customer knows, where it is not the id."""
    dispatch_by: Instant | None = None
    """The moment by which the shop promised to hand the order to a carrier."""
    estimate: Estimate | None = None
    pay_by: Instant | None = None
    pay_url: Url | None = None
    order_url: Url | None = None
    recipient: Customer | None = None
    """Who gets the parcels, where that is somebody else: a gift, or a delivery to a colleague. They
    hear of the delivery, without prices or contents; the buyer hears of the rest."""
    cart_id: Id | None = None
    """The cart that became this order. Nobody is reminded of it any more."""


class OrderConfirmed(OrderEvent, frozen=True, kw_only=True):
    """The shop accepted an order and prepares it."""

    dispatch_by: Instant | None = None
    estimate: Estimate | None = None


class OrderCancelled(OrderEvent, frozen=True, kw_only=True):
    """An order will not be delivered."""

    by: CancelledBy
    reason: CancelReason = CancelReason.OTHER
    note: LongText | None = None
    refund: Money | None = None
    refund_by: date | None = None
    """The day by which the customer has the money back."""


class OrderReinstated(OrderEvent, frozen=True, kw_only=True):
    """An order that was cancelled goes on after all, or was never meant to be cancelled."""

    dispatch_by: Instant | None = None
    estimate: Estimate | None = None


class OrderHeld(OrderEvent, frozen=True, kw_only=True):
    """The shop does not go on with an order for now."""

    reason: HoldReason = HoldReason.OTHER
    until: Instant | None = None
    """When the shop knows more."""


class OrderReleased(OrderEvent, frozen=True, kw_only=True):
    """The shop goes on with an order that it held."""

    dispatch_by: Instant | None = None
    estimate: Estimate | None = None


class OrderEdited(OrderEvent, frozen=True, kw_only=True):
    """Lines, address or price changed. What is not mentioned stayed as it was."""

    items: Items = ()
    """All lines as they are now, where they changed."""
    total: Money | None = None
    address_changed: bool = False
    dispatch_by: Instant | None = None
    estimate: Estimate | None = None


class ActionNeeded(OrderEvent, frozen=True, kw_only=True):
    """The shop cannot go on without the customer."""

    action_id: Id
    action: NeededAction
    url: Url | None = None
    """Where the customer can do it."""
    by: Instant | None = None
    """After this moment the shop goes on without, or cancels."""
    note: LongText | None = None


class ActionResolved(OrderEvent, frozen=True, kw_only=True):
    """The customer did it, or it is no longer needed."""

    action_id: Id


class ItemChanged(OrderEvent, frozen=True, kw_only=True):
    """A line of the order cannot come as it was ordered."""

    change_id: Id
    change: ItemChange
    item: Item
    substitute: Item | None = None
    """What comes instead, where the change is a substitution."""
    back_by: date | None = None
    """When it is expected, where it is backordered."""
    refund: Money | None = None


class OrderSplit(OrderEvent, frozen=True, kw_only=True):
    """The order comes in several parcels."""

    parcels: Annotated[int, Meta(ge=2, le=100)]


class NoteAdded(OrderEvent, frozen=True, kw_only=True):
    """Somebody of the shop wrote a word to the customer about this order."""

    note_id: Id
    note: ReadableLongText


class InvoiceReady(OrderEvent, frozen=True, kw_only=True):
    """The invoice or the receipt can be read."""

    invoice_id: Id
    url: Url


class DownloadReady(OrderEvent, frozen=True, kw_only=True):
    """Something bought can be downloaded, or its licence can be seen."""

    download_id: Id
    item: Item
    url: Url
    until: Instant | None = None


class OrderRecalled(OrderEvent, frozen=True, kw_only=True):
    """Something bought is not safe, and the shop or the maker calls it back."""

    recall_id: Id
    item: Item
    note: ReadableLongText
    """What to do now, in the shop's words."""
    url: Url | None = None
