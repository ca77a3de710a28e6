"""Whether an order is in trouble: late, lost, on its way back, complained of, owed money for. Pure.

While it is, nobody asks its customer for a review, and marketing to them waits. Trouble ends when
what was awaited came: the parcel, the money, the answer. Lateness counts from when it was told; a
customer who knows of no delay has none.
"""

from datetime import datetime
from typing import Final

from headsup.contracts.catalogue import Kind
from headsup.contracts.replies import Answer, Question
from services.order_events.facts import Facts, Milestone, Shipment
from services.order_events.rules.base import Case, once
from services.order_events.rules.one_voice import OF_TIME
from services.order_events.rules.parcels import SHIPMENT, is_at
from services.order_events.rules.refund_clock import missing, owed, owings
from services.order_events.rules.return_promises import awaited_until
from services.order_events.rules.return_stage import Stage, standing_of
from services.order_events.rules.wording import last_of

_OPEN_RETURN: Final = frozenset(Stage) - {Stage.REJECTED, Stage.INSPECTED}
_WENT_WRONG: Final = (
    Milestone.DAMAGED,
    Milestone.LOST,
    Milestone.RETURNING,
    Milestone.RETURNED,
    Milestone.NOT_DELIVERED,
)
_LATE: Final = OF_TIME - {Kind.SHIPMENT_EARLIER}
_BAD_NEWS: Final = {
    Question.WAIT_OR_CANCEL: Answer.CANCEL,
    Question.RECEIVED: Answer.NO,
    Question.ALL_RIGHT: Answer.NO,
}


@once
def in_trouble(case: Case) -> bool:
    """Whether the order is in trouble now."""
    return (
        _is_dispatch_late(case)
        or any(_is_parcel_in_trouble(case, id_) for id_ in case.facts.shipments)
        or _is_going_back(case)
        or _is_complained_of(case.facts)
        or _is_answered_badly(case.facts)
        or _is_money_late(case)
    )


def _is_dispatch_late(case: Case) -> bool:
    if case.facts.cancellation or case.facts.has_moved:
        return False
    return any(
        said.kind is Kind.DISPATCH_LATE and not said.taken_back
        for said in case.told.statements.values()
    )


def _is_parcel_in_trouble(case: Case, shipment_id: str) -> bool:
    shipment, facts = case.facts.shipments[shipment_id], case.facts
    if facts.cancellation:
        return False
    current = shipment.now_at
    if current and current[0] in _WENT_WRONG:
        return not _is_made_good(facts, shipment, current[1])
    if is_at(facts, shipment, Milestone.DELIVERED):
        return False
    # The last word counts: good news ends what was late before.
    last = last_of(case.told, SHIPMENT + shipment_id, *OF_TIME)
    return last is not None and last.kind in _LATE


def _is_made_good(facts: Facts, shipment: Shipment, since: datetime) -> bool:
    """The money went back, or another parcel brought what this one did not."""
    refunded = (refund.sent for refund in facts.refunds.values() if not refund.has_failed)
    if any(sent and sent.at >= since for sent in refunded):
        return True
    return any(
        other is not shipment
        and is_at(facts, other, Milestone.DELIVERED)
        and other.delivered is not None
        and other.delivered.at >= since
        for other in facts.shipments.values()
    )


def _is_going_back(case: Case) -> bool:
    """A return that is open. One that was approved and never sent is over after its last day."""
    today = case.now.astimezone(case.zone).date()
    for found in case.facts.returns.values():
        stands = standing_of(found)
        if stands is None or stands.stage not in _OPEN_RETURN or found.exchange_sent:
            continue
        until = awaited_until(case, found) if stands.stage is Stage.APPROVED else None
        if until is None or until >= today:
            return True
    return False


def _is_complained_of(facts: Facts) -> bool:
    return any(
        ticket.is_open and ticket.opened is not None and ticket.opened.value.is_complaint
        for ticket in facts.tickets.values()
    )


def _is_answered_badly(facts: Facts) -> bool:
    """The last answer to a question was the bad one, and nothing was settled since."""
    if not facts.replies:
        return False
    for question, bad in _BAD_NEWS.items():
        answers = [
            (reply.at, reply.by, reply.value.answer)
            for reply in facts.replies.values()
            if reply.value.question is question
        ]
        if answers and max(answers)[2] is bad and not _is_settled(facts, question, max(answers)[0]):
            return True
    return False


def _is_settled(facts: Facts, question: Question, since: datetime) -> bool:
    """Somebody saw to it: the money went back, or the question to the shop is closed; who wanted to
    cancel has the cancellation, or after all the parcel."""
    ends = [refund.sent.at for refund in facts.refunds.values() if refund.sent]
    ends += [ticket.closed.last for ticket in facts.tickets.values() if ticket.closed]
    if question is not Question.ALL_RIGHT:
        ends += [parcel.delivered.at for parcel in facts.shipments.values() if parcel.delivered]
        ends += [facts.cancellation.at] if facts.cancellation else []
    return any(end >= since for end in ends)


def _is_money_late(case: Case) -> bool:
    """Money that was told to be late is still missing, or came back to the shop."""
    if any(refund.has_failed for refund in case.facts.refunds.values()):
        return True
    return any(
        last_of(case.told, subject, Kind.REFUND_LATE) is not None
        and (debt := owed(case, subject)) is not None
        and missing(case.facts, debt) is not None
        for subject in owings(case.facts)
    )
