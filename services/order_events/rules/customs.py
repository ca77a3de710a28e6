"""A parcel that customs keeps until a duty is paid.

Beside where the parcel is, and in a group of its own: the duty has to be paid wherever the carrier
has meanwhile scanned it.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from headsup.contracts.shop import CustomsDue
from services.order_events.facts import Facts, Milestone
from services.order_events.promises import LEAD
from services.order_events.rules.base import Announce, Case, Overtaken, Rule, Verdict, if_ahead
from services.order_events.rules.one_voice import is_due_unpaid, word_by
from services.order_events.rules.parcels import about, shipment_of, shipments_once
from services.order_events.rules.wording import last_of, says, worded

_USUAL_WAIT: Final = timedelta(days=2)
"""Until the reminder, where nobody says until when the duty has to be paid."""
_WORTH_A_REMINDER: Final = timedelta(hours=6)
"""Who has less time to pay heard of it just now."""
_AT_CUSTOMS: Final = (Milestone.LABELLED, Milestone.IN_TRANSIT, Milestone.ADDRESS_PROBLEM)


def duty_due(case: Case, subject: str) -> Verdict:
    """Customs wants money before your parcel goes on. Another sum, another day or another way to
    pay is told anew. Nobody is asked to pay for an order that is cancelled."""
    found = shipment_of(case.facts, subject).customs_due
    if found is None:
        return None
    what = _what(found.value)
    if not _stands(case.facts, subject):
        is_told = last_of(case.told, subject, Kind.SHIPMENT_DUTY_DUE) is not None
        return Overtaken(None if is_told else what)
    version = worded(case.told, subject, Kind.SHIPMENT_DUTY_DUE, what)
    say = partial(_duty, case, subject, found.value, _reminded_at(found.value, case.now))
    return Announce(found.at, say, version)


def duty_reminder(case: Case, subject: str) -> Verdict:
    """The duty is still to be paid: half way to the last moment, or after two days. Only to those
    who heard of it; once for each duty told."""
    found = shipment_of(case.facts, subject).customs_due
    told = last_of(case.told, subject, Kind.SHIPMENT_DUTY_DUE)
    if found is None or told is None or not _stands(case.facts, subject):
        return Overtaken(None)
    if not told.heard or not says(told, _what(found.value)):
        return Overtaken(None)
    due = _reminded_at(found.value, told.said_at)
    if due is None:
        return Overtaken(None)
    if case.now < due:
        return Overtaken(None, until=due)
    if found.value.by and found.value.by <= case.now:
        return Overtaken(None)
    say = partial(_duty, case, subject, found.value, None)
    return Announce(due, say, told.said_at.isoformat())


def _stands(facts: Facts, subject: str) -> bool:
    """Whether the duty is still to be paid. A mere scan does not show that it was; that the parcel
    is with the courier, waits or went back does."""
    shipment = shipment_of(facts, subject)
    if facts.cancellation or shipment.customs_due is None or not is_due_unpaid(shipment):
        return False
    current = shipment.now_at
    return current is None or current[0] in _AT_CUSTOMS or current[1] < shipment.customs_due.at


def _reminded_at(duty: CustomsDue, said_at: datetime) -> datetime | None:
    if duty.by is None:
        return said_at + _USUAL_WAIT
    half = (duty.by - said_at) / 2
    return said_at + half if half >= _WORTH_A_REMINDER else None


def _what(duty: CustomsDue) -> str:
    by = duty.by.isoformat() if duty.by else ""
    return f"{duty.amount.amount} {duty.amount.currency}|{by}|{duty.pay_url or ''}"


def _duty(case: Case, subject: str, duty: CustomsDue, reminder: datetime | None) -> Content:
    """`reminder` is when it is next to be said, unless something becomes of it."""
    return about(
        case.facts,
        shipment_of(case.facts, subject),
        due=duty.amount,
        pay_url=duty.pay_url,
        pay_by=if_ahead(duty.by, case.now),
        next_update_by=word_by(case, Kind.SHIPMENT_DUTY_DUE, reminder and reminder + LEAD),
    )


RULES: Final = (
    Rule(Kind.SHIPMENT_DUTY_DUE, shipments_once("customs_due"), duty_due),
    Rule(Kind.SHIPMENT_DUTY_REMINDER, shipments_once("customs_due"), duty_reminder),
)
