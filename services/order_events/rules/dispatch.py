"""An order that should have left the shop and has not: news that no event brings."""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Final

import msgspec

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from services.order_events.facts import Facts
from services.order_events.rules.base import (
    Announce,
    Case,
    Overtaken,
    Rule,
    Verdict,
    Wait,
    content,
    the_order,
    zone_of,
)
from services.order_events.told import Statement, Told

MOST_NOTICES: Final = 3
"""After the third notice of the same missed date there is nothing new to tell."""
DAYS_BETWEEN_NOTICES: Final = 2
"""Working days."""
_SATURDAY: Final = 5


class _Notice(msgspec.Struct, frozen=True):
    """One of the notices of a missed date."""

    due: datetime
    """The date missed."""
    occurrence: int
    broken: datetime
    """The promise that has just passed: the date itself, or the next word promised last."""


def promised_dispatch(facts: Facts) -> datetime | None:
    """The moment by which the order should be with a carrier.

    None when there is no such promise: the shop named no date, the order is not accepted (an order
    that is not paid for cannot be late), or the date had passed before the order was accepted.
    """
    accepted_at = facts.accepted_at
    dispatch_by = facts.dispatch_by
    if accepted_at is None or dispatch_by is None or dispatch_by.value <= accepted_at:
        return None
    return dispatch_by.value


def late(case: Case, subject: str) -> Verdict:
    """Your order has not left in time. Said again when the promise made with it passes as well.

    A new date of the shop's starts afresh: nothing is said until that one passes.
    """
    del subject
    due = promised_dispatch(case.facts)
    if due is None or case.facts.cancellation or case.facts.has_moved:
        return Overtaken(None)
    if case.now < due:
        return Wait(due)
    last = _last_notice(case.told, due)
    if last is None:
        return _announce(case.facts, _Notice(due, 1, due), due, case.now)
    if last.next_update_by is None:
        return None
    if case.now < last.next_update_by:
        return Wait(last.next_update_by)
    # That it is still not sent is true today, however late we look: the news cannot be stale.
    notice = _Notice(due, last.occurrence + 1, last.next_update_by)
    return _announce(case.facts, notice, case.now, case.now)


def _last_notice(told: Told, due: datetime) -> Statement | None:
    for _, statement in told.newest_first():
        is_notice = statement.kind is Kind.DISPATCH_LATE and statement.dispatch_by == due
        if is_notice and not statement.taken_back:
            return statement
    return None


def _announce(facts: Facts, notice: _Notice, happened_at: datetime, now: datetime) -> Announce:
    version = f"{notice.due.astimezone(UTC).isoformat()}/{notice.occurrence}"
    return Announce(happened_at, partial(_late, facts, notice, now), version)


def _late(facts: Facts, notice: _Notice, now: datetime) -> Content:
    last = notice.occurrence >= MOST_NOTICES
    return content(
        facts,
        items=facts.placed.value.items if facts.placed else (),
        payment=facts.payment,
        dispatch_by=notice.due,
        occurrence=notice.occurrence,
        next_update_by=None if last else _next_word(notice.broken, zone_of(facts), now),
    )


def _next_word(broken: datetime, zone: tzinfo, now: datetime) -> datetime:
    """The same time on the customer's clock, two working days after the promise that has passed.

    Not after the moment at which we happen to look: nobody promises news "by 18:01". Where we look
    so late that this has passed as well, the first working day on which it is still ahead.
    """
    moment = broken.astimezone(zone)
    days = 0
    while days < DAYS_BETWEEN_NOTICES or moment.astimezone(UTC) <= now:
        moment = _a_working_day_later(moment)
        days += 1
    return moment.astimezone(UTC)


def _a_working_day_later(moment: datetime) -> datetime:
    moment += timedelta(days=1)
    while not _ends_working_day(moment):
        moment += timedelta(days=1)
    return moment


def _ends_working_day(moment: datetime) -> bool:
    """Midnight is the end of a day, not the beginning of the next one."""
    return (moment - timedelta(microseconds=1)).weekday() < _SATURDAY


RULES: Final = (Rule(Kind.DISPATCH_LATE, the_order, late),)
