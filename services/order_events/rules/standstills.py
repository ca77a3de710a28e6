"""A parcel that nobody scans: not at all after its label, or no more on its way.

News that no event brings. Counted in working days: at a weekend nobody scans, and nobody wonders.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from headsup.contracts.base import Estimate
from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.notifications import Content
from headsup.contracts.replies import Answer, Question
from services.order_events.facts import Facts, Milestone, Shipment
from services.order_events.promises import LEAD
from services.order_events.rules.base import Announce, Case, Overtaken, Rule, Verdict, Wait
from services.order_events.rules.dispatch import named_dispatch, promised_dispatch
from services.order_events.rules.one_voice import (
    days_told,
    is_due_unpaid,
    is_on_its_way,
    is_silent,
    is_something_else_waiting,
    is_to_come,
    last_answer,
    last_place,
    last_seen,
    still_true,
    words_owed,
)
from services.order_events.rules.overdue import overdue_at
from services.order_events.rules.parcels import (
    about,
    day_there,
    shipment_of,
    shipments,
    shipments_once,
    zone_there,
)
from services.order_events.rules.wording import last_of
from services.order_events.told import Statement

MOST_NOTICES: Final = 3
"""After the third notice of the same standstill there is nothing new to tell."""
_ASKS_FROM: Final = 2
_SOON: Final = timedelta(days=1)
_STALLED: Final = Kind.SHIPMENT_STALLED


def not_scanned(case: Case, subject: str) -> Verdict:
    """Your parcel has a label, and the carrier does not have it. Told once, so many hours after the
    label, or on the next working day, where that is none. A label may be printed before the order
    is placed or paid for, or while it is held back: nobody misses a scan before it goes on.

    Where the shop named a day for the dispatch, that promise speaks: while nothing of the order has
    left, the parcel is either in time, or the late dispatch is told. A day that only its policy
    promises speaks where it comes sooner.
    """
    due = _unscanned_at(case, subject)
    if due is None or is_silent(case, subject):
        return Overtaken(None)
    if case.now < due:
        return Overtaken(None, until=due)
    if is_something_else_waiting(case, subject):
        return None
    since = still_true(case, Kind.SHIPMENT_NOT_SCANNED, due)
    return Announce(since, partial(about, case.facts, shipment_of(case.facts, subject)))


def _unscanned_at(case: Case, subject: str) -> datetime | None:
    shipment, facts = shipment_of(case.facts, subject), case.facts
    if shipment.labelled is None or shipment.has_moved:
        return None
    if facts.hold or facts.accepted_at is None:
        return None
    named, promised = named_dispatch(facts), promised_dispatch(case)
    if named and not facts.has_moved:
        return None
    if last_of(case.told, subject, Kind.SHIPMENT_OVERDUE):
        return None  # the later word says the same, and more
    usual = timedelta(hours=case.policy.unscanned_hours)
    begun = max([shipment.labelled.first, facts.accepted_at, *_resumed(facts)])
    due = _on_a_working_day(case, begun + usual)
    if promised and promised <= due and not facts.has_moved:
        return None
    return max(due, named) if named else due


def _resumed(facts: Facts) -> list[datetime]:
    """When the order went on after it had stood still."""
    return [span.last for span in (facts.released, facts.reinstated) if span]


def _on_a_working_day(case: Case, moment: datetime) -> datetime:
    if case.policy.is_working(day_there(case, moment)):
        return moment
    return case.policy.working_time_after(moment, 1, zone_there(case))


def stalled(case: Case, subject: str) -> Verdict:
    """Nobody has scanned your parcel for so many working days. Said again when as many pass once
    more, up to three times, from the second time on with the question whether to wait or to cancel;
    who wants to wait is not asked again. A scan starts afresh.

    Counted from the last that the customer heard of the parcel, where that is later: a delay that
    was told yesterday explains the silence of today. On the day before a parcel may be overdue it
    leaves the word to that. It does not wait for its hour where a word was promised for an earlier
    one of its day: then this is that word, and nobody reads within hours first that there is no
    news, and then that there is none for too long.
    """
    shipment = shipment_of(case.facts, subject)
    sign = _last_sign(shipment)
    if sign is None or not shipment.has_moved or not is_on_its_way(case, shipment):
        return Overtaken(None)
    is_registered = shipment.now_at is not None and shipment.now_at[0] is Milestone.LABELLED
    if is_registered or is_due_unpaid(shipment) or is_silent(case, subject):
        return Overtaken(None)
    notices = _notices(case, subject, sign)
    due = _due(case, subject, max([sign, *_since(case, subject), *(n.said_at for n in notices)]))
    if case.now < due:
        is_said = any(notice.waiting for notice in notices)
        return Wait(due) if is_said else Overtaken(None, until=due)
    if len(notices) >= MOST_NOTICES or is_something_else_waiting(case, subject):
        return None
    occurrence = len(notices) + 1
    say = partial(_stalled, case, subject, occurrence, notices)
    return Announce(still_true(case, _STALLED, due), say, f"{sign.isoformat()}/{occurrence}")


def _last_sign(shipment: Shipment) -> datetime | None:
    """When somebody last did something with the parcel."""
    seen = last_seen(shipment)
    signs = [span.last for span in (shipment.customs_cleared, shipment.address_fixed) if span]
    return max([*signs, seen] if seen else signs, default=None)


def _notices(case: Case, subject: str, sign: datetime) -> list[Statement]:
    """The notices of this standstill, the latest first."""
    begins = sign.isoformat() + "/"
    return [
        said
        for _, said in case.told.newest_first()
        if said.kind is _STALLED
        and said.subject == subject
        and not said.taken_back
        and said.version.startswith(begins)
    ]


def _since(case: Case, subject: str) -> list[datetime]:
    """When the customer last heard of the parcel, and when incidents ended that explain its
    standing still. A notice of another standstill that still waits is taken back, and heard by
    nobody."""
    group = CATALOGUE[_STALLED].group
    said = [
        each.said_at
        for each in case.told.statements.values()
        if each.subject == subject
        and CATALOGUE[each.kind].group == group
        and (each.heard or (each.waiting and each.kind is not _STALLED))
    ]
    carrier = shipment_of(case.facts, subject).carrier
    ends = (
        each.resolved_at
        for each in case.incidents
        if each.concerns(carrier.value if carrier else None)
    )
    return said + [end for end in ends if end]


def _due(case: Case, subject: str, since: datetime) -> datetime:
    due = case.policy.working_time_after(since, case.policy.stalled_days, zone_there(case))
    overdue = overdue_at(case, subject)
    if overdue and due < overdue <= max(due, case.now) + _SOON:
        return overdue
    words = (promise.by - LEAD for promise in words_owed(case))
    return min([due, *(at for at in words if _is_same_day(case, at, due) and at > since)])


def _is_same_day(case: Case, one: datetime, other: datetime) -> bool:
    return day_there(case, one) == day_there(case, other)


def _stalled(case: Case, subject: str, occurrence: int, notices: list[Statement]) -> Content:
    shipment = shipment_of(case.facts, subject)
    first = min((notice.said_at for notice in notices), default=case.now)
    may_ask = last_answer(case, subject, since=first) is not Answer.WAIT
    return about(
        case.facts,
        shipment,
        seen_at=last_seen(shipment),
        seen_in=last_place(shipment),
        estimate=_told_and_ahead(case, subject),
        occurrence=occurrence,
        question=Question.WAIT_OR_CANCEL if occurrence >= _ASKS_FROM and may_ask else None,
    )


def _told_and_ahead(case: Case, subject: str) -> Estimate | None:
    """The days that the customer knows, while the parcel may still come on them."""
    told = days_told(case, subject)
    expected = shipment_of(case.facts, subject).expected
    if told is None or not is_to_come(case, told[1]):
        return None
    is_known_later = expected is not None and expected.value.estimate.latest > told[1].latest
    return None if is_known_later else told[1]


RULES: Final = (
    Rule(Kind.SHIPMENT_STALLED, shipments, stalled),
    Rule(Kind.SHIPMENT_NOT_SCANNED, shipments_once("labelled"), not_scanned),
)
