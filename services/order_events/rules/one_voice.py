"""What the rules share that tell of a parcel's time: later, earlier, not there, not moving, never
scanned.

They compare what is true with what was told, and of one parcel one of them speaks at a time. None
speaks while another message about the parcel still waits to be sent: the outcome of that one
decides what was told, and this one would take it back.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Final

from headsup.contracts.base import Estimate
from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.replies import Answer, Question
from services.order_events.facts import Milestone, Shipment
from services.order_events.promises import Promise, unanswered
from services.order_events.rules.base import Case, once, once_each
from services.order_events.rules.parcels import (
    END_OF_DELIVERIES,
    day_there,
    is_paused,
    on_the_day,
    shipment_of,
)
from services.order_events.rules.wording import NEXT_CHANNEL
from services.order_events.told import Statement, estimate_told

OF_TIME: Final = frozenset(
    {
        Kind.SHIPMENT_DELAYED,
        Kind.SHIPMENT_EARLIER,
        Kind.SHIPMENT_OVERDUE,
        Kind.SHIPMENT_STALLED,
        Kind.SHIPMENT_NOT_SCANNED,
    }
)
"""The kinds that speak of a parcel's time."""
_GROUP: Final = CATALOGUE[Kind.SHIPMENT_DELAYED].group
_TO_BE_SENT: Final = timedelta(hours=3)
"""So long a message may wait for its provider."""
_ON_ITS_WAY: Final = (Milestone.LABELLED, Milestone.IN_TRANSIT)


@once_each
def is_silent(case: Case, subject: str) -> bool:
    """Whether nothing may be said of the parcel's time: the order is cancelled, an incident
    explains it, or the customer asked to cancel and knows enough."""
    shipment = shipment_of(case.facts, subject)
    if case.facts.cancellation or is_paused(case, shipment):
        return True
    return last_answer(case, subject) is Answer.CANCEL


def last_answer(case: Case, subject: str, since: datetime | None = None) -> Answer | None:
    """What the customer said last, of waiting or cancelling, to a message about this parcel that
    was said at this moment or later."""
    answers = [
        (reply.at, reply.by, reply.value.answer)
        for id_, reply in case.facts.replies.items()
        if reply.value.question is Question.WAIT_OR_CANCEL
        and (said := case.told.statements.get(id_))
        and said.subject == subject
        and (since is None or said.said_at >= since)
    ]
    return max(answers)[2] if answers else None


def is_on_its_way(case: Case, shipment: Shipment) -> bool:
    """Whether it is to come, and neither in the courier's hands today nor anywhere else. A van that
    left on another day is back, whatever nobody said."""
    current = shipment.now_at
    if current is None:
        return True
    milestone, at = current
    if milestone is Milestone.OUT_FOR_DELIVERY:
        return day_there(case, at) < day_there(case, case.now)
    return milestone in _ON_ITS_WAY


def is_something_else_waiting(case: Case, subject: str, own: AbstractSet[Kind] = OF_TIME) -> bool:
    """Whether a message about the parcel is still to be sent that those of `own` may not replace:
    they would take it back, it would be said again, and so on for ever."""
    return any(
        said.subject == subject
        and said.waiting
        and said.kind not in own
        and CATALOGUE[said.kind].group == _GROUP
        for said in case.told.statements.values()
    )


def tried_until(case: Case, subject: str) -> datetime | None:
    """Until when a message about the parcel that failed on one channel may come by the next one;
    None where none does. What it says was told then, or not. Likewise for the word that an incident
    is over, which names the day of an order's only parcel, and which no news of it takes back."""
    alone = len(case.facts.shipments) == 1
    moments = [
        said.said_at + NEXT_CHANNEL
        for said in case.told.statements.values()
        if said.may_still_come
        and (
            (alone and said.kind is Kind.INCIDENT_SOLVED and said.estimate)
            or (
                said.subject == subject
                and not said.waiting
                and CATALOGUE[said.kind].group == _GROUP
            )
        )
    ]
    return max((at for at in moments if at > case.now), default=None)


@once_each
def days_told(case: Case, subject: str) -> tuple[Statement, Estimate] | None:
    """The last days that were heard of the parcel, and the message that named them; those of the
    order while the parcel has named none. That an incident is over names the day of an order's only
    parcel, too. A message that still waits names nothing yet: it may be worded anew."""
    alone = len(case.facts.shipments) == 1
    for _, said in case.told.newest_first():
        if said.estimate is None or not said.heard:
            continue
        if said.subject == subject or (alone and said.kind is Kind.INCIDENT_SOLVED):
            return said, said.estimate
    found = estimate_told(case.told, subject)
    return (found, found.estimate) if found and found.heard and found.estimate else None


@once
def words_owed(case: Case) -> Sequence[Promise]:
    """What somebody was promised to hear by, and no news on its way will keep."""
    return unanswered(case.told, case.audience)


def is_to_come(case: Case, estimate: Estimate) -> bool:
    """Whether the parcel may still come on these days: the last evening has not come yet."""
    return case.now < on_the_day(case, estimate.latest, END_OF_DELIVERIES)


def still_true(case: Case, kind: Kind, since: datetime) -> datetime:
    """Since when something may be told that is true now, however late we look. The news is not
    stale: nobody heard it, and it goes on; nor is it told so late that it is old before it is
    sent."""
    lives_until = since + CATALOGUE[kind].time_to_live
    return since if lives_until - _TO_BE_SENT >= case.now else case.now


def word_by(case: Case, kind: Kind, moment: datetime | None) -> datetime | None:
    """This moment as the one to promise the next word for; None where it has passed, or is later
    than the next word of the kind is promised for anyway."""
    usual = CATALOGUE[kind].next_word
    if moment is None or usual is None or moment <= case.now:
        return None
    return moment if moment <= case.policy.word_within(case.now, usual, case.zone) else None


def last_seen(shipment: Shipment) -> datetime | None:
    """When somebody last had the parcel in hand, as far as we know."""
    words = shipment.out_for_delivery, shipment.attempt_failed
    seen = [word.at for word in words if word]
    if shipment.scans:
        seen.append(shipment.scans.last)
    return max(seen, default=None)


def last_place(shipment: Shipment) -> str | None:
    """Where that was; None where nobody said."""
    place = shipment.place
    return place.value if place and place.at == last_seen(shipment) else None


def is_due_unpaid(shipment: Shipment) -> bool:
    """Whether customs keeps the parcel until a duty is paid, of which the customer knows."""
    due, cleared = shipment.customs_due, shipment.customs_cleared
    if due is None or due.value.amount.is_zero:
        return False
    return cleared is None or cleared.last < due.at


def times_heard(case: Case, subject: str, kind: Kind) -> int:
    """How often this was heard of the parcel."""
    return sum(
        said.kind is kind and said.subject == subject and said.heard
        for said in case.told.statements.values()
    )
