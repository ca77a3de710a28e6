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
    Item,
    Items,
    Language,
    LongText,
    Money,
    PickupPoint,
    ShortText,
    Url,
    Window,
)
from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.channels import Channel
from headsup.contracts.replies import Question
from headsup.contracts.shop import (
    AttemptFailure,
    CancelledBy,
    CancelReason,
    CartItems,
    DelayReason,
    HandedTo,
    HoldReason,
    IncidentScope,
    Inspection,
    NeededAction,
    PaymentFailure,
    PaymentMethod,
    PaymentState,
    Remedy,
    ReturningReason,
    ReturnMethod,
    ReturnRefusal,
)


class Standing(StrEnum):
    """Where an order stands, for a customer who asks; each has words in every language."""

    AWAITING_PAYMENT = "awaiting_payment"
    ON_HOLD = "on_hold"
    IN_PREPARATION = "in_preparation"
    DOWNLOAD_AWAITED = "download_awaited"  # bought to be downloaded, and not ready yet
    REGISTERED = "registered"  # the carrier knows of the parcel and does not have it yet
    UNDER_WAY = "under_way"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPTED = "attempted"  # the courier came in vain
    WAITING_FOR_PICKUP = "waiting_for_pickup"
    AT_CUSTOMS = "at_customs"
    ADDRESS_NEEDED = "address_needed"  # the carrier cannot find where it goes
    SEARCHED_FOR = "searched_for"  # lost or damaged, and somebody sees to it
    GOING_BACK = "going_back"
    RETURN_ASKED = "return_asked"  # the shop has yet to say whether it accepts it
    RETURN_AWAITED = "return_awaited"  # it was accepted, and nobody has scanned it yet
    RETURN_UNDER_WAY = "return_under_way"
    RETURN_ARRIVED = "return_arrived"
    REFUND_UNDER_WAY = "refund_under_way"
    IN_REPAIR = "in_repair"
    WITH_SUPPORT = "with_support"  # a question of theirs is yet to be answered
    COMPLAINED = "complained"  # they answered that something is wrong, and nobody acted on it yet


class ByDownload(StrEnum):
    """How much of an order is downloaded."""

    ALL = "all"  # nothing is sent
    SOME = "some"


class Content(Contract, frozen=True, kw_only=True):
    """What a message may speak of. A kind fills what it knows; a text that needs what is missing
    is refused when it is rendered, and never shows a gap."""

    order_number: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    """None where it is about a cart."""
    order_url: Url | None = None
    items: Items = ()
    more_items: Annotated[int, Meta(ge=0)] = 0
    """Lines besides those, where there were too many to name: of a cart."""
    total: Money | None = None
    payment: PaymentState | None = None
    pay_by: Instant | None = None
    pay_url: Url | None = None
    dispatch_by: Instant | None = None
    by_download: ByDownload | None = None
    """Whether it is downloaded, and in no parcel; None where all is sent."""
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
    audience: Audience = Audience.BUYER
    """To whom it is written. A recipient who is not the buyer learns no price and no contents."""
    question: Question | None = None
    """What it asks; the answers are added as links, buttons or words."""
    hold_reason: HoldReason | None = None
    action: NeededAction | None = None
    action_url: Url | None = None
    """Where the customer does what is asked for: corrects an address, sends a document."""
    act_by: Instant | None = None
    item: Item | None = None
    """The one line that this is about."""
    substitute: Item | None = None
    back_by: date | None = None
    parcels: int | None = None
    """In how many parcels the order comes."""
    parcels_left: int | None = None
    """How many of them have not left yet."""
    parcels_moved: int | None = None
    """How many have left, those that are there included."""
    parcels_there: int | None = None
    parcels_today: int | None = None
    """How many a courier brings on the day of the message."""
    parcels_late: int | None = None
    all_by: date | None = None
    """The day by which the last of them should be there."""
    pay_method: PaymentMethod | None = None
    pay_details: LongText | None = None
    pay_reference: ShortText | None = None
    due: Money | None = None
    """What the customer has to pay: the order, or a duty."""
    previous_carrier: ShortText | None = None
    seen_at: Instant | None = None
    """When the carrier last saw the parcel."""
    seen_in: ShortText | None = None
    remedy: Remedy | None = None
    remedy_by: date | None = None
    returning_reason: ReturningReason | None = None
    return_refusal: ReturnRefusal | None = None
    inspection: Inspection | None = None
    decide_by: date | None = None
    return_until: date | None = None
    """The last day on which the customer may send something back."""
    repair_by: date | None = None
    ticket: ShortText | None = None
    """The number of the customer's question."""
    ticket_url: Url | None = None
    answer_by: Instant | None = None
    scope: IncidentScope | None = None
    until: Instant | None = None
    """When the shop knows more, or trouble is expected to be over."""
    standing: Standing | None = None
    download_url: Url | None = None
    invoice_url: Url | None = None
    review_url: Url | None = None
    cart_url: Url | None = None
    """Leads back to a cart or a checkout, and restores it."""
    running_out: CartItems = ()
    """Lines of a cart of which the shop has few left, with how many."""
    is_last: bool = False
    """Of this cart nothing more will be said, unless the customer does something."""
    occurrence: Annotated[int, Meta(ge=1)] = 1
    """Which time this is said: the second notice of a late dispatch is worded differently."""
    next_update_by: Instant | None = None
    """The moment by which the customer hears from us again. A promise: a watchdog keeps it."""

    @property
    def item_count(self) -> int:
        """How many lines there are, named or not."""
        return len(self.items) + self.more_items


