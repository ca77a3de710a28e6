"""What all rules about a parcel share.

One parcel has one state, the milestone of `Shipment.now_at`, so of the rules that tell a state one
speaks at a time and the others are overtaken. A cancelled order's parcels are silent, unless they
move later. To a gift's recipient the hours of a day are those of the recipient's own clock.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from headsup.contracts.base import Estimate, Items
from headsup.contracts.notifications import Content
from headsup.contracts.shop import IncidentScope, ItemChange
from services.order_events.facts import Facts, Milestone, Shipment, kept
from services.order_events.promises import LEAD
from services.order_events.rules.base import Case, Subjects, content
from services.order_events.rules.pauses import keeps_quiet

SHIPMENT: Final = "shipment:"
"""How the subjects of parcels begin."""
END_OF_DELIVERIES: Final = time(20)
"""A parcel that was promised for a day and has not come by this hour comes on another day."""


def shipments(facts: Facts) -> Iterable[str]:
    """Every parcel of the order, as subjects."""
    return [SHIPMENT + shipment_id for shipment_id in facts.shipments]


@cache
def shipments_once(said: str) -> Subjects:
    """The parcels of which this was ever said, by the name of the fact: for rules that have nothing
    to say, nor to take back, of any other. What was said once stays known."""

    def found(facts: Facts) -> Iterable[str]:
        return _parcels_with(facts).get(said, ())

    return found


def shape_of(facts: Facts) -> Hashable:
    """Which facts there are of an order, and of its parcels."""
    return tuple(map(bool, msgspec.structs.astuple(facts))), frozenset(_parcels_with(facts))


@kept
def _parcels_with(facts: Facts) -> Mapping[str, Sequence[str]]:
    """For each fact the parcels of which it was said."""
    found: dict[str, list[str]] = {}
    for id_, each in facts.shipments.items():
        for name in Shipment.__struct_fields__:
            if getattr(each, name) is not None:
                found.setdefault(name, []).append(SHIPMENT + id_)
    return found


def shipment_of(facts: Facts, subject: str) -> Shipment:
    """The parcel that a subject names."""
    return facts.shipments[subject.removeprefix(SHIPMENT)]


def where_now(facts: Facts, shipment: Shipment) -> tuple[Milestone, datetime] | None:
    """The milestone that counts, and since when; None when there is none yet, and when the order
    was cancelled after it."""
    current = shipment.now_at
    if current is None or (facts.cancellation and current[1] <= facts.cancellation.at):
        return None
    return current


def is_at(facts: Facts, shipment: Shipment, *milestones: Milestone) -> bool:
    """Whether the parcel is at one of these milestones, and the order was not cancelled since."""
    current = where_now(facts, shipment)
    return current is not None and current[0] in milestones


def is_paused(case: Case, shipment: Shipment) -> bool:
    """Whether an incident concerns the parcel: it was told of calmly, and until its end was told
    nothing is said of a delay, nor is a day promised. The shop's own trouble does not hold up what
    a carrier has."""
    carrier = shipment.carrier.value if shipment.carrier else None
    return any(
        keeps_quiet(case, each)
        for each in case.incidents
        if each.concerns(carrier) and not (each.scope is IncidentScope.SHOP and shipment.has_moved)
    )


def estimate_of(facts: Facts, shipment: Shipment) -> Estimate | None:
    """When the parcel is expected; the order's estimate until the parcel has its own."""
    if shipment.expected:
        return shipment.expected.value.estimate
    return facts.estimate.value if facts.estimate else None


def items_of(facts: Facts, shipment: Shipment) -> Items:
    """What is in the parcel. With several parcels we do not guess."""
    if shipment.items:
        return shipment.items.value
    return facts.shipped_lines if len(facts.shipments) == 1 else ()


@kept
def parcels(facts: Facts) -> tuple[int, int]:
    """In how many parcels the order comes, as far as we know, and how many of them no carrier has
    yet. What is in no parcel at all comes in at least one more."""
    known = facts.shipments.values()
    count = max(len(known), facts.split.value if facts.split else 0)
    left = count - sum(shipment.has_moved for shipment in known)
    return (count, left) if left or not _is_more_to_come(facts) else (count + 1, 1)


def _is_more_to_come(facts: Facts) -> bool:
    """By number, because the lines of a parcel may go by other names; and only where the shop says
    of every parcel what is in it."""
    packed = 0
    for shipment in facts.shipments.values():
        if shipment.items is None:
            return False
        packed += sum(item.quantity for item in shipment.items.value)
    since = facts.items.at if facts.items else None
    never = sum(
        change.value.item.quantity
        for change in facts.item_changes.values()
        if change.value.change is ItemChange.UNAVAILABLE and not change.value.item.digital
        if since is None or change.at > since
    )
    return packed + never < sum(item.quantity for item in facts.shipped_lines)


def about(facts: Facts, shipment: Shipment, **what: Any) -> Content:
    """Content about a parcel: who carries it and how to follow it, and what a rule adds. Of one of
    several also how many there are and what is in it, so that nobody takes it for the order."""
    count, _ = parcels(facts)
    if count > 1:
        what = {"parcels": count, "items": items_of(facts, shipment)} | what
    return content(
        facts,
        carrier=shipment.carrier and shipment.carrier.value,
        tracking_number=shipment.tracking_number and shipment.tracking_number.value,
        tracking_url=shipment.tracking_url and shipment.tracking_url.value,
        **what,
    )


def zone_there(case: Case) -> tzinfo:
    """The time zone where the parcel goes: the recipient's own, where a recipient has one."""
    recipient = case.facts.recipient
    try:
        return ZoneInfo(recipient.time_zone) if recipient and recipient.time_zone else case.zone
    except (KeyError, ValueError, OSError):  # all that ZoneInfo raises for a zone that is none
        return case.zone


def on_the_day(case: Case, day: date, hour: time) -> datetime:
    """This hour of a day where the parcel goes, in UTC."""
    return datetime.combine(day, hour, zone_there(case)).astimezone(UTC)


def day_there(case: Case, moment: datetime) -> date:
    """The day that it is at this moment where the parcel goes."""
    return moment.astimezone(zone_there(case)).date()


def fetched_by(case: Case, shipment: Shipment, since: datetime | None = None) -> date | None:
    """The last day on which a parcel that waits can be fetched: the carrier's word, else so many
    days later as the shop's policy says; a word that had passed when it was said is none. Counted
    from when it came to wait, or since another moment. None where it never waited."""
    found = shipment.ready_for_pickup
    if found is None:
        return None
    until, first = found.value.pickup.hold_until, day_there(case, since or found.at)
    if until is not None and until >= first:
        return until
    carrier = shipment.carrier.value if shipment.carrier else None
    return first + timedelta(days=case.policy.holding_days_of(carrier))


def last_evening(case: Case, estimate: Estimate | None) -> datetime | None:
    """The moment to promise news of a parcel for that is expected: it is there, or we say in the
    evening of the estimate's last day that it is not. None when that has passed, or there is no
    estimate."""
    if estimate is None:
        return None
    moment = on_the_day(case, estimate.latest, END_OF_DELIVERIES) + LEAD
    return moment if moment > case.now else None
