"""A parcel that does not come as it should: no address to be found, damaged, lost and found again,
on its way back, back at the shop.

Each is a place where the parcel is, until something else is said of it. What was said with other
words, or is true again after the customer heard something else, is told anew.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

import msgspec

from headsup.contracts.base import Estimate
from headsup.contracts.catalogue import CATALOGUE, Audience, Kind
from headsup.contracts.notifications import Content
from headsup.contracts.shop import AddressProblem, Damaged, Lost, Remedy
from services.order_events.facts import Latest, Milestone, Shipment
from services.order_events.rules.base import Announce, Case, Overtaken, Rule, Verdict, if_ahead
from services.order_events.rules.one_voice import (
    OF_TIME,
    is_something_else_waiting,
    is_to_come,
    last_place,
    word_by,
)
from services.order_events.rules.parcels import (
    about,
    day_there,
    is_at,
    last_evening,
    shipment_of,
    shipments_once,
)
from services.order_events.rules.refund_clock import OF_REFUND, Owed, missing, owed
from services.order_events.rules.wording import last_of, worded, words_of

_SAYS_WHERE_IT_IS: Final = frozenset(
    {
        Kind.SHIPMENT_OUT_FOR_DELIVERY,
        Kind.SHIPMENT_ATTEMPT_FAILED,
        Kind.SHIPMENT_READY_FOR_PICKUP,
        Kind.SHIPMENT_ADDRESS_PROBLEM,
        Kind.SHIPMENT_DAMAGED,
        Kind.SHIPMENT_LOST,
        Kind.SHIPMENT_FOUND,
        Kind.SHIPMENT_RETURNING,
        Kind.SHIPMENT_RETURNED,
        Kind.SHIPMENT_DELIVERED,
        Kind.DELIVERY_CORRECTION,
    }
)
"""Who heard one of these since hears again what became true again."""


class _Mishap(msgspec.Struct, frozen=True):
    """What happened to a parcel, and how it is told."""

    kind: Kind
    milestone: Milestone
    at: datetime
    what: str
    """All that the customer has to know: other words are another statement."""
    say: Callable[[], Content]
    of_a_cancelled_order: bool = False
    """Whether it matters to somebody whose order was cancelled."""
    is_last: bool = False
    """Whether nothing follows that the customer would have to hear of."""


def _tell(case: Case, subject: str, mishap: _Mishap) -> Verdict:
    facts = case.facts
    is_so = is_at(facts, shipment_of(facts, subject), mishap.milestone)
    if not is_so or (facts.cancellation and not mishap.of_a_cancelled_order):
        is_told = last_of(case.told, subject, mishap.kind) is not None
        return Overtaken(None if is_told else mishap.what)
    version = worded(case.told, subject, mishap.kind, mishap.what, _SAYS_WHERE_IT_IS)
    return Announce(mishap.at, mishap.say, version, is_last=mishap.is_last)


def address_problem(case: Case, subject: str) -> Verdict:
    """The carrier cannot find your address; this is where to correct it, and until when. Nobody is
    asked to correct the address of an order that is cancelled."""
    found = shipment_of(case.facts, subject).address_problem
    if found is None:
        return None
    problem = found.value
    what = f"{problem.by.isoformat() if problem.by else ''}|{problem.fix_url or ''}"
    say = partial(_address_problem, case, subject, problem)
    kind, milestone = Kind.SHIPMENT_ADDRESS_PROBLEM, Milestone.ADDRESS_PROBLEM
    return _tell(case, subject, _Mishap(kind, milestone, found.at, what, say))


def _address_problem(case: Case, subject: str, problem: AddressProblem) -> Content:
    return about(
        case.facts,
        shipment_of(case.facts, subject),
        action_url=problem.fix_url,
        act_by=if_ahead(problem.by, case.now),
    )


def damaged(case: Case, subject: str) -> Verdict:
    """Your parcel was damaged, and this is what we do about it. A mere scan does not mend it."""
    found = shipment_of(case.facts, subject).damaged
    return _tell_remedy(case, subject, Kind.SHIPMENT_DAMAGED, Milestone.DAMAGED, found)


def lost(case: Case, subject: str) -> Verdict:
    """The carrier cannot find your parcel, and this is what we do about it."""
    found = shipment_of(case.facts, subject).lost
    return _tell_remedy(case, subject, Kind.SHIPMENT_LOST, Milestone.LOST, found)


def _tell_remedy(
    case: Case,
    subject: str,
    kind: Kind,
    milestone: Milestone,
    found: Latest[Damaged] | Latest[Lost] | None,
) -> Verdict:
    """What happened to a parcel that does not arrive as it is, and what the shop does about it."""
    if found is None:
        return None
    mishap = _Mishap(
        kind,
        milestone,
        found.at,
        _remedy_of(found.value),
        partial(_remedied, case, subject, kind, found.value),
        of_a_cancelled_order=_is_awaited_all_the_same(case, subject),
        is_last=_is_settled(case, found.value.remedy),
    )
    return _tell(case, subject, mishap)


def _is_awaited_all_the_same(case: Case, subject: str) -> bool:
    """Whether somebody heard of the parcel after its order was cancelled: it came all the same, and
    they were promised the next word of it."""
    cancellation = case.facts.cancellation
    return cancellation is not None and any(
        said.subject == subject
        and said.heard
        and said.said_at > cancellation.at
        and CATALOGUE[said.kind].group == CATALOGUE[Kind.SHIPMENT_LOST].group
        for said in case.told.statements.values()
    )


def _is_settled(case: Case, remedy: Remedy) -> bool:
    """Who was to pay on delivery, or whose money was only reserved, gets nothing back: nobody will
    write that it was sent."""
    return remedy is Remedy.REFUND and not case.facts.has_money


def _remedy_of(said: Damaged | Lost) -> str:
    return f"{said.remedy}|{said.by or ''}"


def _remedied(case: Case, subject: str, kind: Kind, said: Damaged | Lost) -> Content:
    by = said.by if said.by and said.by >= day_there(case, case.now) else None
    is_promised = by is not None and not _is_settled(case, said.remedy)
    word = case.policy.evening_of(by, case.zone) if by and is_promised else None
    return about(
        case.facts,
        shipment_of(case.facts, subject),
        remedy=said.remedy,
        remedy_by=by,
        payment=case.facts.payment,
        next_update_by=word_by(case, kind, word),
    )


def found(case: Case, subject: str) -> Verdict:
    """We said that your parcel was lost, and a carrier has scanned it since. To those who heard
    that it was, once for each time; in other words where another day becomes known while it waits
    to be sent. Where it is with the courier or waits, that news is better."""
    shipment = shipment_of(case.facts, subject)
    told = last_of(case.told, subject, Kind.SHIPMENT_LOST)
    if told is None or not told.heard or shipment.scans is None or case.facts.cancellation:
        return Overtaken(None)
    if not is_at(case.facts, shipment, Milestone.IN_TRANSIT):
        return Overtaken(None)
    if is_something_else_waiting(case, subject, OF_TIME | {Kind.SHIPMENT_FOUND}):
        return None
    since = told.said_at.isoformat()
    last = last_of(case.told, subject, Kind.SHIPMENT_FOUND)
    if last and not last.waiting and words_of(last).startswith(since):
        version = last.version
    else:
        day = _day_known(case, shipment)
        version = f"{since} {day.latest}" if day else since
    return Announce(shipment.scans.last, partial(_found, case, subject), version)


def _day_known(case: Case, shipment: Shipment) -> Estimate | None:
    known = shipment.expected.value.estimate if shipment.expected else None
    return known if known and is_to_come(case, known) else None


def _found(case: Case, subject: str) -> Content:
    shipment = shipment_of(case.facts, subject)
    estimate = _day_known(case, shipment)
    return about(
        case.facts,
        shipment,
        estimate=estimate,
        seen_in=last_place(shipment),
        next_update_by=word_by(case, Kind.SHIPMENT_FOUND, last_evening(case, estimate)),
    )


def returning(case: Case, subject: str) -> Verdict:
    """Your parcel goes back to the shop, and why. That of a cancelled order, too, where it turned
    round after that: it was still on its way. Not to a gift's recipient, who has heard of the
    cancellation that no parcel will come, unless they heard of this one since."""
    word = shipment_of(case.facts, subject).returning
    if word is None:
        return None
    cancellation = case.facts.cancellation
    is_recipient = case.audience is Audience.RECIPIENT
    if cancellation and is_recipient and not _is_awaited_all_the_same(case, subject):
        return Overtaken(None)
    say = partial(
        about,
        case.facts,
        shipment_of(case.facts, subject),
        returning_reason=word.value.reason,
        cancelled_by=cancellation and cancellation.value.by,
    )
    mishap = _Mishap(
        Kind.SHIPMENT_RETURNING,
        Milestone.RETURNING,
        word.at,
        word.value.reason,
        say,
        of_a_cancelled_order=True,
    )
    return _tell(case, subject, mishap)


def returned(case: Case, subject: str) -> Verdict:
    """Your parcel is back at the shop, and this is what we do now. Of a cancelled order the
    cancellation has said it, but to those who were told that it goes back: they wait for this, also
    where that message failed and another one said so since."""
    word = shipment_of(case.facts, subject).returned
    if word is None:
        return None
    cancellation = case.facts.cancellation
    remedy = Remedy.REFUND if cancellation else word.value.remedy
    debt = owed(case, OF_REFUND + ("order" if cancellation else subject))
    is_owed = debt is not None and missing(case.facts, debt) is not None
    turned = last_of(case.told, subject, Kind.SHIPMENT_RETURNING)
    mishap = _Mishap(
        Kind.SHIPMENT_RETURNED,
        Milestone.RETURNED,
        word.at,
        remedy,
        partial(_returned, case, subject, remedy, debt if is_owed else None),
        of_a_cancelled_order=turned is not None and not turned.waiting,
        is_last=not is_owed if remedy is Remedy.REFUND else _is_replaced(case, subject, word.at),
    )
    return _tell(case, subject, mishap)


def _is_replaced(case: Case, subject: str, since: datetime) -> bool:
    """Whether another parcel was handed over since this one came back: news of a return may be
    older than the end of what was sent instead."""
    mine = shipment_of(case.facts, subject)
    ends = (parcel.now_at for parcel in case.facts.shipments.values() if parcel is not mine)
    return any(end and end[0] is Milestone.DELIVERED and end[1] > since for end in ends)


def _returned(case: Case, subject: str, remedy: Remedy, debt: Owed | None) -> Content:
    """Says by when the money is sent, unless that has passed: then it is late, and told as such."""
    is_ahead = debt is not None and debt.by >= day_there(case, case.now)
    return about(
        case.facts,
        shipment_of(case.facts, subject),
        remedy=remedy,
        payment=case.facts.payment,
        refund_by=debt.by if debt and is_ahead else None,
    )


RULES: Final = (
    Rule(Kind.SHIPMENT_ADDRESS_PROBLEM, shipments_once("address_problem"), address_problem),
    Rule(Kind.SHIPMENT_DAMAGED, shipments_once("damaged"), damaged),
    Rule(Kind.SHIPMENT_LOST, shipments_once("lost"), lost),
    Rule(Kind.SHIPMENT_RETURNING, shipments_once("returning"), returning),
    Rule(Kind.SHIPMENT_RETURNED, shipments_once("returned"), returned),
    Rule(Kind.SHIPMENT_FOUND, shipments_once("lost"), found),
)
