"""What the services say to each other: what to tell a customer, and what became of it."""

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
    Url,
    Window,
)
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.shop import (
    AttemptFailure,
    CancelledBy,
    CancelReason,
    DelayReason,
    HandedTo,
    PaymentFailure,
    PaymentMethod,
    PaymentState,
    ReturnMethod,
)


class Content(Contract, frozen=True, kw_only=True):
    """What a message may speak of. A kind fills what it knows; a text that needs what is missing
    is refused when it is rendered, and never shows a gap."""

    order_number: Annotated[str, Meta(min_length=1, max_length=100)]
    order_url: Url | None = None
    items: Items = ()
    total: Money | None = None
    payment: PaymentState | None = None
    pay_by: Instant | None = None
    pay_url: Url | None = None
    dispatch_by: Instant | None = None
    estimate: Estimate | None = None
    previous_estimate: Estimate | None = None
    """What this customer was told before."""
    carrier: ShortText | None = None
    tracking_number: ShortText | None = None
    tracking_url: Url | None = None
    window: Window | None = None
    courier_phone: ShortText | None = None
    pickup: PickupPoint | None = None
    handed_to: HandedTo | None = None
    place: ShortText | None = None
    cancelled_by: CancelledBy | None = None
    cancel_reason: CancelReason | None = None
    payment_failure: PaymentFailure | None = None
    delay_reason: DelayReason | None = None
    attempt_failure: AttemptFailure | None = None
    next_attempt: date | None = None
    reschedule_url: Url | None = None
    note: LongText | None = None
    refund: Money | None = None
    refund_by: date | None = None
    refund_days: int | None = None
    refund_method: PaymentMethod | None = None
    return_method: ReturnMethod | None = None
    return_address: ShortText | None = None
    return_code: ShortText | None = None
    label_url: Url | None = None
    send_by: date | None = None
    occurrence: Annotated[int, Meta(ge=1)] = 1
    """Which time this is said: the second notice of a late dispatch is worded differently."""
    next_update_by: Instant | None = None
    """The moment by which the customer hears from us again. A promise: a watchdog keeps it."""


class NotificationRequested(Contract, frozen=True, kw_only=True):
    """Tell this customer this. The event's id is a function of what is said, so that asking twice
    is asking once."""

    kind: Kind
    order_id: Id
    customer: Customer
    content: Content
    happened_at: Instant
    """When what is told became true."""
    expires_at: Instant
    """After this moment it is old news, and is not sent."""


class NotificationWithdrawn(Contract, frozen=True, kw_only=True):
    """Do not say this any more, if it was not said yet: newer news took its place."""

    request_id: Id
    order_id: Id
    customer_id: Id
    superseded_by: Id | None = None


class OutcomeStatus(StrEnum):
    """What became of a request, or of one message of it."""

    SENT = "sent"  # the provider accepted it
    DELIVERED = "delivered"  # the provider says that it arrived
    FAILED = "failed"  # it will not arrive
    SUPPRESSED = "suppressed"  # not sent on purpose; the reason says why
    EXPIRED = "expired"  # it was old news
    WITHDRAWN = "withdrawn"  # newer news took its place
    UNKNOWN = "unknown"  # the provider did not say whether it accepted it


class Reason(StrEnum):
    """Why a message was not sent, or did not arrive."""

    NO_ADDRESS = "no_address"  # no way to reach the customer
    INVALID_ADDRESS = "invalid_address"  # all that was given is malformed
    OPTED_OUT = "opted_out"
    NO_CONSENT = "no_consent"
    STALE = "stale"  # older than the kind's time to live
    SUPERSEDED = "superseded"
    UNKNOWN_SHOP = "unknown_shop"
    CANNOT_RENDER = "cannot_render"  # the text needs something that the request lacks
    REFUSED = "refused"  # the provider refused it for good
    BLOCKED = "blocked"  # the customer blocked us on this channel
    BAD_CONFIGURATION = "bad_configuration"  # our account, not the customer
    GAVE_UP = "gave_up"  # the provider could not take it in time
    UNDELIVERED = "undelivered"  # accepted, and the provider said later that it did not arrive
    NO_ANSWER = "no_answer"  # the call ended without an answer


class NotificationOutcome(Contract, frozen=True, kw_only=True):
    """What became of a request. Carries no address and no text."""

    request_id: Id
    order_id: Id
    customer_id: Id
    kind: Kind
    status: OutcomeStatus
    at: Instant
    notification_id: Id | None = None
    channel: Channel | None = None
    language: Language | None = None
    provider_ref: ShortText | None = None
    """The provider's own name for the message: a Message-ID, a SID, a message number."""
    reason: Reason | None = None
