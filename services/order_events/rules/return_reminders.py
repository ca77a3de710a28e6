"""What no event brings of a return: it was not handed over, its last day is near, the shop has not
looked at it in time, the right to send something back ends."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from services.order_events.facts import Facts, Return
from services.order_events.rules.after_delivery import delivered_at, returnable_until
from services.order_events.rules.base import (
    Announce,
    Case,
    Overtaken,
    Rule,
    Verdict,
    content,
    the_order,
)
from services.order_events.rules.days import day_of, morning_of, word_on
from services.order_events.rules.lateness import notice
from services.order_events.rules.return_promises import (
    deadline_day,
    decision_by,
    drop_off_day,
    is_undecided,
    next_reminder,
)
from services.order_events.rules.return_stage import (
    Stage,
    epoch_of,
    is_anything_sent_back,
    is_at,
    return_of,
    returns,
)
from services.order_events.rules.returns import instructions

_DAY: Final = timedelta(days=1)


def drop_off_reminder(case: Case, subject: str) -> Verdict:
    """We told you how to send it back, and no carrier has seen it. Once for each last day, and no
    more when the reminder of that day is due."""
    found = return_of(case.facts, subject)
    day = drop_off_day(case, subject, found)
    if day is None or not is_at(found, Stage.APPROVED):
        return Overtaken(None)
    due, near = morning_of(case, day), deadline_day(case, subject, found)
    if case.now < due:
        return Overtaken(None, until=due)
    if near and day_of(case, case.now) >= near:
        return Overtaken(None)
    return Announce(due, partial(_reminder, case, subject, found), _last_day(found))


def deadline_near(case: Case, subject: str) -> Verdict:
    """In a few days it can no longer be sent back; the days are those of the customer's zone."""
    found = return_of(case.facts, subject)
    day = deadline_day(case, subject, found)
    if day is None or found.approved is None or not is_at(found, Stage.APPROVED):
        return Overtaken(None)
    due = morning_of(case, day)
    if case.now < due:
        return Overtaken(None, until=due)
    if day_of(case, case.now) > found.approved.value.send_by:
        return Overtaken(None)
    # Until the day is over it is worth saying, however late we look.
    return Announce(case.now, partial(_reminder, case, subject, found), _last_day(found))


def _last_day(found: Return) -> str:
    return f"{epoch_of(found)}{found.approved.value.send_by if found.approved else ''}"


def _reminder(case: Case, subject: str, found: Return) -> Content:
    said = instructions(case, found, found.approved.value) if found.approved else {}
    promised = word_on(case, next_reminder(case, subject, found))
    return content(case.facts, next_update_by=promised, **said)


def late(case: Case, subject: str) -> Verdict:
    """Your return arrived, and the shop has not looked at it by the day that we told you."""
    found = return_of(case.facts, subject)
    due = decision_by(case, subject, found)
    if due is None or not is_undecided(case, subject, found):
        return Overtaken(None)
    return notice(case, subject, Kind.RETURN_LATE, due, partial(_late, case.facts, due))


def _late(facts: Facts, due: date, number: int, promised: datetime) -> Content:
    return content(facts, decide_by=due, occurrence=number, next_update_by=promised)


def window_closing(case: Case, subject: str) -> Verdict:
    """Your right to send something back ends soon. For shops that want it told; not to a customer
    who is sending something back, or did."""
    del subject
    days, received, until = case.policy.return_window_days, delivered_at(case), None
    if days is not None and received is not None:
        until = returnable_until(case)
    if days is None or received is None or until is None or is_anything_sent_back(case.facts):
        return Overtaken(None)
    due = morning_of(case, until - days * _DAY)
    if due <= received or day_of(case, case.now) > until:
        return Overtaken(None)
    if case.now < due:
        return Overtaken(None, until=due)
    return Announce(due, partial(content, case.facts, return_until=until), until.isoformat())


RULES: Final = (
    Rule(Kind.RETURN_LATE, returns, late),
    Rule(Kind.RETURN_DEADLINE_NEAR, returns, deadline_near),
    Rule(Kind.RETURN_DROP_OFF_REMINDER, returns, drop_off_reminder),
    Rule(Kind.RETURN_WINDOW_CLOSING, the_order, window_closing),
)