class CartFlow(Contract, frozen=True, kw_only=True):
    """Which reminder of which cart."""

    cart_id: Id
    flow: Id
    """Reminders of one visit share it; a later visit has another."""
    step: Annotated[int, Meta(ge=1)]
    touched_at: Instant
    """When the customer last did something with the cart."""
    filled_at: Instant | None = None
    """When they last put something into it or began to pay, where they have only said who they are
    since: who has bought logs in to look at the order."""

    @property
    def wanted_at(self) -> Instant:
        """When they last showed that they want it. A purchase after that ends it."""
        return self.filled_at or self.touched_at


class NotificationRequested(Contract, frozen=True, kw_only=True):
    """Tell this customer this. The event's id is a function of what is said, so that asking twice
    is asking once. It is about an order or about a cart: one of the two is there."""

    kind: Kind
    order_id: Id | None = None
    cart: CartFlow | None = None
    customer: Customer
    content: Content
    about: ShortText | None = None
    """What of the order it tells of: `order`, or an area and an id, such as `shipment:S1`. Of what
    waits through one night, only the newest state of each goes out. None: nobody said, and all of
    it does."""
    happened_at: Instant
    """When what is told became true."""
    expires_at: Instant
    """After this moment it is old news, and is not sent."""

    def __post_init__(self) -> None:
        # In the decoder's own words, so that a refusal names the field like any that is missing.
        if self.order_id is None and self.cart is None:
            raise ValueError("Object missing required field `order_id`")


class NotificationWithdrawn(Contract, frozen=True, kw_only=True):
    """Do not say this any more, if it was not said yet: newer news took its place."""

    request_id: Id
    order_id: Id | None = None
    """None where it is about a cart."""
    customer_id: Id
    superseded_by: Id | None = None


class OrderTrouble(Contract, frozen=True, kw_only=True):
    """Whether an order is late, lost, on its way back or complained of. Marketing to its customer
    waits while one of their orders is in trouble."""

    order_id: Id
    customer_id: Id
    in_trouble: bool


class CustomerPurchased(Contract, frozen=True, kw_only=True):
    """Somebody placed an order. They are reminded of no cart that they left before, under whatever
    name they left it."""

    order_id: Id
    customer: Customer
    at: Instant
    cart_id: Id | None = None
    order_number: ShortText | None = None
    """As the customer knows it."""


class Forgetter(StrEnum):
    """Who forgets a customer, beside the notifier."""

    ORDER_EVENTS = "order_events"
    CART_RECOVERY = "cart_recovery"


class CustomerForgotten(Contract, frozen=True, kw_only=True):
    """A service forgot an erased customer, or a part of them. What it asked for until then lies
    before this and is forgotten as well, though it may have been asked for after the erasure."""

    customer_id: Id
    by: Forgetter
    order_ids: Annotated[tuple[Id, ...], Meta(max_length=500)] = ()
    """The orders that are nobody's from now on."""
    cart_ids: Annotated[tuple[Id, ...], Meta(max_length=500)] = ()
    partition: Annotated[int, Meta(ge=0)] | None = None
    """Of the carts, where each part is forgotten on its own."""
    is_all: bool = False
    """There is nothing more of them, of this part of it."""


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
    NOT_USED = "not_used"  # the shop does not use the channel, or it has no sender
    INVALID_ADDRESS = "invalid_address"  # all that was given is malformed
    OPTED_OUT = "opted_out"
    NO_CONSENT = "no_consent"
    IN_TROUBLE = "in_trouble"  # marketing, while an order of theirs is late or complained of
    BOUGHT = "bought"  # a reminder of a cart, whose owner has placed an order since
    ANOTHER_CART = "another_cart"  # they were reminded of another cart, within the shop's pause
    CAPPED = "capped"  # they had as many as the shop allows
    QUIET_HOURS = "quiet_hours"  # it would have been old by their morning
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
    NO_RECEIPT = "no_receipt"  # nothing was heard of it in time, and the next channel took over
    NO_TEMPLATE = "no_template"  # WhatsApp lets only an approved text begin, and there is none
    ERASED = "erased"  # the customer wants to be forgotten


class NotificationOutcome(Contract, frozen=True, kw_only=True):
    """What became of a request. Carries no address and no text."""

    request_id: Id
    order_id: Id | None = None
    cart: CartFlow | None = None
    """As in the request: one of the two is there."""
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


class CartRecovered(Contract, frozen=True, kw_only=True):
    """An order followed a reminder of its cart, within the time in which the shop counts it."""

    cart_id: Id
    """The cart that was ordered. The reminder may have been of another, whose lines moved into it,
    as when a guest logs in; flow and step are that one's then."""
    order_id: Id
    customer_id: Id
    flow: Id
    step: Annotated[int, Meta(ge=1)]
    """Of the last reminder before the order."""
    value: Money
    reminded_at: Instant
    ordered_at: Instant


class CartReminder(Contract, frozen=True, kw_only=True):
    """A reminder that went out, or may have."""

    cart_id: Id
    """Of which cart."""
    touched_at: Instant
    """Of its flow."""
    step: Annotated[int, Meta(ge=1)]
    at: Instant


class CartContinued(Contract, frozen=True, kw_only=True):
    """The lines of a cart moved into this one, and what their owner was told goes with them: an
    order of this one may follow a reminder of that one, and it is spoken of after a pause."""

    cart_id: Id
    from_cart_id: Id
    began_at: Instant | None = None
    """When the other cart was first spoken of in its last flow."""
    heard: tuple[CartReminder, ...] = ()
