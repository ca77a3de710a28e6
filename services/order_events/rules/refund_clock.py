"""Money that the shop owes, by when, and how much of it is missing. Pure.

It is owed for an order that was paid and cancelled, for a return that was accepted, for a parcel
that will not arrive and is to be refunded, and for a line whose refund the shop promised: by the
day that the shop named, or else so many days later as its policy says, which is where the law's
days stand.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec

from headsup.contracts.base import Money
from headsup.contracts.shop import Inspection, Remedy
from services.order_events.facts import Facts, Milestone, Refund, Return, Shipment
from services.order_events.rules.base import Case
from services.order_events.rules.days import day_of, if_not_over
from services.order_events.rules.parcels import where_now

OF_REFUND: Final = "refund:"
"""How the subjects of money that is owed begin; what it is owed for follows."""
_ORDER: Final = "refund:order"
_RETURN: Final = "refund:return:"
_SHIPMENT: Final = "refund:shipment:"
_ITEM: Final = "refund:item:"
_DAY: Final = timedelta(days=1)
_EARLY: Final = timedelta(days=1)
"""A shop may send the money so much sooner than it says why."""


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """Money that is to go back."""

    by: date
    """The last day on which it was to be sent."""
    since: datetime
    amount: Money | None = None
    """How much; None where nobody said."""
    is_exact: bool = False
    """The shop named the amount, and less is not all of it. Otherwise whatever it sends is: it may
    keep the costs of the delivery."""
    return_id: str | None = None
    before: Decimal = Decimal()
    """So much was promised earlier for the like, and is paid first by what is sent."""


class Rest(msgspec.Struct, frozen=True):
    """What is missing of it; the amount is None where nobody knows."""

    amount: Money | None


def owings(facts: Facts) -> Iterable[str]:
    """Everything for which money may be owed, or was: an order that was ever cancelled, a parcel
    that ever did not arrive."""
    if facts.cancelled:
        yield _ORDER
    for return_id in facts.returns:
        yield _RETURN + return_id
    for shipment_id, shipment in facts.shipments.items():
        if shipment.lost or shipment.damaged or shipment.returned:
            yield _SHIPMENT + shipment_id
    yield from item_owings(facts)


def item_owings(facts: Facts) -> Iterable[str]:
    """Every line that was changed, as the subject of money that may be owed for it."""
    return [_ITEM + change_id for change_id in facts.item_changes]


def owed(case: Case, subject: str) -> Owed | None:
    """What is owed for it; None when nothing is: a refund of nothing is none."""
    found = _owed(case, subject)
    return None if found and found.amount and found.amount.is_zero else found


def _owed(case: Case, subject: str) -> Owed | None:
    if subject == _ORDER:
        return _for_cancellation(case)
    if subject.startswith(_RETURN):
        return_id = subject.removeprefix(_RETURN)
        return _for_return(case, return_id, case.facts.returns[return_id])
    if subject.startswith(_ITEM):
        return _for_item(case, subject.removeprefix(_ITEM))
    return _for_parcel(case, case.facts.shipments[subject.removeprefix(_SHIPMENT)])


def missing(facts: Facts, debt: Owed) -> Rest | None:
    """What was not sent of it; None when all was, or when money came back to the shop: then the
    customer was asked where it shall go."""
    about_it = [each for each in facts.refunds.values() if _is_for(each, debt)]
    if any(each.has_failed for each in about_it):
        return None
    sent = [each.sent.value.amount for each in about_it if each.sent]
    if not sent:
        return Rest(debt.amount)
    amount = debt.amount
    if amount is None or not debt.is_exact or any(x.currency != amount.currency for x in sent):
        return None
    together = sum((each.decimal for each in sent), Decimal())
    rest = amount.decimal - max(together - debt.before, Decimal())
    return Rest(Money(amount=f"{rest:f}", currency=amount.currency)) if rest > 0 else None


def _is_for(refund: Refund, debt: Owed) -> bool:
    """Where a refund names its return, it is for that one; otherwise for what came before it."""
    if refund.sent is None:
        return True
    if refund.sent.value.return_id is not None:
        return refund.sent.value.return_id == debt.return_id
    return refund.sent.at >= debt.since - _EARLY


def _for_cancellation(case: Case) -> Owed | None:
    facts, cancellation = case.facts, case.facts.cancellation
    if cancellation is None:
        return None
    data = cancellation.value
    is_promised = data.refund is not None or data.refund_by is not None
    if not is_promised and not facts.has_money:
        return None  # what was only reserved is released
    return Owed(
        by=if_not_over(case, data.refund_by, cancellation.at) or _days_later(case, cancellation.at),
        since=cancellation.at,
        amount=data.refund or (facts.price if facts.price and not facts.price.is_zero else None),
        is_exact=data.refund is not None,
    )


def _for_return(case: Case, return_id: str, found: Return) -> Owed | None:
    """What was found in it stands, and the money with it, also where the shop closed the return
    afterwards."""
    inspected = found.inspected
    if inspected is None or inspected.value.result is Inspection.REFUSED:
        return None
    data, approved = inspected.value, found.approved.value if found.approved else None
    is_promised = data.refund is not None or data.refund_by is not None
    if found.exchange_sent and not is_promised:
        return None
    is_whole = data.result is Inspection.ACCEPTED
    named = if_not_over(case, data.refund_by, inspected.at)
    return Owed(
        by=named or _as_approved(case, found) or _days_later(case, inspected.at),
        since=inspected.at,
        amount=data.refund or (approved.refund if approved and is_whole else None),
        is_exact=data.refund is not None,
        return_id=return_id,
    )


def _as_approved(case: Case, found: Return) -> date | None:
    """The day that follows from what the approval said: so many days from the arrival on."""
    days = found.approved.value.refund_days if found.approved else None
    if days is None or found.received is None:
        return None
    return day_of(case, found.received.at) + days * _DAY


def _for_parcel(case: Case, shipment: Shipment) -> Owed | None:
    """A parcel that is lost, damaged or back, where the shop refunds it. What was to be paid on
    delivery, nobody paid; and of a cancelled order, the cancellation says what goes back."""
    facts, current = case.facts, where_now(case.facts, shipment)
    if current is None or facts.cancellation or not facts.has_money:
        return None
    milestone, since = current
    by = _remedied_by(shipment, milestone)
    return by and Owed(by=by[0] or _days_later(case, since), since=since)


def _remedied_by(shipment: Shipment, milestone: Milestone) -> tuple[date | None] | None:
    """The day that the shop named for the refund of a parcel, if any; None without a refund."""
    trouble = {Milestone.LOST: shipment.lost, Milestone.DAMAGED: shipment.damaged}.get(milestone)
    if trouble and trouble.value.remedy is Remedy.REFUND:
        return (trouble.value.by,)
    is_back = milestone is Milestone.RETURNED and shipment.returned
    if is_back and shipment.returned and shipment.returned.value.remedy is Remedy.REFUND:
        return (None,)
    return None


def _for_item(case: Case, change_id: str) -> Owed | None:
    """A line that does not come, or for which something cheaper does, where the shop said how much
    goes back. Of several such lines the first is paid first: refunds do not say for which they are.
    Of a cancelled order the cancellation says what goes back."""
    facts, change = case.facts, case.facts.item_changes[change_id]
    amount = change.value.refund
    if amount is None or facts.cancellation or not facts.has_money:
        return None
    promised = [
        (each.at, id_, each.value.refund.decimal)
        for id_, each in facts.item_changes.items()
        if each.value.refund and each.value.refund.currency == amount.currency
    ]
    return Owed(
        by=_days_later(case, change.at),
        since=min(promised)[0],
        amount=amount,
        is_exact=True,
        before=sum((m for at, id_, m in promised if (at, id_) < (change.at, change_id)), Decimal()),
    )


def _days_later(case: Case, moment: datetime) -> date:
    return day_of(case, moment) + case.policy.refund_days * _DAY
