"""Folds events into facts: a table from the type of an event's data to what it changes.

Folding is commutative, associative and idempotent; see `facts`. It runs once for every event that
we ever receive, so it changes the facts in place and allocates little.
"""

from typing import Any, Final

from headsup.contracts.envelope import Event
from services.order_events.facts import Facts
from services.order_events.fold import orders, payments, returns, shipments, support
from services.order_events.fold.base import Changes

CHANGES: Final[Changes] = {
    **orders.CHANGES,
    **payments.CHANGES,
    **shipments.CHANGES,
    **returns.CHANGES,
    **support.CHANGES,
}
"""What each type of event changes."""


def fold(facts: Facts | None, event: Event[Any]) -> Facts:
    """The facts with this event in them, changed in place; new ones when there were none.

    Raises KeyError for an event that is not about an order: those travel on other topics.
    """
    change = CHANGES[type(event.data)]
    if facts is None:
        facts = Facts(source=event.source, order_id=event.data.order_id)
    change(facts, event)
    facts.changed()
    return facts
