"""A parcel is on its way: all of the order or a part of it, and under another number."""

from functools import partial
from typing import Final

from headsup.contracts.base import Estimate
from headsup.contracts.carriers import carrier_key
from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from services.order_events.facts import Milestone, Shipment
from services.order_events.rules.base import Announce, Case, Overtaken, Rule, Verdict
from services.order_events.rules.numbers import is_same_carrier, names_another
from services.order_events.rules.one_voice import is_to_come
from services.order_events.rules.parcels import (
    about,
    estimate_of,
    is_at,
    items_of,
    last_evening,
    parcels,
    shipment_of,
    shipments,
    shipments_once,
)
from services.order_events.rules.wording import last_of, may_be_reworded, worded
from services.order_events.told import Statement, Told

_OTHER: Final = {
    Kind.SHIPMENT_SHIPPED: Kind.SHIPMENT_PARTLY_SHIPPED,
    Kind.SHIPMENT_PARTLY_SHIPPED: Kind.SHIPMENT_SHIPPED,
}
_UNDER_A_NUMBER: Final = frozenset(
    {
        Milestone.IN_TRANSIT,
        Milestone.OUT_FOR_DELIVERY,
        Milestone.ATTEMPT_FAILED,
        Milestone.READY_FOR_PICKUP,
        Milestone.NOT_DELIVERED,
    }
)


def shipped(case: Case, subject: str) -> Verdict:
    """A carrier has your parcel, and with it all of the order: the first scan, never the label.

    While the message waits to be sent and says what is no longer true, it is worded anew: a delay
    against a date that nobody read would be no news.
    """
    return _on_its_way(case, subject, Kind.SHIPMENT_SHIPPED)


def partly_shipped(case: Case, subject: str) -> Verdict:
    """A carrier has your parcel, and more is to come in another. When the rest leaves, that is told
    of the parcel that brings it, and nothing more of this one."""
    return _on_its_way(case, subject, Kind.SHIPMENT_PARTLY_SHIPPED)


def _on_its_way(case: Case, subject: str, kind: Kind) -> Verdict:
    shipment = shipment_of(case.facts, subject)
    if shipment.scans is None:
        return None
    _, left = parcels(case.facts)
    is_this = (kind is Kind.SHIPMENT_PARTLY_SHIPPED) == (left > 0)
    other = last_of(case.told, subject, _OTHER[kind])
    was_told = other is not None and not other.waiting
    if not is_at(case.facts, shipment, Milestone.IN_TRANSIT):
        return Overtaken(_part(left) if is_this and not was_told else None)
    lost = last_of(case.told, subject, Kind.SHIPMENT_LOST)
    if not is_this or was_told or (lost and lost.heard):
        return Overtaken(None)  # who heard that it was lost hears that it was found
    if _had_gone_out(case, subject, kind):
        return Overtaken(None)
    version = _wording(case, subject, kind)
    return Announce(shipment.scans.first, partial(_shipped, case, shipment), version)


def _had_gone_out(case: Case, subject: str, kind: Kind) -> bool:
    """Whether the message that waits was worded anew, and words that say the same turned out to
    have gone out. Where they say something else, the new ones go out as well: they name what
    changed, so that no message of its own has to."""
    said = [
        each
        for _, each in case.told.newest_first()
        if each.kind is kind and each.subject == subject
    ]
    if not said or not may_be_reworded(said[0], case.now):
        return False
    return any(each.heard and _says_the_same(each, said[0]) for each in said)


def _says_the_same(one: Statement, other: Statement) -> bool:
    left = {said.first_version.partition("|")[0] for said in (one, other)}
    is_same_day = one.estimate == other.estimate
    return len(left) == 1 and is_same_day and _told_number(one) == _told_number(other)


