"""What a shop tells us: order, payment, shipment, return and customer events."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from headsup.contracts.base import (
    Contract,
    Customer,
    Estimate,
    Id,
    Instant,
    Items,
    Language,
    LongText,
    Money,
    PickupPoint,
    ShortText,
    TimeZone,
    Url,
    Window,
)
from headsup.contracts.channels import Channel, MessageClass


class PaymentState(StrEnum):
    """Where the money stands when an order is placed."""

    PENDING = "pending"  # the shop waits for the money
    AUTHORISED = "authorised"  # reserved on the card
    PAID = "paid"
    ON_DELIVERY = "on_delivery"  # the courier collects it


class CancelledBy(StrEnum):
    """Who cancelled an order."""

    CUSTOMER = "customer"
    SHOP = "shop"
    PAYMENT_TIMEOUT = "payment_timeout"


class CancelReason(StrEnum):
    """Why an order was cancelled; each has words in every language."""

    CUSTOMER_REQUEST = "customer_request"
    OUT_OF_STOCK = "out_of_stock"
    NOT_PAID = "not_paid"
    CANNOT_DELIVER = "cannot_deliver"
    OTHER = "other"


class PaymentFailure(StrEnum):
    """Why a payment failed; each has words in every language."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    CARD_EXPIRED = "card_expired"
    DECLINED = "declined"
    NOT_CONFIRMED = "not_confirmed"  # 3-D Secure was not completed
    OTHER = "other"


class PaymentMethod(StrEnum):
    """How the money moves; it decides how long a refund takes."""

    CARD = "card"
    BANK_TRANSFER = "bank_transfer"
    WALLET = "wallet"
    CASH = "cash"
    STORE_CREDIT = "store_credit"
    OTHER = "other"


class DelayReason(StrEnum):
    """Why a parcel is late; each has words in every language."""

    CARRIER = "carrier"
    WEATHER = "weather"
    CUSTOMS = "customs"
    ADDRESS = "address"
    SHOP = "shop"
    OTHER = "other"


class AttemptFailure(StrEnum):
    """Why the courier could not hand over a parcel; each has words in every language."""

    NOBODY_HOME = "nobody_home"
    ADDRESS_NOT_FOUND = "address_not_found"
    NO_ACCESS = "no_access"
    REFUSED = "refused"
    OTHER = "other"


class HandedTo(StrEnum):
    """Who or what received a parcel; each has words in every language."""

    RECIPIENT = "recipient"
    NEIGHBOUR = "neighbour"
    SAFE_PLACE = "safe_place"
    LOCKER = "locker"
    PICKUP_POINT = "pickup_point"  # collected by the customer
    LETTERBOX = "letterbox"


class ReturnMethod(StrEnum):
    """How a return travels back."""

    DROP_OFF = "drop_off"
    COURIER = "courier"
    STORE = "store"


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


class PaymentSucceeded(OrderEvent, frozen=True, kw_only=True):
    """Money arrived, or was reserved."""

    payment_id: Id
    amount: Money
    method: PaymentMethod = PaymentMethod.OTHER


class PaymentFailed(OrderEvent, frozen=True, kw_only=True):
    """A payment was refused. The order still stands until `pay_by`."""

    payment_id: Id
    amount: Money
    reason: PaymentFailure = PaymentFailure.OTHER
    retry_url: Url | None = None
    pay_by: Instant | None = None


class PaymentRefunded(OrderEvent, frozen=True, kw_only=True):
    """The shop sent money back."""

    refund_id: Id
    amount: Money
    method: PaymentMethod = PaymentMethod.OTHER
    expected_by: date | None = None
    """The day by which the customer's bank shows it."""


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


class ReturnEvent(OrderEvent, frozen=True, kw_only=True):
    """Every event about a return names it."""

    return_id: Id


class ReturnRequested(ReturnEvent, frozen=True, kw_only=True):
    """The customer asked to send something back."""

    items: Items = ()


class ReturnApproved(ReturnEvent, frozen=True, kw_only=True):
    """The shop accepts a return and says how to send it."""

    method: ReturnMethod
    send_by: date
    """The last day on which the parcel may be handed over."""
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


class ContactPoint(Contract, frozen=True, kw_only=True):
    """One address of a customer. For Telegram it is the number of the chat."""

    channel: Channel
    address: Annotated[str, Meta(min_length=1, max_length=320)]


class Consent(Contract, frozen=True, kw_only=True):
    """What a customer said to a class of messages on a channel; a later word replaces an earlier
    one."""

    channel: Channel
    message_class: MessageClass
    granted: bool
    at: Instant
    source: ShortText


class CustomerUpdated(Contract, frozen=True, kw_only=True):
    """The shop's whole knowledge of a customer; it replaces what we knew."""

    customer_id: Id
    name: ShortText | None = None
    language: Language | None = None
    time_zone: TimeZone | None = None
    contacts: Annotated[tuple[ContactPoint, ...], Meta(max_length=20)] = ()
    consents: Annotated[tuple[Consent, ...], Meta(max_length=50)] = ()
