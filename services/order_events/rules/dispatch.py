"""An order that should have left the shop and has not: news that no event brings.

The question that comes with the second notice is what the law of the USA calls a delay option
notice: who misses a revised date may go on only with the customer's consent (16 CFR 435.2(b)).
"""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import msgspec

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import ByDownload, Content
from headsup.contracts.replies import Answer, Question
from headsup.shops.policy import Policy
from services.order_events.facts import Facts, kept
from services.order_events.incidents import Incident
from services.order_events.promises import LEAD
from services.order_events.rules.base import (
    Announce,
    Case,
    Overtaken,
    Rule,
    Verdict,
    Wait,
    content,
    if_ahead,
    once_of_facts,
    the_order,
)
from services.order_events.rules.one_voice import word_by
from services.order_events.rules.pauses import keeps_quiet, over_by
from services.order_events.told import Statement, Told

DAYS_BETWEEN_NOTICES: Final = 2
"""Working days."""
_DAY: Final = timedelta(days=1)
_INSTANT: Final = timedelta(microseconds=1)
_ASKS_FROM: Final = 2
"""A date that is missed once is bad luck; from the second notice on the customer may choose."""


class _Notice(msgspec.Struct, frozen=True):
    """One of the notices of a missed date."""

    due: datetime
    """The date missed."""
    occurrence: int
    broken: datetime
    """What was promised before: the date itself, or the next word."""
    question: Question | None = None


@kept
def named_dispatch(facts: Facts) -> datetime | None:
    """The moment that the shop named, by which the order should be with a carrier.

    None when there is no such promise: the shop named no date, the order is not accepted (an order
    that is not paid for cannot be late), the date had passed before the order was accepted, or all
    of it is downloaded, whatever date a shop's system writes on every order.
    """
    accepted_at = facts.accepted_at
    dispatch_by = facts.dispatch_by
    if accepted_at is None or dispatch_by is None or facts.is_all_digital:
        return None
    if dispatch_by.value <= accepted_at:
        return None
    return dispatch_by.value


@once_of_facts
def promised_dispatch(case: Case) -> datetime | None:
    """The moment by which the order should be with a carrier: the one that the shop named, or else
    an evening so many days after the acceptance as its policy, or its law, says.

    None when there is no such promise: neither says anything, the order is not accepted, no parcel
    comes, or it is expected sooner: who hears "on Friday" is not told "leaves within a month".
    """
    facts, days = case.facts, case.policy.dispatch_days
    if named := named_dispatch(facts):
        return named
    if facts.accepted_at is None or days is None or facts.is_all_digital:
        return None
    day = facts.accepted_at.astimezone(case.zone).date() + timedelta(days=days)
    if facts.estimate and facts.estimate.value.latest < day:
        return None
    due = case.policy.evening_of(day, case.zone)
    return due if due > facts.accepted_at else case.policy.evening_of(day + _DAY, case.zone)


def told_of_dispatch(case: Case, kind: Kind) -> dict[str, Any]:
    """What a message says of the dispatch: by when, while that is ahead, and the next word an hour
    later. By then the parcel has left, or its lateness was told; a word before it would be none.

    Where the date is the policy's and far away, the usual next word of the kind comes first. The
    next word of what is downloaded is that it is ready, or that it is not.
    """
    facts = case.facts
    if facts.is_all_digital:
        span = timedelta(hours=case.policy.download_hours)
        word = None
        if not facts.is_all_downloaded:
            word = case.policy.word_within(case.now, span, case.zone)
        return {"by_download": ByDownload.ALL, "next_update_by": word}
    due = if_ahead(promised_dispatch(case), case.now)
    word = due and due + LEAD
    if word and not named_dispatch(case.facts):
        word = word_by(case, kind, word)
    is_mixed = any(line.digital for line in facts.lines)
    by_download = ByDownload.SOME if is_mixed else None
    return {"dispatch_by": due, "next_update_by": word, "by_download": by_download}


def late(case: Case, subject: str) -> Verdict:
    """Your order has not left in time. Said again, as often as the shop's policy says, when the
    word that was promised with it falls due; from the second time on with the question whether to
    wait or to cancel. Who wants to wait is not asked again; who wants to cancel hears no more.

    A new date of the shop's starts afresh: nothing is said until that one passes.
    """
    del subject
    due = promised_dispatch(case)
    if due is None or case.facts.cancellation or case.facts.has_moved:
        return Overtaken(None)
    if case.now < due:
        return Wait(due)
    answer, answered_of = _last_answer(case)
    paused_by = _paused_by(case)
    if answer is Answer.CANCEL or paused_by:
        ends = (over_by(each) for each in paused_by)
        return Overtaken(None, until=min((end for end in ends if end > case.now), default=None))
    return _notice(case, due, may_ask=answered_of != due)


