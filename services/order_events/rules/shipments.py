"""Where a parcel is: shipped, late, out for delivery, not handed over, waiting, delivered.

One parcel has one state, the milestone with the latest event time, so of these rules one speaks at
a time; the others are overtaken. A cancelled order's parcels are silent, unless they move later.
"""

from collections.abc import Iterable
from datetime import UTC
from functools import partial
from typing import Any, Final

from headsup.contracts.base import Estimate, Items
from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from headsup.contracts.shop import DelayReason
from services.order_events.facts import Expected, Facts, Latest, Milestone, Shipment
from services.order_events.rules.base import (
    Announce,
    Case,
    Overtaken,
    Rule,
    Verdict,
    content,
)
from services.order_events.told import Statement, Told, estimate_told, version_of

_SHIPMENT: Final = "shipment:"
_UNDELIVERS: Final = frozenset(
    {
        Kind.SHIPMENT_OUT_FOR_DELIVERY,
        Kind.SHIPMENT_ATTEMPT_FAILED,
        Kind.SHIPMENT_READY_FOR_PICKUP,
        Kind.SHIPMENT_DELAYED,
    }
)


def shipments(facts: Facts) -> Iterable[str]:
    """Every parcel of the order."""
    return [_SHIPMENT + shipment_id for shipment_id in facts.shipments]


def shipped(case: Case, subject: str) -> Verdict:
    """A carrier has your parcel: the first scan, never the label.

    While the message waits to be sent and a worse date becomes known, it is worded anew: a delay
    against a date that nobody read would be no news.
    """
    shipment = _shipment(case.facts, subject)
    if shipment.scans is None:
        return None
    if not _is_at(case.facts, shipment, Milestone.IN_TRANSIT):
        return Overtaken()
    estimate = _estimate(case.facts, shipment)
    version = _wording(case.told, subject, estimate)
    return Announce(
        shipment.scans.first, partial(_shipped, case.facts, shipment, estimate), version
    )


def _wording(told: Told, subject: str, estimate: Estimate | None) -> str:
    last = _last(told, subject, Kind.SHIPMENT_SHIPPED)
    if last is None:
        return ""
    if last.waiting and last.estimate and estimate and estimate.latest > last.estimate.latest:
        return estimate.latest.isoformat()
    return last.version


def _shipped(facts: Facts, shipment: Shipment, estimate: Estimate | None) -> Content:
    return _about(
        facts,
        shipment,
        items=_items(facts, shipment),
        estimate=estimate,
    )


def delayed(case: Case, subject: str) -> Verdict:
    """Your parcel comes later than we told you. Measured against the date that was told, not the
    date that was known; each worse day is a new statement.

    Silent once the parcel is out for delivery, waits or was delivered, and while another message
    about it is still to be sent: the outcome of that one decides what date was told.
    """
    shipment = _shipment(case.facts, subject)
    if shipment.expected is None:
        return None
    if case.facts.cancellation or not _is_under_way(shipment, shipment.expected):
        return Overtaken(None)
    last = estimate_told(case.told, subject)
    if last is None or last.estimate is None or _says_something_else(case.told, subject):
        return None
    expected = shipment.expected.value
    if expected.estimate.latest > last.estimate.latest:
        say = partial(_delayed, case.facts, shipment, expected, last.estimate)
        return Announce(shipment.expected.at, say, expected.estimate.latest.isoformat())
    return None


def _is_under_way(shipment: Shipment, expected: Latest[Expected]) -> bool:
    current = shipment.now_at
    if current is None:
        return True
    milestone, at = current
    if milestone is Milestone.ATTEMPT_FAILED:
        return expected.at > at
    return milestone in (Milestone.LABELLED, Milestone.IN_TRANSIT)


def _says_something_else(told: Told, subject: str) -> bool:
    return any(
        statement.subject == subject
        and statement.waiting
        and statement.kind is not Kind.SHIPMENT_DELAYED
        for statement in told.statements.values()
    )


def _delayed(facts: Facts, shipment: Shipment, expected: Expected, previous: Estimate) -> Content:
    return _about(
        facts,
        shipment,
        estimate=expected.estimate,
        previous_estimate=previous,
        delay_reason=expected.reason or DelayReason.OTHER,
    )


