"""What a customer was told last, and whether that says what is true."""

from collections.abc import Mapping
from typing import Final

from headsup.contracts.catalogue import CATALOGUE, Audience, Kind
from services.order_events.reconcile import Announcement
from services.order_events.told import ORDER, Told

_ON_ITS_WAY: Final = frozenset(
    {
        Kind.SHIPMENT_SHIPPED,
        Kind.SHIPMENT_PARTLY_SHIPPED,
        Kind.SHIPMENT_DELAYED,
        Kind.SHIPMENT_EARLIER,
        Kind.SHIPMENT_STALLED,
        Kind.SHIPMENT_OVERDUE,
        Kind.SHIPMENT_FOUND,
        Kind.SHIPMENT_ARRIVING_TOMORROW,
        Kind.SHIPMENT_OUT_FOR_DELIVERY,
        Kind.SHIPMENT_ATTEMPT_FAILED,
        Kind.SHIPMENT_READY_FOR_PICKUP,
    }
)
"""Who heard one of these knows that the parcel has left. A scan at the depot after the courier came
in vain is no news."""
_SAY_THE_SAME: Final[Mapping[Kind, frozenset[Kind]]] = {
    # Which refund made the price is only known when all of them are.
    Kind.PAYMENT_REFUNDED: frozenset({Kind.PAYMENT_PARTLY_REFUNDED}),
    Kind.PAYMENT_PARTLY_REFUNDED: frozenset({Kind.PAYMENT_REFUNDED}),
    Kind.SHIPMENT_SHIPPED: _ON_ITS_WAY,
    Kind.SHIPMENT_PARTLY_SHIPPED: _ON_ITS_WAY,
}
_CORRECTED: Final = frozenset({Kind.ORDER_RECEIVED, Kind.ORDER_CONFIRMED})
"""Who heard that the order is cancelled hears these as "it goes on after all"."""


def last_words(told: Told, audience: Audience) -> dict[tuple[str, str], Kind]:
    """The last word of each group on each subject to this reader, of what was not taken back."""
    last: dict[tuple[str, str], Kind] = {}
    for _, said in told.newest_first():
        if said.audience is audience and not said.taken_back:
            last.setdefault((CATALOGUE[said.kind].group, said.subject), said.kind)
    return last


def is_told(told: Told, true: Announcement) -> bool:
    """Whether the customer's last word on it is what is true."""
    kind, last = true.request.kind, last_words(told, true.request.content.audience)
    found = last.get((CATALOGUE[kind].group, true.subject))
    if found is kind or found in _SAY_THE_SAME.get(kind, ()):
        return True
    correction = CATALOGUE[Kind.ORDER_REINSTATED].group, ORDER
    if kind in _CORRECTED and correction in last:
        return True
    # That it is not delivered after all says that it is on its way.
    not_delivered = CATALOGUE[Kind.DELIVERY_CORRECTION].group, true.subject
    return kind in _ON_ITS_WAY and not_delivered in last
