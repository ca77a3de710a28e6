"""A parcel that waits to be fetched, and does not wait for ever."""

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final

import msgspec

from headsup.contracts.base import PickupPoint
from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from headsup.contracts.shop import ReadyForPickup
from services.order_events.facts import Latest, Milestone, Shipment
from services.order_events.promises import LEAD
from services.order_events.rules.base import Announce, Case, Overtaken, Rule, Verdict
from services.order_events.rules.parcels import (
    about,
    day_there,
    fetched_by,
    is_at,
    on_the_day,
    shipment_of,
    shipments_once,
)
from services.order_events.rules.wording import last_of, says, worded
from services.order_events.told import Statement

_READY: Final = Kind.SHIPMENT_READY_FOR_PICKUP
_MORNING: Final = time(9)
"""Somebody who is reminded now can still go today."""
_FETCHED_OR_GONE: Final = frozenset(
    {
        Kind.SHIPMENT_OUT_FOR_DELIVERY,
        Kind.SHIPMENT_ATTEMPT_FAILED,
        Kind.SHIPMENT_LOST,
        Kind.SHIPMENT_RETURNING,
        Kind.SHIPMENT_DELIVERED,
    }
)


class _Wait(msgspec.Struct, frozen=True):
    """How long a parcel waits, as far as the customer knows."""

    pickup: PickupPoint
    told_on: date
    last_day: date

    @property
    def reminder_on(self) -> date | None:
        """The day when half of the time has passed; None where no day lies between."""
        days = (self.last_day - self.told_on).days // 2
        return self.told_on + timedelta(days=days) if days > 0 else None


def ready_for_pickup(case: Case, subject: str) -> Verdict:
    """Your parcel waits for you. Said again when it waits elsewhere, by another code or for longer,
    or when something else was told in between: the customer would follow the last word."""
    shipment = shipment_of(case.facts, subject)
    found = shipment.ready_for_pickup
    if found is None:
        return None
    what = _words(found.value.pickup)
    if not is_at(case.facts, shipment, Milestone.READY_FOR_PICKUP):
        return Overtaken(what)
    version = worded(case.told, subject, _READY, what, _FETCHED_OR_GONE)
    return Announce(found.at, partial(_ready, case, shipment, found), version)


def _words(pickup: PickupPoint) -> str:
    return f"{pickup.name}|{pickup.address}|{pickup.code or ''}|{pickup.hold_until or ''}"


def _ready(case: Case, shipment: Shipment, found: Latest[ReadyForPickup]) -> Content:
    """Says the last day only where the carrier named it, and it is not over."""
    pickup, told_on = found.value.pickup, day_there(case, case.now)
    if pickup.hold_until and pickup.hold_until < told_on:
        pickup = msgspec.structs.replace(pickup, hold_until=None)
    wait = _Wait(pickup, told_on, _last_day(case, shipment, found.at))
    next_day = wait.reminder_on or wait.last_day
    next_word = _morning_of(case, next_day) + LEAD if next_day > told_on else None
    return about(case.facts, shipment, pickup=pickup, next_update_by=next_word)


def _last_day(case: Case, shipment: Shipment, since: datetime) -> date:
    return fetched_by(case, shipment, since) or day_there(case, since)


def _morning_of(case: Case, day: date) -> datetime:
    return on_the_day(case, day, _MORNING)


def reminder(case: Case, subject: str) -> Verdict:
    """Half of the time is over in which your parcel waits."""
    wait = _wait(case, subject)
    if wait is None or wait.reminder_on is None:
        return Overtaken(None)
    moment, end = _morning_of(case, wait.reminder_on), _morning_of(case, wait.last_day)
    if case.now < moment:
        return Overtaken(None, until=moment)
    if case.now >= end:
        return Overtaken(None)
    say = partial(_still_there, case, subject, wait, end + LEAD)
    return Announce(moment, say, wait.last_day.isoformat())


def last_day(case: Case, subject: str) -> Verdict:
    """Today is the last day on which your parcel waits. Not said to whom it was said only today
    that it waits at all."""
    wait = _wait(case, subject)
    if wait is None or wait.told_on >= wait.last_day:
        return Overtaken(None)
    moment = _morning_of(case, wait.last_day)
    if case.now < moment:
        return Overtaken(None, until=moment)
    say = partial(_still_there, case, subject, wait)
    return Announce(moment, say, wait.last_day.isoformat())


def _wait(case: Case, subject: str) -> _Wait | None:
    """None when it does not wait. Counted from the day on which it was told, or from its first day
    where that never was."""
    shipment = shipment_of(case.facts, subject)
    found = shipment.ready_for_pickup
    if found is None or not is_at(case.facts, shipment, Milestone.READY_FOR_PICKUP):
        return None
    pickup = found.value.pickup
    told = _told(case, subject, pickup)
    if told is not None:
        last = _last_day(case, shipment, told.happened_at)
        return _Wait(pickup, day_there(case, told.said_at), last)
    last = _last_day(case, shipment, found.at)
    return _Wait(pickup, day_there(case, found.at), last)


def _told(case: Case, subject: str, pickup: PickupPoint) -> Statement | None:
    told = last_of(case.told, subject, _READY)
    return told if told is not None and says(told, _words(pickup)) else None


def _still_there(
    case: Case, subject: str, wait: _Wait, next_word: datetime | None = None
) -> Content:
    pickup = msgspec.structs.replace(wait.pickup, hold_until=wait.last_day)
    shipment = shipment_of(case.facts, subject)
    return about(case.facts, shipment, pickup=pickup, next_update_by=next_word)


RULES: Final = (
    Rule(_READY, shipments_once("ready_for_pickup"), ready_for_pickup),
    Rule(Kind.PICKUP_LAST_DAY, shipments_once("ready_for_pickup"), last_day),
    Rule(Kind.PICKUP_REMINDER, shipments_once("ready_for_pickup"), reminder),
)
