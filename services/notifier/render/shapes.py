"""What stands beside the sentences of each kind: the table of facts, and where one can click.

A fact that a request lacks leaves its row out; an address that it lacks leaves its button out.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final

from headsup.contracts.catalogue import Kind


class Action(StrEnum):
    """Something to click; its label stands in `[buttons]` of `_shared.toml`."""

    PAY = "pay"
    TRACK = "track"
    RESCHEDULE = "reschedule"
    LABEL = "label"
    ACT = "act"  # whatever `action_url` is for; a kind names the deed in its own `[buttons]`
    DUTY = "duty"
    DOWNLOAD = "download"
    INVOICE = "invoice"
    TICKET = "ticket"
    REVIEW = "review"
    ORDER = "order"
    CART = "cart"  # back to it; a kind names the deed in its own `[buttons]`
    CONTACT = "contact"


ACTION_URL: Final[dict[Action, str]] = {
    Action.PAY: "pay_url",
    Action.TRACK: "tracking_url",
    Action.RESCHEDULE: "reschedule_url",
    Action.LABEL: "label_url",
    Action.ACT: "action_url",
    Action.DUTY: "pay_url",
    Action.DOWNLOAD: "download_url",
    Action.INVOICE: "invoice_url",
    Action.TICKET: "ticket_url",
    Action.REVIEW: "review_url",
    Action.ORDER: "order_url",
    Action.CART: "cart_url",
    Action.CONTACT: "support_url",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """`rows` are variables, labelled in `[labels]` of `_shared.toml`. `actions` in order of weight:
    a mail shows the first that has an address, Telegram shows all and a way to a human."""

    rows: tuple[str, ...]
    actions: tuple[Action, ...] = (Action.ORDER,)
    has_items: bool = False
    has_total: bool = False
    """Where the items are the whole order."""
    most_items: int = 20
    """So many are listed; the rest is counted."""
    is_listed_in_chats: bool = False
    """Not only in a mail: where the items are the news."""


CODES: Final = frozenset(
    {"pickup_code", "return_code", "tracking_number", "pay_reference", "ticket"},
)
"""Rows to be copied or shown to somebody: set apart."""

_ORDER: Final = ("order_number",)
_GOES_ON: Final = ("order_number", "dispatch_by", "estimate")
_PARCEL: Final = ("order_number", "carrier", "tracking_number")
_PAY: Final = ("due", "pay_by", "pay_method", "pay_details", "pay_reference")
_REFUND: Final = ("order_number", "refund", "refund_method", "refund_by")
_PICKUP: Final = (
    *("pickup_code", "pickup_name", "pickup_address", "pickup_hours", "hold_until"),
    *("order_number", "tracking_number"),
)
_SEND_BACK: Final = ("return_code", "return_address", "window", "send_by", "order_number")

_TO_PAY: Final = (Action.PAY, Action.ORDER)
_TO_ACT: Final = (Action.ACT, Action.ORDER)
_TO_TRACK: Final = (Action.TRACK, Action.ORDER)
_TO_PRINT: Final = (Action.LABEL, Action.ORDER)
_TO_READ: Final = (Action.TICKET, Action.ORDER)
_TO_CLEAR: Final = (Action.DUTY, Action.TRACK, Action.ORDER)
_TO_RESCHEDULE: Final = (Action.RESCHEDULE, Action.TRACK, Action.ORDER)

_parcel = partial(Shape, rows=(*_PARCEL, "estimate"), actions=_TO_TRACK)
_parts = partial(Shape, has_items=True)
_order = partial(Shape, has_items=True, has_total=True)
_cart = partial(_order, rows=(), actions=(Action.CART,), most_items=5, is_listed_in_chats=True)

_ORDERS: Final[dict[Kind, Shape]] = {
    Kind.ORDER_RECEIVED: _order(rows=("order_number", "pay_by", "estimate"), actions=_TO_PAY),
    Kind.ORDER_CONFIRMED: _order(rows=_GOES_ON),
    Kind.ORDER_ON_HOLD: Shape(rows=("order_number", "until")),
    Kind.ORDER_RELEASED: Shape(rows=_GOES_ON),
    Kind.ORDER_EDITED: _order(rows=_GOES_ON),
    Kind.ORDER_ACTION_NEEDED: Shape(rows=("order_number", "act_by", "note"), actions=_TO_ACT),
    Kind.ORDER_ACTION_REMINDER: Shape(rows=("order_number", "act_by", "note"), actions=_TO_ACT),
    Kind.ORDER_ITEM_UNAVAILABLE: Shape(rows=("order_number", "item", "refund")),
    Kind.ORDER_ITEM_SUBSTITUTED: Shape(rows=("order_number", "item", "substitute", "refund")),
    Kind.ORDER_ITEM_BACKORDERED: Shape(rows=("order_number", "item", "back_by", "refund")),
    Kind.ORDER_SPLIT: Shape(rows=("order_number", "parcels")),
    Kind.ORDER_CANCELLED: _parts(rows=("order_number", "refund", "refund_by", "note")),
    Kind.ORDER_EXPIRED: _order(rows=_ORDER),
    Kind.ORDER_REINSTATED: _order(rows=_GOES_ON),
    Kind.ORDER_NOTE: Shape(rows=_ORDER),
    Kind.ORDER_INVOICE: Shape(rows=_ORDER, actions=(Action.INVOICE, Action.ORDER)),
    Kind.ORDER_DOWNLOAD_READY: Shape(
        rows=("order_number", "item", "until"), actions=(Action.DOWNLOAD, Action.ORDER)
    ),
    Kind.ORDER_RECALL: Shape(rows=("item", "order_number"), actions=_TO_ACT),
    Kind.ORDER_PROGRESS: Shape(
        rows=("order_number", "parcels", "parcels_moved", "parcels_there", "parcels_late", "all_by")
    ),
    Kind.ORDER_COMPLETED: _parts(rows=("order_number", "parcels", "return_until")),
    Kind.ORDER_NO_NEWS: Shape(rows=("order_number", "seen_at", "seen_in", "estimate")),
}
_PAYMENTS: Final[dict[Kind, Shape]] = {
    Kind.PAYMENT_INSTRUCTIONS: Shape(rows=("order_number", *_PAY), actions=_TO_PAY),
    Kind.PAYMENT_REMINDER: Shape(rows=("order_number", *_PAY), actions=_TO_PAY),
    Kind.PAYMENT_FAILED: Shape(rows=("order_number", "total", "pay_by"), actions=_TO_PAY),
    Kind.PAYMENT_ACTION_REQUIRED: Shape(rows=("order_number", "due", "pay_by"), actions=_TO_PAY),
    Kind.PAYMENT_PARTLY_REFUNDED: Shape(rows=_REFUND),
    Kind.PAYMENT_REFUNDED: Shape(rows=_REFUND),
    Kind.REFUND_LATE: Shape(rows=("order_number", "refund", "refund_by")),
    Kind.REFUND_FAILED: Shape(rows=("order_number", "refund"), actions=_TO_ACT),
}
_DELIVERIES: Final[dict[Kind, Shape]] = {
    Kind.DISPATCH_LATE: Shape(rows=("order_number", "estimate")),
    Kind.SHIPMENT_NOT_SCANNED: _parcel(),
    Kind.SHIPMENT_SHIPPED: _parcel(has_items=True),
    Kind.SHIPMENT_PARTLY_SHIPPED: _parcel(
        rows=(*_PARCEL, "estimate", "parcels_left"), has_items=True
    ),
    Kind.SHIPMENT_TRACKING_CHANGED: _parcel(),
    Kind.SHIPMENT_ARRIVING_TOMORROW: _parcel(rows=(*_PARCEL, "estimate", "window")),
    Kind.SHIPMENT_COURIER_WINDOW: _parcel(rows=(*_PARCEL, "window")),
    Kind.SHIPMENT_OUT_FOR_DELIVERY: _parcel(rows=(*_PARCEL, "window", "courier_phone")),
    Kind.SHIPMENT_STALLED: _parcel(rows=(*_PARCEL, "seen_at", "seen_in", "estimate")),
    Kind.SHIPMENT_DELAYED: _parcel(rows=(*_PARCEL, "previous_estimate", "estimate")),
    Kind.SHIPMENT_OVERDUE: _parcel(rows=(*_PARCEL, "previous_estimate", "seen_at", "seen_in")),
    Kind.SHIPMENT_EARLIER: _parcel(rows=(*_PARCEL, "previous_estimate", "estimate")),
    Kind.SHIPMENT_DUTY_DUE: _parcel(rows=("due", "pay_by", *_PARCEL), actions=_TO_CLEAR),
    Kind.SHIPMENT_DUTY_REMINDER: _parcel(rows=("due", "pay_by", *_PARCEL), actions=_TO_CLEAR),
    Kind.SHIPMENT_ADDRESS_PROBLEM: _parcel(
        rows=(*_PARCEL, "act_by"), actions=(Action.ACT, Action.TRACK, Action.ORDER)
    ),
    Kind.SHIPMENT_ATTEMPT_FAILED: _parcel(rows=(*_PARCEL, "next_attempt"), actions=_TO_RESCHEDULE),
    Kind.SHIPMENT_ATTEMPT_FOLLOW_UP: _parcel(
        rows=(*_PARCEL, "next_attempt"), actions=_TO_RESCHEDULE
    ),
    Kind.SHIPMENT_READY_FOR_PICKUP: _parcel(rows=_PICKUP),
    Kind.PICKUP_REMINDER: _parcel(rows=_PICKUP),
    Kind.PICKUP_LAST_DAY: _parcel(rows=_PICKUP),
    Kind.SHIPMENT_DAMAGED: _parcel(rows=(*_PARCEL, "remedy_by")),
    Kind.SHIPMENT_LOST: _parcel(rows=(*_PARCEL, "remedy_by")),
    Kind.SHIPMENT_FOUND: _parcel(rows=(*_PARCEL, "seen_in", "estimate")),
    Kind.SHIPMENT_RETURNING: _parcel(rows=_PARCEL),
    Kind.SHIPMENT_RETURNED: _parcel(rows=(*_PARCEL, "refund_by")),
    Kind.SHIPMENT_DELIVERED: _parcel(rows=(*_PARCEL, "place", "return_until")),
    Kind.DELIVERY_CHECK: _parcel(rows=(*_PARCEL, "place", "seen_at")),
    Kind.DELIVERY_CORRECTION: _parcel(rows=_PARCEL),
}
_RETURNS: Final[dict[Kind, Shape]] = {
    Kind.RETURN_WINDOW_CLOSING: Shape(rows=("order_number", "return_until")),
    Kind.RETURN_REQUESTED: _parts(rows=_ORDER),
    Kind.RETURN_APPROVED: _parts(rows=(*_SEND_BACK, "refund"), actions=_TO_PRINT),
    Kind.RETURN_REJECTED: Shape(rows=_ORDER),
    Kind.RETURN_CLOSED: _parts(rows=_ORDER),
    Kind.RETURN_INFO_NEEDED: Shape(rows=("order_number", "act_by"), actions=_TO_ACT),
    Kind.RETURN_LABEL_READY: Shape(rows=("return_code", "order_number"), actions=_TO_PRINT),
    Kind.RETURN_LABEL_FAILED: Shape(rows=_ORDER),
    Kind.RETURN_DROP_OFF_REMINDER: Shape(rows=_SEND_BACK, actions=_TO_PRINT),
    Kind.RETURN_DEADLINE_NEAR: Shape(rows=_SEND_BACK, actions=_TO_PRINT),
    Kind.RETURN_IN_TRANSIT: _parcel(rows=_PARCEL),
    Kind.RETURN_RECEIVED: Shape(rows=("order_number", "decide_by")),
    Kind.RETURN_INSPECTED: Shape(rows=("order_number", "refund", "refund_by")),
    Kind.RETURN_EXCHANGE_SENT: _parcel(has_items=True),
    Kind.RETURN_LATE: Shape(rows=("order_number", "decide_by")),
    Kind.REPAIR_ACCEPTED: Shape(rows=("item", "repair_by", "order_number")),
    Kind.REPAIR_EXPERTISE: Shape(rows=("item", "order_number", "repair_by")),
    Kind.REPAIR_READY: Shape(rows=("item", *_PICKUP)),
    Kind.REPAIR_LATE: Shape(rows=("item", "repair_by", "order_number")),
}
_OTHERS: Final[dict[Kind, Shape]] = {
    Kind.SUPPORT_OPENED: Shape(rows=("ticket", "answer_by", "order_number"), actions=_TO_READ),
    Kind.SUPPORT_ANSWERED: Shape(rows=("ticket", "order_number"), actions=_TO_READ),
    Kind.SUPPORT_CLOSED: Shape(rows=("ticket", "order_number"), actions=_TO_READ),
    Kind.ORDER_CHECK_IN: Shape(rows=_ORDER),
    Kind.REVIEW_REQUEST: _parts(rows=_ORDER, actions=(Action.REVIEW, Action.ORDER)),
    Kind.INCIDENT_NOTICE: Shape(rows=("order_number", "until")),
    Kind.INCIDENT_SOLVED: Shape(rows=("order_number", "estimate")),
    Kind.CHAT_LINKED: Shape(rows=(), actions=(Action.ACT,)),
}
_CARTS: Final[dict[Kind, Shape]] = {
    Kind.CART_ABANDONED: _cart(),
    Kind.CHECKOUT_ABANDONED: _cart(),
}

SHAPES: Final[dict[Kind, Shape]] = {
    **_ORDERS,
    **_PAYMENTS,
    **_DELIVERIES,
    **_RETURNS,
    **_OTHERS,
    **_CARTS,
}
