"""When an order was delivered as a whole, and what counts from there. Pure."""

from datetime import date, datetime, timedelta

from services.order_events.facts import Milestone
from services.order_events.rules.base import Case, once_of_facts
from services.order_events.rules.parcels import day_there, where_now


@once_of_facts
def delivered_at(case: Case) -> datetime | None:
    """When the last parcel of the order was handed over; None while one is missing."""
    facts = case.facts
    if facts.split and facts.split.value > len(facts.shipments):
        return None
    moments = []
    for shipment in facts.shipments.values():
        current = where_now(facts, shipment)
        if current is None or current[0] is not Milestone.DELIVERED:
            return None
        moments.append(current[1])
    return max(moments, default=None)


def returnable_until(case: Case) -> date | None:
    """The last day on which something of the order may be sent back: counted from the receipt of
    the last parcel, as in the EU (Directive 2011/83/EU, Article 9). None before that."""
    received = delivered_at(case)
    if received is None:
        return None
    return day_there(case, received) + timedelta(days=case.policy.return_days)
