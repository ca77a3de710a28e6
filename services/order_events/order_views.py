"""An order as one of its people may see it: its facts, and what they were told. Pure.

It is made as a gift's recipient may see it, and the buyer's part is added to that: what is not
added, nobody else sees.
"""

from dataclasses import replace
from datetime import date
from typing import Final

import msgspec

from headsup.contracts.base import Customer, Estimate, PickupPoint, Window
from headsup.contracts.catalogue import Audience
from headsup.contracts.notifications import Standing
from headsup.contracts.shop import Inspection
from headsup.orders import Ended, OrderView, ParcelView, ReturnView
from services.order_events.facts import Latest, Milestone, Return, Shipment
from services.order_events.order_steps import steps
from services.order_events.promises import next_word
from services.order_events.rules.after_delivery import delivered_at, returnable_until
from services.order_events.rules.approvals import current_label, own_label
from services.order_events.rules.arrivals import hours, window_of
from services.order_events.rules.base import Case, if_ahead
from services.order_events.rules.one_voice import is_to_come
from services.order_events.rules.parcels import (
    day_there,
    estimate_of,
    fetched_by,
    is_at,
    is_paused,
    items_of,
    where_now,
)
from services.order_events.rules.return_promises import last_day
from services.order_events.rules.return_stage import Stage, standing_of
from services.order_events.standing import parcel_standing, return_standing, standing
from services.order_events.trouble import in_trouble

_ACCEPTED: Final = frozenset({Stage.APPROVED, Stage.IN_TRANSIT, Stage.RECEIVED, Stage.INSPECTED})
_COMES: Final = frozenset(
    {
        Standing.IN_PREPARATION,
        Standing.REGISTERED,
        Standing.UNDER_WAY,
        Standing.OUT_FOR_DELIVERY,
        Standing.ATTEMPTED,
        Standing.AT_CUSTOMS,
    }
)
"""Where a day may be named on which a parcel comes."""


def view_of(case: Case) -> OrderView | None:
    """The order as `case.audience` may see it. None before it was placed, and of a recipient where
    nobody but the buyer gets the parcels. `case.told` holds what both were told."""
    audience = case.audience
    if case.facts.placed is None or (audience is Audience.RECIPIENT and not case.facts.recipient):
        return None
    shown = _as_recipient(msgspec.structs.replace(case, told=case.told.to(audience)))
    return _as_buyer(case, shown) if audience is Audience.BUYER else shown


def _as_recipient(case: Case) -> OrderView:
    """Where the parcels are, and nothing of what is in them, what it cost, or who paid."""
    facts, stands, now = case.facts, standing(case), case.now
    assert facts.placed is not None  # noqa: S101 - `view_of` looked
    parcels = tuple(_parcel(case, id_, each) for id_, each in facts.shipments.items())
    ended = None if stands else _ended(case)
    return OrderView(
        source=facts.source,
        order_id=facts.order_id,
        number=facts.number,
        audience=case.audience,
        customer=Customer(id=facts.placed.value.customer.id),
        recipient=facts.recipient,
        placed_at=facts.placed.at,
        standing=stands,
        ended=ended,
        estimate=None if ended else _next_estimate(case, parcels),
        parcels=parcels,
        steps=steps(case),
        next_update_by=next_word(case.told, case.audience, now),
        in_trouble=False,
    )


def _as_buyer(case: Case, shown: OrderView) -> OrderView:
    facts = case.facts
    assert facts.placed is not None  # noqa: S101 - `view_of` looked
    dispatch_by = facts.dispatch_by.value if facts.dispatch_by else None
    is_to_leave = not facts.has_moved and facts.cancellation is None
    return replace(
        shown,
        customer=facts.placed.value.customer,
        order_url=facts.placed.value.order_url,
        payment=facts.payment,
        total=facts.price,
        items=facts.lines,
        dispatch_by=if_ahead(dispatch_by, case.now) if is_to_leave else None,
        parcels=tuple(
            replace(parcel, items=items_of(facts, facts.shipments[parcel.shipment_id]))
            for parcel in shown.parcels
        ),
        returns=tuple(_return(case, id_, each) for id_, each in facts.returns.items()),
        return_until=_return_until(case),
        in_trouble=in_trouble(case),
    )


