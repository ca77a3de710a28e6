"""A parcel that was handed over, or was not after all."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Final

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content, Standing
from headsup.contracts.replies import Answer, Question
from headsup.contracts.shop import Delivered, HandedTo
from services.order_events.facts import Facts, Latest, Milestone, Shipment
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
from services.order_events.rules.parcels import (
    about,
    is_at,
    parcels,
    shipment_of,
    shipments_once,
    where_now,
)
from services.order_events.rules.wording import last_of, worded, words_of
from services.order_events.told import Statement, Told

_DAY: Final = timedelta(days=1)
_UNDELIVERS: Final = frozenset(
    {
        Kind.SHIPMENT_OUT_FOR_DELIVERY,
        Kind.SHIPMENT_ATTEMPT_FAILED,
        Kind.SHIPMENT_READY_FOR_PICKUP,
        Kind.SHIPMENT_DELAYED,
        Kind.SHIPMENT_ADDRESS_PROBLEM,
        Kind.SHIPMENT_DAMAGED,
        Kind.SHIPMENT_LOST,
        Kind.SHIPMENT_RETURNING,
        Kind.DELIVERY_CORRECTION,
    }
)
"""Who heard one of these since hears again that the parcel was delivered."""
_TO_NOBODY: Final = frozenset({HandedTo.SAFE_PLACE, HandedTo.LETTERBOX})
_CONFIRMS: Final = frozenset({Question.RECEIVED, Question.ALL_RIGHT})
_INSTEAD: Final = {
    Milestone.IN_TRANSIT: Standing.UNDER_WAY,
    Milestone.OUT_FOR_DELIVERY: Standing.OUT_FOR_DELIVERY,
    Milestone.ATTEMPT_FAILED: Standing.ATTEMPTED,
    Milestone.READY_FOR_PICKUP: Standing.WAITING_FOR_PICKUP,
    Milestone.NOT_DELIVERED: Standing.SEARCHED_FOR,
}
"""What is true of a parcel that is not delivered after all. One that is lost or goes back has a
message of its own that says so."""
_COMES: Final = frozenset(
    {
        Milestone.LABELLED,
        Milestone.IN_TRANSIT,
        Milestone.OUT_FOR_DELIVERY,
        Milestone.ATTEMPT_FAILED,
        Milestone.READY_FOR_PICKUP,
        Milestone.ADDRESS_PROBLEM,
    }
)
_SAID_OF_NO_CANCELLED_ORDER: Final = {
    Milestone.LOST: Standing.SEARCHED_FOR,
    Milestone.DAMAGED: Standing.SEARCHED_FOR,
    Milestone.ADDRESS_PROBLEM: Standing.ADDRESS_NEEDED,
}
"""Those messages say what the shop does about it, or ask for something: of a cancelled order they
are not sent."""


def delivered(case: Case, subject: str) -> Verdict:
    """Your parcel was handed over. Said again when that was taken back in between, and when it lies
    elsewhere than was told: who looks for it in the shed has to hear of the neighbour."""
    shipment = shipment_of(case.facts, subject)
    found = shipment.delivered
    if found is None:
        return None
    if not is_at(case.facts, shipment, Milestone.DELIVERED):
        return Overtaken()
    what = _where(case, subject, found)
    version = worded(case.told, subject, Kind.SHIPMENT_DELIVERED, what, _UNDELIVERS)
    return Announce(found.at, partial(_delivered, case, shipment, found), version)


def _where(case: Case, subject: str, found: Latest[Delivered]) -> str:
    """Where it has to be looked for; nothing where somebody has it in hand. A later word that does
    not say it changes nothing, nor does one that comes when the customer has found it."""
    told = last_of(case.told, subject, Kind.SHIPMENT_DELIVERED)
    handed_to, place = found.value.handed_to, found.value.place
    is_said = handed_to is not HandedTo.RECIPIENT
    if told is None or _is_belied(case.told, told):
        return f"{handed_to}|{place or ''}" if is_said else ""
    said = words_of(told)
    is_less = place is None and said.startswith(f"{handed_to}|")
    if not is_said or is_less or _has_found_it(case.facts, told.happened_at):
        return said
    return f"{handed_to}|{place or ''}"


def _is_belied(told: Told, delivered: Statement) -> bool:
    """Whether the customer heard since that it is not there: then all is told anew."""
    return any(
        said.subject == delivered.subject
        and said.kind in _UNDELIVERS
        and said.heard
        and said.said_at > delivered.said_at
        for said in told.statements.values()
    )


def _delivered(case: Case, shipment: Shipment, found: Latest[Delivered]) -> Content:
    """Of a cancelled order says that it was: nobody has to wonder whether we know."""
    cancellation = case.facts.cancellation
    return about(
        case.facts,
        shipment,
        handed_to=found.value.handed_to,
        place=found.value.place,
        cancelled_by=cancellation and cancellation.value.by,
        return_until=_return_until(case),
        parcels_left=_to_come(case),
    )


def _to_come(case: Case) -> int | None:
    """How many parcels of the order are still to come, so that nobody takes one for the whole;
    None where none is. What is lost or goes back does not come: what becomes of it is told with
    that."""
    facts = case.facts
    if facts.cancellation:
        return None
    known = [where_now(facts, parcel) for parcel in facts.shipments.values()]
    unknown = parcels(facts)[0] - len(known)
    return sum(at is None or at[0] in _COMES for at in known) + unknown or None


def _return_until(case: Case) -> date | None:
    """Not named before all of the order is there, nor by a shop that takes nothing back. What came
    of a cancelled order goes back, if it does, as a person settles it."""
    if case.facts.cancellation or not case.policy.return_days:
        return None
    return returnable_until(case)


def check(case: Case, subject: str) -> Verdict:
    """Did you find your parcel? Asked a day after we said that it was delivered, where it was left
    with nobody, or is worth much; not of somebody who has shown in another way that it is there,
    nor while they speak with the shop about it."""
    shipment = shipment_of(case.facts, subject)
    found = shipment.delivered
    if found is None or not is_at(case.facts, shipment, Milestone.DELIVERED):
        return Overtaken(None)
    if not _is_doubtful(case, found.value.handed_to) or _is_known_to_be_there(case, found.at):
        return Overtaken(None)
    told = last_of(case.told, subject, Kind.SHIPMENT_DELIVERED)
    if told is None or not told.heard:
        return None
    if found.at != told.happened_at and found.value.handed_to not in _TO_NOBODY:
        return Overtaken(None)  # somebody has it by a later word than the one that was told
    moment = told.said_at + _DAY
    if case.now < moment:
        return Overtaken(None, until=moment)
    return Announce(moment, partial(_check, case, shipment, found), told.version)


def _is_doubtful(case: Case, handed_to: HandedTo) -> bool:
    """A parcel that was fetched by hand is there, whatever it is worth."""
    if handed_to in _TO_NOBODY:
        return True
    threshold, price = case.policy.check_value, case.facts.price
    if threshold is None or price is None or handed_to is HandedTo.PICKUP_POINT:
        return False
    return price.decimal > Decimal(threshold)


def _is_known_to_be_there(case: Case, since: datetime) -> bool:
    facts = case.facts
    if facts.returns or any(ticket.is_open for ticket in facts.tickets.values()):
        return True
    return _has_found_it(facts, since)


def _has_found_it(facts: Facts, since: datetime) -> bool:
    return any(
        reply.at > since and reply.value.question in _CONFIRMS and reply.value.answer is Answer.YES
        for reply in facts.replies.values()
    )


def _check(case: Case, shipment: Shipment, found: Latest[Delivered]) -> Content:
    return about(
        case.facts,
        shipment,
        handed_to=found.value.handed_to,
        place=found.value.place,
        seen_at=found.at,
        question=Question.RECEIVED,
    )


def correction(case: Case, subject: str) -> Verdict:
    """We said that it was delivered, and it is not. Once for each time that we said so.

    In a group of its own: what is true instead, such as where the parcel waits and by which code,
    is told beside it.
    """
    told = last_of(case.told, subject, Kind.SHIPMENT_DELIVERED)
    if told is None or not told.heard:
        return Overtaken(None)
    shipment = shipment_of(case.facts, subject)
    current = where_now(case.facts, shipment)
    instead = _INSTEAD | (_SAID_OF_NO_CANCELLED_ORDER if case.facts.cancellation else {})
    if current is None or current[0] not in instead:
        return Overtaken(None)
    say = partial(about, case.facts, shipment, standing=instead[current[0]])
    return Announce(current[1], say, told.happened_at.isoformat())


def completed(case: Case, subject: str) -> Verdict:
    """All parcels of an order that came in more than one are there."""
    del subject
    received_at = delivered_at(case)
    if received_at is None or len(case.facts.shipments) == 1:
        return Overtaken(None)
    return Announce(received_at, partial(_completed, case))


def _completed(case: Case) -> Content:
    return content(
        case.facts,
        items=case.facts.lines,
        parcels=len(case.facts.shipments),
        return_until=_return_until(case),
    )


RULES: Final = (
    Rule(Kind.SHIPMENT_DELIVERED, shipments_once("delivered"), delivered),
    Rule(Kind.DELIVERY_CHECK, shipments_once("delivered"), check),
    Rule(Kind.DELIVERY_CORRECTION, shipments_once("delivered"), correction),
    Rule(Kind.ORDER_COMPLETED, the_order, completed),
)
