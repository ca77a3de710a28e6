"""An order that should have left the shop and has not: news that no event brings."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from services.order_events.facts import Facts
from services.order_events.rules.base import Announce, Overtaken, Verdict, Wait, content, zone_of
from services.order_events.told import Statement, Told

MOST_NOTICES: Final = 3
"""After the third notice of the same missed date there is nothing new to tell."""
DAYS_BETWEEN_NOTICES: Final = 2
"""Working days."""
_SATURDAY: Final = 5


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


def late(facts: Facts, subject: str, told: Told, now: datetime) -> Verdict:
    """Your order has not left in time. Said again when the promise made with it passes as well.

    A new date of the shop's starts afresh: nothing is said until that one passes.
    """
    del subject
    due = promised_dispatch(facts)
    if due is None or facts.cancelled or facts.has_moved:
        return Overtaken(None)
    if now < due:
        return Wait(due)
    last = _last_notice(told, due)
    if last is None:
        return _notice(facts, due, due, 1, now)
    if last.next_update_by is None:
        return None
    if now < last.next_update_by:
        return Wait(last.next_update_by)
    # That it is still not sent is true today, however late we look: the news cannot be stale.
    return _notice(facts, due, now, last.occurrence + 1, now)


def _last_notice(told: Told, due: datetime) -> Statement | None:
    for _, statement in told.newest_first():
        is_notice = statement.kind is Kind.DISPATCH_LATE and statement.dispatch_by == due
        if is_notice and not statement.taken_back:
            return statement
    return None


def _notice(
    facts: Facts, due: datetime, happened_at: datetime, occurrence: int, now: datetime
) -> Announce:
    version = f"{due.astimezone(UTC).isoformat()}/{occurrence}"
    return Announce(happened_at, partial(_late, facts, due, occurrence, now), version)


def _late(facts: Facts, due: datetime, occurrence: int, now: datetime) -> Content:
    last = occurrence >= MOST_NOTICES
    return content(
        facts,
        items=facts.placed.value.items if facts.placed else (),
        payment=facts.payment,
        dispatch_by=due,
        occurrence=occurrence,
        next_update_by=None if last else _working_days_after(now, facts),
    )


def _working_days_after(moment: datetime, facts: Facts) -> datetime:
    zone = zone_of(facts)
    days = DAYS_BETWEEN_NOTICES
    while days:
        moment += timedelta(days=1)
        if moment.astimezone(zone).weekday() < _SATURDAY:
            days -= 1
    return moment
