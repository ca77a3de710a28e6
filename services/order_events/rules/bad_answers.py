"""What a bad answer to a question of ours promises: that a person sees to it, and that we write.
Pure.

Who is asked whether all is well, or whether the parcel is there, and says no, was promised a word.
The shop gives it by acting, which its events tell. Where it has not acted by the evening of the
next working day, the watchdog says so, and how to reach a person.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from headsup.contracts.catalogue import Kind
from headsup.contracts.replies import Answer, Question
from services.order_events.facts import Facts
from services.order_events.promises import Promise
from services.order_events.rules.base import Case
from services.order_events.rules.parcels import SHIPMENT
from services.order_events.rules.return_stage import standing_of
from services.order_events.told import Statement

_PROMISES_A_WORD: Final = frozenset({Question.ALL_RIGHT, Question.RECEIVED})
_WITHIN: Final = timedelta(days=1)
_WORTH_SAYING_FOR: Final = timedelta(days=3)
"""An answer of weeks ago, read only now, is not brought up anew."""


def unheeded(case: Case) -> Promise | None:
    """The earliest word that is owed for a "no", and that neither the shop nor we have given; it
    goes by the request that asked."""
    owed = [
        promise
        for id_, reply in case.facts.replies.items()
        if reply.value.question in _PROMISES_A_WORD
        and reply.value.answer is Answer.NO
        and (asked := case.told.statements.get(id_)) is not None
        and not _was_heeded(case.facts, asked.subject, reply.at)
        and (promise := Promise(case.policy.word_within(reply.at, _WITHIN, case.zone), id_))
        and not _was_said(case, promise, reply.at)
    ]
    return min(owed, default=None)


def _was_said(case: Case, promise: Promise, since: datetime) -> bool:
    """It is said once, for all that was answered by then: a shop that settles it by telephone need
    not tell us."""
    if case.now > promise.by + _WORTH_SAYING_FOR:
        return True
    return any(
        said_about_an_answer(case, said) and said.said_at >= since and not said.waiting
        for said in case.told.statements.values()
    )


def said_about_an_answer(case: Case, said: Statement) -> bool:
    """Whether this told the one that we write to that nobody has seen to their answer."""
    return (
        said.kind is Kind.ORDER_NO_NEWS
        and said.audience is case.audience
        and said.first_version in case.facts.replies
        and not said.taken_back
    )


def _was_heeded(facts: Facts, subject: str, since: datetime) -> bool:
    """Somebody sees to it: a question to the shop is open, or anything was done since."""
    if any(ticket.is_open for ticket in facts.tickets.values()):
        return True
    return any(moment >= since for moment in _acts(facts, subject))


def _acts(facts: Facts, subject: str) -> Iterator[datetime]:
    """When the shop, or the carrier, did anything about what was asked."""
    for ticket in facts.tickets.values():
        yield from (span.last for span in (ticket.answered, ticket.closed) if span)
    yield from (refund.sent.at for refund in facts.refunds.values() if refund.sent)
    stages = (standing_of(found) for found in facts.returns.values())
    yield from (stage.at for stage in stages if stage)
    yield from (repair.accepted.at for repair in facts.repairs.values() if repair.accepted)
    yield from (note.at for note in facts.notes.values())
    if facts.cancellation:
        yield facts.cancellation.at
    for id_, parcel in facts.shipments.items():
        if parcel.now_at and subject in (SHIPMENT + id_, "order"):
            yield parcel.now_at[1]
