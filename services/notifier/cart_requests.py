"""What is looked up of requests about carts before they are planned."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationRequested
from services.notifier import flow_rows, purchases
from services.notifier.decide import NOBODY, Known, Policy
from services.notifier.identity import keys_of
from services.notifier.ledger import Transaction

_ENTERED: Final = "SELECT id FROM notifier.requests WHERE id = ANY($1::text[])"


async def look_up(
    transaction: Transaction,
    events: Mapping[str, Event[NotificationRequested]],
    known: Known,
    policy: Policy,
) -> Known:
    """Adds to what is known whose carts they are, who bought, and of what they were reminded.

    What is read again was decided when it came: it has no keys, so that it neither begins a flow
    nor is in the way of another.
    """
    about_carts = {id_: event for id_, event in events.items() if event.data.cart is not None}
    if not about_carts:
        return known
    who = {id_: _keys(event, known, policy) for id_, event in about_carts.items()}
    places = {(about_carts[id_].source, key) for id_, keys in who.items() for key in keys}
    connection = transaction.connection
    reminded = await flow_rows.lock(connection, places)
    for row in await connection.fetch(_ENTERED, list(about_carts)):
        del who[row["id"]], about_carts[row["id"]]
    bought = await purchases.since_touched(connection, about_carts.values(), who)
    return replace(known, who=who, bought=bought, reminded=reminded)


def _keys(event: Event[NotificationRequested], known: Known, policy: Policy) -> tuple[str, ...]:
    request = event.data
    person = known.people.get((event.source, request.customer.id), NOBODY)
    cart_id = request.cart.cart_id if request.cart else None
    return keys_of(request.customer, person.entry, policy.region_of(event.source), cart_id)
