"""Which message it is that a customer received: read from its words alone. Pure."""

import re
from typing import Final

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from tests.faults.journeys import CARRIERS, ORDER, Message, Statement

_ORDER: Final = re.compile(r"\bK\d{5}\b")
_PART: Final = re.compile(r" \(one of \d[^)]*\)")
"""That it is one parcel of several, and which."""
_SAYS: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = tuple(
    (kind, re.compile(text))
    for kind, text in (
        (Kind.ORDER_RECEIVED, r"has reached us|We have your order"),
        (Kind.ORDER_CANCELLED, r"We had to cancel your order|Order K\d+ is cancelled\."),
        (Kind.PAYMENT_FAILED, r"could not take the payment|failed, nothing charged"),
        (Kind.PAYMENT_REFUNDED, r"We have sent you|We sent back"),
        (Kind.DISPATCH_LATE, r"We promised to send order|Sorry, order K\d+ is late"),
        (Kind.ORDER_NO_NEWS, r"promised to write to you about order K\d+|No news of K\d+ yet"),
        (Kind.SUPPORT_OPENED, r"Your question about order K\d+ is|K\d+: we have your question"),
        (Kind.RETURN_REQUESTED, r"You would like to send something back|have your return request"),
        (Kind.ORDER_COMPLETED, r"parcels of your order K\d+ have|K\d+: (all \d|both) parcels "),
        (Kind.RETURN_APPROVED, r"approved your return|Return from order K\d+ approved"),
        (Kind.SHIPMENT_OUT_FOR_DELIVERY, r"The courier has (the parcel with )?order K\d+"),
        (Kind.SHIPMENT_ATTEMPT_FAILED, r"could not hand it over|Courier could not hand over"),
        (Kind.SHIPMENT_READY_FOR_PICKUP, r"with order K\d+ is waiting: |Order K\d+ is ready: "),
        (Kind.SHIPMENT_DELIVERED, r"rder K\d+ was (handed over in person|left with a neighbour)"),
        (Kind.SHIPMENT_SHIPPED, r"(parcel with order|Order) K\d+ is on its way( with|\.)"),
        (Kind.ORDER_CONFIRMED, r"We have accepted your order|Order K\d+ is confirmed\."),
    )
)
READABLE: Final = frozenset(kind for kind, _ in _SAYS)
"""The kinds that are known by their words."""
_SUBJECTS: Final = {
    Kind.PAYMENT_REFUNDED: "refund:F1",
    Kind.RETURN_REQUESTED: "return:R1",
    Kind.RETURN_APPROVED: "return:R1",
    Kind.SUPPORT_OPENED: "ticket:T1",
}
_SECOND: Final = (CARRIERS["S2"], "left with a neighbour")


def read(channel: Channel, text: str) -> Message | None:
    """What was said, about which order and which parcel. None when nobody can tell."""
    flat = _PART.sub("", " ".join(text.split()))
    order = _ORDER.search(flat)
    kind = next((kind for kind, says in _SAYS if says.search(flat)), None)
    if order is None or kind is None:
        return None
    return Message(Statement(order[0], kind, _subject(kind, flat)), channel)


def _subject(kind: Kind, text: str) -> str:
    if not kind.startswith("shipment."):
        return _SUBJECTS.get(kind, ORDER)
    return "shipment:S2" if any(mark in text for mark in _SECOND) else "shipment:S1"
