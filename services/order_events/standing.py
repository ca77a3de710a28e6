"""Where an order stands, for a customer who asks. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from headsup.contracts.catalogue import Audience
from headsup.contracts.notifications import Standing
from headsup.contracts.replies import Answer, Question
from headsup.contracts.shop import Inspection, ItemChange, Remedy
from services.order_events.facts import (
    Facts,
    Milestone,
    Repair,
    Return,
    Shipment,
    Ticket,
)
from services.order_events.rules.base import Case, once_of_facts
from services.order_events.rules.parcels import day_there, fetched_by
from services.order_events.rules.refund_clock import item_owings, missing, owed
from services.order_events.rules.return_promises import awaited_until
from services.order_events.rules.return_stage import Stage, standing_of

_AT: Final = {
    Milestone.LABELLED: Standing.REGISTERED,
    Milestone.IN_TRANSIT: Standing.UNDER_WAY,
    Milestone.OUT_FOR_DELIVERY: Standing.OUT_FOR_DELIVERY,
    Milestone.ATTEMPT_FAILED: Standing.ATTEMPTED,
    Milestone.READY_FOR_PICKUP: Standing.WAITING_FOR_PICKUP,
    Milestone.ADDRESS_PROBLEM: Standing.ADDRESS_NEEDED,
    Milestone.RETURNING: Standing.GOING_BACK,
    # Somebody finds out where it is.
    Milestone.NOT_DELIVERED: Standing.SEARCHED_FOR,
}
_STAGES: Final = {
    Stage.REQUESTED: Standing.RETURN_ASKED,
    Stage.INFO_NEEDED: Standing.RETURN_ASKED,
    Stage.IN_TRANSIT: Standing.RETURN_UNDER_WAY,
    Stage.RECEIVED: Standing.RETURN_ARRIVED,
}
_SETTLED_WITH_THE_BUYER: Final = (
    Milestone.DAMAGED,
    Milestone.LOST,
    Milestone.RETURNING,
    Milestone.RETURNED,
)
"""A gift's recipient waits for nothing of such a parcel."""
_FIRST: Final = (
    Standing.SEARCHED_FOR,
    Standing.ADDRESS_NEEDED,
    Standing.ATTEMPTED,
    Standing.WAITING_FOR_PICKUP,
    Standing.AT_CUSTOMS,
    Standing.OUT_FOR_DELIVERY,
    Standing.GOING_BACK,
    Standing.UNDER_WAY,
    Standing.REGISTERED,
    Standing.ON_HOLD,
    Standing.AWAITING_PAYMENT,
    Standing.IN_PREPARATION,
    Standing.DOWNLOAD_AWAITED,
    Standing.RETURN_ARRIVED,
    Standing.RETURN_UNDER_WAY,
    Standing.REFUND_UNDER_WAY,
    Standing.IN_REPAIR,
    Standing.RETURN_ASKED,
    Standing.RETURN_AWAITED,
    Standing.WITH_SUPPORT,
)
"""Of several that are true at once, what the customer would ask about first."""


@once_of_facts
def standing(case: Case) -> Standing | None:
    """Where the order stands; None when it is over, nothing is open, and nobody waits for news.

    For a recipient who did not order that is where the parcels are.
    """
    if case.facts.customer is None:
        return None
    found = set(_parcels(case))
    if case.audience is Audience.BUYER:
        found |= {*_preparation(case.facts), *_money(case), *_afterwards(case)}
    return min(found, key=_FIRST.index, default=None)


def parcel_at(case: Case, standing: Standing) -> Shipment | None:
    """A parcel that stands there; None where it is not a parcel that does."""
    for shipment in case.facts.shipments.values():
        if parcel_standing(case, shipment) is standing:
            return shipment
    return None