def _wording(case: Case, subject: str, kind: Kind) -> str:
    last = last_of(case.told, subject, kind)
    _, left = parcels(case.facts)
    if last is None:
        return _part(left)
    shipment = shipment_of(case.facts, subject)
    if may_be_reworded(last, case.now) and _is_outdated(case, shipment, last):
        estimate = estimate_of(case.facts, shipment)
        return f"{_part(left)}|{_days(estimate)}|{_number(shipment)}"
    return last.version


def _days(estimate: Estimate | None) -> str:
    if estimate is None:
        return ""
    first = f"{estimate.earliest}/" if estimate.earliest else ""
    return f"{first}{estimate.latest}"


def _part(left: int) -> str:
    return str(left) if left else ""


def _is_outdated(case: Case, shipment: Shipment, last: Statement) -> bool:
    """Also where the new day is a better one: it would be told a moment later, as a change."""
    estimate = estimate_of(case.facts, shipment)
    if last.estimate and estimate and estimate != last.estimate:
        return True
    told = _told_number(last)
    left = last.first_version.partition("|")[0]
    return told != _number(shipment) or left != _part(parcels(case.facts)[1])


def _shipped(case: Case, shipment: Shipment) -> Content:
    count, left = parcels(case.facts)
    known = estimate_of(case.facts, shipment)
    # The day that the shop named for the order may be over when the parcel leaves at last.
    estimate = known if known and is_to_come(case, known) else None
    return about(
        case.facts,
        shipment,
        items=items_of(case.facts, shipment),
        estimate=estimate,
        parcels_left=left if count > 1 else None,
        next_update_by=last_evening(case, estimate),
    )


def tracking_changed(case: Case, subject: str) -> Verdict:
    """Your parcel goes on with another carrier, or under another number: by the one that was told
    it cannot be found any more. Nothing else about it that names the new one may be on its way."""
    shipment = shipment_of(case.facts, subject)
    told = _last_heard_number(case.told, subject)
    number = _number(shipment)
    if (
        told is None
        or not is_at(case.facts, shipment, *_UNDER_A_NUMBER)
        or not names_another(told, shipment)
        or _is_being_told(case.told, subject, number)
    ):
        return Overtaken(None)
    changed_at = max(said.at for said in (shipment.carrier, shipment.tracking_number) if said)
    version = worded(case.told, subject, Kind.SHIPMENT_TRACKING_CHANGED, number)
    return Announce(changed_at, partial(_changed, case, shipment, told), version)


def _last_heard_number(told: Told, subject: str) -> Statement | None:
    for _, said in told.newest_first():
        if said.subject == subject and said.heard and (said.carrier or said.tracking_number):
            return said
    return None


def _is_being_told(told: Told, subject: str, number: str) -> bool:
    return any(
        said.subject == subject
        and said.waiting
        and said.kind is not Kind.SHIPMENT_TRACKING_CHANGED
        and _told_number(said) == number
        for said in told.statements.values()
    )


def _number(shipment: Shipment) -> str:
    carrier = shipment.carrier.value if shipment.carrier else ""
    number = shipment.tracking_number.value if shipment.tracking_number else ""
    return f"{carrier_key(carrier)} {number}"


def _told_number(said: Statement) -> str:
    return f"{carrier_key(said.carrier or '')} {said.tracking_number or ''}"


def _changed(case: Case, shipment: Shipment, told: Statement) -> Content:
    carrier = shipment.carrier.value if shipment.carrier else None
    is_same = is_same_carrier(told.carrier or "", carrier or "")
    return about(
        case.facts,
        shipment,
        previous_carrier=None if is_same else told.carrier,
        next_update_by=last_evening(case, estimate_of(case.facts, shipment)),
    )


RULES: Final = (
    Rule(Kind.SHIPMENT_SHIPPED, shipments_once("scans"), shipped),
    Rule(Kind.SHIPMENT_PARTLY_SHIPPED, shipments_once("scans"), partly_shipped),
    Rule(Kind.SHIPMENT_TRACKING_CHANGED, shipments, tracking_changed),
)
