"""Return and repair events."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from headsup.contracts.base import (
    Estimate,
    Id,
    Instant,
    Item,
    Items,
    LongText,
    Money,
    PickupPoint,
    ReadableLongText,
    ShortText,
    Url,
    Window,
)
from headsup.contracts.shop.codes import (
    Inspection,
    PaymentMethod,
    ReturnClosedBy,
    ReturnMethod,
    ReturnRefusal,
)
from headsup.contracts.shop.orders import OrderEvent


class ReturnEvent(OrderEvent, frozen=True, kw_only=True):
    """Every event about a return names it.

    One return, one id, from the request to the money. What was looked at is over: whatever else of
    the order goes back is another return with an id of its own. A request, an approval or a parcel
    under an id whose return was looked at already is kept, but told to nobody, since it cannot be
    told apart from an event that came late; `headsup trace` explains it. A return that was closed
    before anybody looked at it may go on under its id.
    """

    return_id: Id


class ReturnRequested(ReturnEvent, frozen=True, kw_only=True):
    """The customer asked to send something back."""

    items: Items = ()


class ReturnApproved(ReturnEvent, frozen=True, kw_only=True):
    """The shop accepts a return and says how to send it."""

    method: ReturnMethod
    send_by: date
    """The last day on which the parcel may be handed over. One that has passed already when the
    return is approved is not told to anybody."""
    items: Items = ()
    address: ShortText | None = None
    """Where to bring or send it."""
    label_url: Url | None = None
    code: Annotated[str, Meta(min_length=1, max_length=30)] | None = None
    pickup_window: Window | None = None
    refund: Money | None = None
    refund_days: Annotated[int, Meta(ge=0, le=90)] | None = None
    """Days from the arrival of the return until the shop sends the money."""
    refund_method: PaymentMethod = PaymentMethod.OTHER

    @property
    def collected_in(self) -> Window | None:
        """The hours in which the courier comes for it, where they can be told."""
        window = self.pickup_window
        return None if window is None or window.is_backwards else window


class ReturnRejected(ReturnEvent, frozen=True, kw_only=True):
    """The shop does not accept a return."""

    reason: ReturnRefusal = ReturnRefusal.OTHER
    note: LongText | None = None


class ReturnInfoNeeded(ReturnEvent, frozen=True, kw_only=True):
    """The shop has to know more before it decides: a photograph, a number."""

    note: ReadableLongText
    url: Url | None = None
    by: Instant | None = None


class ReturnLabelReady(ReturnEvent, frozen=True, kw_only=True):
    """The label of an approved return can be printed, or shown as a code."""

    label_url: Url | None = None
    code: Annotated[str, Meta(min_length=1, max_length=30)] | None = None


class ReturnLabelFailed(ReturnEvent, frozen=True, kw_only=True):
    """The label could not be made; the shop sees to it."""


class ReturnInTransit(ReturnEvent, frozen=True, kw_only=True):
    """A carrier scanned the return, or the customer handed it over in the shop."""

    carrier: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    tracking_number: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    tracking_url: Url | None = None


class ReturnReceived(ReturnEvent, frozen=True, kw_only=True):
    """The return arrived at the shop."""

    decide_by: date | None = None
    """The day by which the shop has looked at it; without it, the shop's policy says."""


class ReturnInspected(ReturnEvent, frozen=True, kw_only=True):
    """The shop looked at the return."""

    result: Inspection
    note: LongText | None = None
    refund: Money | None = None
    refund_by: date | None = None


class ExchangeSent(ReturnEvent, frozen=True, kw_only=True):
    """The shop sent something else instead."""

    items: Items = ()
    carrier: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    tracking_number: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    tracking_url: Url | None = None
    estimate: Estimate | None = None


class ReturnCancelled(ReturnEvent, frozen=True, kw_only=True):
    """The customer keeps it after all, or the shop closed the return. A later request or approval
    of the same return opens it again."""

    by: ReturnClosedBy | None = None
    """Who wished it; without it, nobody is named to the customer."""
    note: LongText | None = None
    """Why, in words for the customer."""


class RepairEvent(OrderEvent, frozen=True, kw_only=True):
    """Every event about a repair names it."""

    repair_id: Id


class RepairAccepted(RepairEvent, frozen=True, kw_only=True):
    """The shop took something in for a repair under warranty."""

    item: Item | None = None
    ready_by: date | None = None
    """Without it, the law's longest time that the shop's profile names counts."""


class ExpertiseStarted(RepairEvent, frozen=True, kw_only=True):
    """Somebody examines whether the fault is covered."""

    result_by: date | None = None


class RepairReady(RepairEvent, frozen=True, kw_only=True):
    """It is repaired, and can be fetched or was sent."""

    pickup: PickupPoint | None = None
    note: LongText | None = None