def _parcel(case: Case, shipment_id: str, shipment: Shipment) -> ParcelView:
    """Without what is in it. What is not true any more of a parcel, such as the hours of a courier
    who has been, is left out."""
    facts, stands = case.facts, parcel_standing(case, shipment)
    handed = shipment.delivered if is_at(facts, shipment, Milestone.DELIVERED) else None
    waits = stands is Standing.WAITING_FOR_PICKUP
    return ParcelView(
        shipment_id=shipment_id,
        standing=stands,
        carrier=_value(shipment.carrier),
        tracking_number=_value(shipment.tracking_number),
        tracking_url=_value(shipment.tracking_url),
        estimate=_estimate(case, shipment) if stands in _COMES else None,
        window=_window(case, shipment) if stands in _COMES else None,
        pickup=_pickup(case, shipment) if waits else None,
        delivered_at=handed.at if handed else None,
        handed_to=handed.value.handed_to if handed else None,
    )


def _value(word: Latest[str] | None) -> str | None:
    return word.value if word else None


def _estimate(case: Case, shipment: Shipment) -> Estimate | None:
    """The days, as far as they may be named: not while an incident holds parcels up, nor once they
    are over."""
    found = estimate_of(case.facts, shipment)
    if found is None or is_paused(case, shipment) or not is_to_come(case, found):
        return None
    return found


def _window(case: Case, shipment: Shipment) -> Window | None:
    """The hours of today, or of another day to come."""
    found = hours(shipment.window.value) if shipment.window else None
    if shipment.out_for_delivery:
        found = window_of(case, shipment, shipment.out_for_delivery)
    return found if found and found.end > case.now else None


def _pickup(case: Case, shipment: Shipment) -> PickupPoint | None:
    if shipment.ready_for_pickup is None:
        return None
    point = shipment.ready_for_pickup.value.pickup
    return msgspec.structs.replace(point, hold_until=fetched_by(case, shipment))


def _next_estimate(case: Case, parcels: tuple[ParcelView, ...]) -> Estimate | None:
    """The days of the parcel that comes first; the order's own before there is one."""
    if parcels:
        days = (parcel.estimate for parcel in parcels if parcel.estimate)
        return min(days, key=lambda each: each.latest, default=None)
    found = case.facts.estimate
    is_true = found is not None and is_to_come(case, found.value)
    return found.value if found and is_true and not case.facts.cancellation else None


def _ended(case: Case) -> Ended | None:
    """How an order ended of which nobody waits for news; None where that is not one of the usual
    ways: a parcel was lost, and paid back."""
    facts = case.facts
    if any(_went_back(found) for found in facts.returns.values()):
        return Ended.RETURNED if case.audience is Audience.BUYER else Ended.DELIVERED
    at = [where_now(facts, each) for each in facts.shipments.values()]
    if facts.cancellation:
        return Ended.CANCELLED
    if any(each and each[0] is Milestone.RETURNED for each in at):
        return Ended.RETURNED if case.audience is Audience.BUYER else None
    is_all_there = delivered_at(case) is not None or facts.is_all_downloaded
    return Ended.DELIVERED if is_all_there else None


def _went_back(found: Return) -> bool:
    """It was looked at, and taken."""
    inspected = found.inspected
    return inspected is not None and inspected.value.result is not Inspection.REFUSED


def _return_until(case: Case) -> date | None:
    """The last day, while it has not passed; none of a cancelled order, nor of a shop that takes
    nothing back."""
    if case.facts.cancellation or not case.policy.return_days:
        return None
    until = returnable_until(case)
    return until if until and day_there(case, case.now) <= until else None


def _return(case: Case, return_id: str, found: Return) -> ReturnView:
    stands = standing_of(found)
    stage = stands.stage if stands else None
    approved = found.approved.value if found.approved and stage in _ACCEPTED else None
    label = current_label(found) if approved else None
    shown = ReturnView(
        return_id=return_id,
        standing=return_standing(case, return_id, found),
        items=found.items.value if found.items else (),
    )
    if stage is Stage.INFO_NEEDED and found.info_needed:
        asked = found.info_needed.value
        return replace(shown, note=asked.note, url=asked.url)
    if stage is Stage.REJECTED and found.rejected:
        return replace(shown, is_rejected=True, note=found.rejected.value.note)
    if approved is None:
        return shown
    return replace(
        shown,
        approved=True,
        method=approved.method,
        address=approved.address,
        code=(label and label.value.code) or approved.code,
        label_url=(label and label.value.label_url) or own_label(found),
        send_by=last_day(case, found),
        collected_in=approved.collected_in,
        items=shown.items or approved.items,
    )
