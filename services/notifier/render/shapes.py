"""What stands beside the sentences of each kind: the table of facts, and where one can click.

A fact that a request lacks leaves its row out; an address that it lacks leaves its button out.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from headsup.contracts.catalogue import Kind


class Action(StrEnum):
    """Something to click; its label stands in `[buttons]` of `_shared.toml`."""

    PAY = "pay"
    TRACK = "track"
    RESCHEDULE = "reschedule"
    LABEL = "label"
    ORDER = "order"
    CONTACT = "contact"


ACTION_URL: Final[dict[Action, str]] = {
    Action.PAY: "pay_url",
    Action.TRACK: "tracking_url",
    Action.RESCHEDULE: "reschedule_url",
    Action.LABEL: "label_url",
    Action.ORDER: "order_url",
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


CODES: Final = frozenset({"pickup_code", "return_code", "tracking_number"})
"""Rows to be copied or shown to somebody: set apart."""

_PARCEL: Final = ("order_number", "carrier", "tracking_number")
_TRACK: Final = (Action.TRACK, Action.ORDER)

SHAPES: Final[dict[Kind, Shape]] = {
    Kind.ORDER_RECEIVED: Shape(
        rows=("order_number", "pay_by", "estimate"),
        actions=(Action.PAY, Action.ORDER),
        has_items=True,
        has_total=True,
    ),
    Kind.ORDER_CONFIRMED: Shape(
        rows=("order_number", "dispatch_by", "estimate"), has_items=True, has_total=True
    ),
    Kind.ORDER_CANCELLED: Shape(
        rows=("order_number", "refund", "refund_by", "note"), has_items=True
    ),
    Kind.PAYMENT_FAILED: Shape(
        rows=("order_number", "total", "pay_by"), actions=(Action.PAY, Action.ORDER)
    ),
    Kind.PAYMENT_REFUNDED: Shape(rows=("order_number", "refund", "refund_method", "refund_by")),
    Kind.DISPATCH_LATE: Shape(rows=("order_number", "estimate")),
    Kind.SHIPMENT_SHIPPED: Shape(rows=(*_PARCEL, "estimate"), actions=_TRACK, has_items=True),
    Kind.SHIPMENT_DELAYED: Shape(rows=(*_PARCEL, "previous_estimate", "estimate"), actions=_TRACK),
    Kind.SHIPMENT_OUT_FOR_DELIVERY: Shape(
        rows=(*_PARCEL, "window", "courier_phone"), actions=_TRACK
    ),
    Kind.SHIPMENT_ATTEMPT_FAILED: Shape(
        rows=(*_PARCEL, "next_attempt"),
        actions=(Action.RESCHEDULE, Action.TRACK, Action.ORDER),
    ),
    Kind.SHIPMENT_READY_FOR_PICKUP: Shape(
        rows=(
            "pickup_code",
            "pickup_name",
            "pickup_address",
            "pickup_hours",
            "hold_until",
            "order_number",
            "tracking_number",
        ),
        actions=_TRACK,
    ),
    Kind.SHIPMENT_DELIVERED: Shape(rows=(*_PARCEL, "place"), actions=_TRACK),
    Kind.RETURN_APPROVED: Shape(
        rows=("return_code", "return_address", "window", "send_by", "order_number", "refund"),
        actions=(Action.LABEL, Action.ORDER),
        has_items=True,
    ),
}
