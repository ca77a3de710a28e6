"""The day on which the courier comes: tomorrow, between these hours, now."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from headsup.contracts.base import Estimate, Window
from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from headsup.contracts.shop import OutForDelivery
from headsup.shops.policy import EVENING
from services.order_events.facts import Latest, Milestone, Shipment
from services.order_events.promises import LEAD
from services.order_events.rules.base import Announce, Case, Overtaken, Rule, Verdict, if_ahead
from services.order_events.rules.one_voice import is_something_else_waiting
from services.order_events.rules.parcels import (
    END_OF_DELIVERIES,
    about,
    day_there,
    estimate_of,
    is_at,
    is_paused,
    last_evening,
    on_the_day,
    shipment_of,
    shipments_once,
    zone_there,
)
from services.order_events.rules.wording import worded

_DAY: Final = timedelta(days=1)
_AWAITS_A_COURIER: Final = frozenset(
    {
        Milestone.LABELLED,
        Milestone.IN_TRANSIT,
        Milestone.OUT_FOR_DELIVERY,
        Milestone.NOT_DELIVERED,
    }
)
_ENDS_A_ROUND: Final = frozenset(
    {
        Kind.SHIPMENT_ATTEMPT_FAILED,
        Kind.SHIPMENT_READY_FOR_PICKUP,
        Kind.SHIPMENT_DELIVERED,
        Kind.SHIPMENT_LOST,
        Kind.SHIPMENT_RETURNING,
    }
)


def arriving_tomorrow(case: Case, subject: str) -> Verdict:
    """Your parcel comes tomorrow: said in the evening before, of a parcel that is expected on one
    day and is on its way. Not where that date was told today already, while an incident makes it
    doubtful, or when nobody has scanned the parcel for so long that it is."""
    shipment = shipment_of(case.facts, subject)
    estimate = estimate_of(case.facts, shipment)
    if estimate is None or estimate.first != estimate.latest:
        return Overtaken(None)
    if is_paused(case, shipment) or not _moves(case, shipment):
        return Overtaken(None)
    moment = on_the_day(case, estimate.latest - _DAY, EVENING)
    if case.now < moment:
        return Overtaken(None, until=moment)
    if day_there(case, case.now) >= estimate.latest:
        return Overtaken(None)
    is_replacing = is_something_else_waiting(case, subject, {Kind.SHIPMENT_ARRIVING_TOMORROW})
    if is_replacing or _was_said_today(case, subject, estimate.latest):
        return None
    say = partial(_tomorrow, case, shipment, estimate)
    return Announce(moment, say, estimate.latest.isoformat())


def _moves(case: Case, shipment: Shipment) -> bool:
    if shipment.scans is None or not is_at(case.facts, shipment, Milestone.IN_TRANSIT):
        return False
    days = case.policy.stalled_days
    return case.policy.working_time_after(shipment.scans.last, days, zone_there(case)) > case.now


def _was_said_today(case: Case, subject: str, day: date) -> bool:
    today = day_there(case, case.now)
    return any(
        said.subject == subject
        and said.kind is not Kind.SHIPMENT_ARRIVING_TOMORROW
        and said.estimate is not None
        and said.estimate.latest == day
        and day_there(case, said.said_at) == today
        and not said.taken_back
        for said in case.told.statements.values()
    )


def _tomorrow(case: Case, shipment: Shipment, estimate: Estimate) -> Content:
    window = hours(shipment.window.value) if shipment.window else None
    is_then = window is not None and day_there(case, window.start) == estimate.latest
    return about(
        case.facts,
        shipment,
        estimate=estimate,
        window=window if is_then else None,
        next_update_by=last_evening(case, estimate),
    )


def courier_window(case: Case, subject: str) -> Verdict:
    """The hours in which the courier comes. Other hours are told again; hours that have passed are
    not told, nor those that the message of the courier's start names."""
    shipment = shipment_of(case.facts, subject)
    found = shipment.window
    if found is None:
        return None
    window, started = found.value, shipment.out_for_delivery
    if hours(window) is None:
        return Overtaken(None)
    is_in_it = started is not None and started.at >= found.at
    if window.end <= case.now or is_in_it or not _awaits_courier(case, shipment, found.at):
        return Overtaken(None)
    what = f"{window.start.timestamp():.0f}-{window.end.timestamp():.0f}"
    say = partial(about, case.facts, shipment, window=window, next_update_by=window.end + LEAD)
    return Announce(found.at, say, worded(case.told, subject, Kind.SHIPMENT_COURIER_WINDOW, what))


def _awaits_courier(case: Case, shipment: Shipment, named_at: datetime) -> bool:
    """Hours that were named before an attempt failed are gone with it."""
    current = shipment.now_at
    if current is None:
        return case.facts.cancellation is None
    milestone, at = current
    if milestone is Milestone.ATTEMPT_FAILED:
        return named_at > at and is_at(case.facts, shipment, milestone)
    return milestone in _AWAITS_A_COURIER and is_at(case.facts, shipment, milestone)


def out_for_delivery(case: Case, subject: str) -> Verdict:
    """The courier brings it today. Another round is another statement: on another day, or after the
    customer heard how the first one ended."""
    shipment = shipment_of(case.facts, subject)
    found = shipment.out_for_delivery
    if found is None:
        return None
    today = day_there(case, found.at).isoformat()
    if not is_at(case.facts, shipment, Milestone.OUT_FOR_DELIVERY):
        return Overtaken(today)
    version = worded(case.told, subject, Kind.SHIPMENT_OUT_FOR_DELIVERY, today, _ENDS_A_ROUND)
    return Announce(found.at, partial(_on_the_van, case, shipment, found), version)


def _on_the_van(case: Case, shipment: Shipment, found: Latest[OutForDelivery]) -> Content:
    window = window_of(case, shipment, found)
    evening = on_the_day(case, day_there(case, found.at), END_OF_DELIVERIES)
    return about(
        case.facts,
        shipment,
        window=window,
        courier_phone=found.value.courier_phone,
        next_update_by=if_ahead((window.end if window else evening) + LEAD, case.now),
    )


def window_of(case: Case, shipment: Shipment, found: Latest[OutForDelivery]) -> Window | None:
    """The hours of this round: the latest that were named for its day."""
    named = shipment.window
    is_newer = named is not None and (found.value.window is None or named.at > found.at)
    of_start = hours(found.value.window)
    if named is None or not is_newer:
        return of_start
    is_today = day_there(case, named.value.start) == day_there(case, found.at)
    return (hours(named.value) or of_start) if is_today else of_start


def hours(window: Window | None) -> Window | None:
    """Hours that can be told: none where they end before they begin."""
    return None if window is None or window.is_backwards else window


RULES: Final = (
    Rule(Kind.SHIPMENT_OUT_FOR_DELIVERY, shipments_once("out_for_delivery"), out_for_delivery),
    Rule(Kind.SHIPMENT_COURIER_WINDOW, shipments_once("window"), courier_window),
)
OF_TOMORROW: Final = (
    Rule(Kind.SHIPMENT_ARRIVING_TOMORROW, shipments_once("scans"), arriving_tomorrow),
)
"""Heard after what is said of delays: that the parcel comes later than was told names both days."""
