"""Shows that the oracle can fail: something is broken on purpose, and a figure must turn red."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import msgspec
from rich.console import Console

from headsup.contracts.base import Estimate
from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import NotificationRequested
from headsup.contracts.shop import HandedTo
from tests.journeys.oracle.finding import Fault
from tests.journeys.play import Broken, without
from tests.journeys.report import judged

JOURNEYS: Final = 150
"""At most so many are played until one gives it away."""
_DAY: Final = timedelta(days=1)


def _another_day(request: NotificationRequested) -> NotificationRequested:
    """Names a day later than the one that is known."""
    said = request.content.estimate
    if said is None:
        return request
    later = Estimate(latest=said.latest + _DAY, earliest=said.earliest)
    content = msgspec.structs.replace(request.content, estimate=later)
    return msgspec.structs.replace(request, content=content)


def _another_number(request: NotificationRequested) -> NotificationRequested:
    """Names a parcel's number that is none."""
    content = msgspec.structs.replace(request.content, tracking_number="T0")
    is_parcel = request.content.tracking_number is not None
    return msgspec.structs.replace(request, content=content) if is_parcel else request


def _as_delivered(request: NotificationRequested) -> NotificationRequested:
    """Says that what is on the van is there."""
    if request.kind is not Kind.SHIPMENT_OUT_FOR_DELIVERY:
        return request
    content = msgspec.structs.replace(request.content, handed_to=HandedTo.RECIPIENT)
    return msgspec.structs.replace(request, kind=Kind.SHIPMENT_DELIVERED, content=content)


def _long_promises(request: NotificationRequested) -> NotificationRequested:
    """Promises the next word too soon."""
    by = request.content.next_update_by
    if by is None:
        return request
    sooner = request.happened_at + timedelta(hours=9)
    content = msgspec.structs.replace(request.content, next_update_by=max(sooner, by - 3 * _DAY))
    return msgspec.structs.replace(request, content=content)


def _one_more_there(request: NotificationRequested) -> NotificationRequested:
    """Counts a parcel of a large order that did not arrive."""
    if request.kind is not Kind.ORDER_PROGRESS:
        return request
    there = (request.content.parcels_there or 0) + 1
    content = msgspec.structs.replace(request.content, parcels_there=there)
    return msgspec.structs.replace(request, content=content)


MUTATIONS: Final[Mapping[str, tuple[Broken, Fault]]] = {
    "nobody confirms an order": (Broken(rules=without(Kind.ORDER_CONFIRMED)), Fault.UNANSWERED),
    "a late dispatch is not told": (Broken(rules=without(Kind.DISPATCH_LATE)), Fault.UNANSWERED),
    "a delay is not told": (Broken(rules=without(Kind.SHIPMENT_DELAYED)), Fault.UNANSWERED),
    "a cancellation is not told": (Broken(rules=without(Kind.ORDER_CANCELLED)), Fault.UNANSWERED),
    "a wrong delivery is not taken back": (
        Broken(rules=without(Kind.DELIVERY_CORRECTION)),
        Fault.UNANSWERED,
    ),
    "a refund is not told": (
        Broken(rules=without(Kind.PAYMENT_REFUNDED, Kind.PAYMENT_PARTLY_REFUNDED)),
        Fault.UNANSWERED,
    ),
    "nothing is said of a parcel to fetch": (
        Broken(rules=without(Kind.SHIPMENT_READY_FOR_PICKUP)),
        Fault.UNANSWERED,
    ),
    "how far a large order is, is not told": (
        Broken(rules=without(Kind.ORDER_PROGRESS)),
        Fault.UNANSWERED,
    ),
    "a parcel too many is counted as there": (Broken(request=_one_more_there), Fault.FALSE),
    "the watchdog is silent": (Broken(rules=without(Kind.ORDER_NO_NEWS)), Fault.UNANSWERED),
    "nobody looks when a moment comes": (Broken(is_blind=True), Fault.UNANSWERED),
    "the next word is promised too soon": (Broken(request=_long_promises), Fault.UNANSWERED),
    "another day is named": (Broken(request=_another_day), Fault.FALSE),
    "another number is named": (Broken(request=_another_number), Fault.FALSE),
    "the van is taken for the door": (Broken(request=_as_delivered), Fault.FALSE),
    "every request is brought twice": (Broken(doubles=True), Fault.REPEATED),
}
"""What is broken, and the figure that has to show it."""


def found_by(name: str, seed: int, journeys: int = JOURNEYS) -> int | None:
    """The number of the first journey that shows what is broken; None when none does."""
    broken, fault = MUTATIONS[name]
    for number in range(journeys):
        if any(finding.fault is fault for finding in judged(seed, number, broken).findings):
            return number
    return None


def run(console: Console, seed: int) -> int:
    """Tries all; the exit code is 1 when one is not found."""
    missed = 0
    for name, (_, fault) in MUTATIONS.items():
        number = found_by(name, seed)
        missed += number is None
        where = "NOT FOUND" if number is None else f"found by journey {number}"
        console.print(f"{name:40} {fault:12} {where}", markup=False)
    return 1 if missed else 0
