"""After the delivery: is everything all right, and would you say so?

Neither is asked while the order is in trouble, nor while anything is open. Never both on one day:
they are two days apart, so that one which is held for the night does not come on the other's day.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Final

from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.notifications import Content
from headsup.contracts.replies import Answer, Question
from services.order_events.facts import Facts
from services.order_events.rules.after_delivery import delivered_at
from services.order_events.rules.base import (
    Announce,
    Case,
    Overtaken,
    Rule,
    Verdict,
    content,
    the_order,
)
from services.order_events.rules.days import day_of
from services.order_events.rules.parcels import day_there
from services.order_events.rules.return_stage import is_anything_sent_back
from services.order_events.rules.wording import last_of
from services.order_events.standing import standing
from services.order_events.told import ORDER
from services.order_events.trouble import in_trouble

_DAY: Final = timedelta(days=1)
_APART: Final = 2 * _DAY
_AT: Final = time(11)
"""An hour at which nobody is woken; nothing is urgent about it."""
_UNHAPPY: Final = frozenset({Answer.NO, Answer.ONE, Answer.TWO, Answer.THREE})


def check_in(case: Case, subject: str) -> Verdict:
    """Is everything all right with it? Some days after the last parcel was handed over, once.

    Not of a customer who has spoken up already: asked something since the delivery, sends something
    back, had something repaired, or answered "no".
    """
    del subject
    due = _due(case, case.policy.check_in_days)
    if due is None or _spoke_up(case) or _is_anything_open(case):
        return Overtaken(None)
    due = max(due, _days_after(case, Kind.REVIEW_REQUEST))
    if case.now < due:
        return Overtaken(None, until=due)
    return Announce(due, partial(_check_in, case.facts))


def _check_in(facts: Facts) -> Content:
    return content(facts, items=facts.lines, question=Question.ALL_RIGHT)


def review(case: Case, subject: str) -> Verdict:
    """Would you say how it was? For shops that name a place for it; once, and never of a customer
    who was unhappy with it or with our help, or who sends it back."""
    due = _due(case, case.policy.review_days) if case.policy.review_url else None
    if due is None or _is_unhappy(case.facts) or is_anything_sent_back(case.facts):
        return Overtaken(None)
    if case.facts.cancellation:
        return Overtaken(None)  # it came all the same, and nobody wanted it any more
    if _is_anything_open(case):
        return Overtaken(None)
    if _is_about_to_check_in(case, subject):
        return Overtaken(None, until=_at(case, day_of(case, case.now) + _APART))
    due = max(due, _days_after(case, Kind.ORDER_CHECK_IN))
    if case.now < due:
        return Overtaken(None, until=due)
    url = case.policy.review_url
    return Announce(due, partial(content, case.facts, items=case.facts.lines, review_url=url))


def _due(case: Case, days: int | None) -> datetime | None:
    """So many days after the whole order was there; None where it is not, or nobody is asked."""
    received = delivered_at(case)
    if days is None or received is None:
        return None
    return max(_at(case, day_there(case, received) + days * _DAY), received)


def _days_after(case: Case, kind: Kind) -> datetime:
    """The first moment that is far enough from another question."""
    said = last_of(case.told, ORDER, kind)
    if said is None:
        return datetime.min.replace(tzinfo=UTC)
    return _at(case, day_of(case, said.said_at) + _APART)


def _at(case: Case, day: date) -> datetime:
    return datetime.combine(day, _AT, case.zone).astimezone(UTC)


def _is_about_to_check_in(case: Case, subject: str) -> bool:
    """Whether the other question is asked at this very look."""
    if last_of(case.told, ORDER, Kind.ORDER_CHECK_IN):
        return False
    verdict = check_in(case, subject)
    lives_for = CATALOGUE[Kind.ORDER_CHECK_IN].time_to_live
    return isinstance(verdict, Announce) and case.now <= verdict.happened_at + lives_for


def _is_anything_open(case: Case) -> bool:
    """Somebody waits for something: a parcel, money, an answer."""
    return in_trouble(case) or standing(case) is not None


def _spoke_up(case: Case) -> bool:
    facts, received = case.facts, delivered_at(case)
    asked = (ticket.opened.at for ticket in facts.tickets.values() if ticket.opened)
    has_asked = received is not None and any(at >= received for at in asked)
    return bool(has_asked or facts.returns or facts.repairs or _is_unhappy(facts))


def _is_unhappy(facts: Facts) -> bool:
    return any(reply.value.answer in _UNHAPPY for reply in facts.replies.values())


RULES: Final = (
    Rule(Kind.ORDER_CHECK_IN, the_order, check_in),
    Rule(Kind.REVIEW_REQUEST, the_order, review),
)