def _notice(case: Case, due: datetime, *, may_ask: bool) -> Verdict:
    """The next notice of a missed date, once it is time."""
    last = _last_notice(case.told, due)
    if last is None:
        return _announce(case, _Notice(due, 1, due), _known_since(case, due))
    if last.next_update_by is None or last.occurrence >= case.policy.dispatch_notices:
        return None
    look_at = last.next_update_by - LEAD  # a notice that comes then is what was promised
    if case.now < look_at:
        return Wait(look_at)
    occurrence = last.occurrence + 1
    question = Question.WAIT_OR_CANCEL if may_ask and occurrence >= _ASKS_FROM else None
    # That it is still not sent is true today, however late we look: the news cannot be stale.
    return _announce(case, _Notice(due, occurrence, last.next_update_by, question), case.now)


def _last_notice(told: Told, due: datetime) -> Statement | None:
    for _, statement in told.newest_first():
        is_notice = statement.kind is Kind.DISPATCH_LATE and statement.dispatch_by == due
        if is_notice and not statement.taken_back:
            return statement
    return None


def _last_answer(case: Case) -> tuple[Answer | None, datetime | None]:
    """What the customer answered last to a notice, and of which missed date that spoke."""
    answers = [
        (reply.at, reply.by, reply.value.answer, said.dispatch_by)
        for id_, reply in case.facts.replies.items()
        if (said := case.told.statements.get(id_)) and said.kind is Kind.DISPATCH_LATE
    ]
    last = max(answers, default=None, key=lambda each: each[:2])
    return (last[2], last[3]) if last else (None, None)


def _paused_by(case: Case) -> list[Incident]:
    """The incidents that explain it, and were told of."""
    incidents = case.incidents
    return [each for each in incidents if keeps_quiet(case, each) and _concerns(case.facts, each)]


def _known_since(case: Case, due: datetime) -> datetime:
    """Since when the lateness might have been told: the date missed, or the end of the incident
    that explained it until then."""
    ends = [over_by(each) for each in case.incidents if _concerns(case.facts, each)]
    return max([due, *(end for end in ends if end <= case.now)])


def _concerns(facts: Facts, incident: Incident) -> bool:
    """The shop's own trouble does; a carrier's where a parcel has that carrier's label already."""
    carriers = [each.carrier.value for each in facts.shipments.values() if each.carrier]
    return any(incident.concerns(carrier) for carrier in [None, *carriers])


def _announce(case: Case, notice: _Notice, happened_at: datetime) -> Announce:
    version = f"{notice.due.astimezone(UTC).isoformat()}/{notice.occurrence}"
    return Announce(happened_at, partial(_late, case, notice), version)


def _late(case: Case, notice: _Notice) -> Content:
    return content(
        case.facts,
        items=case.facts.shipped_lines,
        payment=case.facts.payment,
        dispatch_by=notice.due,
        occurrence=notice.occurrence,
        question=notice.question,
        next_update_by=_next_word(case, notice.broken),
    )


def _next_word(case: Case, broken: datetime) -> datetime:
    """The same time on the customer's clock, two working days after the promise that has passed.

    Not after the moment at which we happen to look: nobody promises news "by 18:01". Where we look
    so late that this is as good as passed, the first working day on which it is still ahead. After
    the last notice the promise stands all the same, and the watchdog keeps it.
    """
    moment = broken.astimezone(case.zone)
    days = 0
    while days < DAYS_BETWEEN_NOTICES or moment.astimezone(UTC) - LEAD <= case.now:
        moment = _a_working_day_later(moment, case.policy)
        days += 1
    return moment.astimezone(UTC)


def _a_working_day_later(moment: datetime, policy: Policy) -> datetime:
    """Midnight is the end of a day, not the beginning of the next one."""
    day = (moment - _INSTANT).date()
    return moment + (policy.working_day_after(day, 1) - day)


RULES: Final = (Rule(Kind.DISPATCH_LATE, the_order, late),)