def parcel_standing(case: Case, shipment: Shipment) -> Standing | None:
    """Where a parcel is; None when nobody who hears it waits for it: it was handed over, the order
    was cancelled since, or what becomes of it is not theirs to settle."""
    current, facts = shipment.now_at, case.facts
    if current is None:
        return None if facts.cancellation else Standing.IN_PREPARATION
    milestone, since = current
    if facts.cancellation and (since <= facts.cancellation.at or milestone is Milestone.RETURNED):
        return None  # the cancellation says what becomes of the money
    if case.audience is Audience.RECIPIENT and milestone in _SETTLED_WITH_THE_BUYER:
        return None
    if remedy := _remedy(shipment, milestone):
        return _remedied(facts, remedy, since)
    return _overtaken_by_time(case, shipment, milestone, since) or _AT.get(milestone)


def return_standing(case: Case, return_id: str, found: Return) -> Standing | None:
    """Where a return is; None when it is over, or was never asked for."""
    is_paid_back = any(
        refund.sent and refund.sent.value.return_id == return_id
        for refund in case.facts.refunds.values()
    )
    stands = standing_of(found)
    if stands is None or found.exchange_sent or is_paid_back:
        return None
    if stands.stage is Stage.INSPECTED and found.inspected:
        refused = found.inspected.value.result is Inspection.REFUSED
        is_over = refused or _refunded(case.facts, stands.at)
        return None if is_over else Standing.REFUND_UNDER_WAY
    if stands.stage is Stage.APPROVED and (until := awaited_until(case, found)):
        today = case.now.astimezone(case.zone).date()
        return Standing.RETURN_AWAITED if today <= until else None
    return _STAGES.get(stands.stage)


def _parcels(case: Case) -> Iterator[Standing]:
    for shipment in case.facts.shipments.values():
        if found := parcel_standing(case, shipment):
            yield found


def _remedy(shipment: Shipment, milestone: Milestone) -> Remedy | None:
    """What the shop does about a parcel that will not arrive as it is."""
    if milestone is Milestone.DAMAGED and shipment.damaged:
        return shipment.damaged.value.remedy
    if milestone is Milestone.LOST and shipment.lost:
        return shipment.lost.value.remedy
    if milestone is Milestone.RETURNED and shipment.returned:
        return shipment.returned.value.remedy
    return None


def _is_at_customs(shipment: Shipment, since: datetime) -> bool:
    """A duty is due, and the parcel has not moved on since."""
    due, cleared = shipment.customs_due, shipment.customs_cleared
    if due is None or due.value.amount.is_zero:
        return False
    return due.at >= since and (cleared is None or cleared.last < due.at)


def _remedied(facts: Facts, remedy: Remedy, since: datetime) -> Standing | None:
    """What the shop does about a parcel that did not arrive; None once it did, and where nothing
    was paid that could go back."""
    if remedy is Remedy.REFUND:
        is_owed = facts.has_money and not _refunded(facts, since)
        return Standing.REFUND_UNDER_WAY if is_owed else None
    if _refunded(facts, since) or any(
        _first_seen(other) > since for other in facts.shipments.values() if other.now_at
    ):
        return None
    return Standing.IN_PREPARATION if remedy is Remedy.REPLACEMENT else Standing.SEARCHED_FOR


def _first_seen(shipment: Shipment) -> datetime:
    """When a parcel, whose milestone is known, was first heard of."""
    moments = [span.first for span in (shipment.labelled, shipment.scans) if span]
    current = shipment.now_at
    return min([*moments, *([current[1]] if current else [])])


def _overtaken_by_time(
    case: Case, shipment: Shipment, milestone: Milestone, since: datetime
) -> Standing | None:
    """Where a parcel stands that is not where somebody last said that it was."""
    if milestone is Milestone.OUT_FOR_DELIVERY and _is_of_another_day(case, since):
        return Standing.UNDER_WAY  # the van is back, whatever else it did
    last = fetched_by(case, shipment) if milestone is Milestone.READY_FOR_PICKUP else None
    if last and day_there(case, case.now) > last:
        return Standing.SEARCHED_FOR  # it was fetched, or goes back, and nobody said so
    return Standing.AT_CUSTOMS if _is_at_customs(shipment, since) else None


