"""The watchdog: when we promised to be heard again and there is no news, we say so, and what we
know."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

import msgspec

from headsup.contracts.base import Estimate
from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.notifications import Content, Standing
from services.order_events.facts import Shipment
from services.order_events.promises import LEAD, PASSED_ON, Promise
from services.order_events.rules.bad_answers import said_about_an_answer, unheeded
from services.order_events.rules.base import (
    Announce,
    Case,
    Overtaken,
    Rule,
    Verdict,
    content,
    the_order,
)
from services.order_events.rules.one_voice import words_owed
from services.order_events.rules.parcels import SHIPMENT, day_there, estimate_of, is_paused
from services.order_events.standing import parcel_at, standing
from services.order_events.told import Told, estimate_told

_AFTERWARDS: Final = frozenset(
    {
        Standing.RETURN_ARRIVED,
        Standing.RETURN_UNDER_WAY,
        Standing.IN_REPAIR,
        Standing.RETURN_ASKED,
        Standing.RETURN_AWAITED,
        Standing.WITH_SUPPORT,
    }
)
"""Where what was ordered is awaited no more, and what is began after it came."""
_PATIENCE: Final = ((6, timedelta(days=14)), (3, timedelta(days=7)))
"""From so many times on without any news, the next word is promised for later than the catalogue
says: that nothing moves is known by then, and said too often it is noise."""


def no_news(case: Case, subject: str) -> Verdict:
    """We said that you would hear from us by now. There is no news; this is where the order stands.

    About an hour before the promise passes, or at once when it has. What was promised last counts;
    each promise is kept once. Says nothing when the order is over: nobody waits for its news; but
    for who answered that something is wrong, and of whom nobody has taken care.
    """
    del subject
    verdict, answer = _of_the_order(case), unheeded(case)
    if answer is None:
        return verdict
    due = answer.by - LEAD
    if case.now >= due:
        is_all = standing(case) is None
        return Announce(case.now, partial(_complained, case), answer.id, is_last=is_all)
    return msgspec.structs.replace(verdict, until=min(filter(None, (verdict.until, due))))


def _complained(case: Case) -> Content:
    before = sum(said_about_an_answer(case, said) for said in case.told.statements.values())
    return content(case.facts, standing=Standing.COMPLAINED, occurrence=before + 1)


def _of_the_order(case: Case) -> Announce | Overtaken:
    stands = standing(case)
    promises = [
        promise
        for promise in words_owed(case)
        if stands not in _AFTERWARDS or not _was_outlived(case, promise)
    ]
    if stands is None or not promises:
        return Overtaken(None)
    due, version = min(_next_word(case, promise) for promise in promises)
    if case.now < due:
        return Overtaken(None, until=due)
    # That there is no news is true now, however late we look.
    return Announce(case.now, partial(_known, case, stands), version)


def _was_outlived(case: Case, promise: Promise) -> bool:
    """It had passed when the customer heard of what they wait for now: nobody was waiting any more
    for what it promised."""
    return any(
        said.said_at > promise.by
        and said.audience is case.audience
        and (said.waiting or said.heard)
        and said.kind not in (Kind.ORDER_NO_NEWS, *PASSED_ON)
        for said in case.told.statements.values()
    )


def _next_word(case: Case, promise: Promise) -> tuple[datetime, str]:
    """When to say that there is no news, and as which version. Where that was said and did not
    arrive, once more when the word that it promised would have been due. It would have kept every
    promise that was due by then, also one that it was not said for."""
    due = promise.by - LEAD
    in_vain = [
        said
        for _, said in case.told.newest_first()
        if said.kind is Kind.ORDER_NO_NEWS
        and said.audience is case.audience
        and (said.version.startswith(promise.id) or said.said_at >= due)
        and not (said.waiting or said.heard or said.taken_back)
    ]
    if not in_vain:
        return due, promise.id
    last = in_vain[0]
    return (last.next_update_by or last.said_at) - LEAD, f"{promise.id}/{len(in_vain) + 1}"


def _known(case: Case, stands: Standing) -> Content:
    parcel = parcel_at(case, stands)
    seen = parcel.scans.last if parcel and parcel.scans else None
    place = parcel.place if parcel and parcel.place and parcel.place.at == seen else None
    occurrence = _times(case.told, case.audience) + 1
    span = next((span for times, span in _PATIENCE if occurrence >= times), None)
    return content(
        case.facts,
        standing=stands,
        estimate=_estimate(case, parcel) if parcel else None,
        seen_at=seen,
        seen_in=place and place.value,
        occurrence=occurrence,
        next_update_by=span and case.policy.word_within(case.now, span, case.zone),
    )


def _estimate(case: Case, parcel: Shipment) -> Estimate | None:
    """The days that were told, while they may still be true: this is not the message in which a
    customer learns of another date. Nor are they named while an incident makes them doubtful."""
    if is_paused(case, parcel):
        return None
    id_ = next(id_ for id_, each in case.facts.shipments.items() if each is parcel)
    last = estimate_told(case.told, SHIPMENT + id_)
    if last is None or last.estimate is None:
        return None
    told, known = last.estimate.latest, estimate_of(case.facts, parcel)
    is_true = told >= day_there(case, case.now) and (known is None or known.latest <= told)
    return last.estimate if is_true else None


def _times(told: Told, audience: Audience) -> int:
    """How often it was said that there is no news, since there was any."""
    times = 0
    for _, said in told.newest_first():
        if said.audience is not audience or not (said.heard or said.waiting):
            continue
        if said.kind is not Kind.ORDER_NO_NEWS:
            break
        times += 1
    return times


RULES: Final = (Rule(Kind.ORDER_NO_NEWS, the_order, no_news, only_in_silence=True),)
