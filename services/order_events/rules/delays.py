"""A parcel comes later than we said, or earlier.

Measured against the days that this customer was told and heard, never against those that were
known. Both dates are named; each slip is told once, and of the same parcel at most one new date a
day: carriers change their minds by the hour.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from functools import partial
from typing import Final

import msgspec

from headsup.contracts.base import Estimate
from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from headsup.contracts.replies import Question
from headsup.contracts.shop import DelayReason
from services.order_events.facts import Expected, Latest, Milestone, Shipment
from services.order_events.promises import LEAD
from services.order_events.rules.base import Announce, Case, Overtaken, Rule, Verdict, Wait
from services.order_events.rules.one_voice import (
    days_told,
    is_on_its_way,
    is_silent,
    is_something_else_waiting,
    is_to_come,
    still_true,
    times_heard,
    tried_until,
    word_by,
    words_owed,
)
from services.order_events.rules.parcels import (
    about,
    last_evening,
    on_the_day,
    shipment_of,
    shipments,
)
from services.order_events.rules.wording import worded
from services.order_events.told import ORDER

_DAY: Final = timedelta(days=1)
_BETWEEN_TWO_DATES: Final = _DAY
_MORNING: Final = time(9)
_ASKS_FROM: Final = 2
"""One slip is bad luck; from the second one on the customer may choose."""
_NAMES_A_DATE: Final = frozenset(
    {
        Kind.SHIPMENT_SHIPPED,
        Kind.SHIPMENT_PARTLY_SHIPPED,
        Kind.SHIPMENT_ARRIVING_TOMORROW,
        Kind.SHIPMENT_DELAYED,
        Kind.SHIPMENT_EARLIER,
        Kind.SHIPMENT_FOUND,
    }
)


class _Change(msgspec.Struct, frozen=True):
    """The parcel is expected on other days than those that were told."""

    shipment: Shipment
    told: Estimate
    expected: Latest[Expected]
    days: int
    """How many days later; less than none for earlier."""

    @property
    def new(self) -> Estimate:
        return self.expected.value.estimate


def delayed(case: Case, subject: str) -> Verdict:
    """Your parcel comes later than we told you, and when. From the second slip on with the question
    whether to wait or to cancel.

    A slip below the shop's threshold is not told; where the day passes all the same, `overdue`
    speaks.
    """
    change = _change(case, subject)
    if change is None or change.days < case.policy.delay_days:
        return Overtaken(None)
    if is_something_else_waiting(case, subject):
        return None
    if until := tried_until(case, subject):
        return Wait(until)
    rests_until = _rests_until(case, subject)
    if case.now < rests_until:
        return Overtaken(None, until=rests_until)
    say = partial(_delayed, case, change, times_heard(case, subject, Kind.SHIPMENT_DELAYED) + 1)
    return _announce(case, subject, Kind.SHIPMENT_DELAYED, change, say)


def _delayed(case: Case, change: _Change, occurrence: int) -> Content:
    return about(
        case.facts,
        change.shipment,
        estimate=change.new,
        previous_estimate=change.told,
        delay_reason=change.expected.value.reason or DelayReason.OTHER,
        occurrence=occurrence,
        question=Question.WAIT_OR_CANCEL if occurrence >= _ASKS_FROM else None,
        next_update_by=word_by(case, Kind.SHIPMENT_DELAYED, last_evening(case, change.new)),
    )


def earlier(case: Case, subject: str) -> Verdict:
    """Good news: your parcel comes earlier than we told you. Waits its turn like a delay, unless
    the customer would learn too late to be there."""
    change = _change(case, subject)
    if change is None or -change.days < case.policy.earlier_days:
        return Overtaken(None)
    if is_something_else_waiting(case, subject):
        return None
    if until := tried_until(case, subject):
        return Wait(until)
    rests_until = min(_rests_until(case, subject), _eve(case, change.new))
    if case.now < rests_until:
        return Overtaken(None, until=rests_until)
    say = partial(
        about,
        case.facts,
        change.shipment,
        estimate=change.new,
        previous_estimate=change.told,
        next_update_by=word_by(case, Kind.SHIPMENT_EARLIER, last_evening(case, change.new)),
    )
    return _announce(case, subject, Kind.SHIPMENT_EARLIER, change, say)


def _eve(case: Case, estimate: Estimate) -> datetime:
    """The morning before the first day on which it may come: later is too late to stay at home."""
    return on_the_day(case, estimate.first - _DAY, _MORNING)


def _announce(
    case: Case, subject: str, kind: Kind, change: _Change, say: partial[Content]
) -> Announce:
    version = worded(case.told, subject, kind, change.new.latest.isoformat(), _NAMES_A_DATE)
    return Announce(still_true(case, kind, change.expected.at), say, version)


def _change(case: Case, subject: str) -> _Change | None:
    """How the days that are known differ from those told; None where nothing may be said of it.

    After a failed attempt only what was said of the next one counts.
    """
    shipment = shipment_of(case.facts, subject)
    expected, told = shipment.expected, days_told(case, subject)
    if expected is None or told is None or is_silent(case, subject):
        return None
    current = shipment.now_at
    if current and current[0] is Milestone.ATTEMPT_FAILED:
        may_come = expected.at > current[1]
    else:
        may_come = is_on_its_way(case, shipment)
    new = expected.value.estimate
    if not may_come or not is_to_come(case, new):
        return None
    days = (new.latest - told[1].latest).days
    return _Change(shipment, told[1], expected, days)


def _rests_until(case: Case, subject: str) -> datetime:
    """Until when no other date is told, after one that was heard; no longer than until a word about
    the parcel is due. "There is no news" would not be true."""
    for _, said in case.told.newest_first():
        is_change = said.kind in (Kind.SHIPMENT_DELAYED, Kind.SHIPMENT_EARLIER)
        if is_change and said.subject == subject and said.heard:
            return min([said.said_at + _BETWEEN_TWO_DATES, *_words_due(case, subject)])
    return case.now


def _words_due(case: Case, subject: str) -> Iterable[datetime]:
    for promise in words_owed(case):
        if case.told.statements[promise.id].subject in (subject, ORDER):
            yield promise.by - LEAD


RULES: Final = (
    Rule(Kind.SHIPMENT_DELAYED, shipments, delayed),
    Rule(Kind.SHIPMENT_EARLIER, shipments, earlier),
)
