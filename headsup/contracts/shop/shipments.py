"""Shipment events."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from headsup.contracts.base import (
    Estimate,
    Id,
    Instant,
    Items,
    Money,
    PickupPoint,
    ShortText,
    Url,
    Window,
)
from headsup.contracts.shop.codes import (
    AttemptFailure,
    DelayReason,
    HandedTo,
    Remedy,
    ReturningReason,
)
from headsup.contracts.shop.orders import OrderEvent


class ShipmentEvent(OrderEvent, frozen=True, kw_only=True):
    """Every event about a parcel names it, and may name its carrier."""

    shipment_id: Id
    carrier: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    tracking_number: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    tracking_url: Url | None = None
    estimate: Estimate | None = None


class LabelCreated(ShipmentEvent, frozen=True, kw_only=True):
    """A label was printed. The parcel has not moved yet, so the customer is told nothing."""

    items: Items = ()


class InTransit(ShipmentEvent, frozen=True, kw_only=True):
    """The carrier scanned the parcel. The first scan is what `shipped` means."""

    place: ShortText | None = None


class EstimateChanged(ShipmentEvent, frozen=True, kw_only=True):
    """The carrier or the shop expects the parcel on another day."""

    reason: DelayReason = DelayReason.OTHER


class OutForDelivery(ShipmentEvent, frozen=True, kw_only=True):
    """The courier has the parcel and brings it today."""

    window: Window | None = None
    courier_phone: Annotated[str, Meta(max_length=40)] | None = None


class AttemptFailed(ShipmentEvent, frozen=True, kw_only=True):
    """The courier came and could not hand the parcel over."""

    reason: AttemptFailure = AttemptFailure.OTHER
    next_attempt: date | None = None
    reschedule_url: Url | None = None


class ReadyForPickup(ShipmentEvent, frozen=True, kw_only=True):
    """The parcel waits at a pickup point."""

    pickup: PickupPoint


class Delivered(ShipmentEvent, frozen=True, kw_only=True):
    """The parcel was handed over."""

    handed_to: HandedTo = HandedTo.RECIPIENT
    place: ShortText | None = None


class WindowSet(ShipmentEvent, frozen=True, kw_only=True):
    """The courier, or the customer with the carrier, chose the hours of the delivery."""

    window: Window


class CustomsDue(ShipmentEvent, frozen=True, kw_only=True):
    """Customs wants a duty or a tax before the parcel goes on."""

    amount: Money
    pay_url: Url | None = None
    by: Instant | None = None


class CustomsCleared(ShipmentEvent, frozen=True, kw_only=True):
    """The duty was paid, or none is due any more."""


class AddressProblem(ShipmentEvent, frozen=True, kw_only=True):
    """The carrier cannot find the address."""

    fix_url: Url | None = None
    by: Instant | None = None
    """After this moment the parcel goes back."""


class AddressFixed(ShipmentEvent, frozen=True, kw_only=True):
    """The carrier has an address that it can find."""


class Damaged(ShipmentEvent, frozen=True, kw_only=True):
    """The parcel was damaged on its way."""

    remedy: Remedy = Remedy.INVESTIGATION
    by: date | None = None
    """When the customer hears what becomes of it, or has the remedy."""


class Lost(ShipmentEvent, frozen=True, kw_only=True):
    """The carrier cannot find the parcel. A scan after this means that it was found."""

    remedy: Remedy = Remedy.INVESTIGATION
    by: date | None = None


class Returning(ShipmentEvent, frozen=True, kw_only=True):
    """The parcel goes back to the shop."""

    reason: ReturningReason = ReturningReason.OTHER


class Returned(ShipmentEvent, frozen=True, kw_only=True):
    """The parcel is back at the shop."""

    remedy: Remedy = Remedy.REFUND


class DeliveryRevoked(ShipmentEvent, frozen=True, kw_only=True):
    """The parcel was reported as delivered and is not."""
