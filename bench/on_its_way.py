"""An order whose parcel is to come, as order_events itself has it once the customer has heard all
that there was to say."""

from datetime import datetime
from typing import Final

from bench.load import STEPS, events_of
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import NotificationOutcome, OutcomeStatus
from services.order_events.decide import Decided, News, Order, decide

_ON_ITS_WAY: Final = STEPS - 1
"""Steps until the parcel is out for delivery."""


def on_its_way(order_id: str, now: datetime) -> Order:
    """An order of now, all but delivered. Its customer has heard of every step."""
    order: Order | None = None
    for event in events_of(order_id, now)[:_ON_ITS_WAY]:
        decided = _decided(order, News(events=[event]), event.time)
        order = _decided(decided.order, News(outcomes=_heard(decided)), event.time).order
    if order is None:
        raise RuntimeError("an order has steps")
    return order


def _decided(order: Order | None, news: News, now: datetime) -> Decided:
    decided = decide(order, news, now)
    if decided is None:
        raise RuntimeError("an event says something")
    return decided


def _heard(decided: Decided) -> list[NotificationOutcome]:
    return [
        NotificationOutcome(
            request_id=said.id,
            order_id=said.request.order_id,
            customer_id=said.request.customer.id,
            kind=said.request.kind,
            status=OutcomeStatus.DELIVERED,
            at=decided.order.told.statements[said.id].said_at,
            channel=Channel.EMAIL,
        )
        for said in decided.decision.announce
    ]