def out_for_delivery(case: Case, subject: str) -> Verdict:
    """The courier brings it today. Another round is another statement, on another day of the
    customer's."""
    shipment = _shipment(case.facts, subject)
    found = shipment.out_for_delivery
    if found is None:
        return None
    version = found.at.astimezone(case.zone).date().isoformat()
    if not _is_at(case.facts, shipment, Milestone.OUT_FOR_DELIVERY):
        return Overtaken(version)
    data = found.value
    say = partial(
        _about, case.facts, shipment, window=data.window, courier_phone=data.courier_phone
    )
    return Announce(found.at, say, version)


def attempt_failed(case: Case, subject: str) -> Verdict:
    """The courier came and could not hand it over."""
    shipment = _shipment(case.facts, subject)
    found = shipment.attempt_failed
    if found is None:
        return None
    version = found.at.astimezone(UTC).isoformat()
    if not _is_at(case.facts, shipment, Milestone.ATTEMPT_FAILED):
        return Overtaken(version)
    say = partial(
        _about,
        case.facts,
        shipment,
        attempt_failure=found.value.reason,
        next_attempt=found.value.next_attempt,
        reschedule_url=found.value.reschedule_url,
    )
    return Announce(found.at, say, version)


def ready_for_pickup(case: Case, subject: str) -> Verdict:
    """Your parcel waits for you. Said again when it waits elsewhere, by another code or for longer:
    the customer would follow the old word."""
    shipment = _shipment(case.facts, subject)
    found = shipment.ready_for_pickup
    if found is None:
        return None
    pickup = found.value.pickup
    version = f"{pickup.name}|{pickup.address}|{pickup.code or ''}|{pickup.hold_until or ''}"
    if not _is_at(case.facts, shipment, Milestone.READY_FOR_PICKUP):
        return Overtaken(version)
    return Announce(found.at, partial(_about, case.facts, shipment, pickup=pickup), version)


def delivered(case: Case, subject: str) -> Verdict:
    """Your parcel was handed over. Said again when the shop took it back in between."""
    shipment = _shipment(case.facts, subject)
    found = shipment.delivered
    if found is None:
        return None
    if not _is_at(case.facts, shipment, Milestone.DELIVERED):
        return Overtaken()
    data = found.value
    say = partial(_about, case.facts, shipment, handed_to=data.handed_to, place=data.place)
    return Announce(
        found.at, say, version_of(case.told, subject, Kind.SHIPMENT_DELIVERED, _UNDELIVERS)
    )


def _shipment(facts: Facts, subject: str) -> Shipment:
    return facts.shipments[subject.removeprefix(_SHIPMENT)]


def _is_at(facts: Facts, shipment: Shipment, milestone: Milestone) -> bool:
    current = shipment.now_at
    if current is None or current[0] is not milestone:
        return False
    return facts.cancellation is None or current[1] > facts.cancellation.at


def _last(told: Told, subject: str, kind: Kind) -> Statement | None:
    for _, statement in told.newest_first():
        if statement.kind is kind and statement.subject == subject:
            return statement
    return None


def _estimate(facts: Facts, shipment: Shipment) -> Estimate | None:
    """When the parcel is expected; the order's estimate until the parcel has its own."""
    if shipment.expected:
        return shipment.expected.value.estimate
    return facts.estimate.value if facts.estimate else None


def _items(facts: Facts, shipment: Shipment) -> Items:
    """What is in the parcel. With several parcels we do not guess."""
    if shipment.items:
        return shipment.items.value
    alone = len(facts.shipments) == 1 and facts.placed is not None
    return facts.placed.value.items if alone and facts.placed else ()


def _about(facts: Facts, shipment: Shipment, **what: Any) -> Content:
    return content(
        facts,
        carrier=shipment.carrier and shipment.carrier.value,
        tracking_number=shipment.tracking_number and shipment.tracking_number.value,
        tracking_url=shipment.tracking_url and shipment.tracking_url.value,
        **what,
    )


RULES: Final = (
    Rule(Kind.SHIPMENT_SHIPPED, shipments, shipped),
    Rule(Kind.SHIPMENT_OUT_FOR_DELIVERY, shipments, out_for_delivery),
    Rule(Kind.SHIPMENT_ATTEMPT_FAILED, shipments, attempt_failed),
    Rule(Kind.SHIPMENT_READY_FOR_PICKUP, shipments, ready_for_pickup),
    Rule(Kind.SHIPMENT_DELIVERED, shipments, delivered),
    Rule(Kind.SHIPMENT_DELAYED, shipments, delayed),
)
