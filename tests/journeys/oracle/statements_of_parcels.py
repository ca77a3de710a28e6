"""Whether what a message says of a parcel was so when it was sent."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.shop import Remedy
from tests.journeys.oracle.of_parcels import SAYS
from tests.journeys.oracle.reading import Parcel
from tests.journeys.oracle.view import View
from tests.journeys.story import Message

_COMING: Final = ("unknown", "registered", "moving", "out", "attempted")
PARCEL_KINDS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.SHIPMENT_NOT_SCANNED: ("registered",),
    Kind.SHIPMENT_STALLED: ("moving", "out", "registered", "unknown"),
    Kind.SHIPMENT_DELAYED: _COMING,
    Kind.SHIPMENT_EARLIER: _COMING,
    Kind.SHIPMENT_OVERDUE: _COMING,
    Kind.SHIPMENT_ARRIVING_TOMORROW: ("moving",),
    Kind.SHIPMENT_COURIER_WINDOW: (*_COMING, "revoked"),
    Kind.SHIPMENT_TRACKING_CHANGED: ("moving", "out", "attempted", "waiting", "revoked"),
    Kind.SHIPMENT_DUTY_DUE: ("unknown", "registered", "moving", "address"),
    Kind.SHIPMENT_DUTY_REMINDER: ("unknown", "registered", "moving", "address"),
    Kind.DELIVERY_CHECK: ("delivered",),
}
"""Where a parcel is of which this may be said."""


def problems(view: View, message: Message, parcel: Parcel) -> Iterator[str]:
    """All that is wrong with it."""
    said = message.content
    yield from _where(message, parcel)
    if view.is_over(parcel) and message.kind is not Kind.SHIPMENT_RETURNING:
        yield "the order is cancelled"
    if _hides_the_cancellation(view, message):
        yield "the order had been cancelled, and it does not say so"
    if said.tracking_number not in (None, parcel.number):
        yield f"the number is {parcel.number}, and not {said.tracking_number}"
    if said.carrier not in (None, parcel.carrier):
        yield f"the carrier is {parcel.carrier}, and not {said.carrier}"
    if parcel.word is not None:
        is_off = view.reading.cancelled and said.remedy is Remedy.REFUND
        if not is_off:  # nobody sends another parcel of what was cancelled
            yield from _as_reported(said, parcel, parcel.word.event.data)
    is_duty = message.kind in (Kind.SHIPMENT_DUTY_DUE, Kind.SHIPMENT_DUTY_REMINDER)
    if is_duty and (parcel.duty is None or said.due != parcel.duty.event.data.amount):
        yield "no such duty is due"


def _hides_the_cancellation(view: View, message: Message) -> bool:
    """The buyer would wonder whether the shop knows what it delivered."""
    word = view.reading.cancelled
    is_theirs = message.kind is Kind.SHIPMENT_DELIVERED and message.to is Audience.BUYER
    is_known = word is not None and word.at <= message.asked_at
    return is_theirs and is_known and message.content.cancelled_by is None


def _as_reported(said: Any, parcel: Parcel, data: Any) -> Iterator[str]:
    """What it says of how it stands is what was reported."""
    if parcel.state == "delivered" and said.handed_to not in (None, data.handed_to):
        yield f"it was handed to {data.handed_to}"
    if parcel.state == "waiting" and said.pickup and said.pickup.name != data.pickup.name:
        yield f"it waits at {data.pickup.name}"
    if parcel.state in ("lost", "damaged", "returned") and said.remedy not in (None, data.remedy):
        yield f"the shop does this about it: {data.remedy}"
    if parcel.state == "attempted" and said.attempt_failure not in (None, data.reason):
        yield f"the courier says: {data.reason}"


def _where(message: Message, parcel: Parcel) -> Iterator[str]:
    states = PARCEL_KINDS.get(message.kind)
    is_at_customs = parcel.duty and parcel.word and parcel.duty.event.time > parcel.word.event.time
    if states is not None and parcel.state not in states and not is_at_customs:
        yield f"the parcel is {parcel.state}"
    says = SAYS.get(message.kind)
    if says == "revoked":
        if parcel.state == "delivered":
            yield "the parcel is delivered"
    elif says is not None and says != parcel.state:
        yield f"the parcel is {parcel.state}"
