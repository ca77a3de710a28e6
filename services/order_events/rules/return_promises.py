"""The days of a return: when the customer is reminded, and when the shop has looked at it. Pure."""

from datetime import date, datetime, timedelta
from typing import Final

from headsup.contracts.catalogue import CATALOGUE, Kind
from services.order_events.facts import Return
from services.order_events.rules.approvals import approval_version
from services.order_events.rules.base import Case
from services.order_events.rules.days import day_of, if_not_over, late_from, word_on
from services.order_events.rules.return_stage import Stage, is_at
from services.order_events.rules.wording import last_of

_DAY: Final = timedelta(days=1)


def last_day(case: Case, found: Return) -> date | None:
    """The last day on which it may be handed over; None where the day that the shop named had
    passed already: that is a slip, and nobody can keep it."""
    approved = found.approved
    return if_not_over(case, approved.value.send_by, approved.at) if approved else None


def awaited_until(case: Case, found: Return) -> date | None:
    """Until when somebody waits for a return that was approved to be handed over: its last day, or
    without one so long as we remind of it."""
    if found.approved is None:
        return None
    reminded = case.policy.drop_off_days + case.policy.deadline_days
    return last_day(case, found) or day_of(case, found.approved.at) + reminded * _DAY


def drop_off_day(case: Case, subject: str, found: Return) -> date | None:
    """The day on which the customer is reminded that the return was not handed over. Counted from
    the day on which they were told how, and not before a courier was to come. None where the
    reminder of the last day comes as soon."""
    if found.approved is None:
        return None
    data, told_on = found.approved.value, _told_on(case, subject, found)
    begins = max(told_on, day_of(case, data.collected_in.end)) if data.collected_in else told_on
    day, last = begins + case.policy.drop_off_days * _DAY, last_day(case, found)
    is_soon_enough = last is None or day < last - case.policy.deadline_days * _DAY
    return day if told_on < day and is_soon_enough else None


def deadline_day(case: Case, subject: str, found: Return) -> date | None:
    """The day on which the customer is reminded of the last day. None where they were told of it
    only then, or later."""
    last = last_day(case, found)
    if last is None:
        return None
    day = last - case.policy.deadline_days * _DAY
    return day if day > _told_on(case, subject, found) else None


def next_reminder(case: Case, subject: str, found: Return) -> date | None:
    """The day of the next reminder; None when none is left."""
    days = drop_off_day(case, subject, found), deadline_day(case, subject, found)
    today = day_of(case, case.now)
    return min((day for day in days if day and day > today), default=None)


def _told_on(case: Case, subject: str, found: Return) -> date:
    """When the customer was told how to send it back: today, where that is about to be told, be it
    in other words than before."""
    told, approved = last_of(case.told, subject, Kind.RETURN_APPROVED), found.approved
    said_now = approved and approval_version(case, subject, found, approved.value)
    if told is not None and told.version == said_now:
        return day_of(case, told.said_at)
    approved_at = approved.at if approved else case.now
    stale = approved_at + CATALOGUE[Kind.RETURN_APPROVED].time_to_live < case.now
    return day_of(case, approved_at if stale else case.now)


def decision_by(case: Case, subject: str, found: Return) -> date | None:
    """The day by which the shop has looked at a return that arrived: the shop's word, else what the
    customer was told, else what the shop's policy promises. None before it arrived."""
    if found.received is None:
        return None
    if named := if_not_over(case, found.received.value.decide_by, found.received.at):
        return named
    told = last_of(case.told, subject, Kind.RETURN_RECEIVED)
    if told is not None and told.promised_by:
        return told.promised_by
    arrived = day_of(case, found.received.at)
    return case.policy.working_day_after(arrived, case.policy.decide_days)


def word_on_decision(case: Case, subject: str, found: Return) -> datetime | None:
    """When a customer whose return arrived hears again at the latest: the day after the decision
    is due. If there is none, we say so then."""
    due = decision_by(case, subject, found)
    return word_on(case, due + _DAY) if due else None


def is_undecided(case: Case, subject: str, found: Return) -> bool:
    """A return that arrived, and of which nothing was heard since: no result, no money, nothing
    sent instead."""
    if found.received is None or not is_at(found, Stage.RECEIVED):
        return False
    if found.exchange_sent and found.exchange_sent.at >= found.received.at:
        return False
    return not money_sent(case, subject, found.received.at)


def is_late(case: Case, subject: str, found: Return) -> bool:
    """Whether the shop should have looked at the return by now, and has not."""
    due = decision_by(case, subject, found)
    return (
        due is not None and is_undecided(case, subject, found) and case.now >= late_from(case, due)
    )


def money_sent(case: Case, subject: str, since: datetime) -> bool:
    """Whether money went back for this return; a refund that names none counts when it came since
    that moment."""
    return_id = subject.partition(":")[2]
    for refund in case.facts.refunds.values():
        if refund.sent is None:
            continue
        of = refund.sent.value.return_id
        if of == return_id or (of is None and refund.sent.at >= since):
            return True
    return False