def _is_of_another_day(case: Case, moment: datetime) -> bool:
    return moment.astimezone(case.zone).date() != case.now.astimezone(case.zone).date()


def _preparation(facts: Facts) -> Iterator[Standing]:
    """What is yet to leave."""
    if facts.cancellation:
        return
    is_in_hand = facts.accepted_at is not None and not facts.hold
    if is_in_hand and facts.missing_downloads and not _wants_to_cancel(facts):
        yield Standing.DOWNLOAD_AWAITED
    if facts.has_moved:
        if _is_more_to_come(facts):
            yield Standing.IN_PREPARATION
        return
    if facts.hold:
        yield Standing.ON_HOLD
    elif facts.accepted_at is None:
        yield Standing.AWAITING_PAYMENT
    elif not facts.shipments and not facts.is_all_digital:
        # Nobody who asked to cancel is told that it is being packed: the shop has the question.
        yield Standing.WITH_SUPPORT if _wants_to_cancel(facts) else Standing.IN_PREPARATION


def _wants_to_cancel(facts: Facts) -> bool:
    """The last answer of the customer's, asked whether to wait."""
    answers = [
        (reply.at, reply.by, reply.value.answer)
        for reply in facts.replies.values()
        if reply.value.question is Question.WAIT_OR_CANCEL
    ]
    return bool(answers) and max(answers)[2] is Answer.CANCEL


def _is_more_to_come(facts: Facts) -> bool:
    """The shop said that it comes in more parcels than there are, or that a line comes later."""
    if facts.split and facts.split.value > len(facts.shipments):
        return True
    seen = (_first_seen(each) for each in facts.shipments.values() if each.now_at)
    last = max(seen, default=None)
    return any(
        change.value.change is ItemChange.BACKORDERED and (last is None or change.at > last)
        for change in facts.item_changes.values()
    )


def _money(case: Case) -> Iterator[Standing]:
    """Money that is to go back."""
    facts = case.facts
    if (cancellation := facts.cancellation) and not _refunded(facts, cancellation.at):
        refund = cancellation.value.refund
        is_owed = facts.has_money or (refund is not None and not refund.is_zero)
        if is_owed:
            yield Standing.REFUND_UNDER_WAY
    if any(refund.has_failed for refund in facts.refunds.values()):
        yield Standing.REFUND_UNDER_WAY
    for_lines = filter(None, (owed(case, subject) for subject in item_owings(facts)))
    if any(missing(facts, debt) for debt in for_lines):
        yield Standing.REFUND_UNDER_WAY


def _refunded(facts: Facts, since: datetime) -> bool:
    """Money was sent back after a moment, and did not come back to the shop."""
    sent = (refund.on_its_way for refund in facts.refunds.values())
    return any(word is not None and word.at >= since for word in sent)


def _afterwards(case: Case) -> Iterator[Standing]:
    """Returns, repairs and questions."""
    facts = case.facts
    for return_id, sent_back in facts.returns.items():
        if found := return_standing(case, return_id, sent_back):
            yield found
    if any(_is_in_repair(repair) for repair in facts.repairs.values()):
        yield Standing.IN_REPAIR
    if any(ticket.is_open and not _is_answered(ticket) for ticket in facts.tickets.values()):
        yield Standing.WITH_SUPPORT


def _is_in_repair(repair: Repair) -> bool:
    begun = [word.at for word in (repair.accepted, repair.expertise) if word]
    return bool(begun) and (repair.ready is None or repair.ready.at < max(begun))


def _is_answered(ticket: Ticket) -> bool:
    opened = ticket.opened
    return bool(opened and ticket.answered and ticket.answered.last >= opened.at)
